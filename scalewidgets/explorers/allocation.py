"""Frame of the isoFLOP bowl: how the loss depends on model size when the training compute is given."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.explorers.axes import padded, padded_log, split_by_range
from scalewidgets.explorers.law_responses import floor_of
from scalewidgets.explorers.scene import Scene

POINTS, KNOTS = 121, 25
REACH = 16.0
# Room to the right of the curves for the marks.
MARGIN = 2.6
# Compute wasted by a wrong size, as marked on the right-hand side.
WASTE = (0.05, 0.25, 1.0, 3.0)
EMPHASIS, FAINT = 0.95, 0.15
# Runs whose compute differs by less than this, in log compute, are of one budget.
SAME_BUDGET = 0.15
# Room below and above the curves where the axis is logarithmic.
ROOM = 1.15


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
    least = lowest = ops.minimum(low, ops.minimum(plan["loss"], ops.smallest(loss_plan)))
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
    tables |= _bands(scene, centre, top)
    tables |= _fitted(scene, left, right, bottom)
    tables |= _runs(scene)
    E = floor(scene)
    tables |= _above(E, tables)
    ranges = {"x": [left, right], "y": [bottom, top], "above.y": [(least - E) / ROOM, (high - E) * ROOM]}
    return {"tables": tables, "ranges": ranges}


def _point(N: Any, loss: Any, D: Any) -> dict[str, Any]:
    return {"N": ops.stack(N), "loss": ops.stack(loss), "D": ops.stack(D), "tokens_per_param": ops.stack(D / N)}


def _waste(scene: Scene, right: Any) -> dict[str, Any]:
    """Mark the loss that a smaller budget, best spent, would have bought."""
    marks = scene.surface.loss(*scene.surface.best(scene.compute / (1 + ops.stack(*WASTE))))
    return {"N": right + 0.0 * marks, "loss": marks}


def _above(E: Any, tables: dict[str, Any]) -> dict[str, Any]:
    """Show what lies above the floor: of the curve, its part beyond the runs, optimum, plan and runs."""
    shown = {
        "above": ("bowl", ("N", "D", "tokens_per_param")),
        "above_beyond": ("bowl_beyond", ("N",)),
        "above_optimum": ("optimum", ("N",)),
        "above_plan": ("plan", ("N", "D", "tokens_per_param")),
        "above_runs": ("runs", ("N", "opacity")),
    }
    return {
        name: {"excess": tables[of]["loss"] - E, **{column: tables[of][column] for column in columns}}
        for name, (of, columns) in shown.items()
    }


def floor(scene: Scene) -> Any:
    """Return the loss that neither size nor tokens remove; 0 by a law that has none."""
    name = floor_of(scene.setting.law)
    return scene.inputs[f"coefficient.{name}"] if name else 0.0 * scene.compute


def floor_marks(scene: Scene, x: str, place: Any, bottom: Any) -> dict[str, Any]:
    """Mark the floor in a chart of the loss; its value stands upon the mark, and in the corner where that lies below.

    The place and the bottom are those of the chart with all that is compared in it.
    """
    E = ops.stack(floor(scene))
    shown = ops.floor(E * 1000.0 + 0.5) / 1000.0
    value = {x: ops.stack(place), "loss": ops.maximum(E, ops.stack(bottom)), "text": shown}
    return {"floor": {"loss": E}, "floor_value": value}


def _fitted(scene: Scene, left: Any, right: Any, bottom: Any) -> dict[str, Any]:
    """Mark where the range of the runs ends at this budget, and by how much the plan lies beyond it; NaN if nowhere."""
    low, high = ({s: scene.inputs[f"range.{s}.{end}"] for s in ("N", "D", "C")} for end in ("low", "high"))
    ends = ops.stack(
        ops.maximum(low["N"], scene.compute / (6 * high["D"])), ops.minimum(high["N"], scene.compute / (6 * low["D"]))
    )
    known = ops.where(scene.compute < low["C"], 0.0, ops.where(scene.compute > high["C"], 0.0, 1.0))
    seen = ops.where(ends > left, ops.where(ends < right, known, 0.0), 0.0)
    corner, shown = beyond_text(scene, left)
    return {
        "edges": {"N": ops.where(seen > 0, ends, float("nan"))},
        "beyond": {"N": corner, "loss": 0.0 * corner + bottom, "text": shown},
    }


def beyond_text(scene: Scene, place: Any) -> tuple[Any, Any]:
    """Return where the factor beyond the runs stands, at the place if anywhere, and the factor with three digits."""
    factor = scene.beyond(scene.plan["N"], scene.plan["D"])
    # as on cards
    places = ops.where(factor < 9.995, 100.0, ops.where(factor < 99.95, 10.0, 1.0))
    shown = ops.floor(factor * places + 0.5) / places
    return ops.stack(ops.where(factor > 1.0 + 1e-9, place, float("nan"))), ops.stack(shown)


def _bands(scene: Scene, centre: Any, top: Any) -> dict[str, Any]:
    """Return the bands around the bowl; NaN where the fit has no draws, or nothing is known of a new run.

    Their names stand at the top, where the bowl is wide.
    """
    N = ops.logspace(centre / REACH, centre * REACH, KNOTS)
    missing = {"low": N + float("nan"), "high": N + float("nan")}
    mean = new_run = missing
    if scene.drawn is not None:
        losses = scene.drawn.loss(ops.row(N), ops.row(tokens_within(scene.compute, N)))
        mean = _interval(losses)
        if scene.setting.has_noise:
            new_run = _interval(losses * ops.exp(ops.column(scene.inputs["draw.noise"])))
    middle = ops.stack(ops.take(N, KNOTS // 2))
    tables: dict[str, Any] = {}
    for name, band in (("mean", mean), ("new_run", new_run)):
        tables[f"band_{name}"] = {"N": N, **band}
        edge = ops.stack(ops.take(band["high"], KNOTS // 2))
        tables[f"band_{name}_name"] = {"N": middle, "loss": 0.0 * edge + top}
    return tables


def _interval(losses: Any) -> dict[str, Any]:
    return {"low": ops.quantile(losses, 0.025), "high": ops.quantile(losses, 0.975)}


def _runs(scene: Scene) -> dict[str, Any]:
    """Show the runs of the nearest budget strongly and the others faintly; one NaN where there are none.

    Runs that are fitted and runs that are left out have a table each, with every run in its row.
    """
    if not scene.setting.has_runs:
        nothing = dict.fromkeys(("N", "loss", "D", "C", "opacity"), ops.stack(0.0 * scene.compute + float("nan")))
        return {"runs": nothing, "runs_dropped": nothing}
    N, D, loss, kept = (scene.inputs[f"runs.{name}"] for name in ("N", "D", "loss", "kept"))
    columns = {"D": D, "C": 6 * N * D, "opacity": ops.where(_near(scene), EMPHASIS, FAINT)}
    return {
        "runs": {"N": N, "loss": ops.where(kept > 0, loss, float("nan")), **columns},
        "runs_dropped": {"N": N, "loss": ops.where(kept > 0, float("nan"), loss), **columns},
    }


def _near(scene: Scene) -> Any:
    """Tell which runs are of the budget nearest to the present one."""
    distance = ops.absolute(ops.log(6 * scene.inputs["runs.N"] * scene.inputs["runs.D"] / scene.compute))
    return distance <= ops.smallest(distance) + SAME_BUDGET
