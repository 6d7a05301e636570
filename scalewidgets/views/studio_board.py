"""The charts of the Studio: budget, lifetime cost and bits together, and the schedule in a tab of its own."""

from __future__ import annotations

from scalewidgets.views import allocation_board, studio_bits, studio_training
from scalewidgets.views.charts import Chart


def _training(kind: str, title: str) -> Chart:
    return Chart(
        title,
        lambda ex, frames: studio_training.chart(kind, ex.fit.law.response.axis, frames["tables"]["training"]),
        studio_training.finish,
        ("training", "x"),
        ("training", f"{kind}.y"),
        "Training curve",
    )


CHARTS: dict[str, Chart] = {
    "allocation": allocation_board.CHARTS["allocation"],
    "lifetime": allocation_board.CHARTS["lifetime"],
    "bits": Chart(
        "Bits",
        lambda ex, frames: studio_bits.chart(ex.fit.law.response.axis, frames["tables"]["bits"]),
        studio_bits.finish,
        ("bits", "x"),
        ("bits", "y"),
    ),
    "training": _training("loss", "Loss along the run"),
    "rate": _training("rate", "Learning rate"),
}
