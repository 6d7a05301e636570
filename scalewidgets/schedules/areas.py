r"""Areas of a schedule: the forward area, and the annealing area with momentum.

.. math::

   S_1(s) = \sum_{i=0}^{s} \eta_i, \qquad
   m_i = \lambda m_{i-1} + (\eta_{i-1} - \eta_i), \quad m_0 = 0, \qquad S_2(s) = \sum_{i=0}^{s} m_i

Over every step they are exact; on knots they are exact for lines between knots, and the difference is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import DomainError
from scalewidgets.schedules.schedule import Schedule

MOMENTUM = 0.999
BLOCK = 256
WARMUPS = ("peak", "kept")


@dataclass(frozen=True)
class Areas:
    """Hold the areas of a schedule up to some steps.

    Parameters
    ----------
    steps, S1, S2 : ndarray
    S1_error, S2_error : float
        Largest difference from the sums over every step; 0 where those were taken.
    """

    steps: np.ndarray
    S1: np.ndarray
    S2: np.ndarray
    S1_error: float = 0.0
    S2_error: float = 0.0


def decayed_sum(values: np.ndarray, decay: float) -> np.ndarray:
    """Return running sums in which what came before fades by `decay` a step; exact to rounding, in blocks.

    Examples
    --------
    >>> decayed_sum(np.array([1.0, 0.0, 2.0]), 0.5)
    array([1.  , 0.5 , 2.25])
    """
    size = min(BLOCK, len(values))
    powers = decay ** np.arange(size + 1.0)
    apart = np.subtract.outer(np.arange(size), np.arange(size))
    triangle = np.where(apart >= 0, powers[np.abs(apart)], 0.0)
    padded = np.zeros(-(-len(values) // size) * size)
    padded[: len(values)] = values
    inside = padded.reshape(-1, size) @ triangle.T
    if len(inside) > 1:
        carried = decayed_sum(inside[:, -1], decay**size)
        inside[1:] += carried[:-1, None] * powers[1:]
    return inside.ravel()[: len(values)]


def running_areas(rates: np.ndarray, momentum: float = MOMENTUM) -> tuple[np.ndarray, np.ndarray]:
    """Return both areas after each step from the rate of every step."""
    drops = -np.diff(rates, prepend=rates[:1])
    return np.cumsum(rates), np.cumsum(decayed_sum(drops, momentum))


def forward_area(steps: Any, rates: Any) -> Any:
    """Return the forward area at each knot, with portable operations; exact where the rate is linear between them."""
    length = ops.part(steps, 1) - ops.part(steps, 0, -1)
    first, last = ops.part(rates, 0, -1), ops.part(rates, 1)
    between = length * (first + last) / 2 + (last - first) / 2
    start = ops.part(rates, 0, 1)
    return ops.concatenate(start, start + ops.cumsum(between))


def annealing_area(steps: Any, rates: Any, momentum: Any = MOMENTUM, at: Any = None) -> Any:
    """Return the annealing area at each knot, or at the knots `at`, with portable operations; exact for lines.

    Each straight piece is summed in closed form, so its cost does not depend on the number of steps.
    """
    return annealed(steps, rates, momentum, ops.column(steps if at is None else at))


def last_areas(steps: Any, rates: Any, momentum: Any) -> tuple[Any, Any]:
    """Return both areas at the last knot of every row, with portable operations."""
    area = ops.part(forward_area(steps, rates), -1)
    return ops.total(area), annealed(steps, rates, momentum, ops.part(steps, -1))


def annealed(steps: Any, rates: Any, momentum: Any, at: Any) -> Any:
    """Return the annealing area at the steps `at`, whose last axis of length one stands for the pieces."""
    begin, end = ops.part(steps, 0, -1), ops.part(steps, 1)
    length = end - begin
    drop = (ops.part(rates, 0, -1) - ops.part(rates, 1)) / ops.maximum(length, 1)
    forget = ops.log(momentum)
    faded = -ops.expm1(forget * length) / (1 - momentum)
    left = length - ops.exp(forget * (ops.maximum(at - end, 0) + 1)) * faded
    return ops.total(ops.where(at >= end, drop * left / (1 - momentum), 0.0))


def check_momentum(momentum: float) -> float:
    """Return the momentum of the annealing area, or say that it is none."""
    if not 0 < momentum < 1:
        raise DomainError(f"momentum = {momentum!r} must lie between 0 and 1; the authors use 0.999")
    return float(momentum)


def areas(
    schedule: Schedule,
    at: Any = None,
    *,
    momentum: float = MOMENTUM,
    knots: int | None = None,
    warmup: str = "peak",
) -> Areas:
    """Return the forward and the annealing area of a schedule.

    Parameters
    ----------
    schedule : Schedule
    at : array_like of int, optional
        Steps; by default every step, or every knot.
    momentum : float
        How much of an earlier fall of the rate is left one step later.
    knots : int, optional
        Knots of each part of the schedule; None sums over every step.
    warmup : {"peak", "kept"}
        "peak" counts the warm-up as if it were at the peak, as the authors of the annealing law do; "kept" sums what
        is there.

    Returns
    -------
    Areas
        With knots, the error is the largest difference from the sums over every step.

    Raises
    ------
    DomainError

    Examples
    --------
    >>> import scalewidgets as sw
    >>> schedule = sw.schedules.cosine(steps=20_000, peak=2e-4, warmup=500, end=0)
    >>> found = sw.schedules.areas(schedule, at=20_000)
    >>> round(float(found.S1), 4), round(float(found.S2), 5)
    (2.0501, 0.19747)
    """
    check_momentum(momentum)
    if warmup not in WARMUPS:
        raise DomainError(f"warmup = {warmup!r} is not known; use one of {', '.join(WARMUPS)}")
    path = schedule.at_peak() if warmup == "peak" else schedule
    chosen = None if at is None else checked_steps(schedule, at)
    S1, S2 = running_areas(path.rates, momentum)
    if knots is None:
        steps = np.arange(len(S1)) if chosen is None else chosen
        return Areas(steps, S1[steps], S2[steps])
    where, rates = path.knots(knots, () if chosen is None else chosen)
    wanted = where if chosen is None else chosen.astype(float)
    near = np.searchsorted(where, wanted)
    thin1 = forward_area(where, rates)[near]
    thin2 = annealing_area(where, rates, momentum)[near]
    steps = wanted.astype(int)
    return Areas(
        steps,
        thin1,
        thin2,
        float(np.max(np.abs(thin1 - S1[steps]))),
        float(np.max(np.abs(thin2 - S2[steps]))),
    )


def checked_steps(schedule: Schedule, at: Any) -> np.ndarray:
    """Return steps as whole numbers, or say which lies outside the schedule."""
    steps = np.asarray(at)
    whole = np.round(steps).astype(int)
    bad = (whole != steps) | (whole < 0) | (whole > schedule.steps)
    if bad.any():
        offender = steps[bad].flat[0] if steps.ndim else steps
        raise DomainError(f"step {offender} is no step of a schedule of steps 0 to {schedule.steps}; give whole steps")
    return whole
