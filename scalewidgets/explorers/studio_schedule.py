r"""Schedules in the Studio: what a cooldown is worth in tokens, and the shape of its training curve.

The reference is a cosine to a tenth of the peak, after a warm-up of W steps that counts as if it were at the peak.
It has both areas in closed form, with n = T - W steps of fall and the angle :math:`\theta = \pi / n`:

.. math::

   S_1 = \eta \left(W + (n + 1) \tfrac{1 + e}{2}\right), \qquad
   S_2 = \frac{\eta (1 - e)}{1 - \lambda} (1 - \lambda q), \qquad
   q = \frac{(1 + \lambda)(1 + \lambda^n) \sin^2(\theta / 2)}{1 - 2 \lambda \cos \theta + \lambda^2}

so the horizon that reaches a given loss is found without drawing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.planning.token_efficiency import LONGEST, SHORTEST
from scalewidgets.published_fits.loading import published
from scalewidgets.schedules.areas import annealing_area, forward_area
from scalewidgets.schedules.schedule import FALLS
from scalewidgets.schedules.setup import setup_of

LAW = "tissue2024"
# Where both the cosine and the cooldown end, as a share of the peak.
END = 0.1
# Shapes of the cooldown by the number that chooses one: a number, so that all of them share a graph.
SHAPES: Mapping[str, float] = {"linear": 0.0, "1-sqrt": 1.0, "cosine": 2.0}
# What the share of the cooldown is where there is none, and the schedule is the reference.
OFF = -1.0
STABLE, KNOTS = 24, 41
# Share of the run from which on the loss is shown: before, it only falls steeply.
SHOWN = 0.04
BISECTIONS = 36


@dataclass(frozen=True)
class Path:
    """The rate and the areas at the knots of a schedule; rates as shares of the peak."""

    steps: Any
    rates: Any
    loss: Any


@dataclass(frozen=True)
class Seen:
    """The schedule of the state beside the reference and a constant rate, and what it is worth in tokens."""

    this: Path
    cosine: Path
    constant: Path
    steps: Any
    worth: Any


def _setup() -> tuple[float, float, float]:
    found = setup_of(published(LAW))
    assert found.peaks is not None and found.momentum is not None and found.warmup is not None
    return found.peaks[1], found.momentum, float(found.warmup)


def _loss(S1: Any, S2: Any) -> Any:
    fit = published(LAW)
    return fit.law.evaluate({"S1": S1, "S2": S2}, fit.values)


def cosine_loss(horizon: Any) -> Any:
    """Return the loss at the end of the reference schedule, for any number of steps; portable."""
    peak, momentum, warmup = _setup()
    n = horizon - warmup
    angle = np.pi / n
    S1 = peak * (warmup + (n + 1) * (1 + END) / 2)
    faded = (1 + momentum) * (1 + ops.exp(n * np.log(momentum))) * ops.sin(angle / 2) ** 2
    left = faded / (1 - 2 * momentum * ops.cos(angle) + momentum**2)
    return _loss(S1, peak * (1 - END) / (1 - momentum) * (1 - momentum * left))


def _path(steps: Any, start: Any, fall: Any) -> Path:
    """Return a schedule that stays at the peak up to step `start` and falls from there as `fall` says."""
    peak, momentum, _ = _setup()
    places = (1 - ops.cos(np.pi * ops.linspace(0.0, 1.0, KNOTS))) / 2
    falling = start + ops.round_half_up(places * (steps - start))
    share = (falling - start) / ops.maximum(steps - start, 1.0)
    # denser where the loss bends most
    stable = ops.round_half_up(start * ops.linspace(0.0, 1.0, STABLE) ** 2)
    at = ops.concatenate(stable, falling)
    rates = ops.concatenate(1.0 + 0.0 * stable, END + (1 - END) * fall(share))
    return Path(at, rates, _loss(forward_area(at, peak * rates), annealing_area(at, peak * rates, momentum)))


def _fall(shape: Any) -> Any:
    def fall(share: Any) -> Any:
        first, *others = SHAPES
        value = FALLS[first](share)
        for name in others:
            value = ops.where(ops.equal(shape, SHAPES[name]), FALLS[name](share), value)
        return value

    return fall


def seen(steps: Any, cooldown: Any, shape: Any) -> Seen:
    """Return the schedules of a state and what the chosen one is worth; portable.

    Parameters
    ----------
    steps : number
        Of the run.
    cooldown : number
        Share of the steps over which the rate falls; negative for the reference schedule.
    shape : number
        One of `SHAPES`.
    """
    _, _, warmup = _setup()
    steps = ops.round_half_up(steps)
    on = cooldown >= 0
    start = ops.maximum(steps - ops.round_half_up(ops.maximum(cooldown, 0.0) * steps), warmup)
    cosine = _path(steps, warmup + 0.0 * steps, FALLS["cosine"])
    cooled = _path(steps, start, _fall(shape))
    this = Path(*(ops.where(on, getattr(cooled, n), getattr(cosine, n)) for n in ("steps", "rates", "loss")))
    peak, _, _ = _setup()
    constant = Path(cosine.steps, 1.0 + 0.0 * cosine.rates, _loss(peak * (cosine.steps + 1), 0.0 * cosine.steps))
    target = ops.take(cooled.loss, STABLE + KNOTS - 1.0)
    low = ops.log(ops.maximum(SHORTEST * steps, warmup + 2.0))
    horizon = ops.solve(lambda t: target - cosine_loss(ops.exp(t)), low, ops.log(LONGEST * steps), BISECTIONS)
    return Seen(this, cosine, constant, steps, ops.where(on, ops.exp(horizon) / steps, 1.0))


def worth(steps: float, cooldown: float | None, shape: float) -> float:
    """Return what a cooldown is worth in tokens against the reference schedule.

    Examples
    --------
    >>> round(worth(20_000, 0.2, SHAPES["linear"]), 3)
    1.409
    """
    return float(seen(np.float64(steps), np.float64(OFF if cooldown is None else cooldown), np.float64(shape)).worth)


def frame(found: Seen, plan_loss: Any, counted: Any) -> dict[str, Any]:
    """Return the columns and ranges of the training curve and of the learning rate.

    The curve of the schedule that the plan counts with ends at the plan's loss: the reference unless `counted`.
    """
    anchor = ops.where(counted > 0, found.this.loss, found.cosine.loss)
    shift = plan_loss - ops.take(anchor, STABLE + KNOTS - 1.0)
    tables: dict[str, Any] = {}
    ends = []
    for name in ("this", "cosine", "constant"):
        path: Path = getattr(found, name)
        share = 100.0 * path.steps / found.steps
        shown = path.steps >= SHOWN * found.steps
        loss = ops.where(shown, path.loss + shift, float("nan"))
        tables[f"loss_{name}"] = {"share": share, "loss": loss, "step": path.steps}
        tables[f"rate_{name}"] = {"share": share, "rate": 100.0 * path.rates, "step": path.steps}
        ends.append(ops.take(loss, STABLE + KNOTS - 1.0))
    top = ops.largest(ops.where(found.cosine.steps >= 2.5 * SHOWN * found.steps, found.cosine.loss + shift, -9.0))
    least = ops.smallest(ops.stack(*ends))
    this = ops.stack(ends[0])
    tables["end"] = {"share": 100.0 + 0.0 * this, "loss": this}
    room = (top - least) * 0.12
    zero = 0.0 * plan_loss
    return {
        "tables": tables,
        "ranges": {"x": [zero, 102.0 + zero], "loss.y": [least - room, top + room], "rate.y": [zero, 108.0 + zero]},
    }
