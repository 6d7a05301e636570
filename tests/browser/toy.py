"""A small widget for the tests: a slider and a canvas of two figures with two curves each."""

from __future__ import annotations

import ipywidgets
import numpy as np
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure

from scalewidgets.faces.canvas import Canvas
from scalewidgets.faces.wire import Update

X = np.linspace(0, 1, 200)
CARDS = (
    "<div class='sw-cards'><div class='sw-card'><span class='sw-card-name'>value</span>"
    "<span class='sw-card-value'>{:.4g}</span></div></div>"
)


def update_of(uid: str, value: float) -> Update:
    """Give what the figures of `uid` show at a value of the slider."""
    return Update(
        sources={
            f"{uid}:curve:0": {"y": value * X},
            f"{uid}:curve:1": {"y": value * np.where(X < 0.5, X, np.nan)},
            f"{uid}:square:0": {"y": value * X**2},
            f"{uid}:square:1": {"y": value * X**3},
        },
        ranges={f"{uid}:{view}.y": (0.0, 1.2 * value) for view in ("curve", "square")},
        texts={"cards": CARDS.format(value), "formula": f"y = {value:.4g} x", "notes": "A toy."},
    )


def toy(uid: str, **options: object) -> ipywidgets.VBox:
    """Build the widget; `uid` begins the names of its figures, sources and ranges."""
    figures = {}
    for view in ("curve", "square"):
        figures[view] = figure(
            name=f"{uid}:{view}",
            title=f"{view} of {uid}",
            height=240,
            width=900,
            x_range=Range1d(0, 1, name=f"{uid}:{view}.x"),
            y_range=Range1d(0, 12, name=f"{uid}:{view}.y"),
            tools="box_zoom,wheel_zoom,reset",
        )
        for i, colour in enumerate(["#0b62b0", "#b5501b"]):
            source = ColumnDataSource({"x": X, "y": X * 0}, name=f"{uid}:{view}:{i}")
            figures[view].line("x", "y", source=source, line_width=3, color=colour)
    slider = ipywidgets.FloatLogSlider(value=10, min=0, max=3, step=0.01, description=uid)
    canvas = Canvas(
        figures, titles={"curve": "Curve", "square": "Square"}, update=update_of(uid, slider.value), **options
    )
    slider.observe(lambda change: canvas.push(update_of(uid, change["new"])), "value")
    return ipywidgets.VBox([slider, canvas])
