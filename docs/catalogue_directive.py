"""Put the catalogue and the pages of laws into the documentation."""

from pathlib import Path
from typing import Any

from catalogue_pages import FOLDER, list_of_laws, page_of
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from scalewidgets.registry import laws


class CatalogueDirective(SphinxDirective):
    """List every law by topic."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return self.parse_text_to_nodes(list_of_laws(), allow_section_headings=True)


def write_pages(app: Any) -> None:
    """Write the page of each law beside the other pages, and remove that of a law that is gone."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    pages = {f"{law.key}.md": page_of(law) for law in laws().values()}
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        # an unchanged page need not be built again
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register the directive and the writing of pages."""
    app.add_directive("catalogue", CatalogueDirective)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
