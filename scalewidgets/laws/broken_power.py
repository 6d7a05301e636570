r"""Power laws that change their slope at one, two or three breaks (broken neural scaling law).

.. math:: y(x) = a + b\,x^{-c_0} \prod_i \left(1 + (x / d_i)^{1 / f_i}\right)^{-c_i f_i}

Past break i, which lies at d_i, the slope of the part above the floor a is -(c_0 + ... + c_i); f_i says how gradual the
change is, and a small f_i is a sharp one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable

_CITATION = Citation(
    "caballero2022",
    authors="Caballero et al.",
    title="Broken Neural Scaling Laws",
    year=2022,
    arxiv="2210.14891",
)
_NOTES = (
    "A negative c_i lets the curve rise again: that is how double descent is drawn.",
    "A break can only be found where runs lie on both sides of it: fitted before the break, d and c of it are free.",
)
SCALE = Variable("x", "Scale", "examples", 1.0, 1e6)
MEASURE = Variable("y", "Error or loss", "as measured", 0.0, 5.0, scale="linear", format="loss")


def broken(x: Any, a: Any, b: Any, c_0: Any, *breaks: tuple[Any, Any, Any]) -> Any:
    """Return a broken power law; each break is (c, d, f)."""
    # (x / d)^(1 / f) leaves the range of floats for sharp breaks; its logarithm doesn't
    decline = c_0 * ops.log(x)
    for c, d, f in breaks:
        decline = decline + c * f * ops.softplus((ops.log(x) - ops.log(d)) / f)
    return a + b * ops.exp(-decline)


def printed(x: Any, a: Any, b: Any, c_0: Any, *breaks: tuple[Any, Any, Any]) -> Any:
    """Write the same as the paper prints it."""
    product = b * x**-c_0
    for c, d, f in breaks:
        product = product * (1 + (x / d) ** (1 / f)) ** (-c * f)
    return a + product


def _one(form: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(x: Any, *, a: Any, b: Any, c_0: Any, c_1: Any, d_1: Any, f_1: Any) -> Any:
        return form(x, a, b, c_0, (c_1, d_1, f_1))

    return kernel


def _two(form: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(x: Any, *, a: Any, b: Any, c_0: Any, c_1: Any, d_1: Any, f_1: Any, c_2: Any, d_2: Any, f_2: Any) -> Any:
        return form(x, a, b, c_0, (c_1, d_1, f_1), (c_2, d_2, f_2))

    return kernel


def _three(form: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(
        x: Any,
        *,
        a: Any,
        b: Any,
        c_0: Any,
        c_1: Any,
        d_1: Any,
        f_1: Any,
        c_2: Any,
        d_2: Any,
        f_2: Any,
        c_3: Any,
        d_3: Any,
        f_3: Any,
    ) -> Any:
        return form(x, a, b, c_0, (c_1, d_1, f_1), (c_2, d_2, f_2), (c_3, d_3, f_3))

    return kernel


def break_coefficients(
    i: int, typical: tuple[float, float, float], furthest: float = 1e6
) -> tuple[Coefficient, Coefficient, Coefficient]:
    """Return change of slope, place and sharpness of break i."""
    c, d, f = typical
    return (
        Coefficient(f"c_{i}", "offset", -20.0, 20.0, (-1.0, 1.5), f"c_{{{i}}}", typical=c),
        Coefficient(f"d_{i}", "scale", 1e-6, 1e30, (1.0, furthest), f"d_{{{i}}}", unit="examples", typical=d),
        Coefficient(f"f_{i}", "scale", 0.02, 20.0, (0.05, 1.0), f"f_{{{i}}}", typical=f),
    )


def floor_and_start(b: float = 4.0, c_0: float = 0.05) -> tuple[Coefficient, Coefficient, Coefficient]:
    """Return the floor, the height at x = 1 and the first slope."""
    return (
        Coefficient("a", "irreducible", 0.0, 20.0, (0.0, 2.0), r"y_{\infty}", linear=True, typical=0.3),
        Coefficient("b", "amplitude", 1e-12, 1e18, (1e-1, 1e4), linear=True, typical=b),
        Coefficient("c_0", "exponent", -3.0, 3.0, (0.0, 1.0), "c_{0}", typical=c_0),
    )


def _law(kernel: Callable[..., Callable[..., Any]], typical: tuple[tuple[float, float, float], ...]) -> Law:
    count = len(typical)
    words = ("one break", "two breaks", "three breaks")[count - 1]
    scale = SCALE if count < 3 else replace(SCALE, high=1e24)
    breaks = [c for i, values in enumerate(typical, 1) for c in break_coefficients(i, values, scale.high)]
    return Law(
        kernel(broken),
        f"broken-power-{count}",
        title=f"Broken power law, {words}",
        # three breaks can span many decades of the response
        response=MEASURE if count < 3 else replace(MEASURE, low=1e-3, high=1e4, scale="log"),
        variables=(scale,),
        coefficients=(*floor_and_start(), *breaks),
        citation=_CITATION,
        display=kernel(printed),
        bends=("x",),
        notes=_NOTES,
        topic="learning curves",
    )


LAWS = (
    _law(_one, ((0.5, 1e3, 0.3),)),
    _law(_two, ((0.6, 3e2, 0.3), (-0.4, 3e4, 0.3))),
    _law(_three, ((0.6, 1e2, 0.3), (-0.9, 3e3, 0.2), (1.2, 1e5, 0.2))),
)
