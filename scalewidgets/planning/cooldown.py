"""The best cooldown of a run under a schedule law: its share of the steps, or its whole shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from scalewidgets.errors import Caution, DomainError, PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.schedules.law import check_schedule, last_loss, loss_along, momentum_with, path_of, schedule_law
from scalewidgets.schedules.making import custom, wsd
from scalewidgets.schedules.schedule import Schedule
from scalewidgets.schedules.setup import setup_of

COMPLEX_STEP = 1e-30
# Knots of a drawn shape, first few then more; most steps with each; the gain in nats of eight below which it ends.
PLACES, MOST_STEPS, ENOUGH = (20, 40, 80), 150, 1e-6


@dataclass(frozen=True)
class BestCooldown:
    """Hold the best share of a cooldown and what other shares would give.

    Parameters
    ----------
    share : float
        Of all steps.
    loss : float
        At the last step, nats/token.
    schedule : Schedule
    shares, losses : ndarray
        Every share tried and its loss.
    """

    share: float
    loss: float
    schedule: Schedule
    shares: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class BestShape:
    """Hold the best schedule that never rises after its warm-up.

    Parameters
    ----------
    schedule : Schedule
    loss : float
        At the last step, nats/token.
    start_loss : float
        Of the best linear cooldown, from which the search began.
    steps_taken : int
    cautions : tuple of Caution
    """

    schedule: Schedule
    loss: float
    start_loss: float
    steps_taken: int
    cautions: tuple[Caution, ...] = ()


def best_cooldown(
    fit: Fit,
    *,
    steps: int,
    peak: float,
    warmup: int = 0,
    decay: str = "linear",
    end: float = 0.1,
    shares: Any = None,
    momentum: float | None = None,
) -> BestCooldown:
    """Return the share of the steps that a cooldown should take under a schedule law.

    Parameters
    ----------
    fit : Fit
        Of a schedule law.
    steps, warmup : int
    peak : float
    decay : str
        Shape of the cooldown.
    end : float
        Last rate as a share of the peak.
    shares : array_like, optional
        Shares to compare; every half per cent by default.
    momentum : float, optional
        As in `sw.schedules.loss`.

    Raises
    ------
    DomainError

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = sw.best_cooldown(sw.published("tissue2024"), steps=20_000, peak=2e-4, end=0)
    >>> round(best.share, 2), round(best.loss, 4)
    (0.24, 2.7777)
    """
    law, taken = schedule_law(fit.law), momentum_with(fit, momentum)
    highest = 1 - warmup / steps
    tried = np.arange(0.0, 1.0, 0.005) if shares is None else np.asarray(shares, dtype=float)
    tried = tried[(tried <= highest) & (tried >= 0)]
    if not len(tried):
        raise PlanError(f"no share of {steps} steps is left for a cooldown; shares go from 0 to {highest:.3g}")

    def made(share: float) -> Schedule:
        return wsd(steps=steps, peak=peak, warmup=warmup, cooldown=share, decay=decay, end=end)

    check_schedule(made(float(tried[0])), fit.name, setup_of(fit).peaks)
    losses = np.array([last_loss(fit, *path_of(law, made(float(share))), taken) for share in tried])
    best = float(tried[int(np.argmin(losses))])
    schedule = made(best)
    return BestCooldown(best, float(loss_along(fit, schedule, momentum=momentum)), schedule, tried, losses)


def best_shape(
    fit: Fit,
    *,
    steps: int,
    peak: float,
    warmup: int = 0,
    end: float = 0.01,
    momentum: float | None = None,
) -> BestShape:
    """Return the schedule of least final loss among those that never rise after the warm-up, under a schedule law.

    A projected gradient: each step follows the slope of the loss in the rates at 20, 40 and then 80 knots, and moves to
    the nearest rates that do not rise and lie between the end and the peak.

    Parameters
    ----------
    fit : Fit
        Of a schedule law.
    steps, warmup : int
    peak : float
    end : float
        Least rate as a share of the peak, positive.
    momentum : float, optional
        As in `sw.schedules.loss`.

    Raises
    ------
    DomainError

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = sw.best_shape(sw.published("luo2025-400m"), steps=24_000, peak=3e-4, warmup=2160)
    >>> best.loss < best.start_loss
    True
    """
    if not 0 < end < 1:
        raise DomainError(f"end = {end!r}: the least rate is a share of the peak above 0 and below 1; 0.01 is usual")
    law, taken = schedule_law(fit.law), momentum_with(fit, momentum)
    first = best_cooldown(fit, steps=steps, peak=peak, warmup=warmup, end=end, momentum=momentum)
    before = _warmup_knots(law.warmup, warmup, peak)
    places, rates, spent = np.array([warmup, steps]), np.array([peak, peak]), 0
    for count in PLACES:
        # denser towards the end, where the best rates change most
        finer = np.unique(np.round(steps - (steps - warmup) * np.linspace(1, 0, count) ** 2))
        rates = np.interp(finer, places, rates) if spent else first.schedule(finer)
        places = finer
        search = _Search(fit, before, places, (end * peak, peak), taken)
        rates, taken_steps = search.run(rates)
        spent += taken_steps
    loss = float(search.loss(rates))
    points = [(0.0, 0.0 if warmup else rates[0]), *zip(places, rates, strict=True)]
    schedule = custom(points=points if warmup else points[1:], warmup=warmup)
    return BestShape(schedule, loss, first.loss, spent, _cautions(fit))


@dataclass(frozen=True)
class _Search:
    """Accelerated projected gradient over the rates at some places, the warm-up before them fixed."""

    fit: Fit
    before: tuple[np.ndarray, np.ndarray]
    places: np.ndarray
    limits: tuple[float, float]
    momentum: float

    def loss(self, rates: np.ndarray) -> np.ndarray:
        head = np.broadcast_to(self.before[1], (*rates.shape[:-1], len(self.before[1])))
        path = np.r_[self.before[0], self.places]
        return last_loss(self.fit, path, np.concatenate([head, rates], axis=-1), self.momentum)

    def slope(self, rates: np.ndarray) -> np.ndarray:
        moved = self.loss(rates + COMPLEX_STEP * 1j * np.eye(len(rates)))
        return np.imag(moved) / COMPLEX_STEP / np.gradient(self.places)

    def nearest(self, rates: np.ndarray) -> np.ndarray:
        """Return the nearest rates that do not rise and lie within the limits."""
        falling = isotonic_regression(rates, weights=np.gradient(self.places), increasing=False).x
        return np.clip(falling, *self.limits)

    def run(self, rates: np.ndarray) -> tuple[np.ndarray, int]:
        """Return better rates and the steps taken."""
        rates = self.nearest(rates)
        ahead, speed, loss = rates, 1.0, float(self.loss(rates))
        slope = self.slope(ahead)
        size = 0.1 * self.limits[1] / np.abs(slope).max()
        gains = np.full(8, np.inf)
        taken = 0
        while taken < MOST_STEPS:
            taken += 1
            moved = self.nearest(ahead - size * slope)
            lower = float(self.loss(moved))
            if lower >= loss:
                if speed == 1.0:
                    size /= 3
                    if size * np.abs(slope).max() < 1e-6 * self.limits[1]:
                        break
                # a step ahead that does not pay: begin again from the best rates
                ahead, speed = rates, 1.0
            else:
                gains = np.r_[gains[1:], loss - lower]
                faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
                ahead = self.nearest(moved + (speed - 1) / faster * (moved - rates))
                rates, loss, speed, size = moved, lower, faster, 1.1 * size
                if gains.sum() < ENOUGH:
                    break
            slope = self.slope(ahead)
        return rates, taken


def _warmup_knots(convention: str, warmup: int, peak: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the knots before the rates that are searched."""
    if not warmup:
        return np.empty(0), np.empty(0)
    places = np.unique(np.round(np.linspace(0, warmup, 97)))[:-1]
    return places, np.full(len(places), peak) if convention == "peak" else peak * places / warmup


def _cautions(fit: Fit) -> tuple[Caution, ...]:
    if not schedule_law(fit.law).with_momentum:
        return ()
    return (
        Caution(
            "jump",
            "The annealing law counts a fall of the rate alike wherever it begins, so its best shape jumps to the "
            "least rate and stays there, which trains next to nothing.",
            "Take its best share for a given shape instead, or the Multi-Power law.",
        ),
    )
