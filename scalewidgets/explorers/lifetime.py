"""Frame of the lifetime cost: what one quality costs at every model size, split into training and serving.

Costs are relative to the best choice for training alone, served like the others: the sentence of the chart is a share.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import serving_flop, training_flop
from scalewidgets.explorers.axes import padded_log
from scalewidgets.explorers.scene import Scene

POINTS, REACH = 121, 8.0
TOP = 2.2
# Where the three curves bear their names, and where the chart says that nothing is served, in sizes of the plan.
NAMED = (0.5, 2.2, 4.2, 0.4)


def frame(scene: Scene) -> dict[str, Any]:
    """Return the columns and ranges of the view."""
    plan, served = scene.plan, scene.served
    loss = plan["loss"]
    N = ops.logspace(plan["N"] / REACH, plan["N"] * REACH, POINTS)
    base_N = plan["baseline_N"]
    named = plan["N"] * ops.stack(*NAMED)
    # the alternative has the quality of the plan, which is not always that of the budget; one search serves all sizes
    every = scene.surface.tokens(ops.concatenate(N, named, ops.stack(base_N)), loss)
    D, named_D = ops.part(every, 0, POINTS), ops.part(every, POINTS, POINTS + len(NAMED))
    base_D = ops.take(every, float(POINTS + len(NAMED)))
    unit = training_flop(base_N, base_D) + serving_flop(base_N, served)
    training, serving = training_flop(N, D), serving_flop(N, served)
    shown = ops.isfinite(training)
    nan = float("nan")
    at_plan = (training_flop(plan["N"], plan["D"]) + serving_flop(plan["N"], served)) / unit
    named_training = training_flop(named, named_D) / unit
    named_serving = serving_flop(named, served) / unit
    names = ops.stack(
        ops.where(served > 0, ops.take(named_training + named_serving, 0.0) + 0.03, nan),
        ops.where(served > 0, ops.take(named_training, 1.0) - 0.12, nan),
        ops.where(served > 0, ops.take(named_serving, 2.0) - 0.14, nan),
        ops.where(served > 0, nan, 0.75 + 0.0 * unit),
    )
    left, right = padded_log(plan["N"] / REACH, plan["N"] * REACH, 0.02)
    return {
        "tables": {
            "total": {
                "N": N,
                "cost": ops.where(shown, (training + serving) / unit, nan),
                "D": D,
                "flop": training + serving,
            },
            "training": {"N": N, "cost": ops.where(shown, training / unit, nan), "D": D, "flop": training},
            "serving": {"N": N, "cost": serving / unit, "flop": serving},
            "names": {"N": named, "cost": ops.where(ops.isfinite(names), names, nan)},
            "cheapest": {"N": ops.stack(plan["N"]), "cost": ops.stack(at_plan), "D": ops.stack(plan["D"])},
            "training_only": {"N": ops.stack(base_N), "cost": ops.stack(unit / unit), "D": ops.stack(base_D)},
        },
        "ranges": {"x": [left, right], "y": [0.0 * unit, TOP + 0.0 * unit]},
        # one minus a share near one is rounding noise
        "saved": ops.where(ops.absolute(1 - at_plan) > 1e-9, 1 - at_plan, 0.0),
    }
