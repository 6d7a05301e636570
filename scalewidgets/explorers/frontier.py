"""Frame of the frontier: best model size and token count against training compute."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.allocation import beyond_text
from scalewidgets.explorers.axes import scientific, split_by_range
from scalewidgets.explorers.scene import Scene

KNOTS, BAND_KNOTS = 60, 20
LOWEST, HIGHEST = 1e18, 1e26


def frame(scene: Scene) -> dict[str, Any]:
    """Return the columns and ranges of the two views, sizes and tokens."""
    left = ops.minimum(LOWEST, scene.compute / 10)
    right = ops.maximum(HIGHEST, scene.compute * 10)
    C, sparse = ops.logspace(left, right, KNOTS), ops.logspace(left, right, BAND_KNOTS)
    (N, D), drawn = scene.bests(C, sparse)
    loss = scene.surface.loss(N, D)
    cheapest = scene.surface.cheapest(loss, scene.served)
    served_N, served_D = (ops.where(scene.served > 0, best, float("nan")) for best in cheapest)
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
    drawn_N, drawn_D = drawn or (None, None)
    tables |= {"sizes_band": _band(sparse, drawn_N), "tokens_band": _band(sparse, drawn_D)}
    tables |= _runs(scene) | _other(scene, C)
    ranges = {
        "x": [left, right],
        "sizes.y": [ops.smallest(ops.where(scene.served > 0, ops.minimum(N, served_N), N)) / 3, ops.largest(N) * 3],
        "tokens.y": [ops.smallest(D) / 3, ops.largest(D) * 3],
    }
    corner, factor = beyond_text(scene, right)
    edges = ops.stack(*(scene.inputs[f"range.C.{end}"] for end in ("low", "high")))
    for name, symbol in (("sizes", "N"), ("tokens", "D")):
        tables[f"{name}_edges"] = {"C": edges}
        bottom, _ = ranges[f"{name}.y"]
        tables[f"{name}_factor"] = {"C": corner, symbol: 0.0 * corner + bottom, "text": factor}
    return {"tables": tables, "ranges": ranges}


def _band(C: Any, drawn: Any) -> dict[str, Any]:
    """Return an interval over budgets; NaN without draws."""
    if drawn is None:
        return {"C": C, "low": C + float("nan"), "high": C + float("nan")}
    return {"C": C, "low": ops.quantile(drawn, 0.025), "high": ops.quantile(drawn, 0.975)}


def _runs(scene: Scene) -> dict[str, Any]:
    """Return the user's runs, fitted and left out; one NaN where there are none."""
    nan = float("nan")
    N = D = kept = ops.stack(0.0 * scene.compute + nan)
    if scene.setting.has_runs:
        N, D, kept = (scene.inputs[f"runs.{name}"] for name in ("N", "D", "kept"))
    tables = {}
    for view, symbol, values in (("sizes", "N", N), ("tokens", "D", D)):
        tables[f"{view}_runs"] = {"C": 6 * N * D, symbol: ops.where(kept > 0, values, nan)}
        tables[f"{view}_dropped"] = {"C": 6 * N * D, symbol: ops.where(kept > 0, nan, values)}
    return tables


def _other(scene: Scene, C: Any) -> dict[str, Any]:
    """Return the best size by another method than the surface; NaN where there is none."""
    best, drawn = C + float("nan"), None
    if scene.setting.has_other:
        best = _power_law(scene.inputs["other.k"], scene.inputs["other.a"], C)
        k, a = ops.column(scene.inputs["other.draw.k"]), ops.column(scene.inputs["other.draw.a"])
        drawn = _power_law(k, a, ops.row(C))
    return {"sizes_other": {"C": C, "N": best}, "sizes_other_band": _band(C, drawn)}


def _power_law(k: Any, a: Any, C: Any) -> Any:
    # k may be tiny where the power is huge
    return ops.exp(ops.log(k) + a * ops.log(C))


def _names(C: Any, best: Any, served: Any) -> dict[str, Any]:
    """Place the names of the curves: training alone at the right end, with serving at the left."""
    right, left = KNOTS - 14, 3
    return {
        "C": ops.stack(ops.take(C, right), ops.take(C, left)),
        "y": ops.stack(ops.take(best, right) / 1.6, ops.take(served, left)),
    }
