"""Put the catalogue and the pages of laws and planners into the documentation."""

from pathlib import Path
from typing import Any

from catalogue_pages import FOLDER, PLANNERS, list_of_laws, page_of, page_of_planner
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from scalewidgets.planning.planner import planners
from scalewidgets.registry import laws


class CatalogueDirective(SphinxDirective):
    """List every law by topic."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return self.parse_text_to_nodes(list_of_laws(), allow_section_headings=True)


def write_pages(app: Any) -> None:
    """Write the page of each law and planner beside the other pages."""
    root = Path(app.srcdir)
    _write(root / FOLDER, {f"{law.key}.md": page_of(law) for law in laws().values()})
    _write(root / PLANNERS, {f"{planner.key}.md": page_of_planner(planner) for planner in planners().values()})


def _write(folder: Path, pages: dict[str, str]) -> None:
    """Write pages into a folder of their own, and remove that of a declaration that is gone."""
    folder.mkdir(exist_ok=True)
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
