"""The allocations behind a plan, written once with portable operations.

Costs are in training FLOP: N (6 D + 2 I), where I is what will be served, in tokens weighed by their cost
(`scalewidgets.costs.demand.weighed_tokens`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import serving_flop, tokens_within, training_flop
from scalewidgets.errors import PlanError
from scalewidgets.planning.surface import LARGEST, Surface

HOLDS = ("quality", "training", "total")


def cost(surface: Surface, N: Any, loss: Any, served: Any) -> Any:
    """Return the cost of reaching `loss` with a model of size N and serving it; infinite if it can't."""
    D = surface.tokens(N, loss)
    return training_flop(N, D) + serving_flop(N, ops.align(served, N))


def cheapest(surface: Surface, loss: Any, served: Any) -> Any:
    """Return the N that reaches `loss` at the least cost of training and serving."""
    bracket = surface.bracket(loss, served)
    return ops.exp(ops.minimise(lambda t: cost(surface, ops.exp(t), loss, served), *bracket))


def near_optimal(surface: Surface, N: Any, loss: Any, served: Any, tolerance: Any) -> tuple[Any, Any]:
    """Return the smallest and largest N that reach `loss` at no more than 1 + `tolerance` times the cost at N."""
    limit = cost(surface, N, loss, served) * (1 + tolerance)
    centre, reach = ops.log(N), ops.log(LARGEST) / 4

    def excess(t: Any) -> Any:
        return cost(surface, ops.exp(t), loss, served) - limit

    high = ops.solve(excess, centre, centre + reach)
    low = ops.solve(lambda t: excess(-t), -centre, -centre + reach)
    return ops.exp(-low), ops.exp(high)


def allocate(
    surface: Surface,
    *,
    compute: Any = None,
    loss: Any = None,
    served: Any = 0.0,
    hold: str = "quality",
    tolerance: Any = 0.01,
    near: Callable[..., tuple[Any, Any]] = near_optimal,
) -> dict[str, Any]:
    """Return the allocation for a budget or a loss.

    Parameters
    ----------
    surface : Surface
    compute : number, optional
        Training budget in FLOP; or give `loss`.
    loss : number, optional
        Loss to reach.
    served : number
        Tokens that will be served, weighed by cost.
    hold : {"quality", "training", "total"}
        What stays fixed where there is demand.
    tolerance : number
        Extra cost that counts as near the optimum.
    near : callable
        Finds the near-optimal range, as `near_optimal` does.

    Returns
    -------
    dict
        ``N, D, loss``, the near-optimal range ``N_low, N_high``, and the training-only plan
        ``baseline_N, baseline_D, baseline_loss``.
    """
    if hold not in HOLDS:
        raise PlanError(f"hold = {hold!r} is not known; it is one of {', '.join(HOLDS)}")
    nothing = 0.0 * served
    if compute is not None:
        base_N, base_D = surface.best(compute + nothing)
        target = surface.loss(base_N, base_D)
    else:
        target = loss + nothing
        base_N = cheapest(surface, target, nothing)
        base_D = surface.tokens(base_N, target)
    baseline = {"baseline_N": base_N, "baseline_D": base_D, "baseline_loss": target}
    if hold == "quality":
        N = ops.where(served > 0, cheapest(surface, target, served), base_N)
        D = ops.where(served > 0, surface.tokens(N, target), base_D)
        reached = target
    elif hold == "training":
        low, high = near(surface, base_N, target, nothing, tolerance)
        N = ops.where(served > 0, low, base_N)
        D = tokens_within(compute, N)
        reached = surface.loss(N, D)
    else:
        N = ops.where(served > 0, _within_total(surface, compute, served), base_N)
        D = ops.where(served > 0, tokens_within(compute, N) - served / 3, base_D)
        reached = surface.loss(N, D)
    if hold != "training":
        low, high = near(surface, N, reached, served + nothing, tolerance)
    return {"N": N, "D": D, "loss": reached, "N_low": low, "N_high": high, **baseline}


def _within_total(surface: Surface, compute: Any, served: Any) -> Any:
    """Return the N of least loss where training and serving together cost `compute`."""

    def reached(t: Any) -> Any:
        N = ops.exp(t)
        D = tokens_within(ops.align(compute, t), N) - ops.align(served, t) / 3
        loss = surface.loss(N, ops.maximum(D, 1e-9))
        return ops.where(D > 0, loss, float("inf"))

    return ops.exp(ops.minimise(reached, *surface.bracket(compute, served)))
