"""Put a live explorer into a page of the documentation: no network, and the scripts once a page."""

from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

import scalewidgets as sw


class LiveDirective(SphinxDirective):
    """Show an explorer of a fit: ``{live} besiroglu2024``, with the charts and settings that are named."""

    required_arguments = 1
    option_spec = {"charts": directives.unchanged, "compute": directives.unchanged, "title": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the element as it is."""
        settings = {"compute": self.options["compute"]} if "compute" in self.options else {}
        charts = self.options["charts"].split() if "charts" in self.options else None
        shown = sw.explore(self.arguments[0], **settings).embed(
            charts=charts, title=self.options.get("title"), lock=["fit"], draws=50
        )
        first = not self.env.temp_data.get("live_scripts")
        self.env.temp_data["live_scripts"] = True
        return [nodes.raw("", shown.html(scripts=first), format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("live", LiveDirective)
    return {"parallel_read_safe": True}
