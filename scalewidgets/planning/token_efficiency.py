"""What a schedule is worth in tokens: how long the reference schedule would take to reach the same loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scalewidgets.errors import PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.schedules.law import last_loss, loss_along, momentum_with, path_of, schedule_law
from scalewidgets.schedules.schedule import Schedule

# How much shorter or longer the reference may be.
SHORTEST, LONGEST = 1 / 16, 16.0
HALVINGS = 48
# Typical error of the difference between two end losses, as a share of the loss: the root mean square over a cosine and
# two cooldowns of the three public models of Luo et al. A test takes it again. SURE: normal deviates of a 90 % range.
MISS, SURE = 0.011, 1.645


@dataclass(frozen=True)
class TokenEfficiency:
    """Hold what a schedule is worth.

    Parameters
    ----------
    ratio : float
        Horizon of the reference over the actual one; D tokens count as ``ratio * D``.
    loss, reference_loss : float
        Final losses of both at the same steps, nats/token, for the law's own model only.
    low, high : float
        What the ratio could be, in nine of ten cases, since schedule laws miss the difference between two end losses
        by about 1.1 % of the loss. Cut off at factors of 16.
    """

    ratio: float
    loss: float
    reference_loss: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"worth ×{self.ratio:.2f} tokens"
        return f"worth ×{self.ratio:.2f} tokens (×{self.low:.2f} to ×{self.high:.2f})"


def token_efficiency(
    schedule: Schedule, reference: Schedule, fit: Fit, *, momentum: float | None = None
) -> TokenEfficiency:
    r"""Return the horizon of the reference schedule that reaches the same loss, over the actual horizon.

    .. math:: \rho = T' / T, \quad L_\mathrm{reference}(T') = L_\mathrm{schedule}(T)

    Schedule laws know the loss to about 1 %, and schedules differ by little more, so the ratio comes with a range.

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
    worth ×1.48 tokens (×1.05 to ×2.19)
    """
    law, taken = schedule_law(fit.law), momentum_with(fit, momentum)
    steps = schedule.steps
    same = reference.with_steps(steps)
    target, at_same = (float(loss_along(fit, each, momentum=momentum)) for each in (schedule, same))
    if schedule == same:
        return TokenEfficiency(1.0, target, at_same, 1.0, 1.0)

    def reached(horizon: int) -> float:
        return float(last_loss(fit, *path_of(law, reference.with_steps(horizon)), taken))

    low = max(reference.warmup + 2, int(SHORTEST * steps))
    high = int(LONGEST * steps)
    worst, best = reached(low), reached(high)
    if not best <= target <= worst:
        side = "longer than 16 times" if target < best else "shorter than a sixteenth of"
        raise PlanError(
            f"the reference schedule would have to be {side} the run to reach its loss {target:.4f}; the law can't be "
            "trusted that far: compare schedules that are closer"
        )
    miss = SURE * MISS * target
    ratios = [
        _horizon(reached, float(np.clip(loss, best, worst)), low, high) / steps
        for loss in (target, target + miss, target - miss)
    ]
    return TokenEfficiency(ratios[0], target, at_same, ratios[1], ratios[2])


def _horizon(reached: Callable[[int], float], target: float, low: int, high: int) -> float:
    """Return the steps after which `reached` is the target; between two whole steps it counts as linear."""
    for _ in range(HALVINGS):
        if high - low <= 1:
            break
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) > target else (low, middle)
    above, below = reached(low), reached(high)
    share = (above - target) / (above - below) if above > below else 0.0
    return low + float(np.clip(share, 0, 1)) * (high - low)
