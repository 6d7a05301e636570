"""Make schedules: constant, cosine, linear, WSD, multi-step, two-stage, or drawn by hand.

A warm-up rises in a line from 0 at step 0 to the peak at step `warmup`. `end` is a share of the peak, and is reached at
step `steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.schedules.schedule import DECAYS, Part, Schedule


def cooled(steps: Any, peak: Any, warmup: Any, start: Any, end: Any, shape: str) -> tuple[Part, ...]:
    """Return the parts of a schedule that falls from `start` on; numbers may be recorded values."""
    stable = Part(start, peak, peak)
    return Part(warmup, 0.0 * peak, peak), stable, Part(steps, peak, end * peak, shape)


def _checked(steps: Any, peak: Any, warmup: Any, end: Any = 0.0) -> tuple[int, float, int, float]:
    whole = all(isinstance(each, int | float | np.integer) and float(each).is_integer() for each in (steps, warmup))
    if not (whole and 0 <= warmup < steps):
        raise DomainError(
            f"steps = {steps!r} and warmup = {warmup!r} must be whole numbers with 0 <= warmup < steps; "
            "give the last step of the run and the step that reaches the peak"
        )
    if not (np.isfinite(peak) and peak > 0):
        raise DomainError(f"peak = {peak!r} is not a learning rate; give a positive number such as 3e-4")
    if not 0 <= end <= 1:
        raise DomainError(f"end = {end!r} is a share of the peak, between 0 and 1; 0.1 ends at a tenth of it")
    return int(steps), float(peak), int(warmup), float(end)


def _fallen(
    kind: str, steps: Any, peak: Any, warmup: Any, start: Any, end: Any, shape: str, settings: Mapping[str, Any]
) -> Schedule:
    parts = cooled(float(steps), peak, float(warmup), float(start), end, shape)
    kept = tuple(p for p, first in zip(parts, (0.0, warmup, start), strict=True) if p.stop > first)
    return Schedule(kind, kept, settings=settings, warmup=warmup)


def constant(*, steps: int, peak: float, warmup: int = 0) -> Schedule:
    """Return a schedule that stays at the peak.

    Examples
    --------
    >>> constant(steps=100, peak=1e-3)
    Schedule(constant: 100 steps, peak 0.001, end 0.001)
    """
    steps, peak, warmup, _ = _checked(steps, peak, warmup)
    return _fallen("constant", steps, peak, warmup, steps, 1.0, "linear", dict(steps=steps, peak=peak, warmup=warmup))


def cosine(*, steps: int, peak: float, warmup: int = 0, end: float = 0.1) -> Schedule:
    r"""Return a cosine schedule.

    .. math:: \eta = \eta_e + \tfrac12 (\eta_p - \eta_e) \left(1 + \cos \frac{\pi (s - W)}{T - W}\right)

    Examples
    --------
    >>> cosine(steps=72_000, peak=3e-4, warmup=2160)
    Schedule(cosine: 72000 steps, peak 0.0003, warm-up 2160, end 3e-05)
    """
    steps, peak, warmup, end = _checked(steps, peak, warmup, end)
    settings = dict(steps=steps, peak=peak, warmup=warmup, end=end)
    return _fallen("cosine", steps, peak, warmup, warmup, end, "cosine", settings)


def linear(*, steps: int, peak: float, warmup: int = 0, end: float = 0.1) -> Schedule:
    """Return a schedule that falls in a line from the end of the warm-up to the last step."""
    steps, peak, warmup, end = _checked(steps, peak, warmup, end)
    settings = dict(steps=steps, peak=peak, warmup=warmup, end=end)
    return _fallen("linear", steps, peak, warmup, warmup, end, "linear", settings)


def wsd(
    *, steps: int, peak: float, warmup: int = 0, cooldown: float = 0.2, decay: str = "linear", end: float = 0.1
) -> Schedule:
    """Return a warm-up, a stable phase and a cooldown over the last share of all steps.

    Parameters
    ----------
    steps : int
        Last step.
    peak : float
    warmup : int
        Steps of the warm-up.
    cooldown : float
        Share of `steps` that the cooldown takes, rounded to whole steps; no more than the warm-up leaves.
    decay : {"linear", "exponential", "cosine", "square", "1-sqrt"}
        Shape of the cooldown (Hägele et al. 2024); "1-sqrt" falls fastest at first.
    end : float
        Last rate as a share of the peak; positive for "exponential".

    Raises
    ------
    DomainError, UnknownName

    Examples
    --------
    >>> wsd(steps=24_000, peak=3e-4, warmup=2160, cooldown=1 / 6, decay="exponential")
    Schedule(wsd: 24000 steps, peak 0.0003, warm-up 2160, end 3e-05)
    """
    steps, peak, warmup, end = _checked(steps, peak, warmup, end)
    if decay not in DECAYS:
        raise UnknownName.among("the cooldown", "decay", decay, DECAYS)
    if not 0 <= cooldown <= 1:
        raise DomainError(f"cooldown = {cooldown!r} is a share of all steps, between 0 and 1; 0.2 is usual")
    if decay == "exponential" and end == 0:
        raise DomainError(
            "an exponential cooldown never reaches 0; give end= a positive share of the peak, or 'linear'"
        )
    start = max(steps - round(cooldown * steps), warmup)
    settings = dict(steps=steps, peak=peak, warmup=warmup, cooldown=cooldown, decay=decay, end=end)
    return _fallen("wsd", steps, peak, warmup, start, end, decay, settings)


def multistep(
    *,
    steps: int,
    peak: float,
    warmup: int = 0,
    drops: Sequence[tuple[float, float]] = ((0.8, 0.316), (0.9, 0.1)),
) -> Schedule:
    """Return a schedule that jumps down; by default as DeepSeek LLM's does.

    Parameters
    ----------
    steps, warmup : int
    peak : float
    drops : sequence of (share of all steps, share of the peak)

    Examples
    --------
    >>> multistep(steps=1000, peak=1.0)([799, 800, 900])
    array([1.   , 0.316, 0.1  ])
    """
    steps, peak, warmup, _ = _checked(steps, peak, warmup)
    places = [0.0, *(share for share, _ in drops), 1.0]
    levels = [1.0, *(level for _, level in drops)]
    starts = [round(share * steps) for share in places]
    rising = all(a < b for a, b in zip([warmup, *starts[1:-1]], starts[1:], strict=True))
    if not rising or not all(0 <= level <= 1 for level in levels):
        raise DomainError(
            f"drops = {list(drops)!r} are pairs (share of all steps, share of the peak), both between 0 and 1, "
            "the steps rising and after the warm-up"
        )
    parts = [Part(float(warmup), 0.0, peak)] if warmup else []
    for i, (stop, level) in enumerate(zip(starts[1:], levels, strict=True)):
        parts.append(Part(float(stop), level * peak, level * peak, jump=i > 0))
    settings = dict(steps=steps, peak=peak, warmup=warmup, drops=tuple(map(tuple, drops)))
    return Schedule("multistep", tuple(parts), settings=settings, warmup=warmup)


def two_stage(*, steps: int, peak: float, warmup: int = 0, at: float = 0.5, second: float = 0.3) -> Schedule:
    """Return a schedule of two rates: the peak, and a share `second` of it from the share `at` of all steps on."""
    made = multistep(steps=steps, peak=peak, warmup=warmup, drops=((at, second),))
    settings = dict(steps=made.steps, peak=made.peak, warmup=warmup, at=at, second=second)
    return Schedule("two_stage", made.parts, settings=settings, warmup=made.warmup)


def custom(rates: Any = None, *, points: Any = None, warmup: int = 0) -> Schedule:
    """Return a schedule drawn by hand.

    Parameters
    ----------
    rates : array_like, optional
        The rate of every step from 0 on.
    points : sequence of (step, rate), optional
        Corners with straight lines between, at whole steps from 0 on; two at neighbouring steps make a jump.
    warmup : int
        Which first steps are a warm-up.

    Raises
    ------
    DomainError

    Examples
    --------
    >>> custom(points=[(0, 0.0), (100, 1e-3), (900, 1e-3), (1000, 1e-4)], warmup=100)
    Schedule(custom: 1000 steps, peak 0.001, warm-up 100, end 0.0001)
    """
    if (rates is None) == (points is None):
        raise DomainError("a custom schedule needs either rates, one a step, or points, pairs of step and rate")
    if rates is not None:
        values = np.array(rates, dtype=float)
        steps = np.arange(values.size, dtype=float)
    else:
        table = np.array(points, dtype=float)
        if table.ndim != 2 or table.shape[1] != 2:
            raise DomainError(f"points must be pairs of step and rate; their shape is {table.shape}")
        steps, values = table.T.copy()
    good = (
        values.ndim == 1 and values.size > 1 and np.isfinite(values).all() and (values >= 0).all() and values.max() > 0
    )
    if not good:
        raise DomainError("learning rates must be two or more finite numbers, none negative and not all 0")
    if steps[0] != 0 or (np.diff(steps) <= 0).any() or (steps != np.round(steps)).any():
        raise DomainError("the steps of the points must be whole, rise, and begin at 0")
    if not (warmup == int(warmup) and 0 <= warmup < steps[-1]):
        raise DomainError(f"warmup = {warmup!r} must be a whole number of steps below {steps[-1]:g}")
    if rates is not None:
        steps, values = _corners(steps, values)
    steps.setflags(write=False)
    values.setflags(write=False)
    return Schedule("custom", (), points=(steps, values), warmup=int(warmup))


def _corners(steps: np.ndarray, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the steps that lie exactly on the line between their neighbours."""
    bends = np.abs(np.diff(rates, 2)) > 1e-12 * rates.max()
    kept = np.r_[True, bends, True]
    return steps[kept], rates[kept]


MAKERS: Mapping[str, Callable[..., Schedule]] = {
    "constant": constant,
    "cosine": cosine,
    "linear": linear,
    "wsd": wsd,
    "multistep": multistep,
    "two_stage": two_stage,
}
