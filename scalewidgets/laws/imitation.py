r"""What robots that imitate still miss, against how varied the demonstrations are (Lin et al.).

.. math:: y(x) = A x^{-b}

y is one minus the normalised score in new scenes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import exponent


def kernel(x: Any, *, A: Any, b: Any) -> Any:
    """Return the gap to a perfect score."""
    return A * x**-b


def score(x: Any, *, A: Any, b: Any) -> Any:
    """Return the normalised score, not below 0 where the power law exceeds 1.

    Examples
    --------
    >>> round(float(score(32.0, A=0.825, b=0.703)), 3)
    0.928
    """
    return 1 - ops.minimum(kernel(x, A=A, b=b), 1.0)


LAW = Law(
    kernel,
    "imitation",
    title="Gap of imitation learning against variety",
    topic="domains",
    response=Variable("y", "Gap to a perfect score", "share of the score", 0.01, 1.3, format="percent"),
    variables=(Variable("x", "Environments, objects or pairs", "counted", 1.0, 256.0, format="count"),),
    coefficients=(
        Coefficient("A", "amplitude", 1e-3, 100.0, (0.3, 3.0), "A_{0}", linear=True, typical=1.05),
        replace(exponent("b", "b_{0}"), typical=0.65),
    ),
    citation=Citation(
        "lin2024",
        authors="Lin et al.",
        title="Data Scaling Laws in Imitation Learning for Robotic Manipulation",
        year=2024,
        arxiv="2410.18647",
    ),
    notes=("Some A exceed 1, which makes the score at one environment negative: it is 0 there.",),
)
