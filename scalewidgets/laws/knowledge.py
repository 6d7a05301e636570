r"""Bits of knowledge that a model stores (Allen-Zhu and Li, Physics of Language Models 3.3).

.. math:: B(N) = R N
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import MODEL_SIZE

BITS = Variable("B", "Stored knowledge", "bits", 1e6, 1e13)
# the paper's synthetic biographies: names, and the values of six attributes
NAMES = 400.0 * 400.0 * 1000.0
VALUES = 2.0 * (12.0 * 28.0 * 200.0) * 200.0 * 300.0 * 100.0 * 263.0


def kernel(N: Any, *, R: Any) -> Any:
    """Return stored bits."""
    return R * N


def measured_capacity(people: Any, name_loss: Any, value_loss: Any, N: Any) -> Any:
    """Return the bits a parameter that the losses on the paper's biographies show.

    Parameters
    ----------
    people, N : array_like
        Biographies trained on; parameters.
    name_loss, value_loss : array_like
        Summed losses of a name and of a person's values, in nats.

    Examples
    --------
    >>> import math
    >>> round(float(measured_capacity(1e6, math.log(1e6), 0.0, 30e6)), 3) == round(float(most_bits(1e6) / 30e6), 3)
    True
    """
    nats = people * (ops.log(NAMES) - name_loss + ops.log(VALUES) - value_loss)
    return nats / ops.log(2.0) / N


def most_bits(people: Any) -> Any:
    """Return all bits there are in so many biographies: a name is one of those not taken."""
    return people * (ops.log(NAMES / people) + ops.log(VALUES)) / ops.log(2.0)


LAW = Law(
    kernel,
    "knowledge-capacity",
    title="Knowledge capacity",
    topic="domains",
    response=BITS,
    variables=(MODEL_SIZE,),
    coefficients=(
        Coefficient(
            "R", "amplitude", 1e-3, 100.0, (0.1, 3.0), "R_{0}", linear=True, unit="bits/parameter", typical=1.05
        ),
    ),
    citation=Citation(
        "allenzhu2024",
        authors="Allen-Zhu, Li",
        title="Physics of Language Models: Part 3.3, Knowledge Capacity Scaling Laws",
        year=2024,
        arxiv="2404.05405",
    ),
    rises=("N",),
    notes=(
        "N leaves out the rows of the embedding that are not used (GPT-2 small counts 88M).",
        "Between 100 and 1000 exposures the paper gives no interpolation.",
        "With 7/8 junk tokens the capacity at 100 exposures falls to a twentieth; naming the source halves it only.",
    ),
)
