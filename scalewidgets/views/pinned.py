"""Draw a pinned scenario, A, behind the present one: dashed, in its own colour, with a mark of another shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import holoviews as hv

from scalewidgets.explorers.pins import table_of
from scalewidgets.views.elements import element, labels
from scalewidgets.views.style import COMPARED

NAME = "A"


def pinned(
    view: str,
    tables: Mapping[str, Any],
    x: Any,
    y: Any,
    *,
    curves: Iterable[str] = (),
    point: str = "",
    below: bool = False,
) -> list[Any]:
    """Return the elements of A in a chart; none where the frame can't pin.

    Parameters
    ----------
    view : str
    tables : mapping
        Tables of the view.
    x, y : hv.Dimension
    curves : iterable of str
        Names of A's curves, as in `scalewidgets.explorers.pins.KEPT`.
    point : str
        Name of A's mark.
    below : bool
        Whether the mark bears its name below, where it may stand at the top of the chart.
    """
    parts = []
    for name in curves:
        if (table := table_of(name)) in tables:
            style = {"color": COMPARED, "line_width": 2, "line_dash": "dashed"}
            parts.append(element(hv.Curve, view, table, tables[table], [x], [y], **style))
    if point and (table := table_of(point)) in tables:
        style = {"color": "white", "line_color": COMPARED, "line_width": 2, "size": 10, "marker": "square"}
        parts.append(element(hv.Scatter, view, table, tables[table], [x], [y], **style))
        table = table_of(f"{point}_name")
        place = {"text_align": "right", "text_baseline": "top" if below else "bottom"}
        parts.append(labels(view, table, tables[table], [x, y], [NAME], COMPARED, **place))
    return parts


def finish(figure: Any) -> None:
    """Move the name of A off its mark."""
    for renderer in figure.renderers:
        if list(renderer.data_source.data.get("text", ())) == [NAME]:
            below = renderer.glyph.text_baseline == "top"
            renderer.glyph.x_offset, renderer.glyph.y_offset = -7, 4 if below else -4
            renderer.glyph.text_font_style = "bold"
