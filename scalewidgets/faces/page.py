"""The page: one HTML file that stays live without Python and without a network."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import starmap
from pathlib import Path
from typing import Any

import numpy as np
from bokeh import __version__ as bokeh_version
from bokeh.resources import Resources

from scalewidgets import __version__
from scalewidgets.errors import StateError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.texts import texts
from scalewidgets.faces.files import HERE, text_of
from scalewidgets.faces.page_controls import controls_html, questions_html, steps_html
from scalewidgets.faces.page_figures import figures_of
from scalewidgets.faces.page_options import Options, markdown, options_of, presets_of
from scalewidgets.faces.page_states import States, states_of
from scalewidgets.faces.page_tools import presets_html, tools_html
from scalewidgets.live.bundling import joined
from scalewidgets.live.packing import pack
from scalewidgets.live.program import bundle, live_set, state_of
from scalewidgets.ops.tracing import flatten
from scalewidgets.units import UNITS
from scalewidgets.views.board import Board
from scalewidgets.views.style import DARK

BANDS = "bands"
# Inputs that hold draws: of coefficients, and of the numbers of a pinned scenario.
DRAWS = ("draw.", "pin.draws.")


@dataclass(frozen=True)
class Saved:
    """What a saved page contains.

    Parameters
    ----------
    path : Path
    size : int
        Bytes.
    contents : tuple of str
        One line for each kind of thing in it.
    """

    path: Path
    size: int
    contents: tuple[str, ...]

    def __str__(self) -> str:
        lines = "\n".join(f"  {line}" for line in self.contents)
        return f"{self.path} ({self.size / 1e6:.2f} MB) contains\n{lines}"

    __repr__ = __str__


def save(
    ex: BaseExplorer,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    notes: str = "",
    show: Iterable[str] | None = None,
    lock: Iterable[str] = (),
    charts: Iterable[str] | None = None,
    steps: Mapping[str, Mapping[str, Any]] | None = None,
    questions: Iterable[Mapping[str, Any]] = (),
    projector: bool = False,
    include_runs: bool = False,
    draws: int | str | None = None,
) -> Saved:
    """Save an explorer as one page that stays live without Python.

    Parameters
    ----------
    ex : BaseExplorer
    path : str or path
    title : str, optional
    notes : str
        Words above the charts, in Markdown. HTML in it stays text.
    show, lock : sequence of str
        Groups and controls (by name) that readers see, all if left out, and those of them that they can't move.
    charts : sequence of str, optional
        Charts on the page, all if left out.
    steps : mapping of str to mapping, optional
        Named states that readers walk through: the settings of each that differ from this one, and ``note``, Markdown.
    questions : sequence of mapping
        ``ask`` (Markdown), and what is revealed after a prediction: ``state`` (settings the page moves to), ``card``
        (name of a headline number) and ``answer`` (Markdown).
    projector : bool
        Large type, thick lines, and controls behind a button.
    include_runs : bool
        Whether the user's runs go into the page.
    draws : int or "bands", optional
        The most draws of a coefficient set that go into the page; 0 for none, all (up to 1,000) if left out. With
        "bands", no draws but what follows from them in this state and in those of `steps` and `questions`: bands and
        intervals are shown there, and elsewhere the page says that it has none.

    Returns
    -------
    Saved
        What the page contains.

    Raises
    ------
    PortabilityError
        If the explorer's law can't run without Python.
    StateError, UnknownName
        Naming the option that can't be taken.
    """
    asked = {
        "title": title,
        "notes": notes,
        "show": show,
        "lock": lock,
        "charts": charts,
        "steps": steps,
        "questions": questions,
        "projector": projector,
    }
    given, options, whole = prepared(ex, asked, include_runs=include_runs, draws=draws)
    body, contents = fragment(given, options, whole=whole)
    page = text_of("saved.html").format(
        version=__version__,
        title=escape(options.title),
        style=style(),
        body=body,
        bokeh=in_script(bokeh_script()),
        module=in_script(joined(HERE / "page.mjs")),
    )
    data = page.encode("utf-8")
    Path(path).write_bytes(data)
    return Saved(Path(path), len(data), contents)


def prepared(
    ex: BaseExplorer, asked: Mapping[str, Any], *, include_runs: bool, draws: int | str | None
) -> tuple[BaseExplorer, Options, tuple[BaseExplorer, ...]]:
    """Return a twin for others, the author's choices for it, and the states that go along with their bands.

    Raises
    ------
    StateError
        If `draws` is no count.
    """
    if draws == BANDS:
        options = options_of(full := ex.giveaway(include_runs=include_runs), **asked)
        given = ex.giveaway(include_runs=include_runs, draws=0)
        led = (*options.steps, *options.questions)
        return given, options_of(given, **asked), (full, *(each.explorer for each in led))
    if draws is not None and (not isinstance(draws, int) or isinstance(draws, bool) or draws < 0):
        raise StateError(
            f"draws = {draws!r} is no count; give a whole number, 0 for none, None for all, or {BANDS!r} for the bands "
            "of this state only"
        )
    given = ex.giveaway(include_runs=include_runs, draws=draws)
    return given, options_of(given, **asked), ()


def style() -> str:
    """Return the style sheet of pages."""
    return "".join(map(text_of, ("page.css", "page_controls.css", "page_windows.css", "cards.css")))


def fragment(
    ex: BaseExplorer,
    options: Options | None = None,
    *,
    standalone: bool = True,
    board: Board | None = None,
    whole: Iterable[BaseExplorer] = (),
) -> tuple[str, tuple[str, ...]]:
    """Return the element of an explorer for a page with BokehJS and page.mjs, and what it contains.

    Raises
    ------
    PortabilityError
        If the explorer's law can't run without Python.
    """
    options = options_of(ex) if options is None else options
    states = states_of(ex, options.free, (each.explorer for each in (*options.steps, *options.questions)))
    frames = ex.frames()
    figures = figures_of(ex, frames, projector=options.projector, board=board).only(options.charts)
    data = bundle(ex, states.kept)
    # what a page was saved with is where its controls are reset to
    data["controls"] = [{**each, "home": data["state"][each["name"]]} for each in states.options(data["controls"])]
    data["whole"] = [_whole(each) for each in whole]
    block = pack(data)
    presets = presets_of(ex, options, data["sets"])
    parts = {
        "figures": figures.items,
        "maps": figures.maps,
        "settings": {
            "fragment": standalone,
            "version": __version__,
            "palette": DARK,
            "units": _units(),
            "bokeh": bokeh_version,
            "free": sorted(options.free),
            "steps": [state_of(step.explorer) for step in options.steps],
            "questions": [[state_of(each.explorer), each.card] for each in options.questions],
            "presets": {key: state_of(twin) for key, twin in presets.items()},
            "reasons": states.reasons,
        },
    }
    slots = texts(ex, frames)
    offered = {control["name"]: [key for key, *_ in control.get("options", [])] for control in data["controls"]}
    side = controls_html(ex, options, offered)
    scenarios = {key: ex.presets[key] for key in presets}
    notes = f'<section class="sw-prose" aria-label="Notes">{markdown(options.notes)}</section>' if options.notes else ""
    lead = notes + steps_html(options.steps) + presets_html(scenarios)
    drawer = '<button type="button" data-drawer aria-expanded="false">Controls</button>' if options.projector else ""
    looks = " sw-projector" if options.projector else "" if side else " sw-bare"
    unbanded = _UNBANDED if data["whole"] else ""
    html = f"""<div class="sw-page{looks}" data-scalewidgets>
