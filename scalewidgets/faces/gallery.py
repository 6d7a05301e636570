"""The gallery of the served app: every law by topic, each with a link to its explorer, and a field for a formula."""

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
from scalewidgets.faces.files import text_of
from scalewidgets.fits.fit import Fit
from scalewidgets.formula import mathml
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
    shelves: dict[str, list[Law]] = {}
    for law in laws().values():
        shelves.setdefault(law.topic or OTHER, []).append(law)
    sections = "\n".join(
        f"<section><h2>{escape(topic.capitalize())}</h2><ul>{''.join(map(_entry, shelves[topic]))}</ul></section>"
        for topic in sorted(shelves)
    )
    return text_of("gallery.html").format(title=escape(TITLE), count=len(laws()), sections=sections)


def _entry(law: Law) -> str:
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
    wanted: Fit | Law = published(DEFAULT_FIT)
    try:
        wanted = _wanted(texts)
    except ScalewidgetsError as error:
        # the line that points at a character needs letters of one width
        refused.append(f"{texts.get(FORMULA, '')} – {str(error).splitlines()[0]}".removeprefix(" – "))
    law = wanted.law if isinstance(wanted, Fit) else wanted
    ex = law_explorer(law)(wanted if isinstance(wanted, Fit) else None)
    for name, text in texts.items():
        if name in ex.names and name != "fit":
            try:
                ex.apply({name: text})
            except (ScalewidgetsError, ValueError) as error:
                refused.append(f"{name}: {error}")
    return ex, refused


def _wanted(texts: Mapping[str, str]) -> Fit | Law:
    if FORMULA in texts:
        variables = texts.get(VARIABLES, "").replace(",", " ").split()
        return law_from_formula(texts[FORMULA], variables=variables or None)
    key = texts.get("fit", DEFAULT_FIT)
    return laws()[key] if key in laws() and key not in published_fits() else published(key)


def to_query(ex: LawExplorer, query: Mapping[str, Any]) -> dict[str, str]:
    """Return the address of a state; a typed formula stays in it."""
    kept = {name: _text(query[name]) for name in (FORMULA, VARIABLES) if name in query}
    found = {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in ex.settings().items()}
    if not ex.fit.key:
        found["fit"] = ex.law.key
    if FORMULA in kept:
        found.pop("fit")
    return kept | found


def _text(values: Any) -> str:
    text = values[0] if isinstance(values, list) else values
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
