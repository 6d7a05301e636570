"""The gallery of the served app: laws and planners by topic, with links to their explorers, and a formula's field."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from tornado.web import RequestHandler

from scalewidgets.catalog import OTHER
from scalewidgets.declare import Law
from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.explorer import DEFAULT_FIT
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_tracks import published_of
from scalewidgets.explorers.planner_explorer import PlannerExplorer, planner_explorer
from scalewidgets.faces.files import text_of
from scalewidgets.fits.fit import Fit
from scalewidgets.formula import mathml
from scalewidgets.planning.planner import Planner, planners
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import laws
from scalewidgets.typed_law import law_from_formula

TITLE = "Laws"
# Names of an address that are no settings of an explorer.
FORMULA, VARIABLES = "formula", "variables"


class Gallery(RequestHandler):
    """Answer with the page of all laws."""

    def get(self) -> None:
        """Write the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(gallery_html())


def gallery_html() -> str:
    """Return the page of all laws, by topic."""
    shelves: dict[str, list[Law | Planner]] = {}
    for each in (*laws().values(), *planners().values()):
        shelves.setdefault(each.topic or OTHER, []).append(each)
    sections = "\n".join(
        f"<section><h2>{escape(topic.capitalize())}</h2><ul>{''.join(map(_entry, shelves[topic]))}</ul></section>"
        for topic in sorted(shelves)
    )
    return text_of("gallery.html").format(title=escape(TITLE), count=len(laws()) + len(planners()), sections=sections)


def _entry(each: Law | Planner) -> str:
    return _planner_entry(each) if isinstance(each, Planner) else _law_entry(each)


def _planner_entry(planner: Planner) -> str:
    words = [planner.key, planner.title, planner.topic, str(planner.citation), "planner"]
    words += [variable.label for variable in (*planner.variables, *planner.answers)]
    asked = ", ".join(variable.label.lower() for variable in planner.variables)
    return (
        f'<li data-words="{escape(" ".join(words).lower())}"><a href="law?fit={quote(planner.key)}">'
        f"{escape(planner.title)}</a><div>{escape(planner.answers[0].label)} by {escape(asked)}</div>"
        f"<small>{escape(planner.key)}, planner</small></li>"
    )


def _law_entry(law: Law) -> str:
    fits = published_of(law)
    words = [law.key, law.title, law.topic, str(law.citation), *law.symbols, *(v.label for v in law.variables)]
    words += [f"{fit.key} {fit.name} {fit.source.citation}" for fit in fits]
    known = f"{len(fits)} published set{'s' if len(fits) > 1 else ''} of coefficients" if fits else "fit your own"
    return (
        f'<li data-words="{escape(" ".join(words).lower())}"><a href="law?fit={quote(law.key)}">'
        f"{escape(law.title or law.key)}</a><div>{mathml(law)}</div><small>{escape(law.key)}, {known}</small></li>"
    )


def from_query(query: Mapping[str, Any]) -> tuple[LawExplorer, list[str]]:
    """Return the explorer that an address asks for, and what of it was refused and why."""
    texts = {name: _text(values) for name, values in query.items()}
    refused = []
    wanted: Fit | Law | Planner = published(DEFAULT_FIT)
    try:
        wanted = _wanted(texts)
    except ScalewidgetsError as error:
        # the line that points at a character needs letters of one width
        refused.append(f"{texts.get(FORMULA, '')} – {str(error).splitlines()[0]}".removeprefix(" – "))
    ex = _opened(wanted, texts)
    for name, text in texts.items():
        if name in ex.names and name != "fit":
            try:
                ex.apply({name: text})
            except (ScalewidgetsError, ValueError) as error:
                refused.append(f"{name}: {error}")
    return ex, refused


def _opened(wanted: Fit | Law | Planner, texts: Mapping[str, str]) -> LawExplorer:
    if isinstance(wanted, Planner):
        kind = planner_explorer(wanted)
        return kind(next((fit for fit in kind.sets if fit.key == texts.get("fit")), None))
    law = wanted.law if isinstance(wanted, Fit) else wanted
    return law_explorer(law)(wanted if isinstance(wanted, Fit) else None)


def _wanted(texts: Mapping[str, str]) -> Fit | Law | Planner:
    if FORMULA in texts:
        variables = texts.get(VARIABLES, "").replace(",", " ").split()
        return law_from_formula(texts[FORMULA], variables=variables or None)
    key = texts.get("fit", DEFAULT_FIT)
    if (asked := texts.get("view", key)) in planners():
        return planners()[asked]
    return laws()[key] if key in laws() and key not in published_fits() else published(key)


def to_query(ex: LawExplorer, query: Mapping[str, Any]) -> dict[str, str]:
    """Return the address of a state; a typed formula stays in it."""
    kept = {name: _text(query[name]) for name in (FORMULA, VARIABLES) if name in query}
    found = {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in ex.settings().items()}
    if isinstance(ex, PlannerExplorer):
        found |= {"view": ex.planner.key} if ex.chosen else {"fit": ex.planner.key}
    elif not ex.fit.key:
        found["fit"] = ex.law.key
    if FORMULA in kept:
        found.pop("fit")
    return kept | found


def _text(values: Any) -> str:
    text = values[0] if isinstance(values, list) else values
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
