"""Put the index of papers into the documentation."""

from typing import Any

from docutils import nodes
from papers_index import lines
from sphinx.util.docutils import SphinxDirective


class PapersDirective(SphinxDirective):
    """List the papers by topic."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return self.parse_text_to_nodes("\n".join(lines()), allow_section_headings=True)


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("papers", PapersDirective)
    return {"parallel_read_safe": True}
