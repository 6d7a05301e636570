"""What the schedule on screen is worth in tokens: the length of a cosine to a tenth of the peak with the same loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.schedule_shapes import SHAPES, Run
from scalewidgets.planning.schedule_worth import REFERENCE_END
from scalewidgets.planning.token_efficiency import LONGEST, MISS, SHORTEST, SURE
from scalewidgets.schedules.schedule import knots

# Lengths of the reference that are compared: eight for every factor of two.
LENGTHS, KNOTS = 65, 32


def worth(run: Run, begin: Any, loss: Any, last: Callable[[tuple[Any, Any]], Any]) -> dict[str, Any]:
    """Return the worth of a schedule of this loss, and the range that the law's typical miss leaves; portable.

    Parameters
    ----------
    run : Run
    begin : number
        Rate at step 0, as the law counts the warm-up.
    loss : number
        At the last step.
    last : callable
        Loss at the last knot of every row.
    """
    ratios = ops.exp(ops.linspace(log(SHORTEST), log(LONGEST), LENGTHS))
    lengths = ops.maximum(ops.round_half_up(ratios * run.steps), run.warmup + 2)
    cosines = replace(run, steps=ops.column(lengths), end=REFERENCE_END)
    losses = last(knots(cosines.parts(SHAPES["cosine"], begin), KNOTS))
    miss = SURE * MISS * loss
    return {
        "worth": _reached(loss, losses, lengths) / run.steps,
        "low": _cut(_reached(loss + miss, losses, lengths) / run.steps, SHORTEST),
        "high": _cut(_reached(loss - miss, losses, lengths) / run.steps, LONGEST),
    }


def _reached(target: Any, losses: Any, lengths: Any) -> Any:
    """Return the length at which falling losses reach the target; NaN where none does."""
    first = ops.total(ops.where(losses > target, 1.0, 0.0)) - 1
    at = ops.where((first >= 0) & (first < LENGTHS - 1), first, float("nan"))
    above, below = ops.take(losses, at), ops.take(losses, at + 1)
    short, long = ops.log(ops.take(lengths, at)), ops.log(ops.take(lengths, at + 1))
    return ops.exp(short + (long - short) * (above - target) / (above - below))


def _cut(ratio: Any, end: float) -> Any:
    return ops.where(ops.isfinite(ratio), ratio, end)
