"""Frame of the frontier: best model size and token count against training compute."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.axes import scientific, split_by_range
from scalewidgets.explorers.scene import Scene
from scalewidgets.planning.allocate import cheapest

KNOTS = 60
LOWEST, HIGHEST = 1e18, 1e26


def frame(scene: Scene) -> dict[str, Any]:
    """Return the columns and ranges of the two views, sizes and tokens."""
    left = ops.minimum(LOWEST, scene.compute / 10)
    right = ops.maximum(HIGHEST, scene.compute * 10)
    C = ops.logspace(left, right, KNOTS)
    N, D = scene.surface.best(C)
    loss = scene.surface.loss(N, D)
    served_N = ops.where(scene.served > 0, cheapest(scene.surface, loss, scene.served), float("nan"))
    served_D = scene.surface.tokens(ops.where(scene.served > 0, served_N, N), loss)
    served_D = ops.where(scene.served > 0, served_D, float("nan"))
    sizes, sizes_beyond = split_by_range(scene, N, D, N)
    tokens, tokens_beyond = split_by_range(scene, N, D, D)
    plan = scene.plan
    # a plan for serving keeps the loss of the budget: it belongs above the budget, not above what it spends
    at = {"C": ops.stack(scene.compute), "loss": ops.stack(plan["loss"])}
    at |= scientific("C", at["C"])
    hover = scientific("C", C)
    tables: dict[str, Any] = {
        "sizes": {"C": C, "N": sizes, "D": D, "loss": loss, **hover},
        "sizes_beyond": {"C": C, "N": sizes_beyond, "D": D, "loss": loss, **hover},
        "sizes_served": {"C": C, "N": served_N},
        "sizes_names": _names(C, N, served_N),
        "tokens_names": _names(C, D, served_D),
        "sizes_plan": {**at, "N": ops.stack(plan["N"]), "D": ops.stack(plan["D"])},
        "tokens": {"C": C, "D": tokens, "N": N, "loss": loss, **hover},
        "tokens_beyond": {"C": C, "D": tokens_beyond, "N": N, "loss": loss, **hover},
        "tokens_served": {"C": C, "D": served_D},
        "tokens_plan": {**at, "D": ops.stack(plan["D"]), "N": ops.stack(plan["N"])},
    }
    if scene.drawn is not None:
        drawn_N, drawn_D = scene.drawn.best(ops.row(C))
        tables |= {"sizes_band": _band(C, drawn_N), "tokens_band": _band(C, drawn_D)}
    return {
        "tables": tables,
        "ranges": {
            "x": [left, right],
            "sizes.y": [ops.smallest(ops.where(scene.served > 0, ops.minimum(N, served_N), N)) / 3, ops.largest(N) * 3],
            "tokens.y": [ops.smallest(D) / 3, ops.largest(D) * 3],
        },
    }


def _band(C: Any, drawn: Any) -> dict[str, Any]:
    return {"C": C, "low": ops.quantile(drawn, 0.025), "high": ops.quantile(drawn, 0.975)}


def _names(C: Any, best: Any, served: Any) -> dict[str, Any]:
    """Place the names of the curves: training alone at the right end, with serving at the left."""
    right, left = KNOTS - 14, 3
    return {
        "C": ops.stack(ops.take(C, right), ops.take(C, left)),
        "y": ops.stack(ops.take(best, right) / 1.6, ops.take(served, left)),
    }
