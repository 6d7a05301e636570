r"""Loss from a learning-rate schedule in which every fall of the rate pays off over the area that follows it.

.. math::

   L(t) = L_0 + A S_1(t)^{-\alpha}
   - B \sum_{k=1}^{t} (\eta_{k-1} - \eta_k) \left[1 - \left(1 + C \eta_k^{-\gamma} S_k(t)\right)^{-\beta}\right],
   \quad S_k(t) = \sum_{i=k}^{t} \eta_i

As a law of four variables it is the form for one fall, from rate eta_0 to eta, with the area S since; a schedule sums
its last term over all falls, and the warm-up's rises count as negative ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Variable
from scalewidgets.laws.annealing import FORWARD_AREA
from scalewidgets.laws.common import LOSS, amplitude, exponent, irreducible
from scalewidgets.schedules.areas import forward_area
from scalewidgets.schedules.law import ScheduleLaw
from scalewidgets.schedules.schedule import KNOTS, Schedule

# Stands for a rate or an area of 0 where a fall of nothing is multiplied with it.
TINY = 1e-30


def gain(rate: Any, since: Any, *, B: Any, C: Any, beta: Any, gamma: Any) -> Any:
    """Return what a fall of the rate by one, to `rate`, has gained in nats per token after the area `since`."""
    return -B * ops.expm1(-beta * ops.log1p(C * rate**-gamma * since))


def kernel(
    S1: Any, eta_0: Any, eta: Any, S: Any, *, L_0: Any, A: Any, alpha: Any, B: Any, C: Any, beta: Any, gamma: Any
) -> Any:
    """Return the loss in nats per token after one fall of the rate."""
    return L_0 + A * S1**-alpha - (eta_0 - eta) * gain(eta, S, B=B, C=C, beta=beta, gamma=gamma)


def display(
    S1: Any, eta_0: Any, eta: Any, S: Any, *, L_0: Any, A: Any, alpha: Any, B: Any, C: Any, beta: Any, gamma: Any
) -> Any:
    """Return the same in the form that is printed."""
    return L_0 + A * S1**-alpha - B * (eta_0 - eta) * (1 - (1 + C * eta**-gamma * S) ** -beta)


def mean_gain(rate: Any, near: Any, far: Any, *, B: Any, C: Any, beta: Any, gamma: Any) -> Any:
    """Return the mean of `gain` over areas from `near` to `far`: what many small falls in a row gain, by their sum."""
    steep = C * rate**-gamma
    base = ops.log1p(steep * near)
    span = steep * (far - near)
    ratio = ops.log1p(span * ops.exp(-base))
    turn = (1 - beta) * ratio
    # (exp(turn) - 1) / turn, which is 1 where beta is 1
    swell = ops.where(ops.absolute(turn) < 1e-9, 1.0, ops.expm1(turn) / ops.where(ops.equal(turn, 0), 1.0, turn))
    return B * (1 - ops.exp((1 - beta) * base) * ratio * swell / span)


def falls(steps: Any, rates: Any, at: Any, area: Any) -> Mapping[str, Any]:
    """Return every fall of the rate as seen from the steps `at`, where the forward area is `area`.

    The last axis of both has length one and stands for the falls. Those between two knots are taken together: their
    areas fill the range from `near` to `far`.
    """
    begin, end = ops.part(steps, 0, -1), ops.part(steps, 1)
    first, last = ops.part(rates, 0, -1), ops.part(rates, 1)
    # a fall counts with the rate after it
    once = (last - first) / ops.maximum(end - begin, 1)
    passed = forward_area(steps, rates)
    seen = at >= end
    near = ops.maximum(area - ops.part(passed, 1) + last / 2, 0.0)
    far = area - ops.part(passed, 0, -1) + (first + once) / 2
    return {
        "S1": ops.total(area),
        "drop": ops.where(seen, first - last, 0.0),
        "rate": ops.maximum((first + last + once) / 2, TINY),
        # two knots at one step have no areas between them, and no fall
        "near": ops.where(far > near, near, 0.0),
        "far": ops.where(far > near, far, TINY),
    }


def columns(schedule: Schedule, at: np.ndarray, momentum: float, count: int = KNOTS) -> Mapping[str, np.ndarray]:
    """Return the falls before each of the steps `at`."""
    steps, rates = schedule.knots(count, including=at)
    area = forward_area(steps, rates)[np.searchsorted(steps, at)]
    found = falls(steps, rates, at[:, None], area[:, None])
    some = np.any(found["drop"] != 0, axis=0)
    some[:1] = True
    return {name: values if name == "S1" else values[..., some] for name, values in found.items()}


def thin(steps: Any, rates: Any, momentum: Any) -> Mapping[str, Any]:
    """Return the falls before every knot."""
    return falls(steps, rates, ops.column(steps), ops.column(forward_area(steps, rates)))


def last(steps: Any, rates: Any, momentum: Any) -> Mapping[str, Any]:
    """Return the falls before the last knot of every row."""
    return falls(steps, rates, ops.part(steps, -1), ops.part(forward_area(steps, rates), -1))


def along(found: Mapping[str, Any], *, L_0: Any, A: Any, alpha: Any, B: Any, C: Any, beta: Any, gamma: Any) -> Any:
    """Return the loss along a schedule."""
    # coefficients lie along the losses, and falls have one axis more
    of_falls = {"B": B, "C": C, "beta": beta, "gamma": gamma}
    gained = mean_gain(
        found["rate"], found["near"], found["far"], **{name: ops.column(each) for name, each in of_falls.items()}
    )
    paid = ops.total(found["drop"] * gained)
    return L_0 + A * found["S1"] ** -alpha - paid


LAW = ScheduleLaw(
    kernel,
    "multi-power",
    title="Multi-Power law, one fall of the rate",
    topic="schedule",
    response=LOSS,
    variables=(
        FORWARD_AREA,
        Variable("eta_0", "Rate before the fall", "rate", 2e-4, 1e-3, latex=r"\eta_{0}", format="power"),
        Variable("eta", "Rate after the fall", "rate", 1e-6, 1e-4, latex=r"\eta", format="power"),
        Variable("S", "Area since the fall", "rate × steps", 1e-3, 10.0),
    ),
    coefficients=(
        irreducible("L_0"),
        amplitude("A"),
        exponent("alpha"),
        amplitude("B"),
        Coefficient("C", "scale", 1e-6, 1e6, (0.3, 10.0)),
        exponent("beta"),
        exponent("gamma"),
    ),
    columns=columns,
    thin=thin,
    last=last,
    along=along,
    display=display,
    warmup="kept",
    rises=("eta",),
    citation=Citation(
        "luo2025",
        authors="Luo et al.",
        title="A Multi-Power Law for Loss Curve Prediction Across Learning Rate Schedules",
        year=2025,
        arxiv="2503.12811",
    ),
    notes=(
        "A whole schedule sums the last term over all falls of the rate; `sw.schedules.loss` does.",
        "The warm-up's rises belong into the sum: without them predictions are 0.1 to 0.16 nats too low.",
        "It holds for one peak rate.",
    ),
)
