"""Put the frames of the Studio together: one function from named arrays to all that its views show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import training_flop
from scalewidgets.explorers import (
    allocation,
    cards,
    frontier,
    landmarks,
    lifetime,
    residuals,
    studio_bits,
    studio_key,
    studio_schedule,
    studio_task,
)
from scalewidgets.explorers.pins import compared
from scalewidgets.explorers.scene import Setting
from scalewidgets.explorers.studio_scene import StudioScene, studio_scene
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.bits import FULL_BITS
from scalewidgets.planning.composition import TRAINING_BITS
from scalewidgets.planning.feasibility import BEST_BATCH
from scalewidgets.planning.worth import POST_TRAINING_LAWS, REMARKABLE, compute_for
from scalewidgets.published_fits.loading import published, published_fits


def frames(setting: Setting, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables, ranges, cards and notes for one state."""
    seen = studio_scene(setting, inputs)
    views = {
        "allocation": allocation.frame(seen),
        "lifetime": lifetime.frame(seen),
        "frontier": frontier.frame(seen),
        "training": studio_schedule.frame(seen.factors.schedule, seen.plan["loss"], inputs["counted"]),
        "bits": studio_bits.frame(seen),
    }
    views["allocation"]["tables"] |= landmarks.tables(seen, *views["allocation"]["ranges"]["y"])
    if setting.has_runs:
        views["residuals"] = residuals.frame(seen)
    costs = {"training_flop": seen.factors.training_cost, "serving_flop": seen.factors.serving_cost}
    task = studio_task.seen(inputs, seen.plan["loss"], None if seen.drawn_plan is None else seen.drawn_plan["loss"])
    draws = cards.draws(seen, costs) | task.draws
    found = {
        "tables": {view: parts["tables"] for view, parts in views.items()},
        "ranges": {
            view: {axis: {"low": low, "high": high} for axis, (low, high) in parts["ranges"].items()}
            for view, parts in views.items()
        },
        # FLOP are counted as those of 16 bits
        "cards": cards.frame(seen, views["lifetime"]["saved"], draws, costs) | {cards.TASK_ERROR: task.card},
        "notes": _notes(seen, inputs) | studio_task.notes(task, inputs),
    }
    found = studio_task.compared(compared(found, draws, inputs), task, inputs)
    key = studio_key.tables(
        found["ranges"]["training"], found["notes"].get("pinned", 0.0 * seen.compute), inputs["cooldown"]
    )
    x, y = (found["ranges"]["allocation"][axis] for axis in "xy")
    found["tables"]["allocation"] |= allocation.floor_marks(seen, "N", x["high"], y["low"])
    low = found["ranges"]["training"]["loss.y"]["low"]
    found["tables"]["training"] |= key | allocation.floor_marks(seen, "share", 0.0 * low, low)
    return found


def _notes(seen: StudioScene, inputs: Mapping[str, Any]) -> dict[str, Any]:
    f, plan = seen.factors, seen.plan
    N, D = plan["N"], plan["D"]
    beyond = seen.beyond(N, D)
    served = seen.served
    on = inputs["cooldown"] >= 0
    bits_worth = f.size_share / f.training_cost
    bits_on = ops.where(f.bits < FULL_BITS, 1.0, 0.0)
    added = ops.where(f.deployed > 0, f.added(N, D), 0.0)
    budgets = compute_for(seen.plain, ops.stack(plan["loss"], plan["loss"] - added))
    added_worth = ops.where(f.deployed > 0, ops.take(budgets, 0.0) / ops.take(budgets, 1.0), 1.0)
    others = _others(N, D, f.deploy_bits)
    batch = _batch(D)
    return {
        "beyond": beyond,
        "near_low": plan["N_low"],
        "near_high": plan["N_high"],
        "raw_flop": training_flop(N, D),
        "extrapolated": beyond - 1.0 - 1e-9,
        "served": served,
        "unserved": ops.where(served > 0, 0.0, 1.0),
        "over": training_flop(N, D) / seen.compute - 1.0,
        "bits": f.bits,
        "bits_on": bits_on,
        "size_share": f.size_share,
        "training_cost": f.training_cost,
        "bits_worth": bits_worth,
        "bits_remarkable": _remarkable(bits_worth),
        "bits_beyond": ops.where(bits_on > 0, _beyond(published(TRAINING_BITS), N, D), 0.0) - 1.0 - 1e-9,
        "bits_factor": _beyond(published(TRAINING_BITS), N, D),
        "deployed": f.deployed,
        "deploy_idle": ops.where(inputs["deploy_bits"] > 0, 1.0 - f.deployed, 0.0),
        "deploy_bits": f.deploy_bits,
        "added": added,
        "added_worth": added_worth,
        "added_remarkable": _remarkable(added_worth),
        "added_least": ops.smallest(others),
        "added_most": ops.largest(others),
        "schedule_drawn": ops.where(on, ops.where(inputs["counted"] > 0, 0.0, 1.0), 0.0),
        "schedule_counted": ops.where(on, ops.where(inputs["counted"] > 0, 1.0, 0.0), 0.0),
        "token_worth": f.schedule.worth,
        "schedule_remarkable": ops.where(on, _remarkable(f.schedule.worth), -1.0),
        "batch": batch,
        "steps": D / batch,
    }


def _remarkable(worth: Any) -> Any:
    """Return a positive number where a term is worth so much that the composition deserves doubt."""
    return ops.maximum(worth, 1 / worth) - REMARKABLE


def _beyond(fit: Fit, N: Any, D: Any) -> Any:
    """Return how far a plan lies from the sizes and tokens behind a fit."""
    factor = 1.0
    for symbol, value in (("N", N), ("D", D)):
        low, high = fit.source.ranges[symbol]
        factor = ops.maximum(factor, ops.maximum(low / value, value / high))
    return factor


def _others(N: Any, D: Any, bits: Any) -> Any:
    """Return what every published post-training law adds."""
    at = {"N": N, "D": D, "P": bits}
    laws = [fit for fit in published_fits().values() if fit.law.key in POST_TRAINING_LAWS]
    return ops.stack(*(fit.law.evaluate(at, fit.values) for fit in laws))


def _batch(D: Any) -> Any:
    """Return the tokens a step that the Step law finds best."""
    fit = published(BEST_BATCH)
    return fit.law.evaluate({"D": D}, fit.values)
