"""Make HoloViews elements from tables of a frame, and find their columns again after rendering.

An element remembers its table in its group and label, which survive restyling and composing by the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


# A column of a data source: the columns of the table it is made of. Two are an edge and the other edge backwards.
Recipe = Mapping[str, tuple[str, ...]]


def _tabular(names: Sequence[str]) -> Recipe:
    # opacity is a column that the glyph knows as alpha
    alpha = {"alpha": ("opacity",)} if "opacity" in names else {}
    return {**{name: (name,) for name in names}, **alpha}


def _cells(names: Sequence[str]) -> Recipe:
    # HoloViews calls the column that colours are looked up by "color"
    return {**_tabular(names), **({"color": ("level",)} if "level" in names else {})}


def _polygon(names: Sequence[str]) -> Recipe:
    x, low, high = names
    return {"x": (x, x), "y": (low, high)}


# How the columns of a table lie in the data source of each element. An element not named here is refused.
RECIPES: dict[str, Callable[[Sequence[str]], Recipe]] = {
    "Curve": _tabular,
    "Scatter": _tabular,
    "Points": _tabular,
    "Labels": _tabular,
    "Segments": _tabular,
    "HLines": _tabular,
    "VLines": _tabular,
    "Area": _polygon,
    "Rectangles": _cells,
}


@dataclass(frozen=True)
class Leaf:
    """An element of a rendered plot that shows a table: which one, in which data source, and how it lies there."""

    view: str
    table: str
    source: Any
    recipe: Callable[[Sequence[str]], Recipe]

    def lies(self, table: Columns) -> dict[str, tuple[str, ...]]:
        """Return what each column of the source is made of."""
        return {name: parts for name, parts in self.recipe(list(table)).items() if name in self.source.data}


def column_of(table: Columns, parts: tuple[str, ...]) -> np.ndarray:
    """Put a column of a source together."""
    first, *back = (np.atleast_1d(np.asarray(table[part], dtype=float)) for part in parts)
    return np.concatenate([first, back[0][::-1]]) if back else first


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


def leaves(plot: Any) -> list[Leaf]:
    """Return every element of a rendered plot that shows a table."""
    found = []
    for leaf in plot.subplots.values() if plot.subplots else [plot]:
        if leaf.subplots:
            found += leaves(leaf)
            continue
        shown = leaf.hmap.last
        if shown.group != GROUP:
            continue
        kind = type(shown).__name__
        if kind not in RECIPES:
            raise TypeError(f"{kind} can't be moved by a frame; use one of {', '.join(RECIPES)} for {shown.label!r}")
        table, view = shown.label.split(SEPARATOR)
        found.append(Leaf(view, table, leaf.handles["source"], RECIPES[kind]))
    return found


def dimension(name: str, text: str, unit: str = "") -> hv.Dimension:
    """Return a dimension whose column has the name of the frame's column."""
    return hv.Dimension(name, label=f"{text} ({unit})" if unit else text)
