"""What a schedule is worth in tokens: how long the reference schedule would take to reach the same loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scalewidgets.errors import PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.schedules.law import last_loss, loss_along, momentum_with, path_of, schedule_law
from scalewidgets.schedules.schedule import Schedule

# How much shorter or longer the reference may be.
SHORTEST, LONGEST = 1 / 16, 16.0
HALVINGS = 48


@dataclass(frozen=True)
class TokenEfficiency:
    """Hold what a schedule is worth.

    Parameters
    ----------
    ratio : float
        Horizon of the reference over the actual one; D tokens count as ``ratio * D``.
    loss, reference_loss : float
        Final losses of both at the same steps, nats/token, for the law's own model only.
    """

    ratio: float
    loss: float
    reference_loss: float

    def __str__(self) -> str:
        return f"worth ×{self.ratio:.2f} tokens"


def token_efficiency(
    schedule: Schedule, reference: Schedule, fit: Fit, *, momentum: float | None = None
) -> TokenEfficiency:
    r"""Return the horizon of the reference schedule that reaches the same loss, over the actual horizon.

    .. math:: \rho = T' / T, \quad L_\mathrm{reference}(T') = L_\mathrm{schedule}(T)

    Parameters
    ----------
    schedule : Schedule
    reference : Schedule
        Made by `sw.schedules.cosine` or another maker, so that it can be made for other steps; the warm-up keeps its
        steps.
    fit : Fit
        Of a schedule law.
    momentum : float, optional
        As in `sw.schedules.loss`.

    Raises
    ------
    PlanError
        If the reference reaches that loss at no horizon within a factor of 16.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> run = {"steps": 24_000, "peak": 3e-4, "warmup": 2160}
    >>> cosine, cooled = sw.schedules.cosine(**run), sw.schedules.wsd(**run)
    >>> sw.token_efficiency(cosine, cosine, sw.published("luo2025-400m")).ratio
    1.0
    >>> print(sw.token_efficiency(cooled, cosine, sw.published("luo2025-400m")))
    worth ×1.48 tokens
    """
    law, taken = schedule_law(fit.law), momentum_with(fit, momentum)
    steps = schedule.steps
    same = reference.with_steps(steps)
    target, at_same = (float(loss_along(fit, each, momentum=momentum)) for each in (schedule, same))
    if schedule == same:
        return TokenEfficiency(1.0, target, at_same)

    def reached(horizon: int) -> float:
        return float(last_loss(fit, *path_of(law, reference.with_steps(horizon)), taken))

    # a horizon is a whole number of steps; between two of them the loss counts as linear
    low = max(reference.warmup + 2, int(SHORTEST * steps))
    high = int(LONGEST * steps)
    if not reached(high) <= target <= reached(low):
        side = "longer than 16 times" if target < reached(high) else "shorter than a sixteenth of"
        raise PlanError(
            f"the reference schedule would have to be {side} the run to reach its loss {target:.4f}; the law can't be "
            "trusted that far: compare schedules that are closer"
        )
    for _ in range(HALVINGS):
        if high - low <= 1:
            break
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) > target else (low, middle)
    above, below = reached(low), reached(high)
    share = (above - target) / (above - below) if above > below else 0.0
    return TokenEfficiency((low + float(np.clip(share, 0, 1)) * (high - low)) / steps, target, at_same)
