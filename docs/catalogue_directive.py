"""Write the catalogue's page from the declarations, so that a new law appears there by itself."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from scalewidgets.catalog import catalogue
from scalewidgets.declare import Law
from scalewidgets.formats import format_value
from scalewidgets.registry import laws


def lines_of(law: Law) -> Iterator[str]:
    """Yield the lines of MyST that describe a law and its published fits."""
    yield from (f"## {law.title or law.key}", "", "$$", law.latex(), "$$", "")
    yield from (f"`{law.key}`: {law.citation}.", "")
    for v in law.variables:
        low, high = format_value(v.low, v.format), format_value(v.high, v.format)
        yield f"- `{v.symbol}` {v.label.lower()}, {v.unit}, slider from {low} to {high}"
    yield from (f"- {note}" for note in law.notes)
    fits = [row for row in catalogue(kind="fit") if row.law == law.key]
    if fits:
        yield from ("", "| published fit | title | verified | source |", "|---|---|---|---|")
        yield from (f"| `{row.key}` | {row.title} | {row.level} | {row.source} |" for row in fits)
    yield ""


class CatalogueDirective(SphinxDirective):
    """List every law with its formula, variables, notes and published fits."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        text = "\n".join(line for law in laws().values() for line in lines_of(law))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("catalogue", CatalogueDirective)
    return {"parallel_read_safe": True}
