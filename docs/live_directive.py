"""Put a live explorer into a page of the documentation: no network, and the scripts once a page."""

from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

import scalewidgets as sw
from scalewidgets.explorers.controls import Choice


class LiveDirective(SphinxDirective):
    """Show an explorer of a fit: ``{live} besiroglu2024``.

    ``view`` is that of `sw.explore`, or ``studio``; ``set`` are settings as ``name=value``; ``charts`` and ``title``
    are those of `save`; ``free`` names the choices that readers can make: none unless said, since each brings its sets.
    """

    required_arguments = 1
    option_spec = {name: directives.unchanged for name in ("view", "set", "charts", "title", "free")}

    def run(self) -> list[nodes.Node]:
        """Return the element as it is."""
        settings = dict(pair.split("=", 1) for pair in self.options.get("set", "").split())
        view = self.options.get("view")
        made = sw.studio if view == "studio" else lambda fit, **given: sw.explore(fit, view=view, **given)
        ex = made(self.arguments[0], **settings)
        free = self.options.get("free", "").split()
        choices = [name for name, c in ex.controls_by_name.items() if isinstance(c, Choice) and not c.feeds]
        shown = ex.embed(
            charts=self.options["charts"].split() if "charts" in self.options else None,
            title=self.options.get("title"),
            lock=[name for name in choices if name not in free],
            draws=50,
        )
        first = not self.env.temp_data.get("live_scripts")
        self.env.temp_data["live_scripts"] = True
        return [nodes.raw("", shown.html(scripts=first), format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("live", LiveDirective)
    return {"parallel_read_safe": True}
