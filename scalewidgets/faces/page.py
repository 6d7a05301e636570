"""The page: one HTML file that stays live without Python and without a network."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bokeh.resources import Resources

from scalewidgets import __version__
from scalewidgets.errors import PortabilityError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.texts import texts
from scalewidgets.faces import fields
from scalewidgets.faces.canvas import item_of
from scalewidgets.faces.files import HERE, text_of
from scalewidgets.live.bundling import joined
from scalewidgets.live.packing import pack
from scalewidgets.live.program import bundle, graph_of, set_key, twins
from scalewidgets.units import UNITS
from scalewidgets.views.board import Board
from scalewidgets.views.style import DARK


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
    include_runs: bool = False,
    draws: int | None = None,
) -> Saved:
    """Save an explorer as one page that stays live without Python.

    Parameters
    ----------
    ex : BaseExplorer
    path : str or path
    title : str, optional
    include_runs : bool
        Whether the user's runs go into the page.
    draws : int, optional
        The most draws of a coefficient set that go into the page; 0 for none, all (up to 1,000) if left out.

    Returns
    -------
    Saved
        What the page contains.

    Raises
    ------
    PortabilityError
        If the explorer's law can't run without Python.
    """
    given = ex.giveaway(include_runs=include_runs, draws=draws)
    title = ex.title if title is None else title
    body, contents = fragment(given, title)
    page = text_of("saved.html").format(
        version=__version__,
        title=escape(title),
        style=text_of("page.css") + text_of("cards.css"),
        body=body,
        bokeh=in_script(bokeh_script()),
        module=in_script(joined(HERE / "page.mjs")),
    )
    data = page.encode("utf-8")
    Path(path).write_bytes(data)
    return Saved(Path(path), len(data), contents)


def fragment(ex: BaseExplorer, title: str, *, standalone: bool = True) -> tuple[str, tuple[str, ...]]:
    """Return the element of an explorer for a page with BokehJS and page.mjs, and what it contains.

    Raises
    ------
    PortabilityError
        If the explorer's law can't run without Python.
    """
    name, why = graph_of(ex)
    if not name:
        raise PortabilityError(f"this explorer can't be saved as a live page, since it runs in Python only: {why}")
    frames = ex.frames()
    board = Board.of(ex, frames)
    kept = [twin for twin in twins(ex) if twin.look == ex.look and graph_of(twin)[0]]
    data = bundle(ex, kept)
    data["controls"] = _offered(data["controls"], [json.loads(set_key(twin)) for twin in kept])
    block = pack(data)
    parts = {
        "figures": {key: json.loads(item_of(figure)) for key, figure in board.figures.items()},
        "maps": board.map(frames),
        "settings": {"fragment": standalone, "palette": DARK, "units": _units()},
    }
    slots = texts(ex, frames)
    offered = {control["name"]: [key for key, *_ in control.get("options", [])] for control in data["controls"]}
    html = f"""<div class="sw-page" data-scalewidgets>
<header class="sw-top"><h1>{escape(title)}</h1><button type="button" data-theme>Dark</button></header>
<section class="sw-headline sw-slot" data-slot="cards" aria-label="Results">{slots["cards"]}</section>
<aside class="sw-side" aria-label="Controls">{"".join(_group(ex, group, offered) for group in ex.groups)}</aside>
<main class="sw-main"><p data-problem role="alert"></p>
<noscript><p>The charts are drawn by scripts, which are switched off here.</p></noscript>
<div class="sw-chips">{"".join(_chip(key, chart.title) for key, chart in board.charts.items())}</div>
<div class="sw-figures">{"".join(map(_figure, board.figures))}</div>
</main>
<section class="sw-words" aria-label="Formula, cautions and sources">
<div class="sw-slot" data-slot="formula">{slots["formula"]}</div>
<div class="sw-slot" data-slot="notes">{slots["notes"]}</div></section>
<div class="sw-speaker" role="status" aria-live="polite"></div>
{"".join(_data(name, part) for name, part in parts.items())}
<script type="text/plain" data-part="bundle">{base64.b64encode(gzip.compress(block, mtime=0)).decode()}</script>
</div>"""
    return html, _contents(data, len(block))


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


def _offered(controls: list[dict[str, Any]], keys: list[list[str]]) -> list[dict[str, Any]]:
    """Leave out the options that no set of the page belongs to."""
    choices = [control for control in controls if control["kind"] == "choice" and not control["input"]]
    for control, known in zip(choices, zip(*keys, strict=True), strict=True):
        control["options"] = [option for option in control["options"] if option[0] in known]
    return controls


def _units() -> dict[str, Any]:
    """Return quantity and factor of every unit by its names, in lower case."""
    return {
        name.casefold().replace("_", " "): [unit.quantity, unit.factor]
        for key, unit in UNITS.items()
        for name in (key, *unit.aliases)
    }


def _group(ex: BaseExplorer, group: Group, offered: Mapping[str, list[str]]) -> str:
    rows = [
        _choice(ex, control, offered[control.name])
        if isinstance(control, Choice)
        else _slider(ex, control, group.switch_label if group.switch == control.name else "")
        for control in group.controls
    ]
    return f"<fieldset><legend>{escape(group.title)}</legend>{''.join(rows)}</fieldset>"


def _slider(ex: BaseExplorer, control: Slider, optional: str) -> str:
    value = getattr(ex, control.name)
    low, high = control.ends
    place = control.place(control.rest if value is None else value)
    switch = (
        f'<label><input type="checkbox" data-role="toggle"{"" if value is None else " checked"}> '
        f"{escape(optional)}</label>"
        if optional
        else ""
    )
    return (
        f'<div class="sw-control" data-control="{escape(control.name)}">{switch}'
        f'<label title="{escape(control.help)}">{escape(control.title)}'
        f'<input type="text" data-role="text" autocomplete="off" spellcheck="false" '
        f'value="{escape(fields.shown(control, value))}"></label>'
        f'<input type="range" data-role="slider" aria-label="{escape(control.title)}" min="{low!r}" max="{high!r}" '
        f'step="{control.step!r}" value="{place!r}">'
        '<div class="sw-error" data-role="error" role="alert" hidden></div></div>'
    )


def _choice(ex: BaseExplorer, control: Choice, offered: list[str]) -> str:
    now = control.key(getattr(ex, control.name))
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == now else ""}>{escape(label)}</option>'
        for label, key in control.keys().items()
        if key in offered
    )
    return (
        f'<div class="sw-control" data-control="{escape(control.name)}">'
        f'<label title="{escape(control.help)}">{escape(control.label)}'
        f'<select data-role="select">{options}</select></label></div>'
    )


def _chip(key: str, title: str) -> str:
    return f'<button type="button" data-chip="{escape(key)}">{escape(title)}</button>'


def _figure(key: str) -> str:
    return f'<div class="sw-figure" data-figure="{escape(key)}"></div>'


def _contents(data: Mapping[str, Any], size: int) -> tuple[str, ...]:
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
    return (
        f"state: {', '.join(f'{name}={value}' for name, value in data['state'].items())}",
        *choices,
        f"coefficients of {len(sets)} sets, with up to {most('draw.')} joint draws",
        f"runs: {most('runs.') or 'none'}",
        f"{len(data['graphs'])} graphs, {size / 1e3:.0f} kB before compression",
    )
