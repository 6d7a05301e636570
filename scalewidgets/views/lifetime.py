"""Chart of the lifetime cost: what one quality costs at every model size."""

from __future__ import annotations

from typing import Any

import holoviews as hv

from scalewidgets.views import pinned
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.hover import hover
from scalewidgets.views.style import REFERENCE, SCENARIO, SERVING, TEXT, figure_options
from scalewidgets.views.ticks import label_axis

VIEW = "lifetime"
TITLE = "What does this quality cost?"
NAMES = ["both", "training", "serving", "No inference demand, so training is all it costs."]


def chart(tables: dict[str, Any]) -> Any:
    """Return the chart as a HoloViews overlay."""
    N = dimension("N", "Model size", "parameters")
    cost = dimension("cost", "Cost, best for training alone = 1")
    D, flop = dimension("D", "Training tokens"), dimension("flop", "FLOP")

    def show(kind: type, table: str, vdims: list[Any], **options: Any) -> Any:
        return element(kind, VIEW, table, tables[table], [N], vdims, **options)

    parts = [
        *pinned.pinned(VIEW, tables, N, cost, curves=["curve"], point="point"),
        show(
            hv.Curve,
            "training",
            [cost, D, flop],
            color=REFERENCE,
            line_width=2,
            line_dash="dashed",
            tools=[hover("Training", "N", "D", "cost")],
        ),
        show(
            hv.Curve,
            "serving",
            [cost, flop],
            color=SERVING,
            line_width=2,
            line_dash="dotted",
            tools=[hover("Serving", "N", "cost")],
        ),
        show(
            hv.Curve,
            "total",
            [cost, D, flop],
            color=SCENARIO,
            line_width=2.5,
            tools=[hover("Training and serving", "N", "D", "cost")],
        ),
        show(
            hv.Scatter,
            "training_only",
            [cost, D],
            color="white",
            line_color=SCENARIO,
            line_width=2,
            size=9,
            tools=[hover("Best for training alone", "N", "D", "cost")],
        ),
        show(
            hv.Scatter,
            "cheapest",
            [cost, D],
            color=SCENARIO,
            line_color="white",
            size=12,
            tools=[hover("Plan", "N", "D", "cost")],
        ),
    ]
    parts.append(labels(VIEW, "names", tables["names"], [N, cost], NAMES, TEXT))
    return hv.Overlay(parts).opts(**figure_options(TITLE, logx=True, xlabel=N.label, ylabel=cost.label))


def finish(figure: Any) -> None:
    """Label the axes of the rendered figure."""
    label_axis(figure.xaxis[0], 3, 16, "tick", dense=True)
    pinned.finish(figure)
