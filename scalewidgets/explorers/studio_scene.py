"""What every frame of the Studio reads: the four groups as factors, the composed surface, and the plan.

With bits, schedule and deployment expressed in real parameters and tokens, a budget of 16-bit FLOP is a budget of
fewer or more FLOP in the bits of training; the frames of the allocation explorer then hold as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scalewidgets import ops
from scalewidgets.explorers import studio_schedule
from scalewidgets.explorers.scene import Scene, Setting
from scalewidgets.explorers.studio_surface import Composed
from scalewidgets.planning import powers
from scalewidgets.planning.allocate import allocate
from scalewidgets.planning.bits import FULL_BITS
from scalewidgets.planning.composition import POST_TRAINING, TRAINING_BITS, capacity_ratio
from scalewidgets.published_fits.loading import published

SIZES, TOKENS = ("N", "N_low", "N_high", "baseline_N"), ("D", "baseline_D")


@dataclass(frozen=True)
class Factors:
    """What the groups multiply and add.

    Parameters
    ----------
    bits, deploy_bits : number
        Of training and of serving.
    size_share, token_worth, training_cost, serving_cost : number
        As in `scalewidgets.planning.composition.Composition`.
    deployed : number
        Positive where quantising after training adds to the loss.
    schedule : studio_schedule.Seen
    """

    bits: Any
    deploy_bits: Any
    size_share: Any
    token_worth: Any
    training_cost: Any
    serving_cost: Any
    deployed: Any
    schedule: studio_schedule.Seen

    def added(self, N: Any, D: Any) -> Any:
        """Return what quantising to the deployed bits adds."""
        return penalty(N, D, self.deploy_bits)


@dataclass(frozen=True)
class StudioScene(Scene):
    """A scene whose surface is composed; `scene.compute` counts FLOP in the bits of training."""

    factors: Factors
    plain: Composed
    "The surface without what deployment adds."

    def bests(self, budgets: Any, drawn_budgets: Any) -> tuple[tuple[Any, Any], tuple[Any, Any] | None]:
        """Return the best (N, D) for budgets, and for others that of each draw, shifted like the coefficients' own."""
        if self.drawn is None:
            return self.surface.best(budgets), None
        assert isinstance(self.drawn, Composed)
        # one search serves both
        count, every = budgets.shape[-1], self.surface.best(ops.concatenate(budgets, drawn_budgets))
        trained = self.plain.best(drawn_budgets)
        drawn = replace(self.drawn, added=None).best(ops.row(drawn_budgets))
        N, D = (each * (ops.part(best, count) / at) for each, best, at in zip(drawn, every, trained, strict=True))
        return (ops.part(every[0], 0, count), ops.part(every[1], 0, count)), (N, D)


def penalty(N: Any, D: Any, bits: Any) -> Any:
    """Return the post-training term of the law that plans use."""
    fit = published(POST_TRAINING)
    return fit.law.evaluate({"N": N, "D": D, "P": bits}, fit.values)


def flop_cost(inputs: Mapping[str, Any], bits: Any) -> Any:
    """Return the 16-bit FLOP that a FLOP of so many bits costs: P / 16, or on a chip what its nearest format makes."""
    if "formats.bits" not in inputs:
        return bits / FULL_BITS
    return ops.take(inputs["formats.cost"], nearest_format(inputs, bits))


def nearest_format(inputs: Mapping[str, Any], bits: Any) -> Any:
    """Return the place of the format of the chip whose bits are nearest."""
    return ops.argmin(ops.absolute(inputs["formats.bits"] - ops.column(bits)))


def snapped(inputs: Mapping[str, Any], bits: Any) -> Any:
    """Return the bits of the nearest format of the chip; any bits without one."""
    if "formats.bits" not in inputs:
        return bits
    return ops.take(inputs["formats.bits"], nearest_format(inputs, bits))


def factors_of(inputs: Mapping[str, Any]) -> Factors:
    """Return what the groups multiply and add, from the numbers of their controls."""
    bits = snapped(inputs, inputs["bits"])
    quantised = inputs["deploy_bits"] > 0
    served_bits = ops.where(quantised, snapped(inputs, inputs["deploy_bits"]), bits)
    schedule = studio_schedule.seen(inputs["steps"], inputs["cooldown"], inputs["decay"])
    return Factors(
        bits,
        served_bits,
        capacity_ratio(bits, published(TRAINING_BITS).values),
        ops.where(inputs["counted"] > 0, schedule.worth, 1.0),
        flop_cost(inputs, bits),
        flop_cost(inputs, served_bits),
        ops.where(quantised, ops.where(served_bits < bits, 1.0, 0.0), 0.0),
        schedule,
    )


def composed(
    setting: Setting, inputs: Mapping[str, Any], prefix: str, factors: Factors, added: Callable[..., Any] | None
) -> Composed:
    """Return the surface of the coefficients, or of the draws, over real size and tokens."""
    return Composed(
        setting.law,
        {name: inputs[f"{prefix}.{name}"] for name in setting.law.names},
        size_share=factors.size_share,
        token_worth=factors.token_worth,
        added=added,
        active=factors.deployed,
    )


def studio_scene(setting: Setting, inputs: Mapping[str, Any]) -> StudioScene:
    """Build the scene from the arrays of the Studio's inputs."""
    f = factors_of(inputs)
    inputs = {
        **inputs,
        "compute": inputs["compute"] / f.training_cost,
        "token_weight": inputs["token_weight"] * (f.serving_cost / f.training_cost),
    }
    asked = {
        "compute": inputs["compute"],
        "served": inputs["inference_tokens"] * inputs["token_weight"],
        "hold": setting.hold,
        "tolerance": inputs["tolerance"],
    }
    plain = composed(setting, inputs, "coefficient", f, None)
    surface = composed(setting, inputs, "coefficient", f, f.added)
    plan = allocate(surface, **asked)
    drawn = drawn_plan = None
    if setting.has_draws:
        drawn = composed(setting, inputs, "draw", f, f.added)
        # of the draws no near-optimal range is shown, and it takes long
        near = _smaller if setting.hold == "training" else lambda _, N, *__: (N, N)
        trained, drawn_plan = (
            allocate(surface, **asked, near=partial(near, surface)) for surface in (plain, replace(drawn, added=None))
        )
        drawn_plan = _shifted(drawn_plan, trained, plan)
    return StudioScene(setting, inputs, surface, drawn, plan, drawn_plan, f, plain)


def _smaller(surface: Composed, N: Any, D: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
    """Return the near-optimal sizes of training alone; the larger, which is not shown, only where it comes along."""
    counted, share = surface.counted, surface.size_share
    if not counted.sum_of_powers:
        return surface.near_optimal(N, D, loss, served, tolerance)
    return powers.smallest_near(counted.powers_of(loss), N * share, D * surface.token_worth, tolerance) / share, N


def _shifted(drawn: Mapping[str, Any], trained: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Shift the plans of the draws as deployment shifts the plan of the coefficients; nothing where it is off."""
    return {
        name: value * (plan[name] / trained[name]) if name in SIZES + TOKENS else value + (plan[name] - trained[name])
        for name, value in drawn.items()
    }
