r"""Error against one dimension of a model's shape and compute, and the shape of least error (SoViT).

.. math:: f(x, t) = \alpha x^{-a} + (\beta x^{b} + \xi)\, t^{-c} + \varepsilon

x is width, depth or MLP size. Widening helps at once but slows what compute buys, so each amount of compute has a best
x, which grows as a power of it: `best` is its closed form.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, exponent


def kernel(x: Any, C: Any, *, alpha: Any, a: Any, beta: Any, b: Any, xi: Any, c: Any, eps: Any) -> Any:
    """Return the error of a model of shape x after C of compute."""
    return alpha * x**-a + (beta * x**b + xi) * C**-c + eps


def best(C: Any, *, alpha: Any, a: Any, beta: Any, b: Any, c: Any) -> Any:
    """Return the x of least error at compute C; it grows as C^(c / (a + b)).

    Examples
    --------
    >>> width = dict(alpha=1.0, a=0.6, beta=1e-3, b=0.4, c=0.22)
    >>> round(float(best(1e13, **width) / best(1e12, **width)), 4)
    1.6596
    """
    return ops.exp((ops.log(alpha * a / (beta * b)) + c * ops.log(C)) / (a + b))


def _amplitude(name: str, typical: float, latex: str) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-12, 1e18, (1e-4, 1e4), latex, linear=True, typical=typical)


LAW = Law(
    kernel,
    "shape",
    title="Error against shape and compute",
    response=Variable("f", "Error", "share of images", 0.0, 1.0, scale="linear", format="loss"),
    variables=(Variable("x", "Width, depth or MLP size", "units", 8.0, 8192.0), replace(COMPUTE, low=1e15, high=1e24)),
    coefficients=(
        _amplitude("alpha", 0.8, r"\alpha"),
        replace(exponent("a", "a_{x}"), typical=0.5),
        _amplitude("beta", 20.0, r"\beta"),
        replace(exponent("b", "b_{x}"), typical=0.5),
        _amplitude("xi", 100.0, r"\xi"),
        replace(exponent("c", "c_{t}"), typical=0.2),
        Coefficient("eps", "irreducible", 0.0, 1.0, (0.0, 0.5), r"\varepsilon", linear=True, typical=0.1),
    ),
    citation=Citation(
        "alabdulmohsin2023",
        authors="Alabdulmohsin et al.",
        title="Getting ViT in Shape: Scaling Laws for Compute-Optimal Model Design",
        year=2023,
        arxiv="2305.13035",
    ),
    bends=("x",),
    notes=(
        "The paper prints the exponents of the best shape, not the coefficients behind them: fit your own.",
        "Exponents c / (a + b) it finds: depth 0.45, width 0.22, MLP size 0.6.",
    ),
    topic="size and data",
)
