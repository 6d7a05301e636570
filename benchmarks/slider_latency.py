"""Measure how fast a slider's move is computed and painted: the explorer in app and notebook, beside two peers.

All four pages are open in one browser and are measured in turns, so that they meet the same machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
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

from scalewidgets.explorers.explorer import Explorer  # noqa: E402 - this checkout, like the helpers below
from tests.browser.conftest import FLAGS, LOCAL  # noqa: E402
from tests.browser.figures import columns, first_of, latency, marks, watch  # noqa: E402
from tests.browser.notebooks import end_kernels, open_notebook  # noqa: E402
from tests.browser.servers import Server, start_app, start_lab  # noqa: E402

ROUNDS, STEPS = 3, 15  # 45 arrow keys and 3 drags a page
DRAG_SECONDS, DRAG_HZ, DRAG_PIXELS = 2.0, 60, 300
TRACK = 400  # px; on a short track a drag has few distinct values and seems slow
SETTLE_SECONDS = 1.5

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


def serve_panel(port: int) -> None:
    """Serve a Panel app whose slider writes the columns of a source in Python."""
    import panel as pn

    def session() -> pn.Column:
        plot, source = peer_figure()
        slider = pn.widgets.FloatSlider(start=LOW, end=HIGH, step=STEP, value=LOW, width=TRACK)
        slider.param.watch(lambda event: source.data.update(y=10 * X**-event.new), "value")
        return pn.Column(slider, pn.pane.Bokeh(plot))

    pn.serve(session, port=port, address="127.0.0.1", show=False, verbose=False)


@dataclass
class Subject:
    """One page that is measured, its first slider's range, and what was measured."""

    name: str
    page: Page
    source: str
    figure: str
    ends: tuple[float, float, float]
    took: dict[str, list[float]] = field(default_factory=lambda: {"columns": [], "paint": []})
    states: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    @property
    def handle(self) -> Locator:
        """The handle of the slider."""
        return self.page.locator(".noUi-handle:visible").first

    def track(self) -> dict[str, float]:
        """Return left end and width of the slider's track, whose ends are the ends of its range."""
        return self.page.locator(".noUi-base:visible").first.bounding_box()

    def shows(self, position: float) -> bool:
        """Tell whether the columns are those of the value at a place of the track, to a step of the slider."""
        low, high, step = self.ends
        found = columns(self.page, self.source)
        value = low + (high - low) * position
        near = np.round((value - low) / step) * step + low + step * np.arange(-1, 2)
        if self.source == "peer.curve":
            return any(np.allclose(found["y"], 10 * X**-a, rtol=1e-9) for a in near)
        plans = [Explorer(compute=10**power, inference_tokens=2e12).plan for power in near]
        # the notebook's values pass through a slider that rounds to 1e-10 of a decade
        return any(np.allclose([found["N"][0], found["D"][0]], [p.N, p.D], rtol=1e-8) for p in plans)


def press_keys(subject: Subject, turn: int) -> None:
    """Measure arrow keys, to the right and back in turns."""
    key = "ArrowRight" if turn % 2 == 0 else "ArrowLeft"
    subject.handle.focus()
    found = latency(subject.page, lambda: subject.page.keyboard.press(key), STEPS)
    for what, times in found.items():
        subject.took[what] += list(times)


def drag(subject: Subject, turn: int) -> None:
    """Drag like a hand: the place follows the clock, so that a page that lags gets fewer moves and not more time."""
    page, track, box = subject.page, subject.track(), subject.handle.bounding_box()
    start, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    goal = start + DRAG_PIXELS if turn % 2 == 0 else start - DRAG_PIXELS
    page.mouse.move(start, y)
    page.mouse.down()
    marks(page)
    begin, moves = time.perf_counter(), 0
    while (passed := time.perf_counter() - begin) < DRAG_SECONDS:
        page.mouse.move(start + (goal - start) * passed / DRAG_SECONDS, y)
        moves += 1
        time.sleep(max(0.0, begin + moves / DRAG_HZ - time.perf_counter()))
    page.mouse.move(goal, y)
    page.mouse.up()
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    seen = marks(page)
    first = seen[first_of(seen, "input")][1]
    # a painting counts once: only the first one after new columns shows a new state
    painted, fresh = [], False
    for what, at in seen:
        if what == "paint" and fresh:
            painted.append(at)
        if what != "input":
            fresh = what == "columns"
    subject.states.append(1000 * len(painted) / max(painted[-1] - first, 1000 * DRAG_SECONDS))
    subject.moves.append(moves / DRAG_SECONDS)
    subject.right.append(subject.shows((goal - track["x"]) / track["width"]))


def widen(page: Page, selector: str, css: dict[str, str]) -> None:
    """Give the sidebar of a page room for a long track."""
    page.locator(selector).first.evaluate("(element, css) => Object.assign(element.style, css)", css)


