"""Chart of the isoFLOP bowl: how big a model should be for a given budget."""

from __future__ import annotations

from typing import Any

import holoviews as hv
from bokeh.models import FixedTicker

from scalewidgets.declare import Law
from scalewidgets.explorers.allocation import WASTE
from scalewidgets.explorers.landmarks import LEFT, RIGHT, TRAINED
from scalewidgets.formats import format_value
from scalewidgets.views import pinned, rules
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.hover import hover
from scalewidgets.views.style import REFERENCE, RUNS, SCENARIO, SERVING, TEXT, figure_options
from scalewidgets.views.ticks import label_axis

VIEW = "allocation"
TITLE, ABOVE = "How big, for this budget?", "How far above the floor?"
# Powers of ten that the height above the floor can come to have.
DECADES = (-6, 2)
# Widest first: they lie over each other.
BANDS = {"new_run": "a new run", "mean": "the mean"}
# How far below the top a band's name stands, in px.
DROP = {"new_run": 4, "mean": 18}


def chart(law: Law, tables: dict[str, Any]) -> Any:
    """Return the chart as a HoloViews overlay."""
    N = dimension("N", "Model size", "parameters")
    loss = dimension("loss", law.response.label, law.response.unit)
    D, ratio = dimension("D", "Training tokens"), dimension("tokens_per_param", "Tokens per parameter")

    def show(kind: type, table: str, kdims: list[Any], vdims: list[Any], **options: Any) -> Any:
        return element(kind, VIEW, table, tables[table], kdims, vdims, **options)

    coordinates = ("N", "loss", "D", "tokens_per_param")
    parts = []
    low, high = dimension("low", "2.5 %"), dimension("high", "97.5 %")
    for name in BANDS:
        style = {"color": SCENARIO, "alpha": 0.16, "line_alpha": 0.0}
        parts.append(show(hv.Area, f"band_{name}", [N], [low, high], **style))
    parts += pinned.pinned(VIEW, tables, N, loss, curves=["curve"], point="point")
    parts += [
        show(hv.Curve, "bowl_plan", [N], [loss], color=SERVING, line_width=1.5, line_dash="dotted"),
        show(
            hv.Curve,
            "bowl",
            [N],
            [loss, D, ratio],
            color=SCENARIO,
            line_width=2.5,
            tools=[hover("At this budget", *coordinates)],
        ),
        show(hv.Curve, "bowl_beyond", [N], [loss, D, ratio], color=SCENARIO, line_width=2.5, line_dash="dashed"),
    ]
    C, opacity = dimension("C", "Training compute"), dimension("opacity", "Opacity")
    parts.append(
        show(
            hv.Scatter,
            "runs",
            [N],
            [loss, D, C, opacity],
            color=RUNS,
            size=6,
            alpha=1.0,
            line_color=None,
            tools=[hover("Your run: click to leave it out", "N", "D", "loss")],
        )
    )
    parts.append(
        show(
            hv.Scatter,
            "runs_dropped",
            [N],
            [loss, D, C, opacity],
            fill_color=None,
            line_color=RUNS,
            line_width=1.4,
            size=7,
            alpha=1.0,
            tools=[hover("Left out: click to bring it back", "N", "D", "loss")],
        )
    )
    N_high, loss_high = dimension("N_high", "Largest near-optimal size"), dimension("loss_high", "Loss")
    ends = show(hv.Segments, "near", [N, loss, N_high, loss_high], [], color=SCENARIO, line_width=7, alpha=0.55)
    marks = [waste_text(share) for share in WASTE]
    parts += landmarks(tables, N, loss, [D, ratio])
    parts += [
        labels(
            VIEW,
            f"band_{name}_name",
            tables[f"band_{name}_name"],
            [N, loss],
            [band_text(name)],
            SCENARIO,
            text_align="center",
            text_baseline="top",
        )
        for name in BANDS
    ]
    parts += [
        rules.rule(hv.VLines, VIEW, "edges", tables["edges"], N),
        rules.rule(hv.HLines, VIEW, "floor", tables["floor"], loss, dashed=False),
        rules.corner(rules.BEYOND, VIEW, "beyond", tables["beyond"], [N, loss]),
        rules.corner(rules.FLOOR, VIEW, "floor_value", tables["floor_value"], [N, loss], "right"),
        ends,
        labels(VIEW, "waste", tables["waste"], [N, loss], marks, REFERENCE, text_align="right", text_baseline="middle"),
        show(
            hv.Scatter,
            "optimum",
            [N],
            [loss, D, ratio],
            color="white",
            line_color=SCENARIO,
            line_width=2,
            size=9,
            tools=[hover("Best for training alone", *coordinates)],
        ),
        show(
            hv.Scatter,
            "plan",
            [N],
            [loss, D, ratio],
            color=SCENARIO,
            line_color="white",
            size=12,
            marker="circle",
            tools=[hover("Plan", *coordinates)],
        ),
    ]
    return hv.Overlay(parts).opts(**figure_options(TITLE, logx=True, ylabel=loss.label, xlabel=N.label))


