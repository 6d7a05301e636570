"""Measure how fast a slider's move is computed and painted: the Studio in three faces, beside three peers.

All pages are open in one browser and are measured in turns, so that they meet the same machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from bokeh.embed import file_html
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, CustomJS, Range1d, Slider
from bokeh.plotting import figure
from bokeh.resources import INLINE
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scalewidgets.explorers.studio import Studio  # noqa: E402 - this checkout, like the helpers below
from scalewidgets.faces.page import save  # noqa: E402
from tests.browser.conftest import FLAGS, LOCAL  # noqa: E402
from tests.browser.figures import columns, first_of, marks, until, watch  # noqa: E402
from tests.browser.hand import drag_on  # noqa: E402
from tests.browser.notebooks import end_kernels, open_notebook  # noqa: E402
from tests.browser.servers import Server, free_port, start_app, start_lab  # noqa: E402

ROUNDS, STEPS = 2, 15  # 30 arrow keys and 2 drags a page
DRAG_SECONDS, DRAG_HZ, DRAG_PIXELS = 2.0, 60, 200
TRACK = 400  # px; on a short track a drag has few distinct values and seems slow
SETTLE_SECONDS = 1.0
START = {"compute": 1e19, "inference_tokens": 2e12}
# What is wanted: milliseconds to new numbers in 95 of 100 moves, how much sooner than Panel, and frames a second.
READY, SOONER = 6.0, 8.0
FRAMES = {"page": (30, 55), "app": (30, 55), "JupyterLab": (20, 45)}  # with three charts, with one

# The peers draw y = 10 x^-a for a in the slider's range.
LOW, HIGH, STEP = 0.0, 2.0, 0.005
X = np.geomspace(1, 1e4, 200)


def peer_figure() -> tuple[figure, ColumnDataSource]:
    """Return the one figure both peers show, and its source."""
    source = ColumnDataSource({"x": X, "y": 10 * X**-LOW}, name="peer.curve")
    plot = figure(
        name="peer",
        width=640,
        height=320,
        x_axis_type="log",
        y_axis_type="log",
        x_range=Range1d(1, 1e4),
        y_range=Range1d(1e-8, 20),
    )
    plot.line("x", "y", source=source, line_width=2.5)
    plot.scatter("x", "y", source=source, size=3)
    return plot, source


def bokeh_page() -> str:
    """Return a page without a server: the slider computes the columns in JavaScript."""
    plot, source = peer_figure()
    slider = Slider(start=LOW, end=HIGH, step=STEP, value=LOW, width=TRACK)
    code = "source.data = { x: source.data.x, y: Array.from(source.data.x, (x) => 10 * x ** -cb_obj.value) }"
    slider.js_on_change("value", CustomJS(args={"source": source}, code=code))
    return file_html(column(slider, plot), INLINE, "Bokeh CustomJS")


def serve_peers(port: int) -> None:
    """Serve two Panel apps whose slider is answered in Python: in place, and by a DynamicMap of HoloViews."""
    import holoviews as hv
    import panel as pn

    hv.extension("bokeh")
    hv.renderer("bokeh").webgl = False

    def named(plot: hv.plotting.Plot, element: hv.Element) -> None:
        plot.state.name = "peer"
        if isinstance(element, hv.Curve):
            plot.handles["source"].name = "peer.curve"

    def dynamic() -> pn.Column:
        slider = pn.widgets.FloatSlider(start=LOW, end=HIGH, step=STEP, value=LOW, width=TRACK)

        def draw(a: float) -> hv.Overlay:
            table = (X, 10 * X**-a)
            return hv.Curve(table, "x", "y").opts(hooks=[named]) * hv.Scatter(table, "x", "y").opts(size=3)

        chart = hv.DynamicMap(draw, streams={"a": slider.param.value})
        options = hv.opts.Overlay(width=640, height=320, logx=True, logy=True, xlim=(1, 1e4), ylim=(1e-8, 20))
        return pn.Column(slider, pn.pane.HoloViews(chart.opts(options)))

    def in_place() -> pn.Column:
        plot, source = peer_figure()
        slider = pn.widgets.FloatSlider(start=LOW, end=HIGH, step=STEP, value=LOW, width=TRACK)
        slider.param.watch(lambda event: source.data.update(y=10 * X**-event.new), "value")
        return pn.Column(slider, pn.pane.Bokeh(plot))

    pn.serve({"/": in_place, "dynamic": dynamic}, port=port, address="127.0.0.1", show=False, verbose=False)


# A track of the browser's own has no element for its handle, so its place follows from the value.
HANDLE = """(handle) => {
  const { x, y, width, height } = handle.getBoundingClientRect();
  if (!handle.matches("input")) return [x, y, width, height];
  const thumb = 16;
  const share = (handle.valueAsNumber - handle.min) / (handle.max - handle.min);
  return [x + share * (width - thumb), y, thumb, height];
}"""
TRACK_ENDS = """(handle) => {
  const { left, right } = (handle.closest(".noUi-target") ?? handle).getBoundingClientRect();
  return [left, right];
}"""
VALUE = """(handle) => handle.matches("input")
  ? handle.valueAsNumber
  : Number([handle.closest(".noUi-target").noUiSlider.get(true)].flat()[0])"""


# Cards are written last, so everything else is new when they are.
CARDS = """() => {
  const card = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches('[data-card="N"]')) return each;
      const within = each.shadowRoot && card(each.shadowRoot);
      if (within) return within;
    }
    return null;
  };
  const found = card(document);
  if (found == null) return false;
  const changes = { subtree: true, childList: true, characterData: true };
  const note = () => __marks__.push(["cards", performance.now()]);
  new MutationObserver(note).observe(found.parentNode.parentNode, changes);
  return true;
}"""
# Leave the first charts of a page only.
FIRST = """([selector, count]) => document.querySelectorAll(selector).forEach((each, i) => {
  if (i >= count) each.style.display = "none";
})"""


@dataclass
class Subject:
    """One page that is measured, and what was measured."""

    name: str
    charts: int
    page: Page
    port: int
    source: str
    figure: str
    cards: bool = False
    took: dict[str, list[float]] = field(default_factory=lambda: {"ready": [], "paint": []})
    states: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    @property
    def handle(self) -> Locator:
        """The handle of the slider."""
        return self.page.locator(".noUi-handle:visible, input[data-role=slider]:visible").first

    def place(self) -> tuple[float, float]:
        """Return where on the screen the handle is."""
        x, y, width, height = self.handle.evaluate(HANDLE)
        return x + width / 2, y + height / 2

    def right_in_the_end(self) -> bool:
        """Tell whether the columns are those of the slider's own value."""
        value, found = self.handle.evaluate(VALUE), columns(self.page, self.source)
        if self.source == "peer.curve":
            return np.allclose(found["y"], 10 * X**-value, rtol=1e-9)
        plan = Studio(**{**START, "compute": 10**value}).frames()["tables"]["allocation"]["plan"]
        # the notebook's values pass through a slider that rounds to 1e-10 of a decade
        return all(np.allclose(found[name], plan[name], rtol=1e-8) for name in ("N", "D"))