<header class="sw-top"><h1>{escape(options.title)}</h1>{drawer}
{tools_html(scenarios, figures.titles, standalone=standalone)}</header>
<div class="sw-lead">{lead}<p data-then role="status"></p></div>
<section class="sw-headline sw-slot" data-slot="cards" aria-label="Results">{slots["cards"]}</section>
<aside class="sw-side" aria-label="Controls">{side}</aside>
<main class="sw-main"><p data-problem role="alert"></p>{unbanded}
<noscript><p>The charts are drawn by scripts, which are switched off here.</p></noscript>
<div class="sw-chips">{"".join(starmap(_chip, figures.titles.items()))}</div>
<div class="sw-figures">{"".join(map(_figure, figures.titles))}</div>
{questions_html(options.questions)}
</main>
<section class="sw-words" aria-label="Formula, cautions and sources">
<div class="sw-slot" data-slot="formula">{slots["formula"]}</div>
<div class="sw-slot" data-slot="notes">{slots["notes"]}</div></section>
<div class="sw-speaker" role="status" aria-live="polite"></div>
{"".join(_data(name, part) for name, part in parts.items())}
<script type="text/plain" data-part="bundle">{squeezed(block)}</script>
</div>"""
    return html, _contents(data, len(block), options, states)


def squeezed(data: bytes) -> str:
    """Return bytes as text that `inflate` of page.mjs undoes."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def in_script(text: str) -> str:
    """Return JavaScript that can't end the script element it stands in."""
    return text.replace("</", r"<\/").replace("<!--", r"<\!--")


