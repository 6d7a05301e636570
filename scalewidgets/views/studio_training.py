"""Charts of the schedule: the loss along the run, and the learning rate."""

from __future__ import annotations

from typing import Any

import holoviews as hv
from bokeh.models import HoverTool

from scalewidgets.views import pinned, rules
from scalewidgets.views.elements import dimension, element, labels
from scalewidgets.views.style import COMPARED, REFERENCE, SCENARIO, SERVING, TEXT, figure_options

VIEW = "training"
TITLES = {"loss": "How does the loss fall?", "rate": "With which learning rate?"}
HINT = "No cooldown: this schedule is the reference."
# Dash and colour of each schedule; the one of the state lies on top.
LINES = {
    "constant": ("Constant rate", SERVING, "dotted", 1.5),
    "cosine": ("Cosine to 10 % (reference)", REFERENCE, "dashed", 2.0),
    "this": ("This schedule", SCENARIO, "solid", 2.5),
}
# The lines in the order of the key, with A below.
SAMPLES = {**{name: LINES[name] for name in ("this", "cosine", "constant")}, "a": ("A", COMPARED, "dashed", 2.0)}


def chart(kind: str, loss_axis: str, tables: dict[str, Any]) -> Any:
    """Return the chart of the loss or of the rate as a HoloViews overlay."""
    share, step = dimension("share", "Share of the run", "%"), dimension("step", "Step")
    y = hv.Dimension("loss", label=loss_axis) if kind == "loss" else dimension("rate", "Learning rate", "% of the peak")
    parts = []
    for name, (text, color, dash, width) in LINES.items():
        if name == "this":
            parts += pinned.pinned(VIEW, tables, share, y, curves=[kind], point="point" if kind == "loss" else "")
        style = {"color": color, "line_dash": dash, "line_width": width}
        tools = [_hover(text, kind)]
        table = f"{kind}_{name}"
        parts.append(element(hv.Curve, VIEW, table, tables[table], [share], [y, step], tools=tools, **style))
    for name, (_, color, dash, width) in SAMPLES.items():
        table = f"{kind}_key_{name}"
        style = {"color": color, "line_dash": dash, "line_width": width}
        parts.append(element(hv.Curve, VIEW, table, tables[table], [share], [y], **style))
    texts = [text for text, *_ in SAMPLES.values()]
    style = {"text_baseline": "middle"}
    parts.append(labels(VIEW, f"{kind}_names", tables[f"{kind}_names"], [share, y], texts, TEXT, **style))
    hint = {"text_align": "right", "text_font_style": "italic"}
    parts.append(labels(VIEW, f"{kind}_hint", tables[f"{kind}_hint"], [share, y], [HINT], TEXT, **hint))
    if kind == "loss":
        style = {"color": SCENARIO, "line_color": "white", "size": 12}
        parts.append(element(hv.Scatter, VIEW, "end", tables["end"], [share], [y], **style))
        parts.append(rules.rule(hv.HLines, VIEW, "floor", tables["floor"], y, dashed=False))
        parts.append(rules.corner(rules.FLOOR, VIEW, "floor_value", tables["floor_value"], [share, y]))
    return hv.Overlay(parts).opts(**figure_options(TITLES[kind], xlabel=share.label, ylabel=y.label))


def _hover(text: str, kind: str) -> HoverTool:
    value = "loss @{loss}{0.0000} nats/token" if kind == "loss" else "@{rate}{0.0} % of the peak"
    return HoverTool(
        tooltips=f"<div style='font-size:12px;color:#24292f'><b>{text}</b><div>{value}</div>"
        "<div>@{share}{0.0} % of the run, step @{step}{0,0}</div></div>"
    )


def finish(figure: Any) -> None:
    """Label the rendered figure."""
    figure.yaxis[0].axis_label_text_color = TEXT
    pinned.finish(figure)
    rules.finish(figure)
