"""The allocations behind a plan, written once with portable operations.

Costs are in training FLOP: N (6 D + 2 I), where I is what will be served, in tokens weighed by their cost
(`scalewidgets.costs.demand.weighed_tokens`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import tokens_within
from scalewidgets.errors import PlanError
from scalewidgets.planning.surface import Surface

HOLDS = ("quality", "training", "total")


def allocate(
    surface: Surface,
    *,
    compute: Any = None,
    loss: Any = None,
    served: Any = 0.0,
    hold: str = "quality",
    tolerance: Any = 0.01,
    near: Callable[..., tuple[Any, Any]] | None = None,
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
        Finds the near-optimal range in place of `Surface.near_optimal`.

    Returns
    -------
    dict
        ``N, D, loss``, the near-optimal range ``N_low, N_high``, and the training-only plan
        ``baseline_N, baseline_D, baseline_loss``.
    """
    if hold not in HOLDS:
        raise PlanError(f"hold = {hold!r} is not known; it is one of {', '.join(HOLDS)}")
    near = near or surface.near_optimal
    nothing = 0.0 * served
    if compute is not None:
        base_N, base_D = surface.best(compute + nothing)
        target = surface.loss(base_N, base_D)
    else:
        target = loss + nothing
        base_N, base_D = surface.cheapest(target, nothing)
    baseline = {"baseline_N": base_N, "baseline_D": base_D, "baseline_loss": target}
    if hold == "quality":
        best_N, best_D = surface.cheapest(target, served)
    elif hold == "training":
        low, high = near(base_N, base_D, target, nothing, tolerance)
        best_N, best_D = low, tokens_within(compute, low)
    else:
        best_N, best_D = surface.within_total(compute, served)
    N, D = ops.where(served > 0, best_N, base_N), ops.where(served > 0, best_D, base_D)
    reached = target if hold == "quality" else surface.loss(N, D)
    if hold != "training":
        low, high = near(N, D, reached, served + nothing, tolerance)
    return {"N": N, "D": D, "loss": reached, "N_low": low, "N_high": high, **baseline}
