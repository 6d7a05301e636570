"""Round a plan to a size that can be built, and answer the same question for a given size."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scalewidgets.costs.flops import tokens_within
from scalewidgets.errors import PlanError
from scalewidgets.formats import format_value
from scalewidgets.planning.cautions import cautions

if TYPE_CHECKING:
    from scalewidgets.planning.plan import Plan

# A decoder block of width d has about 12 d^2 parameters: 4 d^2 in attention and 8 d^2 in the feed-forward part.
BLOCK = 12
# Width over depth of published dense models lies roughly here; widths are multiples of one attention head.
ASPECTS, USUAL_ASPECT, HEAD = (40, 200), 100, 128


def at_size(plan: Plan, N: float) -> Plan:
    """Answer the plan's question with N given.

    Raises
    ------
    PlanError
        If no number of tokens reaches the held quality, or serving alone exceeds the held total.
    """
    from scalewidgets.planning.plan import composed_surface, lifetime_of, with_composition_cautions

    question, fit = plan.question, plan.fit
    values = {name: np.float64(value) for name, value in fit.values.items()}
    surface = composed_surface(fit, values, question)
    composition = question.composition
    counted, served = np.float64(composition.counted(N, 0.0)[0]), composition.served(question.served)
    with np.errstate(all="ignore"):
        if question.compute is None or (question.hold == "quality" and served > 0):
            loss = plan.loss
            tokens = float(surface.tokens(counted, loss))
        else:
            spent = served / 3 if question.hold == "total" else 0.0
            tokens = float(tokens_within(composition.budget(question.compute), counted)) - spent
            loss = float(surface.loss(counted, np.float64(max(tokens, 1e-9))))
        D = composition.real(0.0, tokens)[1]
    if not (math.isfinite(D) and D > 0):
        raise PlanError(
            f"a model of {format_value(N, 'short')} parameters can't answer this plan; "
            f"sizes from {format_value(plan.near_optimal[0], 'short')} to "
            f"{format_value(plan.near_optimal[1], 'short')} cost least"
        )
    found = replace(
        plan,
        N=N,
        D=D,
        loss=loss,
        lifetime=lifetime_of(question, N, D),
        draws=None,
        warnings=cautions(fit, question, N, D),
    )
    return found if composition.plain else with_composition_cautions(found)


def shapes(low: float, high: float) -> list[tuple[float, int, int]]:
    """Return buildable (parameters, layers, width) with 12 x layers x width^2 parameters between two sizes."""
    found = []
    widest = int(math.sqrt(high / BLOCK) / HEAD) + 1
    for width in range(HEAD, widest * HEAD + 1, HEAD if widest < 200 else HEAD * 8):
        block = BLOCK * width**2
        for layers in range(max(1, math.ceil(low / block)), int(high / block) + 1):
            if ASPECTS[0] <= width / layers <= ASPECTS[1]:
                found.append((float(block * layers), layers, width))
    return found


def _awkwardness(shape: tuple[float, int, int], best: float) -> float:
    """Weigh distance from the optimum against unusual proportions and widths that don't divide evenly over GPUs."""
    N, layers, width = shape
    proportion = abs(math.log(width / layers / USUAL_ASPECT))
    uneven = 0.05 * (width % (4 * HEAD) > 0) + 0.02 * (layers % 4 > 0)
    return abs(math.log(N / best)) + 0.2 * proportion + uneven


def recommend(plan: Plan) -> Plan:
    """Return the plan for the buildable size nearest to the optimum, with the reason in two sentences."""
    low, high = plan.near_optimal
    candidates = shapes(low, high)
    if candidates:
        N, layers, width = min(candidates, key=lambda shape: _awkwardness(shape, plan.N))
        build = f"{layers} layers of width {width:,} make {format_value(N, 'short')} parameters without embeddings"
    else:
        N = float(f"{plan.N:.1e}")
        build = f"{format_value(N, 'short')} parameters is the optimum rounded to two digits"
    chosen = at_size(plan, N)
    extra = chosen.lifetime.total_flop / plan.lifetime.total_flop - 1
    price = (
        f"the loss moves by {chosen.loss - plan.loss:+.2g}"
        if chosen.loss != plan.loss
        else f"reaching the same loss costs {100 * extra:+.2g} % of the FLOP"
    )
    reason = (
        f"{build}, inside the range {format_value(low, 'short')} to {format_value(high, 'short')} that costs at most "
        f"{100 * plan.question.tolerance:g} % more. "
        f"Against the exact optimum of {format_value(plan.N, 'short')}, {price}."
    )
    return replace(chosen, reason=reason)
