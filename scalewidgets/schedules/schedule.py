"""A learning-rate schedule: a few parts one after the other, read off at any step or thinned to a few hundred knots.

The parts hold plain numbers or recorded values alike, so that the same lines draw a schedule here and in a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import UnknownName

# How much of a fall is left after a share x of it, from 1 to 0.
FALLS: Mapping[str, Callable[[Any], Any]] = {
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + ops.cos(np.pi * x)) / 2,
    "square": lambda x: 1 - x * x,
    "1-sqrt": lambda x: 1 - ops.sqrt(x),
}
DECAYS = ("linear", "exponential", "cosine", "square", "1-sqrt")
# Places of knots in a part: denser towards both ends, where a 1-sqrt or a cosine bends most.
KNOTS = 96


class Part(NamedTuple):
    """Go from one rate to another, up to (not including) step `stop`.

    Parameters
    ----------
    stop : float
        First step after the part; the last part includes it.
    begin, end : float
        Rate at its first step, and the rate it heads for at `stop`.
    shape : str
        One of `DECAYS`.
    jump : bool
        Whether the rate jumps where the part begins.
    """

    stop: Any
    begin: Any
    end: Any
    shape: str = "linear"
    jump: bool = False

    def rate(self, start: Any, step: Any) -> Any:
        """Return the rate at a step of the part."""
        share = ops.minimum(ops.maximum((step - start) / ops.maximum(self.stop - start, 1), 0), 1)
        if self.shape == "exponential":
            return self.begin * (self.end / self.begin) ** share
        return self.end + (self.begin - self.end) * FALLS[self.shape](share)


def rate_at(parts: tuple[Part, ...], step: Any) -> Any:
    """Return the rate at any steps, with portable operations."""
    starts = [0, *(part.stop for part in parts[:-1])]
    value = parts[0].rate(0, step)
    for start, part in zip(starts[1:], parts[1:], strict=True):
        value = ops.where(step < start, value, part.rate(start, step))
    return value


def knots(parts: tuple[Part, ...], count: int = KNOTS) -> tuple[Any, Any]:
    """Return steps and rates at `count` whole steps of each part, with portable operations.

    Between knots the rate counts as linear. Where there are more knots than steps, some coincide.
    """
    places = (1 - ops.cos(np.pi * ops.linspace(0.0, 1.0, count))) / 2
    steps, rates, start = [], [], 0.0
    for i, part in enumerate(parts):
        before_jump = 1 if i + 1 < len(parts) and parts[i + 1].jump else 0
        at = start + ops.round_half_up(places * (part.stop - before_jump - start))
        steps.append(at)
        rates.append(part.rate(start, at))
        start = part.stop
    return ops.concatenate(*steps), ops.concatenate(*rates)


@dataclass(frozen=True, eq=False, repr=False)
class Schedule:
    """Hold the learning rate of every step of a run.

    Made by `constant`, `cosine`, `linear`, `wsd`, `multistep`, `two_stage` or `custom`. Calling it gives the rate at
    any steps from 0 to `steps`, both included.

    Parameters
    ----------
    kind : str
    parts : tuple of Part
        Empty for a schedule given by points.
    points : tuple of ndarray, optional
        Steps and rates of a schedule drawn by hand, linear in between.
    settings : mapping
        What made it, for making it again with other steps.
    warmup : int
        Steps of the warm-up.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> schedule = sw.schedules.wsd(steps=10_000, peak=3e-4, warmup=1000, cooldown=0.2)
    >>> schedule([500, 5000, 9000, 10_000])
    array([1.50e-04, 3.00e-04, 1.65e-04, 3.00e-05])
    """

    kind: str
    parts: tuple[Part, ...]
    points: tuple[np.ndarray, np.ndarray] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    warmup: int = 0

    def __repr__(self) -> str:
        warmup = f", warm-up {self.warmup}" if self.warmup else ""
        return f"Schedule({self.kind}: {self.steps} steps, peak {self.peak:.3g}{warmup}, end {self.end:.3g})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        if self.points is None or other.points is None:
            return (self.parts, self.warmup, self.points is None) == (other.parts, other.warmup, other.points is None)
        same = all(np.array_equal(mine, its) for mine, its in zip(self.points, other.points, strict=True))
        return same and self.warmup == other.warmup

    def __hash__(self) -> int:
        return hash((self.kind, self.steps, self.peak, self.warmup))

    @property
    def steps(self) -> int:
        """Number of the last step."""
        return int(self.parts[-1].stop if self.points is None else self.points[0][-1])

    @property
    def peak(self) -> float:
        """Largest rate."""
        if self.points is not None:
            return float(self.points[1].max())
        return float(max(max(part.begin, part.end) for part in self.parts))

    @property
    def end(self) -> float:
        """Rate at the last step."""
        return float(self(self.steps))

    @property
    def falls(self) -> bool:
        """Whether the rate never rises after the warm-up."""
        if self.points is None:
            ends = [rate for part in self.parts for rate in (part.begin, part.end)]
            return bool((np.diff(ends[2 if self.warmup else 0 :]) <= 0).all())
        return bool((np.diff(self.points[1][self.points[0] >= self.warmup]) <= 0).all())

    def __call__(self, step: Any) -> np.ndarray:
        """Return the rate at steps between 0 and `steps`."""
        step = np.asarray(step, dtype=float)
        if self.points is not None:
            return np.interp(step, *self.points)
        return np.asarray(rate_at(self.parts, step), dtype=float)

    @property
    def rates(self) -> np.ndarray:
        """Rate of every step, 0 to `steps`: shape (steps + 1,)."""
        return self(np.arange(self.steps + 1))

    def at_peak(self) -> Schedule:
        """Return the same schedule with the peak in place of the warm-up."""
        if not self.warmup:
            return self
        if self.points is None:
            first, *rest = self.parts
            return replace(self, parts=(first._replace(begin=first.end), *rest), warmup=0, settings={})
        steps, rates = self.points
        later = steps > self.warmup
        level = float(self(self.warmup))
        points = np.r_[0.0, self.warmup, steps[later]], np.r_[level, level, rates[later]]
        return replace(self, points=points, warmup=0, settings={})

    def knots(self, count: int | None = KNOTS, including: Any = ()) -> tuple[np.ndarray, np.ndarray]:
        """Return whole steps, rising, and their rates: linear in between, or nearly.

        Parameters
        ----------
        count : int, optional
            Knots of each part, or of a fall from the peak to 0 in a schedule drawn by hand; None for every step.
        including : array_like
            Steps that must be among them.
        """
        if count is None:
            chosen = np.arange(self.steps + 1.0)
        elif self.points is not None:
            chosen = _subdivided(*self.points, 4 * count)
        else:
            chosen = knots(self.parts, count)[0]
        chosen = np.unique(np.r_[np.asarray(chosen, dtype=float), np.asarray(including, dtype=float).ravel()])
        return chosen, self(chosen)

    def with_steps(self, steps: int) -> Schedule:
        """Return the schedule made by the same settings for another number of steps.

        Raises
        ------
        UnknownName
            For a schedule drawn by hand, which has no settings.
        """
        from scalewidgets.schedules import making

        if self.kind not in making.MAKERS or not self.settings:
            raise UnknownName.among("the stretching of schedules", "kind", self.kind, making.MAKERS)
        return making.MAKERS[self.kind](**{**self.settings, "steps": steps})


def _subdivided(steps: np.ndarray, rates: np.ndarray, count: int) -> np.ndarray:
    """Return knots of a schedule given by points: about `count` for a fall from the peak to 0, and no more than needed.

    Few points are joined by more, and of many some are left out; both ends of a jump are kept.
    """
    most = rates.max() / count
    change = np.abs(np.diff(rates)) / most
    if len(steps) <= 8 * count:
        pieces = np.maximum(np.ceil(change), 1)
        places = np.interp(np.arange(pieces.sum() + 1), np.r_[0, np.cumsum(pieces)], steps)
        return np.union1d(np.round(places), steps)
    jumps = np.flatnonzero(change > 1)
    measure = np.r_[0, np.cumsum(np.minimum(change, 1) + np.diff(steps) * count / steps[-1])]
    chosen = np.searchsorted(measure, np.arange(measure[-1]))
    return steps[np.unique(np.r_[0, chosen, jumps, jumps + 1, len(steps) - 1])]
