r"""Loss of routed language models, whose experts help less the larger the model is (Clark et al.).

.. math::

   \log_{10} L = a \log_{10} N + b \log_{10} \hat E + c \log_{10} N \, \log_{10} \hat E + d, \qquad
   \frac{1}{\hat E} = \frac{1}{E - 1 + (1 / E_\mathrm{start} - 1 / E_\mathrm{max})^{-1}} + \frac{1}{E_\mathrm{max}}

N counts the parameters of the dense model that one expert per layer makes. Logarithms are to base 10.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE

LN10 = 2.302585092994046
EXPERTS = Variable("E", "Experts", "experts", 1.0, 512.0, format="count", domain=(1.0, float("inf")), closed=True)
START = Coefficient("E_start", "scale", 1.0, 50.0, (1.2, 6.0), r"E_{\mathrm{start}}", unit="experts", typical=2.0)
MOST = Coefficient("E_max", "scale", 60.0, 1e6, (1e2, 1e3), r"E_{\mathrm{max}}", unit="experts", typical=300.0)


def saturated(E: Any, E_start: Any, E_max: Any) -> Any:
    """Return the experts that count: E_start for one expert, E_max for ever so many."""
    return 1 / (1 / (E - 1 + 1 / (1 / E_start - 1 / E_max)) + 1 / E_max)


def _start(E_start: Any, E_max: Any) -> Any:
    return E_start * E_max / (E_max - E_start)


def as_fraction(E: Any, E_start: Any, E_max: Any) -> Any:
    """Write the same as one fraction."""
    count = E - 1 + _start(E_start, E_max)
    return count * E_max / (count + E_max)


def kernel(N: Any, E: Any, *, a: Any, b: Any, c: Any, d: Any, E_start: Any, E_max: Any) -> Any:
    """Return the validation loss in nats per token."""
    size = ops.log(N) / LN10
    experts = ops.log(saturated(E, E_start, E_max)) / LN10
    return ops.exp(LN10 * (a * size + b * experts + c * size * experts + d))


def display(N: Any, E: Any, *, a: Any, b: Any, c: Any, d: Any, E_start: Any, E_max: Any) -> Any:
    """Write the same as a product of powers."""
    experts = as_fraction(E, E_start, E_max)
    return 10**d * N ** (a + c * ops.log(experts) / ops.log(10.0)) * experts**b


# What a long formula with saturating experts is printed with.
PARTS = (("E'", as_fraction), ("E_0", _start))


def dense_equivalent(N: Any, E: Any, *, a: Any, b: Any, c: Any, E_start: Any, E_max: Any) -> Any:
    """Return the size of the model with one expert that reaches the loss of size N with E experts.

    Examples
    --------
    >>> s_base = dict(a=-0.082, b=-0.108, c=0.009, E_start=1.847, E_max=314.478)
    >>> round(float(dense_equivalent(5e6, 128.0, **s_base)) / 1e6, 1)
    51.8
    """
    one, many = (ops.log(saturated(count, E_start, E_max)) / LN10 for count in (1.0, E))
    size = ops.log(N) / LN10
    return ops.exp(LN10 * (a * size + b * (many - one) + c * size * many) / (a + c * one))


def _slope(name: str, latex: str, start: tuple[float, float], typical: float) -> Coefficient:
    return Coefficient(name, "offset", -5.0, 5.0, start, latex, typical=typical)


LAW = Law(
    kernel,
    "routed",
    title="Routed language models L(N, E)",
    response=LOSS,
    variables=(MODEL_SIZE, EXPERTS),
    coefficients=(
        _slope("a", "a_{N}", (-0.2, 0.0), -0.08),
        _slope("b", "b_{E}", (-0.3, 0.0), -0.12),
        _slope("c", "c_{NE}", (-0.02, 0.05), 0.01),
        _slope("d", "d_{0}", (0.5, 2.0), 1.1),
        START,
        MOST,
    ),
    citation=Citation(
        "clark2022",
        authors="Clark et al.",
        title="Unified Scaling Laws for Routed Language Models",
        year=2022,
        arxiv="2202.01169",
    ),
    display=display,
    parts=PARTS,
    bends=("E",),
    notes=(
        "Training tokens were 130 billion for every model: the form has no D.",
        "From the size 10^(-b/c) on experts no longer help; with the three digits printed that size is known "
        "to a factor of ten only.",
    ),
    topic="mixture of experts",
)
