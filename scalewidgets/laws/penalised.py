r"""Chinchilla's form with a penalty for hyperparameters that are off their best value (MIST).

.. math::

   L = \left(E + \frac{A}{N^{\alpha}} + \frac{B}{D^{\beta}}\right)
   e^{p (\ln \eta - a - b \ln B_s - c \ln N)^2 + q (\ln x - \ln x_0)^2}

eta is the learning rate, B_s the batch size and x the ratio of the feed-forward width to the model's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, amplitude, exponent, irreducible


def kernel(
    N: Any,
    D: Any,
    eta: Any,
    B_s: Any,
    x: Any,
    *,
    E: Any,
    A: Any,
    alpha: Any,
    B: Any,
    beta: Any,
    a: Any,
    b: Any,
    c: Any,
    p: Any,
    q: Any,
    x_0: Any,
) -> Any:
    """Return the loss; both penalties are 0 at their best and quadratic in the logarithm."""
    off_rate = ops.log(eta) - a - b * ops.log(B_s) - c * ops.log(N)
    off_ratio = ops.log(x) - ops.log(x_0)
    return (E + A * N**-alpha + B * D**-beta) * ops.exp(p * off_rate**2 + q * off_ratio**2)


def best_learning_rate(N: Any, B_s: Any, *, a: Any, b: Any, c: Any) -> Any:
    """Return the learning rate without a penalty.

    Examples
    --------
    >>> import math
    >>> round(float(best_learning_rate(1e8, 4096.0, a=math.log(3.9e-5), b=0.5, c=0.0)), 6)
    0.002496
    """
    return ops.exp(a + b * ops.log(B_s) + c * ops.log(N))


def _penalty(name: str, latex: str) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-6, 1e3, (1e-3, 1.0), latex, typical=0.05)


LAW = Law(
    kernel,
    "penalised",
    title="Chinchilla with penalties for hyperparameters",
    topic="hyperparameters",
    response=replace(LOSS, unit="nats"),
    variables=(
        replace(MODEL_SIZE, low=1e5, high=1e10),
        Variable("D", "Training data", "molecules", 1e6, 1e11),
        Variable("eta", "Learning rate", "per step", 1e-5, 1e-1, latex=r"\eta"),
        Variable("B_s", "Batch size", "molecules", 64.0, 16384.0, latex="B_{s}", format="count"),
        Variable("x", "Feed-forward ratio", "ratio", 1.0, 16.0, format="plain"),
    ),
    coefficients=(
        irreducible("E"),
        replace(amplitude("A", "A_{0}"), typical=400.0),
        replace(exponent("alpha"), typical=0.4),
        replace(amplitude("B", "B_{0}"), typical=400.0),
        replace(exponent("beta"), typical=0.35),
        Coefficient("a", "offset", -50.0, 50.0, (-15.0, -5.0), "a_{0}", typical=-10.15),
        Coefficient("b", "offset", -5.0, 5.0, (0.2, 0.8), "b_{0}", typical=0.5),
        Coefficient("c", "offset", -5.0, 5.0, (-0.5, 0.5), "c_{0}", typical=-0.05),
        _penalty("p", "p_{0}"),
        _penalty("q", "q_{0}"),
        Coefficient("x_0", "scale", 0.1, 100.0, (1.5, 8.0), "x_{0}", typical=4.05),
    ),
    citation=Citation(
        "mist2025",
        title="Foundation Models for Discovery and Exploration in Chemical Space (MIST)",
        year=2025,
        arxiv="2510.18900",
    ),
    bends=("N", "eta", "B_s", "x"),
    notes=(
        "The paper samples the coefficients and its samples were not found: fit your own runs.",
        "N leaves out the embedding; D counts molecules, 65.2 tokens each with the authors' tokenizer.",
        "The authors also try penalties that add up, and one quadratic in x itself.",
    ),
)
