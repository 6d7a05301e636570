r"""Laws whose papers count parameters and tokens in billions.

.. math:: L(N) = \frac{A}{(N/10^9)^{\alpha}} + E \qquad L(D) = \frac{A}{(D/10^9)^{\alpha}} + E \qquad
   L(N, D) = \frac{C_N}{(N/10^9)^{\alpha}} + \frac{C_D}{(D/10^9)^{\beta}} + L_0

N and D are plain numbers here as everywhere; only the amplitudes are those of the papers.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible

BILLION = 1e9
_KIM = Citation(
    "kim2025",
    authors="Kim et al.",
    title="Pre-training under infinite compute",
    year=2025,
    arxiv="2509.14786",
)
_TRAP = "Amplitudes belong to billions of parameters or tokens: with plain counts the term would vanish."
MEMBERS = Variable("K", "Members of the ensemble", "models", 1.0, 100.0, format="count")


def size_kernel(N: Any, *, A: Any, alpha: Any, E: Any) -> Any:
    """Return the loss of a well regularised model of size N on a fixed set of data."""
    return A * (N / BILLION) ** -alpha + E


def data_kernel(D: Any, *, A: Any, alpha: Any, E: Any) -> Any:
    """Return the loss of a recipe from D unique tokens, compute without limit."""
    return A * (D / BILLION) ** -alpha + E


def ensemble_kernel(K: Any, *, A: Any, alpha: Any, E: Any) -> Any:
    """Return the loss of K models whose logits are averaged."""
    return A * K**-alpha + E


def joint_kernel(N: Any, D: Any, *, C_N: Any, alpha: Any, C_D: Any, beta: Any, L_0: Any) -> Any:
    """Return the loss in nats per byte."""
    return C_N * (N / BILLION) ** -alpha + C_D * (D / BILLION) ** -beta + L_0


def joint_optimum(C: Any, *, C_N: Any, alpha: Any, C_D: Any, beta: Any, L_0: Any) -> tuple[Any, Any]:
    """Return the (N, D) of least loss on 6 N D = C."""
    K = (alpha * C_N / (beta * C_D)) ** (1 / (alpha + beta))
    product = C / 6 / BILLION**2
    N = K * product ** (beta / (alpha + beta)) * BILLION
    return N, C / 6 / N


def joint_tokens(N: Any, loss: Any, *, C_N: Any, alpha: Any, C_D: Any, beta: Any, L_0: Any) -> Any:
    """Return the tokens with which a model of size N reaches `loss`; NaN if none do."""
    left = loss - L_0 - C_N * (N / BILLION) ** -alpha
    return ops.where(left > 0, BILLION * (C_D / left) ** (1 / beta), float("nan"))


def joint_powers(loss: Any, *, C_N: Any, alpha: Any, C_D: Any, beta: Any, L_0: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Return the logarithm of the loss above L_0, and the two powers that it is the sum of, of plain counts."""
    scale = math.log(BILLION)
    return ops.log(loss - L_0), ops.log(C_N) + alpha * scale, alpha, ops.log(C_D) + beta * scale, beta


def _printed(x: Any, A: Any, alpha: Any) -> Any:
    # 10^(9 alpha) A / x^alpha reads better in a formula than a division by a thousand million
    return 10 ** (9 * alpha) * A * x**-alpha


def _constant(
    kernel: Any, key: str, title: str, variable: Variable, typical: float, *notes: str, display: Any = None
) -> Law:
    return Law(
        kernel,
        key,
        title=title,
        response=LOSS,
        variables=(variable,),
        coefficients=(
            replace(amplitude("A"), start=(1e-3, 1e2), typical=typical),
            replace(exponent("alpha"), typical=1.0),
            replace(irreducible("E"), typical=3.3),
        ),
        citation=_KIM,
        display=display,
        notes=notes,
        topic="data limits",
    )


FIXED_DATA = _constant(
    size_kernel,
    "fixed-data-n",
    "Loss on a fixed set of data against size",
    replace(MODEL_SIZE, low=1e7, high=1e12),
    0.05,
    _TRAP,
    "Holds only where weight decay, epochs and learning rate are tuned for each size; else larger models overfit.",
    display=lambda N, *, A, alpha, E: _printed(N, A, alpha) + E,
)
ASYMPTOTE = _constant(
    data_kernel,
    "fixed-data-d",
    "Loss against unique tokens, compute without limit",
    replace(TOKENS, low=1e7, high=1e13),
    1.0,
    _TRAP,
    display=lambda D, *, A, alpha, E: _printed(D, A, alpha) + E,
)
ENSEMBLE = _constant(
    ensemble_kernel,
    "ensemble",
    "Loss of an ensemble against its members",
    MEMBERS,
    0.25,
    "The paper's exponent is close to 1; its amplitudes are in figures only.",
)
MINICPM = Law(
    joint_kernel,
    "chinchilla-billions",
    title="Size and data in billions, loss per byte",
    response=Variable("L", "Loss", "nats/byte", 0.05, 4.0, scale="linear", format="loss"),
    variables=(MODEL_SIZE, TOKENS),
    coefficients=(
        Coefficient("C_N", "amplitude", 1e-9, 1e6, (1e-3, 1e2), "C_{N}", linear=True),
        exponent("alpha"),
        Coefficient("C_D", "amplitude", 1e-9, 1e6, (1e-3, 1e2), "C_{D}", linear=True),
        exponent("beta"),
        irreducible("L_0", "L_{0}"),
    ),
    citation=Citation("hu2024", authors="Hu et al.", title="MiniCPM", year=2024, arxiv="2404.06395"),
    optimum=joint_optimum,
    tokens=joint_tokens,
    powers=joint_powers,
    display=lambda N, D, *, C_N, alpha, C_D, beta, L_0: _printed(N, C_N, alpha) + _printed(D, C_D, beta) + L_0,
    notes=(
        _TRAP,
        "In the ratio K^2 (C/6)^eta that the paper prints, C is then in 1e18 FLOP.",
    ),
    topic="size and data",
)
