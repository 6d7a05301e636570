"""Make HoloViews elements from tables of a frame, and find their columns again after rendering.

An element remembers its table in its group and label, which survive restyling and composing by the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import holoviews as hv
import numpy as np

Columns = Mapping[str, np.ndarray]

GROUP = "scalewidgets"
# HoloViews allows letters, digits and blanks in labels; "/" separates view and table.
SEPARATOR = " of "


def label(view: str, table: str) -> str:
    """Return the label of the element that shows a table."""
    return f"{table}{SEPARATOR}{view}"


def _tabular(columns: Columns) -> Columns:
    return columns


def _polygon(columns: Columns) -> Columns:
    x, low, high = columns.values()
    return {"x": np.concatenate([x, x[::-1]]), "y": np.concatenate([low, high[::-1]])}


# How the columns of a table lie in the data source of each element. An element not named here is refused.
ADAPTERS: dict[str, Callable[[Columns], Columns]] = {
    "Curve": _tabular,
    "Scatter": _tabular,
    "Points": _tabular,
    "Labels": _tabular,
    "Segments": _tabular,
    "Area": _polygon,
}


def element(
    kind: type, view: str, table: str, columns: Columns, kdims: list[Any], vdims: list[Any], **options: Any
) -> Any:
    """Return an element of `kind` that shows `columns`, styled for Bokeh."""
    data = {name: np.atleast_1d(values) for name, values in columns.items()}
    made = kind(data, kdims, vdims, group=GROUP, label=label(view, table))
    return made.opts(backend="bokeh", **options)


def labels(
    view: str, table: str, columns: Columns, kdims: list[Any], texts: list[str], color: str, **options: Any
) -> Any:
    """Return fixed texts whose places move with a table."""
    style = {"text_font_size": "11px", "text_align": "left", "text_baseline": "bottom", "text_color": color, **options}
    return element(hv.Labels, view, table, {**columns, "text": texts}, kdims, [dimension("text", "Name")], **style)


def leaves(plot: Any) -> list[tuple[str, str, Any, Callable[[Columns], Columns]]]:
    """Return view, table, data source and adapter of every element of a rendered plot that shows a table."""
    found = []
    for leaf in plot.subplots.values() if plot.subplots else [plot]:
        if leaf.subplots:
            found += leaves(leaf)
            continue
        shown = leaf.hmap.last
        if shown.group != GROUP:
            continue
        kind = type(shown).__name__
        if kind not in ADAPTERS:
            raise TypeError(f"{kind} can't be moved by a frame; use one of {', '.join(ADAPTERS)} for {shown.label!r}")
        table, view = shown.label.split(SEPARATOR)
        found.append((view, table, leaf.handles["source"], ADAPTERS[kind]))
    return found


def dimension(name: str, text: str, unit: str = "") -> hv.Dimension:
    """Return a dimension whose column has the name of the frame's column."""
    return hv.Dimension(name, label=f"{text} ({unit})" if unit else text)
