"""Charts of the residuals against N, D and C: a trend in one of them is what the law leaves unexplained."""

from __future__ import annotations

from typing import Any

import holoviews as hv

from scalewidgets.views.elements import dimension, element
from scalewidgets.views.hover import hover
from scalewidgets.views.style import REFERENCE, RUNS, SCENARIO, figure_options
from scalewidgets.views.ticks import label_axis

VIEW = "residuals"
TITLES = {
    "N": ("Do small or large models leave the curve?", "Model size", "parameters"),
    "D": ("Do short or long runs leave the curve?", "Training tokens", "tokens"),
    "C": ("Do small or large budgets leave the curve?", "Training compute", "FLOP"),
}
# Powers of ten that an axis can come to show, and how its ticks are written.
TICKS = {"N": (3, 16, "tick"), "D": (3, 18, "tick"), "C": (8, 36, "power")}


def chart(symbol: str, tables: dict[str, Any]) -> Any:
    """Return the chart against N, D or C as a HoloViews overlay."""
    title, words, unit = TITLES[symbol]
    x, residual = dimension(symbol, words, unit), dimension("residual", "Loss above the curve", "%")
    low, high = dimension("low", "Lower"), dimension("high", "Upper")
    others = [dimension(name, name) for name in ("N", "D", "loss") if name != symbol]

    def show(kind: type, table: str, vdims: list[Any], **options: Any) -> Any:
        name = f"{symbol}_{table}"
        return element(kind, VIEW, name, tables[name], [x], vdims, **options)

    def points(table: str, text: str, **options: Any) -> Any:
        # lines of both have one width, so that a dropped run is the same mark without its filling
        style = {"size": 7, "line_color": RUNS, "line_width": 1.2, **options}
        return show(hv.Scatter, table, [residual, *others], tools=[hover(text, "N", "D", "loss", "residual")], **style)

    parts = [
        show(hv.Area, "within", [low, high], color=SCENARIO, alpha=0.16, line_alpha=0.0),
        show(hv.Curve, "zero", [residual], color=REFERENCE, line_width=1.5),
        points("kept", "Your run: click to leave it out", color=RUNS, fill_alpha=0.55),
        points("dropped", "Left out: click to bring it back", color=RUNS, fill_alpha=0.0),
    ]
    return hv.Overlay(parts).opts(**figure_options(title, logx=True, xlabel=x.label, ylabel=residual.label))


def finish(symbol: str, figure: Any) -> None:
    """Label the axes of the rendered figure."""
    label_axis(figure.xaxis[0], *TICKS[symbol])
