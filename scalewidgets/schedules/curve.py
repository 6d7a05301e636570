"""A loss curve: the losses of one run at some of its steps, and the schedule it was trained with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError
from scalewidgets.schedules.making import custom
from scalewidgets.schedules.schedule import Schedule


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """Hold what one run logged.

    Parameters
    ----------
    schedule : Schedule
    steps : ndarray of int
        Rising, within the schedule.
    loss : ndarray
        nats/token, after each of these steps.
    name : str

    Raises
    ------
    RunsError
    """

    schedule: Schedule = field(repr=False)
    steps: np.ndarray = field(repr=False)
    loss: np.ndarray = field(repr=False)
    name: str = "run"

    def __post_init__(self) -> None:
        steps, loss = np.asarray(self.steps), np.asarray(self.loss, dtype=float)
        if steps.ndim != 1 or steps.shape != loss.shape or not len(steps):
            raise RunsError(
                f"curve {self.name!r}: steps {steps.shape} and loss {loss.shape} must be one row each, alike"
            )
        if (np.diff(steps) <= 0).any():
            raise RunsError(f"curve {self.name!r}: its steps must rise; sort them and leave repeated ones out")
        if steps[0] < 0 or steps[-1] > self.schedule.steps:
            raise RunsError(
                f"curve {self.name!r} has steps {steps[0]} to {steps[-1]}, its schedule 0 to {self.schedule.steps}; "
                "drop the rows outside, or give the schedule the run really had"
            )
        if not (np.isfinite(loss) & (loss > 0)).all():
            raise RunsError(f"curve {self.name!r}: every loss must be positive and finite; leave diverged steps out")
        object.__setattr__(self, "steps", steps.astype(int))
        object.__setattr__(self, "loss", loss)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return (
            f"Curve({self.name!r}: {len(self)} losses at steps {self.steps[0]} to {self.steps[-1]}; {self.schedule!r})"
        )

    def between(self, first: float, last: float) -> Curve:
        """Return the losses of steps `first` to `last`; the schedule stays whole.

        Raises
        ------
        RunsError
            If there are none.
        """
        kept = (self.steps >= first) & (self.steps <= last)
        if not kept.any():
            raise RunsError(f"curve {self.name!r} has no step from {first:g} to {last:g}")
        return replace(self, steps=self.steps[kept], loss=self.loss[kept])

    def thinned(self, points: int) -> Curve:
        """Return no more than `points` of the losses, evenly spread, the last one among them."""
        if len(self) <= points:
            return self
        kept = np.unique(np.round(np.linspace(0, len(self) - 1, points)).astype(int))
        return replace(self, steps=self.steps[kept], loss=self.loss[kept])


def logged_schedule(steps: Any, rates: Any, name: str, warmup: int | None = None) -> Schedule:
    """Return the schedule that a log of rates shows: lines between what was logged, a line from 0 up to the first.

    Parameters
    ----------
    steps, rates : array_like
        As logged.
    name : str
        What errors call the run.
    warmup : int, optional
        Step that reached the peak; found where the log shows it.

    Raises
    ------
    RunsError
        If the log begins after the warm-up and `warmup` is not given.
    """
    steps, rates = np.asarray(steps, dtype=float), np.asarray(rates, dtype=float)
    # in a log that shows the warm-up the rate rises at first
    peak = int(np.argmax(rates >= rates.max() * (1 - 1e-9)))
    if warmup is None:
        if steps[0] > 0 and peak == 0:
            raise RunsError(
                f"curve {name!r} is logged from step {steps[0]:g}, at its peak: the log does not show the warm-up; "
                "give warmup=, its number of steps (0 for none)"
            )
        warmup = int(steps[peak]) if rates[0] < rates[peak] else 0
    later = steps > warmup
    start = float(np.interp(warmup, steps, rates))
    before = [(0.0, 0.0), (float(warmup), start)] if warmup else [(0.0, start)]
    points = [*before, *zip(steps[later], rates[later], strict=True)]
    return custom(points=points, warmup=int(warmup))
