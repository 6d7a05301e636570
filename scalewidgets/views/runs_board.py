"""The charts of the allocation explorer where it has runs: those of every fit, and the residuals of the runs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from scalewidgets.explorers.residuals import SYMBOLS
from scalewidgets.views import allocation, allocation_board, residuals
from scalewidgets.views.charts import Chart


def _residuals(symbol: str) -> Chart:
    return Chart(
        f"Residuals against {symbol}",
        lambda ex, frames: residuals.chart(symbol, frames["tables"]["residuals"]),
        partial(residuals.finish, symbol),
        (residuals.VIEW, f"{symbol}.x"),
        (residuals.VIEW, "y"),
        "Residuals",
        tuple((residuals.VIEW, f"{symbol}_{table}", symbol, "residual") for table in ("kept", "dropped")),
    )


CHARTS: dict[str, Chart] = {
    **allocation_board.CHARTS,
    "allocation": replace(
        allocation_board.CHARTS["allocation"],
        rows=tuple((allocation.VIEW, table, "N", "loss") for table in ("runs", "runs_dropped")),
    ),
    **{f"residuals_{symbol}": _residuals(symbol) for symbol in SYMBOLS},
}
