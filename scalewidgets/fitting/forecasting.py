"""`sw.forecast`: where a running job will end, from its first part and finished curves of the same model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.schedule_fits import fit_curves
from scalewidgets.schedules.areas import MOMENTUM, checked_steps
from scalewidgets.schedules.curve import Curve
from scalewidgets.schedules.law import loss_along

# Share of the losses so far that the check of the forecast is fitted to.
KNOWN = 2 / 3
# Typical relative miss of both laws on what they were not fitted to, measured on 27 public curves (Luo et al.): where
# the rate is still to fall to where the running job has not been, and where it is not.
UNSEEN_FALL, SEEN = 0.006, 0.003
# Widest growth of the check's error with the distance ahead.
FARTHEST = 4.0


@dataclass(frozen=True)
class Forecast:
    """Hold the losses to come.

    Parameters
    ----------
    steps : ndarray of int
    mean, low, high : ndarray
        Predicted loss and its interval, nats/token.
    fit : Fit
        Of the losses so far.
    checked_error : float
        Typical error of the log loss when the last third of the losses so far was predicted from what came before.
    """

    steps: np.ndarray
    mean: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    fit: Fit = field(repr=False)
    checked_error: float

    def __str__(self) -> str:
        return f"loss {self.mean[-1]:.4f} ({self.low[-1]:.4f} to {self.high[-1]:.4f}) at step {self.steps[-1]}"


def forecast(
    law: Law | str,
    running: Curve,
    *,
    curves: Sequence[Curve] = (),
    at: Any = None,
    level: float = 0.9,
    momentum: float = MOMENTUM,
    bootstrap: int = 30,
    fixed: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Forecast:
    """Predict the rest of a running job.

    The interval joins three errors: the spread of refits to resampled blocks; the error of the forecast's own check, in
    which the law is fitted again without the last third of the losses so far, growing with the distance; and what both
    laws typically miss on public curves, 0.6 % where the rate is still to fall and 0.3 % elsewhere.

    Parameters
    ----------
    law : Law or str
        "annealing" or "multi-power".
    running : Curve
        The losses so far, with the whole schedule that is planned.
    curves : sequence of Curve
        Finished runs of the same model and peak; needed while the rate of the running job has not fallen yet.
    at : array_like of int, optional
        Steps; the last of the schedule by default.
    level : float
        Coverage of the interval.
    momentum, bootstrap, fixed, seed
        As in `fit_curves`.

    Raises
    ------
    FitError, DomainError

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth, schedule = sw.published("tissue2024"), sw.schedules.cosine(steps=20_000, peak=2e-4)
    >>> steps = range(500, 12_001, 100)
    >>> so_far = sw.Curve(schedule, steps, sw.schedules.loss(truth, schedule, steps))
    >>> print(sw.forecast("annealing", so_far, level=0.9))
    loss 2.8333 (2.8053 to 2.8612) at step 20000
    """
    if not 0 < level < 1:
        raise FitError(f"level = {level} is not between 0 and 1; 0.9 is usual")
    if bootstrap < 2:
        raise FitError(f"bootstrap = {bootstrap} gives no interval; a forecast needs 2 and more")
    settings: dict[str, Any] = dict(momentum=momentum, fixed=fixed, seed=seed)
    fit = fit_curves(law, (*curves, running), bootstrap=bootstrap, **settings)
    steps = np.atleast_1d(checked_steps(running.schedule, running.schedule.steps if at is None else at))
    mean = loss_along(fit, running.schedule, steps)
    assert fit.draws is not None
    names, count = fit.law.names, len(fit.draws[fit.law.names[0]])
    drawn = np.stack(
        [
            loss_along(fit, running.schedule, steps, coefficients={n: fit.draws[n][i] for n in names})
            for i in range(count)
        ]
    )
    error, reach = _check(law, running, curves, settings)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    ahead = np.clip((steps - running.steps[-1]) / reach, 1.0, FARTHEST)
    known = running.schedule(running.steps).min()
    usual = np.where(running.schedule(steps) < 0.9 * known, UNSEEN_FALL, SEEN)
    missed = NormalDist().inv_cdf(tails[1]) * np.hypot(error * ahead, usual) * mean
    return Forecast(steps, mean, mean - np.hypot(mean - low, missed), mean + np.hypot(high - mean, missed), fit, error)


def _check(law: Law | str, running: Curve, curves: Sequence[Curve], settings: Mapping[str, Any]) -> tuple[float, float]:
    """Return the typical miss of the last third of the losses so far, and how many steps that third covers."""
    after = running.steps[running.steps > running.schedule.warmup]
    if len(after) < 9:
        raise FitError(f"curve {running.name!r} has {len(after)} losses after its warm-up; a forecast needs 9 and more")
    cut = after[int(KNOWN * len(after))]
    try:
        fit = fit_curves(law, (*curves, running.between(0, cut - 1)), bootstrap=0, **settings)
    except FitError as error:
        raise FitError(
            f"the first part of curve {running.name!r} is not enough to check a forecast: {error}"
        ) from error
    later = running.between(cut, running.steps[-1])
    missed = np.log(loss_along(fit, running.schedule, later.steps) / later.loss)
    return float(np.sqrt(np.mean(missed**2))), float(running.steps[-1] - cut)
