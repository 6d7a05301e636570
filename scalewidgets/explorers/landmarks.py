"""What is known at Chinchilla's budget: the model that was trained, and the sizes that four ways of fitting advise."""

from __future__ import annotations

import math
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.explorers.scene import Scene
from scalewidgets.planning.surface import Surface
from scalewidgets.published_fits.loading import published

BUDGET = 5.76e23
# They are shown while the budget is within this of it, in log compute.
NEAR = 0.03
TRAINED = ("Chinchilla, 70B", 70e9, 1.4e12)
# Fits that advise a size, and where their names stand: as a share of the height of the chart. High, where the bowl is
# wide even on a phone; at the right of their lines the smaller the higher, so that no line crosses a name.
LEFT = {"approach 3": ("hoffmann2022", 0.73)}
RIGHT = {
    "approach 2": ("hoffmann2022-approach2-n", 0.785),
    "approach 1": ("hoffmann2022-approach1-n", 0.73),
    "Besiroglu et al.": ("besiroglu2024", 0.62),
}
ABOVE_TRAINED = 0.675


def tables(scene: Scene, bottom: Any, top: Any) -> dict[str, Any]:
    """Return the tables of the chart of the budget, whose vertical range is given; NaN far from the budget."""
    near = ops.absolute(ops.log(scene.compute) - math.log(BUDGET)) < NEAR
    advised = ops.stack(*(_size(key, scene.compute) for key, _ in (*LEFT.values(), *RIGHT.values())))
    N = ops.where(near, advised, float("nan"))
    D = tokens_within(scene.compute, N)
    trained = ops.where(near, ops.stack(TRAINED[1]), float("nan"))
    tokens = 0.0 * trained + TRAINED[2]
    loss, trained_loss = scene.surface.loss(N, D), scene.surface.loss(trained, tokens)
    heights = bottom + (top - bottom) * ops.stack(*(share for _, share in (*LEFT.values(), *RIGHT.values())))
    above = bottom + (top - bottom) * ops.stack(ABOVE_TRAINED)
    N_all, heights_all = ops.concatenate(N, trained), ops.concatenate(heights, above)
    return {
        "advised": {"N": N, "loss": loss, "D": D, "tokens_per_param": D / N},
        "trained": {"N": trained, "loss": trained_loss, "D": tokens, "tokens_per_param": tokens / trained},
        "landmark_lines": {
            "N": N_all,
            "loss": ops.concatenate(loss, trained_loss),
            "N_high": N_all,
            "loss_high": heights_all,
        },
        "landmarks_left": {"N": ops.part(N, 0, len(LEFT)), "loss": ops.part(heights, 0, len(LEFT))},
        "landmarks_right": {
            "N": ops.part(N_all, len(LEFT)),
            "loss": ops.part(heights_all, len(LEFT)),
        },
    }


def _size(key: str, compute: Any) -> Any:
    fit = published(key)
    if fit.law.key == "frontier-n":
        return fit.law.evaluate({"C": compute}, fit.values)
    size, _ = Surface(fit.law, fit.values).best(compute)
    return size