def press_keys(subject: Subject, turn: int) -> None:
    """Measure arrow keys, to the right and back in turns."""
    key = "ArrowRight" if turn % 2 == 0 else "ArrowLeft"
    page, last = subject.page, "cards" if subject.cards else "columns"
    subject.handle.focus()
    for _ in range(STEPS):
        marks(page)
        page.keyboard.press(key)
        seen: list[tuple[str, float]] = []

        def painted(seen: list[tuple[str, float]] = seen) -> bool:
            page.wait_for_timeout(120)
            seen += marks(page)
            return any(what == "paint" for what, _ in seen[first_of(seen, "columns") :]) and last in dict(seen)

        until(page, painted, "the move to be painted")
        start, arrived = seen[first_of(seen, "input")][1], first_of(seen, "columns")
        subject.took["ready"].append(seen[first_of(seen, last, arrived)][1] - start)
        subject.took["paint"].append(seen[first_of(seen, "paint", arrived)][1] - start)


def drag(subject: Subject, turn: int) -> None:
    """Drag like a hand, which does not wait for the page."""
    page = subject.page
    start, y = subject.place()
    goal = start + DRAG_PIXELS if turn % 2 == 0 else start - DRAG_PIXELS
    left, right = subject.handle.evaluate(TRACK_ENDS)
    assert left <= goal <= right, f"{subject.name}: a drag to {goal} px leaves the track, {left} to {right} px"
    page.mouse.move(start, y)
    marks(page)
    drag_on(page, subject.port, (start, y), (goal, y), DRAG_SECONDS, DRAG_HZ)
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    seen = marks(page)
    first = seen[first_of(seen, "input")][1]
    # a painting counts once: only the first one after new columns shows a new state
    painted, fresh = [], False
    for what, at in seen:
        if what == "paint" and fresh:
            painted.append(at)
        # cards are written between the columns and the painting
        fresh = what == "columns" or (fresh and what != "paint")
    subject.states.append(1000 * len(painted) / max((painted or [first])[-1] - first, 1000 * DRAG_SECONDS))
    subject.moves.append(sum(what == "input" for what, _ in seen) / DRAG_SECONDS)
    subject.right.append(subject.right_in_the_end())


