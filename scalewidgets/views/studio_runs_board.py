"""The charts of the Studio where it has runs: those of every fit, and the residuals of the runs."""

from __future__ import annotations

from scalewidgets.views import runs_board, studio_board
from scalewidgets.views.charts import Chart

CHARTS: dict[str, Chart] = {
    **studio_board.CHARTS,
    **{name: chart for name, chart in runs_board.CHARTS.items() if name == "allocation" or chart.tab == "Residuals"},
}
