r"""Loss from the two areas of a learning-rate schedule: how far training went, and how much of the rate was given up.

.. math::

   L = L_0 + A S_1^{-\alpha} - C S_2

S_1 is the sum of the rates so far, S_2 the sum of a momentum of their falls. The warm-up counts as if it were at the
peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets.declare import Citation, Variable
from scalewidgets.laws.common import LOSS, amplitude, exponent, irreducible
from scalewidgets.schedules.areas import annealing_area, areas, forward_area, last_areas
from scalewidgets.schedules.law import ScheduleLaw
from scalewidgets.schedules.schedule import KNOTS, Schedule

FORWARD_AREA = Variable("S1", "Forward area", "rate × steps", 0.1, 100.0, latex="S_{1}")
# negative after a rate that rises again
ANNEALING_AREA = Variable(
    "S2",
    "Annealing area",
    "rate × steps",
    1e-3,
    0.3,
    scale="linear",
    latex="S_{2}",
    domain=(-np.inf, np.inf),
)


def kernel(S1: Any, S2: Any, *, L_0: Any, A: Any, alpha: Any, C: Any) -> Any:
    """Return the loss in nats per token."""
    return L_0 + A * S1**-alpha - C * S2


def columns(schedule: Schedule, at: np.ndarray, momentum: float, count: int = KNOTS) -> Mapping[str, np.ndarray]:
    """Return both areas at steps, summed over every step."""
    found = areas(schedule, at, momentum=momentum)
    return {"S1": found.S1, "S2": found.S2}


def thin(steps: Any, rates: Any, momentum: Any) -> Mapping[str, Any]:
    """Return both areas at every knot of a schedule whose warm-up is at the peak."""
    return {"S1": forward_area(steps, rates), "S2": annealing_area(steps, rates, momentum)}


def last(steps: Any, rates: Any, momentum: Any) -> Mapping[str, Any]:
    """Return both areas at the last knot of every row."""
    S1, S2 = last_areas(steps, rates, momentum)
    return {"S1": S1, "S2": S2}


def along(found: Mapping[str, Any], **coefficients: Any) -> Any:
    """Return the loss along a schedule."""
    return kernel(found["S1"], found["S2"], **coefficients)


LAW = ScheduleLaw(
    kernel,
    "annealing",
    title="Learning-rate annealing L(S₁, S₂)",
    topic="schedule",
    response=LOSS,
    variables=(FORWARD_AREA, ANNEALING_AREA),
    coefficients=(irreducible("L_0"), amplitude("A"), exponent("alpha"), amplitude("C")),
    columns=columns,
    thin=thin,
    last=last,
    along=along,
    warmup="peak",
    with_momentum=True,
    citation=Citation(
        "tissue2024",
        authors="Tissue et al.",
        title="Scaling Law with Learning Rate Annealing",
        year=2024,
        arxiv="2408.11029",
    ),
    notes=(
        "The areas take a momentum of the falls (0.999 in the authors' script); C is about proportional to 1 minus it.",
        "It holds for one peak rate: with the whole schedule multiplied the law always says better.",
        "Steps at a rate of 0 go on lowering its loss, though nothing trains.",
    ),
)
