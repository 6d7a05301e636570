"""The charts of a law's explorer: the response against each of its variables, and the residuals of runs."""

from __future__ import annotations

from functools import partial
from typing import Any

import holoviews as hv
from bokeh.models import HoverTool

from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.law_responses import place_of, responses
from scalewidgets.explorers.law_tracks import family, family_text
from scalewidgets.explorers.law_view import views_of
from scalewidgets.formats import format_value
from scalewidgets.published_fits.loading import published
from scalewidgets.published_fits.points import points_of
from scalewidgets.views import law_marks
from scalewidgets.views.charts import Chart
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.style import REFERENCE, RUNS, SCENARIO, TEXT, figure_options

# Letters of a title that fit above half of a page.
LONGEST = 46


def charts(ex: Any) -> dict[str, Chart]:
    """Return a chart for each variable, the chosen axis first; with runs, one of residuals for each, too."""
    variables = sorted(ex.law.variables, key=lambda variable: variable.symbol != ex.axis)
    found = {f"by_{v.symbol}": _chart(v, ex.law) for v in variables}
    if ex.runs is not None:
        found |= {f"residuals_{v.symbol}": _residual_chart(v) for v in variables}
    found |= {view.key: law_marks.chart(view) for view in views_of(ex.setting)}
    return found


def _words(variable: Variable, law: Law) -> tuple[tuple[str, str], ...]:
    """Return title and label of the vertical axis for each form of the response."""
    found = []
    for form in responses(law):
        title = f"{form.label} against {_lower(variable.label)}"
        if len(title) > LONGEST:
            title = f"{form.label} against {variable.symbol}"
        found.append((title, form.axis_over(law, variable)))
    return tuple(found)


def _chart(variable: Variable, law: Law) -> Chart:
    view = f"by {variable.symbol}"
    return Chart(
        f"Against {variable.symbol}",
        partial(_against, variable),
        partial(_finish, variable, law.response),
        (view, "x"),
        (view, "y"),
        "Curves",
        words=_words(variable, law),
    )


def _against(variable: Variable, ex: Any, frames: Any) -> Any:
    """Return the chart over one variable as a HoloViews overlay."""
    view, response = f"by {variable.symbol}", ex.law.response
    tables = frames["tables"][view]
    x, y = dimension("x", variable.axis), dimension("y", response.axis)

    def show(kind: type, table: str, vdims: list[Any], **options: Any) -> Any:
        return element(kind, view, table, tables[table], [x], vdims, **options)

    parts = [
        show(
            hv.Area,
            "band",
            [dimension("low", "2.5 %"), dimension("high", "97.5 %")],
            color=SCENARIO,
            alpha=0.2,
            line_alpha=0.0,
        ),
        show(hv.Curve, "family", [y], color=REFERENCE, line_width=1.5),
        show(hv.Curve, "family beyond", [y], color=REFERENCE, line_width=1.5, line_dash="dashed"),
        show(hv.Curve, "curve", [y], color=SCENARIO, line_width=2.5),
        show(hv.Curve, "beyond", [y], color=SCENARIO, line_width=2.5, line_dash="dashed"),
    ]
    if "runs" in tables:
        parts.append(show(hv.Scatter, "runs", [y], color=RUNS, size=5, alpha=0.45, line_color=None))
    if "points" in tables:
        parts.append(_points(view, ex.law, tables["points"], x, y))
    if "names" in tables:
        words = [family_text(v, value) for v in ex.law.variables if v is not variable for value in family(v)]
        parts.append(labels(view, "names", tables["names"], [x, y], words, TEXT, text_align="center"))
    parts.append(show(hv.Scatter, "here", [y], color=SCENARIO, line_color="white", size=12))
    title, label = _words(variable, ex.law)[place_of(ex.law, ex.response)]
    log = {"logx": variable.scale == "log", "logy": response.scale == "log"}
    return hv.Overlay(parts).opts(**figure_options(title, xlabel=x.label, ylabel=label, **log))


def _points(view: str, law: Law, columns: Any, x: Any, y: Any) -> Any:
    """Return the reference values of published fits, with what they are in words."""
    said = points_of(law)
    words = {
        "fit": [published(point.fit).name for point in said],
        "at": [
            ", ".join(f"{v.symbol} = {format_value(point.at[v.symbol], v.format)}" for v in law.variables)
            for point in said
        ],
        "told": [f"{point.text} {law.response.unit}, {point.verified}" for point in said],
    }
    hover = HoverTool(
        tooltips="<div style='font-size:12px;color:#24292f'><b>Reference value</b><div>@{fit}</div><div>@{at}</div>"
        "<div>@{told}</div></div>"
    )
    more = [y, *(dimension(name, name) for name in words)]
    look = {"color": TEXT, "line_color": "white", "size": 7, "marker": "square", "tools": [hover]}
    return element(hv.Scatter, view, "points", {**columns, **words}, [x], more, **look)


def _residual_chart(variable: Variable) -> Chart:
    view = f"residuals {variable.symbol}"
    return Chart(
        f"Residuals against {variable.symbol}",
        partial(_residuals, variable),
        partial(_finish, variable, None),
        (view, "x"),
        (view, "y"),
        "Residuals",
    )


def _residuals(variable: Variable, ex: Any, frames: Any) -> Any:
    """Return the chart of residuals over one variable: a trend is what the law leaves unexplained."""
    view, response = f"residuals {variable.symbol}", ex.law.response
    tables = frames["tables"][view]
    x = dimension("x", variable.axis)
    y = dimension("y", f"{response.label} above the law", "%" if response.positive else response.unit)
    parts = [
        element(hv.Curve, view, "zero", tables["zero"], [x], [y], color=REFERENCE, line_width=1.5),
        element(hv.Scatter, view, "points", tables["points"], [x], [y], color=RUNS, size=7, alpha=0.55),
    ]
    title = f"What {_lower(variable.label)} leaves unexplained"
    return hv.Overlay(parts).opts(**figure_options(title, logx=variable.scale == "log", xlabel=x.label, ylabel=y.label))


def _finish(variable: Variable, response: Variable | None, figure: Any) -> None:
    """Label the logarithmic axes of the rendered figure."""
    for declared, axis in ((variable, figure.xaxis[0]), (response, figure.yaxis[0])):
        if declared is not None:
            law_marks.label_by(axis, declared)


def _lower(text: str) -> str:
    """Return a label as it stands inside a sentence; a word of capitals stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
