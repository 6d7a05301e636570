"""Hover texts: every coordinate and what follows from it, in the forms of the cards."""

from __future__ import annotations

from bokeh.models import HoverTool

# Bokeh writes 7.24b; the field writes 7.24B.
_UPPER = "<span style='text-transform:uppercase'>@{%s}{0.00a}</span>"
_LINES = {
    "N": f"N {_UPPER % 'N'} parameters",
    "D": f"D {_UPPER % 'D'} tokens",
    "tokens_per_param": "@{tokens_per_param}{0,0.0} tokens per parameter",
    "loss": "loss @{loss}{0.0000} nats/token",
    "excess": "loss − E @{excess}{0.0000} nats/token",
    "residual": "@{residual}{+0.00} % above the curve",
    "C": "C @{C_digits}{0.00}e@{C_power}{0} FLOP",
    "cost": "@{cost}{0.000} of the training-only optimum",
    "step": "step @{step}{0,0}",
    "rate": "learning rate @{rate}{0.00e+0}",
    "share": "cooldown @{share}{0.0} % of the steps",
    "measured": "measured @{measured}{0.0000} nats/token",
    "gain": "@{gain}{0.0000} nats/token below its cosine",
}


def hover(title: str, *names: str) -> HoverTool:
    """Return a hover tool that lists the named columns under a title."""
    lines = "".join(f"<div>{_LINES[name]}</div>" for name in names)
    return HoverTool(tooltips=f"<div style='font-size:12px;color:#24292f'><b>{title}</b>{lines}</div>")
