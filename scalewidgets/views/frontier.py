"""Charts of the frontier: best size and best token count against training compute, with real models."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import numpy as np

from scalewidgets.declare import Law
from scalewidgets.references import reference_models
from scalewidgets.views import pinned, rules
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.hover import hover
from scalewidgets.views.style import REFERENCE, RUNS, SCENARIO, SERVING, TEXT, figure_options
from scalewidgets.views.ticks import label_axis

QUESTIONS = {
    "sizes": ("N", "How big, over budgets?", "Model size", "parameters"),
    "tokens": ("D", "On how many tokens?", "Training tokens", "tokens"),
}


def chart(name: str, law: Law, tables: dict[str, Any]) -> Any:
    """Return the chart of ``"sizes"`` or ``"tokens"`` as a HoloViews overlay."""
    symbol, title, words, unit = QUESTIONS[name]
    other = "D" if symbol == "N" else "N"
    C, y = dimension("C", "Training compute", "FLOP"), dimension(symbol, words, unit)
    partner, loss = dimension(other, other), dimension("loss", law.response.label)
    power = [dimension("C_digits", "Digits"), dimension("C_power", "Power")]

    def show(kind: type, table: str, vdims: list[Any], **options: Any) -> Any:
        return element(kind, "frontier", f"{name}{table}", tables[f"{name}{table}"], [C], vdims, **options)

    parts = [_models(symbol, C, y, partner)]
    low, high = dimension("low", "2.5 %"), dimension("high", "97.5 %")
    parts += [
        show(hv.Scatter, "_runs", [y], color=RUNS, size=4, alpha=0.45, line_color=None),
        show(hv.Scatter, "_dropped", [y], fill_color=None, line_color=RUNS, size=5, alpha=0.6),
        show(hv.Area, "_band", [low, high], color=SCENARIO, alpha=0.2, line_alpha=0.0),
        show(
            hv.Curve,
            "",
            [y, partner, loss, *power],
            color=SCENARIO,
            line_width=2.5,
            tools=[hover("Best at this budget", "C", "N", "D", "loss")],
        ),
        show(
            hv.Curve,
            "_beyond",
            [y, partner, loss, *power],
            color=SCENARIO,
            line_width=2,
            line_dash="dashed",
            tools=[hover("Extrapolated", "C", "N", "D", "loss")],
        ),
        show(hv.Curve, "_served", [y], color=SERVING, line_width=2, line_dash="dotted"),
        show(
            hv.Scatter,
            "_plan",
            [y, partner, loss, *power],
            color=SCENARIO,
            line_color="white",
            size=12,
            tools=[hover("Plan", "C", "N", "D", "loss")],
        ),
    ]
    parts += pinned.pinned("frontier", tables, C, y, curves=[name], point=f"{name}_point")
    if name == "sizes":
        parts += [
            show(hv.Area, "_other_band", [low, high], color=REFERENCE, alpha=0.2, line_alpha=0.0),
            show(
                hv.Curve,
                "_other",
                [y],
                color=REFERENCE,
                line_width=2,
                line_dash="dashdot",
                tools=[hover("By the other method", "N")],
            ),
        ]
    place = [C, dimension("y", words, unit)]
    names = ["training alone", "with this demand"]
    parts.append(labels("frontier", f"{name}_names", tables[f"{name}_names"], place, names, TEXT, text_baseline="top"))
    edges, factor = f"{name}_edges", f"{name}_factor"
    parts.append(rules.rule(hv.VLines, "frontier", edges, tables[edges], C))
    parts.append(rules.corner(rules.BEYOND, "frontier", factor, tables[factor], [C, y], "right"))
    return hv.Overlay(parts).opts(**figure_options(title, logx=True, logy=True, xlabel=C.label, ylabel=y.label))


def _models(symbol: str, C: Any, y: Any, partner: Any) -> Any:
    """Mark real models: filled where C is 6 N D, hollow where the source reports its own count."""
    models = reference_models()
    digits = [f"{model.C:.2e}".split("e+") for model in models]
    columns = {
        "C": np.array([model.C for model in models]),
        "C_digits": np.array([float(digit) for digit, _ in digits]),
        "C_power": np.array([float(power) for _, power in digits]),
        symbol: np.array([getattr(model, symbol) for model in models]),
        partner.name: np.array([getattr(model, partner.name) for model in models]),
        "name": np.array([model.name for model in models]),
        "convention": np.array([f"C {model.C_convention}, N {model.N_convention}" for model in models]),
        "source": np.array([model.source for model in models]),
        "fill": np.array([0.55 if model.C_convention == "6ND" else 0.0 for model in models]),
    }
    tool = hover("@name", "C", "N", "D")
    tool.tooltips = (
        tool.tooltips.removesuffix("</div>") + "<div>@convention</div><div style='max-width:260px'>@source</div></div>"
    )
    vdims = [y, partner, "C_digits", "C_power", "name", "convention", "source", "fill"]
    return hv.Scatter(columns, C, vdims, label="real models").opts(
        backend="bokeh",
        marker="diamond",
        size=7,
        color=REFERENCE,
        fill_alpha="fill",
        line_color=REFERENCE,
        tools=[tool],
    )


def finish(name: str, figure: Any) -> None:
    """Label the axes of the rendered figure."""
    label_axis(figure.xaxis[0], 8, 36, "power")
    label_axis(figure.yaxis[0], 3, 18, "tick")
    pinned.finish(figure)
    rules.finish(figure)
