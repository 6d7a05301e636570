"""Frame of the isoFLOP bowl: how the loss depends on model size when the training compute is given."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.explorers.axes import padded, padded_log, split_by_range
from scalewidgets.explorers.scene import Scene
from scalewidgets.planning.surface import Surface

POINTS, KNOTS = 121, 41
REACH = 16.0
# Room to the right of the curves for the marks.
MARGIN = 2.6
# Compute wasted by a wrong size, as marked on the right-hand side.
WASTE = (0.05, 0.25, 1.0, 3.0)
EMPHASIS, FAINT = 0.95, 0.15
# Runs whose compute differs by less than this, in log compute, are of one budget.
SAME_BUDGET = 0.15


def frame(scene: Scene) -> dict[str, Any]:
    """Return the columns and ranges of the view."""
    plan = scene.plan
    centre = plan["baseline_N"]
    N = ops.logspace(centre / REACH, centre * REACH, POINTS)
    D = tokens_within(scene.compute, N)
    loss = scene.surface.loss(N, D)
    trained = 6 * plan["N"] * plan["D"]
    loss_plan = scene.surface.loss(N, tokens_within(trained, N))
    low, high = ops.smallest(loss), ops.largest(loss)
    lowest = ops.minimum(low, ops.minimum(plan["loss"], ops.smallest(loss_plan)))
    if scene.setting.has_runs:
        lowest = ops.minimum(lowest, ops.smallest(ops.where(_near(scene), scene.inputs["runs.loss"], low)))
    bottom, top = padded(lowest, low + (high - low) * 0.8, 0.12)
    left, right = padded_log(centre / REACH, centre * REACH * MARGIN, 0.02)
    inside, beyond = split_by_range(scene, N, D, loss)
    tables: dict[str, Any] = {
        "bowl": {"N": N, "loss": inside, "D": D, "tokens_per_param": D / N},
        "bowl_beyond": {"N": N, "loss": beyond, "D": D, "tokens_per_param": D / N},
        "bowl_plan": {"N": N, "loss": ops.where(scene.served > 0, loss_plan, float("nan"))},
        "optimum": _point(plan["baseline_N"], plan["baseline_loss"], plan["baseline_D"]),
        "plan": _point(plan["N"], plan["loss"], plan["D"]),
        "near": {
            "N": ops.stack(plan["N_low"]),
            "loss": ops.stack(bottom),
            "N_high": ops.stack(plan["N_high"]),
            "loss_high": ops.stack(bottom),
        },
        "waste": _waste(scene, right),
    }
    if scene.drawn is not None:
        tables |= _bands(scene, scene.drawn, centre)
    if scene.setting.has_runs:
        tables["runs"] = _runs(scene)
    return {"tables": tables, "ranges": {"x": [left, right], "y": [bottom, top]}}


def _point(N: Any, loss: Any, D: Any) -> dict[str, Any]:
    return {"N": ops.stack(N), "loss": ops.stack(loss), "D": ops.stack(D), "tokens_per_param": ops.stack(D / N)}


def _waste(scene: Scene, right: Any) -> dict[str, Any]:
    """Mark the loss that a smaller budget, best spent, would have bought."""
    losses = []
    for share in WASTE:
        best = scene.surface.best(scene.compute / (1 + share))
        losses.append(scene.surface.loss(*best))
    marks = ops.stack(*losses)
    return {"N": right + 0.0 * marks, "loss": marks}


def _bands(scene: Scene, drawn: Surface, centre: Any) -> dict[str, Any]:
    N = ops.logspace(centre / REACH, centre * REACH, KNOTS)
    middle = ops.stack(ops.take(N, KNOTS // 2))
    losses = drawn.loss(ops.row(N), ops.row(tokens_within(scene.compute, N)))
    tables = _band("mean", N, losses, middle)
    if scene.setting.has_noise:
        tables |= _band("new_run", N, losses * ops.exp(ops.column(scene.inputs["draw.noise"])), middle)
    return tables


def _band(name: str, N: Any, losses: Any, middle: Any) -> dict[str, Any]:
    low, high = ops.quantile(losses, 0.025), ops.quantile(losses, 0.975)
    return {
        f"band_{name}": {"N": N, "low": low, "high": high},
        f"band_{name}_name": {"N": middle, "loss": ops.stack(ops.take(high, KNOTS // 2))},
    }


def _runs(scene: Scene) -> dict[str, Any]:
    """Show the runs of the nearest budget strongly and the others faintly."""
    N, D = scene.inputs["runs.N"], scene.inputs["runs.D"]
    return {
        "N": N,
        "loss": scene.inputs["runs.loss"],
        "D": D,
        "C": 6 * N * D,
        "opacity": ops.where(_near(scene), EMPHASIS, FAINT),
    }


def _near(scene: Scene) -> Any:
    """Tell which runs are of the budget nearest to the present one."""
    distance = ops.absolute(ops.log(6 * scene.inputs["runs.N"] * scene.inputs["runs.D"] / scene.compute))
    return distance <= ops.smallest(distance) + SAME_BUDGET
