"""The charts of the allocation explorer: the isoFLOP bowl, frontiers, lifetime cost, and the bowl above its floor."""

from __future__ import annotations

from scalewidgets.views import allocation, frontier, lifetime
from scalewidgets.views.charts import Chart

CHARTS: dict[str, Chart] = {
    "allocation": Chart(
        "Budget",
        lambda ex, f: allocation.chart(ex.fit.law, f["tables"]["allocation"]),
        allocation.finish,
        ("allocation", "x"),
        ("allocation", "y"),
    ),
    "sizes": Chart(
        "Sizes",
        lambda ex, f: frontier.chart("sizes", ex.fit.law, f["tables"]["frontier"]),
        lambda figure: frontier.finish("sizes", figure),
        ("frontier", "x"),
        ("frontier", "sizes.y"),
    ),
    "tokens": Chart(
        "Tokens",
        lambda ex, f: frontier.chart("tokens", ex.fit.law, f["tables"]["frontier"]),
        lambda figure: frontier.finish("tokens", figure),
        ("frontier", "x"),
        ("frontier", "tokens.y"),
    ),
    "lifetime": Chart(
        "Lifetime cost",
        lambda ex, f: lifetime.chart(f["tables"]["lifetime"]),
        lifetime.finish,
        ("lifetime", "x"),
        ("lifetime", "y"),
    ),
    "above": Chart(
        "Above the floor",
        lambda ex, f: allocation.above(ex.fit.law, f["tables"]["allocation"]),
        allocation.finish_above,
        ("allocation", "x"),
        ("allocation", "above.y"),
        "Above the floor",
    ),
}