def stolen() -> tuple[int, int]:
    """Return what of this machine's time others on its host have taken, and all of it; both 0 where it is not told."""
    told = Path("/proc/stat")
    if not told.exists():
        return 0, 0
    ticks = [int(number) for number in told.read_text(encoding="utf-8").splitlines()[0].split()[1:9]]
    return ticks[7], sum(ticks)


def widen(page: Page, selector: str, css: dict[str, str]) -> None:
    """Give the sidebar of a page room for a long track."""
    page.locator(selector).first.evaluate("(element, css) => Object.assign(element.style, css)", css)


@contextmanager
def subjects(browser: Browser, port: int, folder: Path, only: Sequence[str]) -> Iterator[list[Subject]]:
    """Open the peers and the faces of those names, and end their servers afterwards."""
    servers: list[Server] = []
    pages: list[Page] = []

    def local(route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme == "file" or parts.hostname in LOCAL:
            route.continue_()
        else:
            route.abort()

    def blank(width: int = 1600) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 1000})
        context.route("**/*", local)
        pages.append(context.new_page())
        return pages[-1]

    def fewer(page: Page, count: int) -> None:
        """Leave the first charts of the app only."""
        page.evaluate(
            """(count) => {
              const seen = Bokeh.documents.flatMap((each) => [...each._all_models.values()])
                .filter((model) => model.type === "Figure" && model.visible);
              seen.slice(count).forEach((figure) => (figure.visible = false));
            }""",
            count,
        )

    try:
        saved = save(Studio(**START), folder / "studio.html")
        faces: list[tuple[str, int, Page]] = []
        notebooks: list[Page] = []
        for charts in (3, 1) if "page" in only else ():
            page = blank()
            page.goto(saved.path.as_uri())
            page.locator('[data-live="yes"]').wait_for()
            page.evaluate(FIRST, ["[data-figure]", charts])
            faces.append(("page", charts, page))

        if "app" in only:
            servers.append(start_app(folder))
        for charts in (3, 1) if "app" in only else ():
            page = blank()
            page.goto(servers[-1].url + "?C=1e19&inference=2e12")
            page.locator(".sw-card-value").first.wait_for()
            widen(page, ".sw-app", {"gridTemplateColumns": f"{TRACK + 60}px minmax(0, 1fr)"})
            fewer(page, charts)
            faces.append(("app", charts, page))

        if "JupyterLab" in only:
            servers.append(start_lab(folder))
        for charts in (3, 1) if "JupyterLab" in only else ():
            notebooks.append(blank())
            cells = [
                f"import scalewidgets as sw\nshown = sw.studio(**{START}).widget()",
                f"shown.children[0].layout.width = '{TRACK + 60}px'\nshown.layout.max_width = '1500px'\n"
                f"next(each for each in shown.children if hasattr(each, 'columns')).columns = {charts}\nshown",
            ]
            open_notebook(notebooks[-1], servers[-1], cells)
            notebooks[-1].locator(".sw-card-value").first.wait_for()
            faces.append(("JupyterLab", charts, notebooks[-1]))

        bokeh = blank()
        (folder / "bokeh.html").write_text(bokeh_page(), encoding="utf-8")
        bokeh.goto((folder / "bokeh.html").as_uri())
        peers = {"Bokeh CustomJS": bokeh}
        servers.append(start_app(folder, [sys.executable, str(Path(__file__).resolve()), "--serve-peers", "{port}"]))
        for name, path in (("Panel, in place", ""), ("HoloViews DynamicMap", "dynamic")):
            peers[name] = blank()
            peers[name].goto(servers[-1].url + path)

        found = [Subject(*face, port, "*.allocation.plan", "*.allocation") for face in faces]
        found += [Subject(name, 1, page, port, "peer.curve", "peer") for name, page in peers.items()]
        for subject in found:
            subject.page.bring_to_front()
            subject.handle.wait_for()
            subject.handle.scroll_into_view_if_needed()
            subject.page.wait_for_timeout(1500)
            watch(subject.page, subject.source, subject.figure)
            subject.cards = subject.page.evaluate(CARDS)
        yield found
        for notebook in notebooks:
            end_kernels(notebook)
    finally:
        for page in pages:
            page.context.close()
        for server in servers:
            server.stop()


