"""Charts of the further views of laws: the marks that a view declares, as HoloViews elements."""

from __future__ import annotations

import math
from functools import partial
from html import escape
from typing import Any

import holoviews as hv
from bokeh.models import AllLabels, FixedTicker, HoverTool

from scalewidgets.declare import Variable
from scalewidgets.explorers.law_view import LawView, Mark
from scalewidgets.views.charts import Chart, Scale
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.style import PARTS, REFERENCE, SCENARIO, TEXT, figure_options
from scalewidgets.views.ticks import label_axis

CORNERS = ("left", "bottom", "right", "top")
# From low to high in steps, whose edges are lines of one height.
HEIGHTS = ("#f1f6fb", "#dfebf6", "#ccdff0", "#b6d0e8", "#9dbfde", "#83abd2", "#6995c3", "#517fb2", "#3c699d", "#2a5486")
COLORS = {
    "here": SCENARIO,
    "best": "white",
    "same": SCENARIO,
    "reference": REFERENCE,
}
# On cells and bars, whose colours are the same on light and dark pages, marks keep theirs too.
INK, STRONG = "#242b33", "#0a5aaa"
ON_CELLS = {"here": STRONG, "best": "white", "same": STRONG, "reference": INK}
COLORS |= {f"part {i}": color for i, color in enumerate(PARTS)}


def chart(view: LawView) -> Chart:
    """Return the chart of a view."""
    x, y = ((view.key, axis) for axis in ("x", "y"))
    scale = Scale((view.key, "levels", "value"), view.levels, view.format) if view.levels else None
    return Chart(view.tab, partial(draw, view), partial(finish, view), x, y, view.tab, scale=scale)


def draw(view: LawView, ex: Any, frames: Any) -> Any:
    """Return the chart as a HoloViews overlay, marks from back to front."""
    tables = frames["tables"][view.key]
    parts = [_mark(view, mark, tables[mark.table]) for mark in view.marks]
    log = {"logx": view.x.scale == "log", "logy": view.y is not None and view.y.scale == "log"}
    words = {"xlabel": view.x.axis, "ylabel": view.y.axis if view.y else " "}
    return hv.Overlay(parts).opts(**figure_options(view.title, **log, **words))


def _mark(view: LawView, mark: Mark, columns: Any) -> Any:
    on_cells = any(each.kind == "cells" for each in view.marks)
    strong, ink = (STRONG, INK) if on_cells else (SCENARIO, TEXT)
    color = (ON_CELLS if on_cells else COLORS).get(mark.role, REFERENCE)
    known = {**columns, **mark.texts}
    if mark.kind == "names":
        look = {"text_align": "center"} if mark.role == "name" else {}
        words = list(mark.texts["text"])
        return labels(view.key, mark.table, columns, ["x", "y"], words, INK if look else TEXT, **look)
    tools = {"tools": [_hover(mark)]} if mark.hover else {}
    if mark.kind in ("cells", "bars"):
        more = [dimension(name, name) for name in known if name not in CORNERS]
        if mark.kind == "cells":
            more.sort(key=lambda each: each.name != "level")
            look = {"color": "level", "cmap": list(HEIGHTS), "clim": (0, 1), "line_color": None}
            look["colorbar"] = bool(view.levels)
        else:
            look = {"color": color, "line_color": None}
        return element(hv.Rectangles, view.key, mark.table, known, list(CORNERS), more, **look, **tools)
    more = [dimension(name, name) for name in known if name != "x"]
    if mark.kind == "curve":
        dash = "dashed" if mark.role == "reference" else "solid"
        return element(hv.Curve, view.key, mark.table, known, ["x"], more, color=color, line_width=1.8, line_dash=dash)
    look = {"color": color, "line_color": "white", "size": 12}
    if mark.role == "best":
        look = {"color": "white", "line_color": strong, "line_width": 2, "size": 11, "marker": "diamond"}
    elif mark.role == "reference":
        hollow = {"fill_alpha": 0.0, "line_color": ink} if mark.hollow else {"line_color": "white"}
        look = {"color": ink, "size": 6, **hollow}
    return element(hv.Scatter, view.key, mark.table, known, ["x"], more, **look, **tools)


def _hover(mark: Mark) -> HoverTool:
    lines = []
    for words, column in mark.hover:
        shown = "" if not column else f"@{{{column}}}" if column in mark.texts else f"@{{{column}}}{{{_form(column)}}}"
        lines.append(f"<div>{' '.join(filter(None, (escape(words), shown)))}</div>")
    return HoverTool(tooltips=f"<div style='font-size:12px;color:#24292f'>{''.join(lines)}</div>")


def _form(column: str) -> str:
    return {"share": "0.0 %", "rest": "0.0 %", "x": "0.[00]a", "y": "0.[00]a"}.get(column, "0.[0000]")


def finish(view: LawView, figure: Any) -> None:
    """Label the axes of the rendered figure."""
    label_by(figure.xaxis[0], view.x)
    for bar in figure.right:
        _finish_bar(bar, view.levels)
    if view.y is not None:
        label_by(figure.yaxis[0], view.y)
    else:
        figure.yaxis[0].visible = False
        figure.ygrid[0].visible = False


def _finish_bar(bar: Any, levels: tuple[float, ...]) -> None:
    """Mark the levels on a bar of colours; the numbers beside them move."""
    bar.update(title=None, ticker=FixedTicker(ticks=list(levels)), width=10, padding=2, margin=0, label_standoff=4)
    bar.update(bar_line_color=None, major_tick_line_color=None, background_fill_color=None)
    bar.update(major_label_text_color=TEXT, major_label_text_font_size="11px", major_label_policy=AllLabels())


def label_by(axis: Any, variable: Variable) -> None:
    """Label a logarithmic axis in the forms of its variable."""
    if variable.scale != "log":
        return
    low, high = (math.floor(math.log10(end)) for end in (variable.low, variable.high))
    key = "tick" if variable.format in ("short", "loss") else variable.format
    label_axis(axis, max(low - 6, -30), min(high + 7, 40), key)
