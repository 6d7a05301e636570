"""The charts of the schedule explorer: the rate and the loss along a run, and the end loss against the cooldown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import holoviews as hv
from bokeh.models import BasicTicker, NumeralTickFormatter

from scalewidgets.formats import format_value
from scalewidgets.views.charts import Chart
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.hover import hover
from scalewidgets.views.style import REFERENCE, RUNS, SCENARIO, SERVING, TEXT, figure_options

SIDES = {"cosine": "top", "constant": "bottom"}
# The references: their dash, since colour alone is not told apart by everybody.
DASHES = {"cosine": "dashed", "constant": "dotted"}

# Measured losses: their marker, and whose they are.
MODELS = {"measured": ("diamond", "124M model"), "others": ("triangle", "Other models and falls")}


def _references(view: str, columns: Mapping[str, Any], kdims: list[Any], vdims: list[Any], key: str) -> list[Any]:
    return [
        element(
            hv.Curve,
            view,
            name,
            columns[name],
            kdims,
            vdims,
            color=REFERENCE,
            line_width=2,
            line_dash=dash,
            tools=[hover(name.capitalize(), "step", key)],
        )
        for name, dash in DASHES.items()
    ]


def _names(view: str, columns: Mapping[str, Any], kdims: list[Any]) -> list[Any]:
    # where the other lines are not: below a falling line, above the end of a flat one
    return [
        labels(
            view, f"{name}_name", columns[f"{name}_name"], kdims, [name], TEXT, text_align="right", text_baseline=side
        )
        for name, side in SIDES.items()
    ]


def rate_chart(ex: Any, frames: Mapping[str, Any]) -> Any:
    """Return the chart of the learning rate."""
    tables = frames["tables"]["rate"]
    step, rate = dimension("step", "Step"), dimension("rate", "Learning rate")
    parts = _references("rate", tables, [step], [rate], "rate")
    parts.append(
        element(
            hv.Curve,
            "rate",
            "schedule",
            tables["schedule"],
            [step],
            [rate],
            color=SCENARIO,
            line_width=2.5,
            tools=[hover("This schedule", "step", "rate")],
        )
    )
    parts += _names("rate", tables, [step, rate])
    return hv.Overlay(parts).opts(**figure_options("Which learning rate, when?", xlabel=step.label, ylabel=rate.label))


def loss_chart(ex: Any, frames: Mapping[str, Any]) -> Any:
    """Return the chart of the loss along the run."""
    tables = frames["tables"]["loss"]
    response = ex.fit.law.response
    step, loss = dimension("step", "Step"), dimension("loss", response.label, response.unit)
    rate, low, high = dimension("rate", "Learning rate"), dimension("low", "2.5 %"), dimension("high", "97.5 %")
    main = {"color": SCENARIO, "line_width": 2.5}
    coordinates = ("step", "loss", "rate")
    parts = [
        element(
            hv.Area, "loss", "band", tables["band"], [step], [low, high], color=SCENARIO, alpha=0.2, line_alpha=0.0
        ),
        *_references("loss", tables, [step], [loss], "loss"),
        element(
            hv.Curve,
            "loss",
            "schedule",
            tables["schedule"],
            [step],
            [loss, rate],
            tools=[hover("This schedule", *coordinates)],
            **main,
        ),
        element(
            hv.Curve,
            "loss",
            "schedule_beyond",
            tables["schedule_beyond"],
            [step],
            [loss, rate],
            line_dash="dashed",
            tools=[hover("Extrapolated", *coordinates)],
            **main,
        ),
        element(
            hv.Scatter,
            "loss",
            "end",
            tables["end"],
            [step],
            [loss, rate],
            color=SCENARIO,
            line_color="white",
            size=12,
            tools=[hover("End", *coordinates)],
        ),
        *_names("loss", tables, [step, loss]),
    ]
    return hv.Overlay(parts).opts(**figure_options("Which loss, along it?", xlabel=step.label, ylabel=loss.label))


def share_chart(ex: Any, frames: Mapping[str, Any]) -> Any:
    """Return the chart of the end loss against the share of the cooldown."""
    tables = frames["tables"]["share"]
    response = ex.fit.law.response
    share = dimension("share", "Cooldown", "% of the steps")
    loss = dimension("loss", f"End {response.label.lower()}", response.unit)
    measured, gain = dimension("measured", "Measured"), dimension("gain", "Below its cosine")
    parts = [
        element(
            hv.Curve,
            "share",
            "sweep",
            tables["sweep"],
            [share],
            [loss],
            color=SERVING,
            line_width=2.5,
            tools=[hover("This fall, over shares", "share", "loss")],
        ),
        *(
            element(
                hv.Scatter,
                "share",
                name,
                tables[name],
                [share],
                [loss, measured, gain],
                marker=marker,
                color=RUNS,
                line_color=None,
                size=9,
                tools=[hover(f"{model}, measured", "share", "measured", "gain")],
            )
            for name, (marker, model) in MODELS.items()
        ),
        element(
            hv.Scatter,
            "share",
            "best",
            tables["best"],
            [share],
            [loss],
            color="white",
            line_color=SERVING,
            line_width=2,
            size=10,
            tools=[hover("Best share", "share", "loss")],
        ),
        element(
            hv.Scatter,
            "share",
            "now",
            tables["now"],
            [share],
            [loss],
            color=SCENARIO,
            line_color="white",
            size=12,
            tools=[hover("This schedule", "share", "loss")],
        ),
        labels(
            "share",
            "names",
            tables["names"],
            [share, loss],
            ["best"],
            SERVING,
            text_align="center",
            text_baseline="top",
        ),
    ]
    return hv.Overlay(parts).opts(**figure_options("How long a cooldown?", xlabel=share.label, ylabel=loss.label))


def _label_steps(figure: Any) -> None:
    """Write steps as 20k and 1M, at whatever round numbers the axis has."""
    axis = figure.xaxis[0]
    axis.ticker = BasicTicker(desired_num_ticks=6)
    ticks = {float(n * 10**power) for power in range(8) for n in range(1, 100)}
    axis.major_label_overrides = {0: "0", **{tick: format_value(tick, "tick") for tick in ticks}}
    axis.formatter = NumeralTickFormatter(format="0.[0]a")


def _finish_rate(figure: Any) -> None:
    _label_steps(figure)
    axis = figure.yaxis[0]
    axis.ticker = BasicTicker(desired_num_ticks=5)
    # the page computes its ticks by multiplication, which can miss the nearest float by one
    ticks = [float(f"{n}e{power}") for power in range(-10, 0) for n in (*range(1, 20), 25, 35, 45)]
    near = {each: tick for tick in ticks for each in (math.nextafter(tick, 0), tick, math.nextafter(tick, 1))}
    axis.major_label_overrides = {0: "0", **{each: format_value(tick, "power") for each, tick in near.items()}}
    axis.formatter = NumeralTickFormatter(format="0.[00]e+0")


CHARTS: dict[str, Chart] = {
    "rate": Chart("Learning rate", rate_chart, _finish_rate, ("rate", "x"), ("rate", "y"), tab="Schedule"),
    "loss": Chart("Loss", loss_chart, _label_steps, ("loss", "x"), ("loss", "y"), tab="Schedule"),
    "share": Chart("Cooldown", share_chart, lambda figure: None, ("share", "x"), ("share", "y"), tab="Schedule"),
}