def _data(name: str, part: Any) -> str:
    text = json.dumps(part, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" data-part="{name}">{text}</script>\n'


def bokeh_script() -> str:
    """Return BokehJS without its widgets: the controls are the page's own."""
    (text,) = Resources(mode="inline", components=["bokeh"], minified=True, log_level="warn").js_raw[:1]
    return str(text)


def _units() -> dict[str, Any]:
    """Return quantity and factor of every unit by its names, in lower case."""
    return {
        name.casefold().replace("_", " "): [unit.quantity, unit.factor]
        for key, unit in UNITS.items()
        for name in (key, *unit.aliases)
    }


def _chip(key: str, title: str) -> str:
    return f'<button type="button" data-chip="{escape(key)}">{escape(title)}</button>'


def _figure(key: str) -> str:
    return f'<div class="sw-figure" data-figure="{escape(key)}"></div>'


_UNBANDED = (
    "<p data-unbanded hidden>Bands and intervals are in this page only for the states that its author saved. "
    '<button type="button" data-back>Back to the first</button></p>'
)


def _whole(ex: BaseExplorer) -> dict[str, Any]:
    """Return a state with all its numbers, and without the draws behind them."""
    made = live_set(ex)
    inputs = {name: values for name, values in made["inputs"].items() if not name.startswith(DRAWS)}
    frames = {name: part for name, part in ex.frames().items() if name != "pins"}
    outputs = {path: np.asarray(values) for path, values in flatten(frames).items()}
    return {"state": state_of(ex), "set": {**made, "inputs": inputs}, "outputs": outputs}


def _contents(data: Mapping[str, Any], size: int, options: Options, states: States) -> tuple[str, ...]:
    """Say what a page contains, one line for each kind of thing."""

    def arrays(prefix: str) -> list[tuple[str, Any]]:
        return [(n, v) for s in data["sets"].values() for n, v in s["inputs"].items() if n.startswith(prefix)]

    def most(prefix: str) -> int:
        return max((value.size for _, value in arrays(prefix)), default=0)

    sets = {
        tuple((n, v.tobytes()) for n, v in s["inputs"].items() if n.startswith("coefficient."))
        for s in data["sets"].values()
    }
    choices = [
        f"{control['label']}: {', '.join(label for _, label, _ in control['options'])}"
        for control in data["controls"]
        if control["kind"] == "choice"
    ]
    state = {control["name"]: data["state"][control["name"]] for control in data["controls"]}
    locked = [name for name in state if name not in options.free]
    reasons = dict.fromkeys(states.reasons.values())
    drawn = f"up to {most('draw.')}" if most("draw.") else "no"
    lines = [
        f"state: {', '.join(f'{name}={value}' for name, value in state.items())}",
        "pinned: a scenario to compare with" if data["state"].get("pinned") else "",
        *choices,
        f"fixed: {', '.join(locked)}" if locked else "",
        f"charts: {', '.join(options.charts)}",
        f"steps: {', '.join(step.name for step in options.steps)}" if options.steps else "",
        f"questions: {len(options.questions)}, with their answers" if options.questions else "",
        f"coefficients of {len(sets)} sets, with {drawn} joint draws",
        f"bands: of {len(data['whole'])} states, not of those that readers move to" if data["whole"] else "",
        f"runs: {most('runs.') or 'none'}",
        *(f"left out, {sum(why == r for r in states.reasons.values())} combinations: {why}" for why in reasons),
        "" if states.every else "choices: one at a time from this state, not every combination",
        f"{len(data['graphs'])} graphs, {size / 1e3:.0f} kB before compression",
    ]
    return tuple(filter(None, lines))