def above(law: Law, tables: dict[str, Any]) -> Any:
    """Return the chart of what lies above the floor as a HoloViews overlay: there a law of powers is bent least."""
    N, D = dimension("N", "Model size", "parameters"), dimension("D", "Training tokens")
    excess = dimension("excess", f"{law.response.label} above the floor E", law.response.unit)
    ratio, opacity = dimension("tokens_per_param", "Tokens per parameter"), dimension("opacity", "Opacity")

    def show(kind: type, table: str, *more: Any, **options: Any) -> Any:
        return element(kind, VIEW, table, tables[table], [N], [excess, *more], **options)

    coordinates = ("N", "excess", "D", "tokens_per_param")
    line = {"color": SCENARIO, "line_width": 2.5}
    mark = {"line_color": SCENARIO, "color": "white", "line_width": 2, "size": 9}
    plan = {"color": SCENARIO, "line_color": "white", "size": 12}
    runs = {"color": RUNS, "size": 6, "alpha": 1.0, "line_color": None}
    parts = [
        *pinned.pinned(VIEW, tables, N, excess, curves=["above"]),
        show(hv.Curve, "above", D, ratio, tools=[hover("At this budget", *coordinates)], **line),
        show(hv.Curve, "above_beyond", line_dash="dashed", **line),
        show(hv.Scatter, "above_runs", opacity, tools=[hover("Your run", "N", "excess")], **runs),
        show(hv.Scatter, "above_optimum", **mark),
        show(hv.Scatter, "above_plan", D, ratio, tools=[hover("Plan", *coordinates)], **plan),
    ]
    options = figure_options(ABOVE, logx=True, logy=True, ylabel=excess.label, xlabel=N.label)
    return hv.Overlay(parts).opts(**options)


def landmarks(tables: dict[str, Any], N: Any, loss: Any, more: list[Any]) -> list[Any]:
    """Return Chinchilla and the sizes advised at its budget; nothing where the frame does not have them."""
    if "trained" not in tables:
        return []
    coordinates = ("N", "loss", "D", "tokens_per_param")
    grey = {"color": REFERENCE, "line_color": REFERENCE}
    ends = [N, loss, dimension("N_high", "Size"), dimension("loss_high", "Loss")]
    return [
        element(hv.Segments, VIEW, "landmark_lines", tables["landmark_lines"], ends, [], color=REFERENCE, line_width=1),
        *(
            element(
                hv.Scatter,
                VIEW,
                table,
                tables[table],
                [N],
                [loss, *more],
                **{**grey, **style},
                tools=[hover(text, *coordinates)],
            )
            for table, text, style in (
                ("advised", "Advised at this budget", {"size": 9, "marker": "inverted_triangle"}),
                ("trained", "Chinchilla, as it was trained", {"size": 10, "marker": "diamond"}),
            )
        ),
        *(
            labels(VIEW, f"landmarks_{side}", tables[f"landmarks_{side}"], [N, loss], texts, TEXT, text_align=align)
            for side, align, texts in (("left", "right", list(LEFT)), ("right", "left", [*RIGHT, TRAINED[0]]))
        ),
    ]


def band_text(name: str) -> str:
    """Return the name that a band bears."""
    return f"95 % for {BANDS[name]}"


def waste_text(share: float) -> str:
    """Return how a mark on the right-hand side reads; the lowest says what is meant."""
    return f"{format_value(share, 'percent')}{' compute wasted' if share == WASTE[0] else ''} –"


def finish_above(figure: Any) -> None:
    """Label the axes of the rendered figure, of which both are logarithmic."""
    finish(figure)
    axis = figure.yaxis[0]
    label_axis(axis, *DECADES, "plain")
    # the axis is about half a decade long
    mantissas = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    axis.ticker = FixedTicker(ticks=[float(f"{m}e{p}") for p in range(*DECADES) for m in mantissas])


def finish(figure: Any) -> None:
    """Label the axes of the rendered figure."""
    label_axis(figure.xaxis[0], 3, 16, "tick", dense=True)
    figure.yaxis[0].axis_label_text_color = TEXT
    pinned.finish(figure)
    for renderer in figure.renderers:
        if "opacity" in renderer.data_source.data:
            # HoloViews makes a number of a column that has one value at first
            renderer.glyph.fill_alpha = renderer.glyph.line_alpha = "opacity"
        texts = list(renderer.data_source.data.get("text", ()))
        for name, drop in DROP.items():
            if band_text(name) in texts:
                renderer.glyph.y_offset = drop
    rules.finish(figure)
