"""Charts drawn once a process, and copied for each display: a copy takes a fifth of what drawing takes."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from bokeh.document import Document
from bokeh.util.serialization import make_id

from scalewidgets.views.elements import Leaf

MOST = 128
# What Bokeh would draw of a mark that is chosen, pointed at or muted: a third of a figure, and nothing here is.
UNUSED = ("selection_glyph", "nonselection_glyph", "hover_glyph", "muted_glyph")


@dataclass(frozen=True)
class Drawing:
    """A figure as JSON, and the tables of its data sources, whose `source` is the id there."""

    text: str
    leaves: tuple[Leaf, ...]

    @classmethod
    def of(cls, figure: Any, leaves: list[Leaf]) -> Drawing:
        """Keep a figure, which is in no document afterwards."""
        for renderer in figure.renderers:
            renderer.update(**dict.fromkeys(UNUSED))
        document = Document()
        document.add_root(figure)
        text = json.dumps(document.to_json(deferred=False))
        document.clear()
        return cls(text, tuple(replace(leaf, source=leaf.source.id) for leaf in leaves))

    def copy(self) -> tuple[Any, list[Leaf]]:
        """Return a figure of its own, in no document, with its leaves."""
        ids: dict[str, str] = {}

        def renewed(part: dict[str, Any]) -> dict[str, Any]:
            # several copies may stand in one page, where ids tell models apart
            if isinstance(part.get("id"), str):
                part["id"] = ids.setdefault(part["id"], make_id())
            return part

        document = Document.from_json(json.loads(self.text, object_hook=renewed))
        (figure,) = document.roots
        found = [replace(leaf, source=document.get_model_by_id(ids[leaf.source])) for leaf in self.leaves]
        document.clear()
        return figure, found


_drawn: OrderedDict[Hashable, Drawing] = OrderedDict()


def drawing(key: Hashable, draw: Callable[[], tuple[Any, list[Leaf]]]) -> Drawing:
    """Return what was drawn under a key, or draw it; of the least used the oldest is forgotten."""
    if key not in _drawn:
        _drawn[key] = Drawing.of(*draw())
        while len(_drawn) > MOST:
            _drawn.popitem(last=False)
    _drawn.move_to_end(key)
    return _drawn[key]
