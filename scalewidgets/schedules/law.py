"""A law over a whole schedule: an ordinary law of a few variables, and how a schedule fills them in, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import DomainError
from scalewidgets.schedules.areas import MOMENTUM, checked_steps
from scalewidgets.schedules.schedule import KNOTS, Schedule
from scalewidgets.schedules.setup import momentum_for, setup_of

# A peak this much outside the peaks of the runs is another peak, not rounding.
SLACK = 0.01
# A tail of steps at next to no rate: this share of the peak, over more than this share of all steps.
NOTHING, TAIL = 1e-6, 0.01


@dataclass(frozen=True, repr=False)
class ScheduleLaw(Law):
    """Declare a law whose variables are read off a learning-rate schedule.

    Parameters
    ----------
    columns : callable
        ``columns(schedule, at, momentum, count)``: what the schedule gives at steps `at`, as arrays by name; with
        `count` knots a part where it does not sum over every step.
    thin : callable
        ``thin(steps, rates, momentum)``: the same at every knot, with portable operations.
    last : callable
        ``last(steps, rates, momentum)``: the same at the last knot of every row, with portable operations, also for
        complex rates.
    along : callable
        ``along(columns, **coefficients)``: the response, with portable operations.
    warmup : {"peak", "kept"}
        Whether the warm-up counts as if it were at the peak.
    with_momentum : bool
        Whether its columns depend on the momentum.
    """

    columns: Callable[..., Mapping[str, np.ndarray]] = field(kw_only=True)
    thin: Callable[[Any, Any, Any], Mapping[str, Any]] = field(kw_only=True)
    last: Callable[[Any, Any, Any], Mapping[str, Any]] = field(kw_only=True)
    along: Callable[..., Any] = field(kw_only=True)
    warmup: str = field(default="kept", kw_only=True)
    with_momentum: bool = field(default=False, kw_only=True)


def check_schedule(schedule: Schedule, name: str, peaks: tuple[float, float] | None) -> None:
    """Refuse a schedule for which schedule laws are known to fail.

    Raises
    ------
    DomainError
        For a peak outside those of the runs behind the coefficients (both laws say that any larger rate is better), and
        for a tail at next to no rate (the annealing law keeps falling there though nothing trains).
    """
    if peaks is not None:
        low, high = peaks
        if not low * (1 - SLACK) <= schedule.peak <= high * (1 + SLACK):
            known = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            raise DomainError(
                f"the schedule has peak {schedule.peak:g} and {name} was fitted to runs of peak {known}: schedule laws "
                f"say nothing about another peak; use peak={high:g}, or fit the law to loss curves of yours"
            )
    idle = np.flatnonzero(schedule.knots()[1] > NOTHING * schedule.peak)
    last = schedule.knots()[0][idle[-1]]
    if schedule.steps - last > TAIL * schedule.steps:
        raise DomainError(
            f"from step {last:g} of {schedule.steps} on the rate is next to 0: nothing trains there, yet schedule laws "
            "go on changing the loss; end the schedule there"
        )


def loss_along(
    fit: Any,
    schedule: Schedule,
    at: Any = None,
    *,
    momentum: float | None = None,
    coefficients: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Return the loss that a fit of a schedule law predicts at steps of a schedule.

    Parameters
    ----------
    fit : Fit
        Of a schedule law, published or the user's own.
    schedule : Schedule
    at : array_like of int, optional
        Steps; the last by default.
    momentum : float, optional
        Of the annealing area, for a fit that does not say its own.
    coefficients : mapping, optional
        Other values than those of the fit.

    Returns
    -------
    ndarray
        nats/token, in the shape of `at`.

    Raises
    ------
    DomainError
        If the fit is of another kind of law, or the schedule is one for which it is known to fail.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> fit = sw.published("luo2025-400m")
    >>> schedule = sw.schedules.wsd(steps=24_000, peak=3e-4, warmup=2160, cooldown=1 / 6)
    >>> round(float(sw.schedules.loss(fit, schedule)), 3)
    2.699
    """
    law = schedule_law(fit.law)
    check_schedule(schedule, fit.name, setup_of(fit).peaks)
    at = checked_steps(schedule, schedule.steps if at is None else at)
    columns = law.columns(schedule, np.ravel(at), momentum_with(fit, momentum))
    with np.errstate(all="ignore"):
        loss = np.asarray(law.along(columns, **(fit.values if coefficients is None else coefficients)))
    return loss.reshape(at.shape)


def momentum_with(fit: Any, momentum: float | None = None) -> float:
    """Return the momentum that the columns of a fit are to be taken with; any where its law has none."""
    return momentum_for(fit, momentum) if schedule_law(fit.law).with_momentum else MOMENTUM


def schedule_law(law: Law) -> ScheduleLaw:
    """Return the law if it is one over schedules.

    Raises
    ------
    DomainError
    """
    if not isinstance(law, ScheduleLaw):
        raise DomainError(f"law {law.key!r} is not a law over schedules; use 'annealing' or 'multi-power'")
    return law


def last_loss(fit: Any, steps: np.ndarray, rates: np.ndarray, momentum: float) -> np.ndarray:
    """Return the loss at the last knot, unchecked: of one schedule, or of each row of `rates`."""
    law = schedule_law(fit.law)
    with np.errstate(all="ignore"):
        return np.asarray(law.along(law.last(steps, rates, momentum), **fit.values))


def path_of(law: ScheduleLaw, schedule: Schedule, count: int = KNOTS) -> tuple[np.ndarray, np.ndarray]:
    """Return the knots of a schedule as a law counts it, its warm-up at the peak or as it is."""
    return (schedule.at_peak() if law.warmup == "peak" else schedule).knots(count)
