"""The charts of the Studio: budget, training curve, lifetime cost and bits together; others in tabs of their own."""

from __future__ import annotations

from dataclasses import replace

from scalewidgets.views import allocation_board, studio_bits, studio_training
from scalewidgets.views.charts import Chart


def _training(kind: str, title: str, tab: str) -> Chart:
    return Chart(
        title,
        lambda ex, frames: studio_training.chart(kind, ex.fit.law.response.axis, frames["tables"]["training"]),
        studio_training.finish,
        ("training", "x"),
        ("training", f"{kind}.y"),
        tab,
    )


CHARTS: dict[str, Chart] = {
    "allocation": allocation_board.CHARTS["allocation"],
    "training": _training("loss", "Training curve", "Plan"),
    "lifetime": allocation_board.CHARTS["lifetime"],
    "bits": Chart(
        "Bits",
        lambda ex, frames: studio_bits.chart(ex.fit.law.response.axis, frames["tables"]["bits"]),
        studio_bits.finish,
        ("bits", "x"),
        ("bits", "y"),
    ),
    "above": allocation_board.CHARTS["above"],
    "rate": _training("rate", "Learning rate", "Learning rate"),
    **{name: replace(allocation_board.CHARTS[name], tab="Frontier") for name in ("sizes", "tokens")},
}