def report(found: list[Subject]) -> str:
    """Return the table: milliseconds, how many times sooner than each peer the numbers came, frames, and targets."""
    peers = {subject.name: subject for subject in found if subject.source == "peer.curve"}
    head = ["", "charts", "ready ms", "p95", "paint ms", "p95"]
    head += [f"/ {name.split(',')[0].split(' ')[0]}" for name in peers]
    rows = [[*head, "frames/s", "moves/s", "ends right", "missed"]]
    for subject in found:
        numbers = [np.percentile(subject.took[what], share) for what in ("ready", "paint") for share in (50, 95)]
        # how much sooner than the peer the numbers are there
        sooner = {name: np.median(peer.took["ready"]) / numbers[0] for name, peer in peers.items()}
        frames = np.median(subject.states)
        missed = []
        if subject.name in FRAMES:
            wanted = FRAMES[subject.name][subject.charts == 1]
            missed += [f"ready <= {READY:g}"] if numbers[1] > READY else []
            missed += [f"{SOONER:g} x Panel"] if sooner["Panel, in place"] < SOONER else []
            missed += [f"{wanted} frames/s"] if frames < wanted else []
            missed = missed or ["none"]
        cells = [f"{number:.1f}" for number in (*numbers, *sooner.values(), frames, np.median(subject.moves))]
        ends = f"{sum(subject.right)} of {len(subject.right)}"
        rows.append([subject.name, str(subject.charts), *cells, ends, ", ".join(missed)])
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = []
    for first, *others, last in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=False)]
        lines.append("  ".join([*cells, last]))
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve-peers", type=int, metavar="PORT", help="serve the peers of Panel and HoloViews only")
    options.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of {STEPS} keys and a drag a page")
    options.add_argument("--only", nargs="+", default=list(FRAMES), choices=list(FRAMES), help="faces to measure")
    given = options.parse_args()
    if given.serve_peers:
        serve_peers(given.serve_peers)
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        flags = [*FLAGS, f"--remote-debugging-port={port}"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        names = ", ".join(f"{name} {version(name)}" for name in ("bokeh", "panel", "holoviews", "anywidget"))
        print(f"Python {platform.python_version()}, {names}, Chromium {browser.version} headless, no GPU")
        with subjects(browser, port, Path(folder), given.only) as found:
            print(f"{os.cpu_count()} cores; load of the last 1, 5, 15 minutes before: {load}; ", end="", flush=True)
            before = stolen()
            for turn in range(given.rounds):
                for measure in (press_keys, drag):
                    for subject in found:
                        subject.page.bring_to_front()
                        measure(subject, turn)
            taken, passed = (now - then for now, then in zip(stolen(), before, strict=True))
            print(f"after: {' '.join(f'{number:.1f}' for number in os.getloadavg())}", end="; ")
            print(f"taken by others on the host: {100 * taken / max(passed, 1):.1f} %")
            print(f"{given.rounds * STEPS} arrow keys and {given.rounds} drags of {DRAG_SECONDS:g} s a page\n")
            print(report(found))
        browser.close()


if __name__ == "__main__":
    main()
