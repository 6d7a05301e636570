r"""Power law plus a constant, written with the scale at which the reducible loss is one nat.

.. math:: L(x) = L_\infty + (x_0 / x)^{\alpha} \qquad N_\mathrm{opt}(C) = (C / c_0)^{b}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Law
from scalewidgets.laws.common import COMPUTE, LOSS, MODEL_SIZE, exponent, irreducible, scale

_CITATION = Citation(
    "henighan2020",
    authors="Henighan et al.",
    title="Scaling Laws for Autoregressive Generative Modeling",
    year=2020,
    arxiv="2010.14701",
    where="Table 1",
)
_NOTE = "N counts non-embedding parameters; compute is 6 N E with that N, printed in PF-days and stored in FLOP."


def _power(x: Any, x0: Any, alpha: Any) -> Any:
    # x0 runs from 1e-9 PF-days to 1e14 parameters: the logarithm keeps the ratio from leaving the range of floats
    return ops.exp(alpha * (ops.log(x0) - ops.log(x)))


def size_kernel(N: Any, *, L_inf: Any, N_0: Any, alpha: Any) -> Any:
    """Return the loss of a model of size N trained without limit of data."""
    return L_inf + _power(N, N_0, alpha)


def compute_kernel(C: Any, *, L_inf: Any, C_0: Any, alpha: Any) -> Any:
    """Return the loss that training compute C buys at the best model size."""
    return L_inf + _power(C, C_0, alpha)


def best_size_kernel(C: Any, *, c_0: Any, b: Any) -> Any:
    """Return the size of least loss at compute C."""
    return ops.exp(b * (ops.log(C) - ops.log(c_0)))


SIZE = Law(
    size_kernel,
    "henighan-n",
    title="Henighan L(N)",
    response=LOSS,
    variables=(MODEL_SIZE,),
    coefficients=(
        irreducible("L_inf", r"L_{\infty}"),
        scale("N_0", "parameters", start=(1.0, 1e15)),
        exponent("alpha"),
    ),
    citation=_CITATION,
    display=lambda N, *, L_inf, N_0, alpha: L_inf + (N_0 / N) ** alpha,
    notes=(_NOTE,),
    topic="domains",
)
COMPUTE_LAW = Law(
    compute_kernel,
    "henighan-c",
    title="Henighan L(C)",
    response=LOSS,
    variables=(COMPUTE,),
    coefficients=(irreducible("L_inf", r"L_{\infty}"), scale("C_0", "FLOP", start=(1e8, 1e30)), exponent("alpha")),
    citation=_CITATION,
    display=lambda C, *, L_inf, C_0, alpha: L_inf + (C_0 / C) ** alpha,
    notes=(_NOTE,),
    topic="domains",
)
BEST_SIZE = Law(
    best_size_kernel,
    "henighan-n-opt",
    title="Henighan N_opt(C)",
    response=replace(MODEL_SIZE, latex=r"N_{\mathrm{opt}}"),
    variables=(COMPUTE,),
    coefficients=(scale("c_0", "FLOP", "c_{0}", start=(1e4, 1e12)), exponent("b", "b_{C}")),
    citation=_CITATION,
    display=lambda C, *, c_0, b: (C / c_0) ** b,
    rises=("C",),
    notes=(_NOTE,),
    topic="domains",
)
