r"""Power laws in one variable, with and without a constant.

.. math:: L(x) = A x^{-\alpha} \qquad L(x) = E + A x^{-\alpha}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.common import COMPUTE, LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible


def _bare(symbol: str) -> Callable[..., Any]:
    # the kernel's first argument must bear the variable's name, which differs from law to law
    kernels: dict[str, Callable[..., Any]] = {
        "N": lambda N, *, A, alpha: A * N**-alpha,
        "D": lambda D, *, A, alpha: A * D**-alpha,
        "C": lambda C, *, A, alpha: A * C**-alpha,
    }
    return kernels[symbol]


def _with_constant(symbol: str) -> Callable[..., Any]:
    kernels: dict[str, Callable[..., Any]] = {
        "N": lambda N, *, E, A, alpha: E + A * N**-alpha,
        "D": lambda D, *, E, A, alpha: E + A * D**-alpha,
        "C": lambda C, *, E, A, alpha: E + A * C**-alpha,
    }
    return kernels[symbol]


# Amplitude and exponent without a constant, and with one: losses of 2 to 6 nats over the range of each variable.
_TYPICAL = {"N": ((15.0, 0.08), (400.0, 0.3)), "D": ((20.0, 0.08), (400.0, 0.3)), "C": ((40.0, 0.05), (1000.0, 0.15))}
_CITATION = Citation(
    "hestness2017",
    authors="Hestness et al.",
    title="Deep Learning Scaling is Predictable, Empirically",
    year=2017,
    arxiv="1712.00409",
)


def _laws(variable: Variable) -> tuple[Law, Law]:
    symbol, words = variable.symbol, variable.label.lower()
    (A, alpha), (A_above, alpha_above) = _TYPICAL[symbol]
    bare = Law(
        _bare(symbol),
        f"power-{symbol.lower()}",
        title=f"Power law in {words}",
        response=LOSS,
        variables=(variable,),
        coefficients=(amplitude("A", typical=A), exponent("alpha", typical=alpha)),
        citation=_CITATION,
        topic="size and data",
    )
    constant = Law(
        _with_constant(symbol),
        f"power-constant-{symbol.lower()}",
        title=f"Power law in {words} plus a constant",
        response=LOSS,
        variables=(variable,),
        coefficients=(
            irreducible("E"),
            amplitude("A", typical=A_above),
            exponent("alpha", typical=alpha_above),
        ),
        citation=_CITATION,
        topic="size and data",
    )
    return bare, constant


LAWS = tuple(law for variable in (MODEL_SIZE, TOKENS, COMPUTE) for law in _laws(variable))
