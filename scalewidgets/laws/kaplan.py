r"""Kaplan et al.: pure power laws in size, data and compute, and one joint form.

.. math::

   L(N) = (N_c / N)^{\alpha_N} \qquad L(D) = (D_c / D)^{\alpha_D} \qquad L(C) = (C_c / C)^{\alpha_C}

   L(N, D) = \left[ (N_c / N)^{\alpha_N / \alpha_D} + D_c / D \right]^{\alpha_D}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.common import COMPUTE, LOSS, MODEL_SIZE, TOKENS, exponent, scale

_CITATION = Citation(
    "kaplan2020",
    authors="Kaplan et al.",
    title="Scaling Laws for Neural Language Models",
    year=2020,
    arxiv="2001.08361",
)
_SIZE_NOTE = "N counts non-embedding parameters."


def _power(x: Any, x_c: Any, alpha: Any) -> Any:
    # D_c / D to a small power: through the logarithm, so that extreme scales don't overflow on the way
    return ops.exp(alpha * (ops.log(x_c) - ops.log(x)))


def size_kernel(N: Any, *, N_c: Any, alpha_N: Any) -> Any:
    """Return the loss of a model of size N with data without limit (Eq. 1.1)."""
    return _power(N, N_c, alpha_N)


def data_kernel(D: Any, *, D_c: Any, alpha_D: Any) -> Any:
    """Return the loss of a large model stopped early on D tokens (Eq. 1.2)."""
    return _power(D, D_c, alpha_D)


def compute_kernel(C: Any, *, C_c: Any, alpha_C: Any) -> Any:
    """Return the loss that compute C buys at the fixed batch size of the paper (Eq. 1.3, naive)."""
    return _power(C, C_c, alpha_C)


def joint_kernel(N: Any, D: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> Any:
    """Return the loss of a model of size N stopped early on D tokens (Eq. 1.5)."""
    size = alpha_N / alpha_D * (ops.log(N_c) - ops.log(N))
    data = ops.log(D_c) - ops.log(D)
    return ops.exp(alpha_D * ops.logaddexp(size, data))


def joint_optimum(C: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> tuple[Any, Any]:
    """Return the (N, D) of least loss on 6 N D = C."""
    ratio = alpha_N / alpha_D
    N = ops.exp((ops.log(ratio) + ratio * ops.log(N_c) + ops.log(C / 6) - ops.log(D_c)) / (1 + ratio))
    return N, C / 6 / N


def joint_tokens(N: Any, loss: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> Any:
    """Return the tokens with which a model of size N reaches `loss`; negative or infinite if none do."""
    D = D_c / (loss ** (1 / alpha_D) - (N_c / N) ** (alpha_N / alpha_D))
    return ops.where(D > 0, D, float("nan"))


def joint_powers(loss: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Return the logarithm of the bracket of Eq. 1.5, and the two powers that it is the sum of."""
    ratio = alpha_N / alpha_D
    return ops.log(loss) / alpha_D, ratio * ops.log(N_c), ratio, ops.log(D_c), 1.0


def joint_display(N: Any, D: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> Any:
    """Write the joint form as printed."""
    return ((N_c / N) ** (alpha_N / alpha_D) + D_c / D) ** alpha_D


def _single(kernel: Callable[..., Any], display: Callable[..., Any], variable: Variable, unit: str, *notes: str) -> Law:
    s = variable.symbol
    return Law(
        kernel,
        f"kaplan-{s.lower()}",
        title=f"Kaplan L({s})",
        response=LOSS,
        variables=(variable,),
        coefficients=(
            scale(f"{s}_c", unit, start=(1e8, 1e30)),
            exponent(f"alpha_{s}", rf"\alpha_{s}"),
        ),
        citation=_CITATION,
        display=display,
        notes=notes,
        topic="size and data",
    )


SIZE = _single(size_kernel, lambda N, *, N_c, alpha_N: (N_c / N) ** alpha_N, MODEL_SIZE, "parameters", _SIZE_NOTE)
DATA = _single(
    data_kernel,
    lambda D, *, D_c, alpha_D: (D_c / D) ** alpha_D,
    TOKENS,
    "tokens",
    "The model is large and stopped early; D is the size of the data set.",
)
COMPUTE_LAW = _single(
    compute_kernel,
    lambda C, *, C_c, alpha_C: (C_c / C) ** alpha_C,
    COMPUTE,
    "FLOP",
    "Compute excludes embeddings and is not the least that reaches the loss: the batch size was fixed.",
)
JOINT = Law(
    joint_kernel,
    "kaplan-nd",
    title="Kaplan L(N, D)",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS),
    coefficients=(
        scale("N_c", "parameters", start=(1e8, 1e20)),
        scale("D_c", "tokens", start=(1e8, 1e20)),
        exponent("alpha_N", r"\alpha_N"),
        exponent("alpha_D", r"\alpha_D"),
    ),
    citation=_CITATION,
    optimum=joint_optimum,
    tokens=joint_tokens,
    powers=joint_powers,
    display=joint_display,
    notes=(
        _SIZE_NOTE,
        "Fitted to models stopped early on small data sets: its allocation is not the paper's.",
    ),
    topic="size and data",
)
