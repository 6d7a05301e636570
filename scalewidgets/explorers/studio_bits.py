"""Frame of the bits of training: the loss that this budget buys in each, deployed as the plan is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.axes import padded
from scalewidgets.explorers.studio_scene import StudioScene, flop_cost
from scalewidgets.explorers.studio_surface import Composed
from scalewidgets.planning.bits import FULL_BITS
from scalewidgets.planning.composition import TRAINING_BITS, capacity_ratio
from scalewidgets.published_fits.loading import published

# Below 4 bits the published offsets leave next to nothing of the parameters.
LOWEST, POINTS = 4.0, 33
# The band has every second point.
KNOTS = 17


def frame(seen: StudioScene) -> dict[str, Any]:
    """Return the columns and ranges of the view."""
    # the best bits go along as one more point
    every = ops.concatenate(ops.linspace(LOWEST, FULL_BITS, POINTS), ops.stack(seen.inputs["best_bits"]))
    surface, compute = _at(seen, every, seen.surface), _budget(seen, every)
    sizes, tokens = surface.best(compute)
    N, D, losses = ops.part(sizes, 0, POINTS), ops.part(tokens, 0, POINTS), surface.loss(sizes, tokens)
    bits, loss = ops.part(every, 0, POINTS), ops.part(losses, 0, POINTS)
    best, best_loss = ops.part(every, POINTS), ops.part(losses, POINTS)
    knots = ops.linspace(LOWEST, FULL_BITS, KNOTS)
    band = {"low": knots + float("nan"), "high": knots + float("nan")}
    if seen.drawn is not None:
        assert isinstance(seen.drawn, Composed)
        drawn = _loss(seen, ops.row(knots), _at(seen, ops.row(knots), replace(seen.drawn, added=None)))
        # what deployment adds is that of the coefficients, at every draw
        extra = ops.take(loss, 2.0 * ops.arange(KNOTS)) - _loss(seen, knots, _at(seen, knots, seen.plain))
        band = {"low": ops.quantile(drawn, 0.025) + extra, "high": ops.quantile(drawn, 0.975) + extra}
    least = ops.minimum(ops.smallest(loss), ops.smallest(ops.stack(seen.plan["baseline_loss"])))
    full = ops.take(loss, POINTS - 1.0)
    bottom, top = padded(least, ops.maximum(full, least + 0.3 * (ops.largest(loss) - least)), 0.15)
    zero = 0.0 * seen.compute
    return {
        "tables": {
            "curve": {"bits": bits, "loss": loss, "N": N, "D": D},
            "band": {"bits": knots, **band},
            "best": {"bits": best, "loss": best_loss},
            "plan": {"bits": ops.stack(seen.factors.bits), "loss": ops.stack(seen.plan["baseline_loss"])},
        },
        "ranges": {"x": [LOWEST - 0.4 + zero, FULL_BITS + 0.4 + zero], "y": [bottom, top]},
    }


def _budget(seen: StudioScene, bits: Any) -> Any:
    return seen.compute * seen.factors.training_cost / flop_cost(seen.inputs, bits)


def _at(seen: StudioScene, bits: Any, surface: Any) -> Composed:
    """Return a surface as it is in other bits of training."""
    share = capacity_ratio(bits, published(TRAINING_BITS).values)
    deployed = seen.inputs["deploy_bits"] > 0
    active = ops.where(deployed, ops.where(seen.factors.deploy_bits < bits, 1.0, 0.0), 0.0)
    return replace(surface, size_share=share, active=active, coefficients=surface.coefficients)


def _loss(seen: StudioScene, bits: Any, surface: Composed) -> Any:
    compute = _budget(seen, bits)
    return surface.loss(*surface.best(compute))
