"""Chart of the bits of training: what this budget buys in each."""

from __future__ import annotations

from typing import Any

import holoviews as hv
from bokeh.models import FixedTicker, HoverTool

from scalewidgets.views import pinned
from scalewidgets.views.elements import dimension, element
from scalewidgets.views.style import SCENARIO, TEXT, figure_options

VIEW = "bits"
TITLE = "In how many bits, at this budget?"


def chart(loss_axis: str, tables: dict[str, Any]) -> Any:
    """Return the chart as a HoloViews overlay."""
    bits = dimension("bits", "Bits of training", "bits")
    loss = hv.Dimension("loss", label=loss_axis)
    N, D = dimension("N", "Model size"), dimension("D", "Training tokens")
    low, high = dimension("low", "2.5 %"), dimension("high", "97.5 %")

    def show(kind: type, table: str, vdims: list[Any], **options: Any) -> Any:
        return element(kind, VIEW, table, tables[table], [bits], vdims, **options)

    parts = [
        show(hv.Area, "band", [low, high], color=SCENARIO, alpha=0.16, line_alpha=0.0),
        *pinned.pinned(VIEW, tables, bits, loss, curves=["curve"], point="point", below=True),
        show(
            hv.Curve,
            "curve",
            [loss, N, D],
            color=SCENARIO,
            line_width=2.5,
            tools=[_hover("Best for this budget", True)],
        ),
        show(
            hv.Scatter,
            "best",
            [loss],
            color="white",
            line_color=SCENARIO,
            line_width=2,
            size=10,
            marker="diamond",
            tools=[_hover("Bits that stretch a budget furthest")],
        ),
        show(
            hv.Scatter,
            "plan",
            [loss],
            color=SCENARIO,
            line_color="white",
            size=12,
            tools=[_hover("These bits, best for training alone")],
        ),
    ]
    return hv.Overlay(parts).opts(**figure_options(TITLE, xlabel=bits.label, ylabel=loss.label))


def _hover(title: str, sized: bool = False) -> HoverTool:
    more = "<div>N @{N}{0.00a}, D @{D}{0.00a}</div>" if sized else ""
    return HoverTool(
        tooltips=f"<div style='font-size:12px;color:#24292f'><b>{title}</b><div>@{{bits}}{{0.00}} bits</div>"
        f"<div>loss @{{loss}}{{0.0000}} nats/token</div>{more}</div>"
    )


def finish(figure: Any) -> None:
    """Label the rendered figure."""
    figure.xaxis[0].ticker = FixedTicker(ticks=[4, 6, 8, 10, 12, 14, 16])
    figure.yaxis[0].axis_label_text_color = TEXT
    pinned.finish(figure)
