"""The best shape that a schedule law finds, as the schedule explorer draws it while sliders move.

The search itself (`sw.best_shape`) needs Python. It runs once for each of a few lengths of a run. The shapes, shares of
the peak over shares of the steps after the warm-up, are blended between those lengths and cut off at the chosen end.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.explorers.schedule_shapes import Run
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.cooldown import best_shape
from scalewidgets.schedules.schedule import Part, knots

# Lengths for which a shape is searched, a factor of ten apart; their warm-up as a share, and their least rate.
LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
WARMUP, LEAST = 0.05, 0.005
# Knots of a shape, denser towards its end, where it bends most; knots of the warm-up.
PLACES, HEAD = 81, 12


def found_shapes(fit: Fit, peak: float) -> np.ndarray:
    """Return the best rates as shares of the peak: places down, lengths across."""
    return _searched(_Kept(fit), peak)


class _Kept:
    """A fit that stands for its law and coefficients, so that a search is not done again for the same ones."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.known = (fit.law.key, tuple(fit.values.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.known == other.known

    def __hash__(self) -> int:
        return hash(self.known)


@lru_cache(maxsize=16)
def _searched(kept: _Kept, peak: float) -> np.ndarray:
    places = 1 - np.linspace(1, 0, PLACES) ** 2
    columns = []
    for steps in LENGTHS:
        warmup = round(WARMUP * steps)
        shape = best_shape(kept.fit, steps=steps, peak=peak, warmup=warmup, end=LEAST).schedule
        columns.append(shape(warmup + places * (steps - warmup)) / peak)
    shapes = np.stack(columns, axis=-1)
    shapes.setflags(write=False)
    return shapes


def best_path(run: Run, begin: Any, shapes: Any, finer: int = 1) -> tuple[Any, Any]:
    """Return steps and rates of the best shape at knots, with portable operations.

    Parameters
    ----------
    run : Run
    begin : number
        Rate at step 0.
    shapes : array
        As `found_shapes` gives them.
    finer : int
        Knots for one place of the shapes.
    """
    length = ops.maximum(ops.minimum(ops.log(run.steps / LENGTHS[0]) / np.log(10.0), len(LENGTHS) - 1.0), 0.0)
    shape = ops.total(shapes * _near(length, len(LENGTHS)))
    left = run.steps - run.warmup
    wanted = 1 - ops.linspace(1.0, 0.0, (PLACES - 1) * finer + 1) ** 2
    steps = run.warmup + ops.round_half_up(wanted * left)
    place = (1 - ops.sqrt(ops.maximum(1 - (steps - run.warmup) / left, 0.0))) * (PLACES - 1)
    rates = run.peak * ops.maximum(ops.total(shape * _near(ops.column(place), PLACES)), run.end)
    head = knots((Part(run.warmup, ops.where(run.warmup > 0, begin, run.peak), run.peak),), HEAD * finer)
    return ops.concatenate(head[0], steps), ops.concatenate(head[1], rates)


def _near(place: Any, count: int) -> Any:
    """Return how much each of so many neighbours weighs at a place between two of them."""
    return ops.maximum(1 - ops.absolute(place - ops.arange(count)), 0.0)


def shapes_for(fit: Fit, peak: float, applies: bool) -> Mapping[str, np.ndarray]:
    """Return the input that the frames need: the shapes, or a constant rate where the law's answer is no schedule."""
    return {"best.shapes": found_shapes(fit, peak) if applies else np.ones((PLACES, len(LENGTHS)))}