@contextmanager
def subjects(browser: Browser, folder: Path) -> Iterator[list[Subject]]:
    """Open the four pages and end their servers afterwards."""
    servers: list[Server] = []
    pages: list[Page] = []

    def local(route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme == "file" or parts.hostname in LOCAL:
            route.continue_()
        else:
            route.abort()

    def blank() -> Page:
        context = browser.new_context(viewport={"width": 1600, "height": 1000})
        context.route("**/*", local)
        pages.append(context.new_page())
        return pages[-1]

    compute = next(control for control in Explorer().groups[0].controls if control.name == "compute")
    explorer = (np.log10(compute.low), np.log10(compute.high), 1 / compute.per_decade)
    try:
        app = blank()
        servers.append(start_app(folder))
        app.goto(servers[-1].url + "?C=1e19&inference=2e12")
        app.locator(".sw-card-value").first.wait_for()
        widen(app, ".sw-app", {"gridTemplateColumns": f"{TRACK + 60}px minmax(0, 1fr)"})

        notebook = blank()
        servers.append(start_lab(folder))
        cells = [
            "import scalewidgets as sw\nshown = sw.explore(compute=1e19, inference_tokens=2e12).widget()",
            f"shown.children[0].layout.width = '{TRACK + 60}px'\nshown.layout.max_width = '1500px'\nshown",
        ]
        open_notebook(notebook, servers[-1], cells)
        notebook.locator(".sw-card-value").first.wait_for()

        bokeh = blank()
        (folder / "bokeh.html").write_text(bokeh_page(), encoding="utf-8")
        bokeh.goto((folder / "bokeh.html").as_uri())

        panel = blank()
        servers.append(start_app(folder, [sys.executable, str(Path(__file__).resolve()), "--serve-panel", "{port}"]))
        panel.goto(servers[-1].url)

        found = [
            Subject("explorer, app", app, "*.allocation.plan", "*.allocation", explorer),
            Subject("explorer, notebook", notebook, "*.allocation.plan", "*.allocation", explorer),
            Subject("Bokeh CustomJS, no server", bokeh, "peer.curve", "peer", (LOW, HIGH, STEP)),
            Subject("Panel, in place", panel, "peer.curve", "peer", (LOW, HIGH, STEP)),
        ]
        for subject in found:
            subject.handle.wait_for()
            subject.handle.scroll_into_view_if_needed()
            subject.page.wait_for_timeout(1500)
            watch(subject.page, subject.source, subject.figure)
            width = subject.track()["width"]
            if width < DRAG_PIXELS + 20:
                raise RuntimeError(f"{subject.name}: the track is {width:.0f} px, too short for this drag")
        yield found
        end_kernels(notebook)
    finally:
        for page in pages:
            page.context.close()
        for server in servers:
            server.stop()


def report(found: list[Subject]) -> str:
    """Return the table: milliseconds, and times of the peers."""
    peers = {subject.name.split(",")[0].split(" ")[0]: np.median(subject.took["paint"]) for subject in found[2:]}
    head = [
        "",
        "columns ms",
        "p95",
        "paint ms",
        "p95",
        *(f"x {name}" for name in peers),
        "drag: states/s",
        "moves/s",
        "final state right",
    ]
    rows = [head]
    for subject in found:
        numbers = [np.percentile(subject.took[what], share) for what in ("columns", "paint") for share in (50, 95)]
        numbers += [np.median(subject.took["paint"]) / peer for peer in peers.values()]
        cells = [f"{number:.1f}" for number in (*numbers, np.median(subject.states), np.median(subject.moves))]
        rows.append([subject.name, *cells, f"{sum(subject.right)} of {len(subject.right)}"])
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve-panel", type=int, metavar="PORT", help="serve the Panel peer only")
    options.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of {STEPS} keys and a drag a page")
    given = options.parse_args()
    if given.serve_panel:
        serve_panel(given.serve_panel)
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        names = ", ".join(f"{name} {version(name)}" for name in ("bokeh", "panel", "holoviews", "anywidget"))
        print(f"Python {platform.python_version()}, {names}, Chromium {browser.version} headless, no GPU")
        with subjects(browser, Path(folder)) as found:
            print(f"{os.cpu_count()} cores; load of the last 1, 5, 15 minutes before: {load}; ", end="", flush=True)
            for turn in range(given.rounds):
                for measure in (press_keys, drag):
                    for subject in found:
                        subject.page.bring_to_front()
                        measure(subject, turn)
            print(f"after: {' '.join(f'{number:.1f}' for number in os.getloadavg())}")
            print(f"{given.rounds * STEPS} arrow keys and {given.rounds} drags of {DRAG_SECONDS:g} s a page\n")
            print(report(found))
        browser.close()


if __name__ == "__main__":
    main()
