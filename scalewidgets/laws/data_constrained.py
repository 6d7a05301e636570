r"""Loss when tokens are repeated: repeats and excess parameters are worth less and less.

.. math::

   L = E + A N'^{-\alpha} + B D'^{-\beta}, \quad
   D' = U_D + U_D R_D^* \left(1 - e^{-R_D / R_D^*}\right), \quad
   N' = U_N + U_N R_N^* \left(1 - e^{-R_N / R_N^*}\right)

with U_D = min(U, D) unique tokens, R_D = D / U_D - 1 repeats, U_N = min(N, the best size for U_D tokens) and
R_N = N / U_N - 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, UNIQUE_TOKENS, amplitude, exponent, irreducible


def worth(amount: Any, base: Any, decay: Any) -> Any:
    """Return what `amount` counts for when what exceeds `base` wears out with the constant `decay`."""
    return base - base * decay * ops.expm1(-(amount / base - 1) / decay)


def effective_tokens(D: Any, U: Any, R_D: Any) -> Any:
    """Return the number of unique tokens that D tokens drawn from U are worth."""
    return worth(D, ops.minimum(U, D), R_D)


def effective_size(N: Any, D: Any, U: Any, *, A: Any, B: Any, alpha: Any, beta: Any, R_N: Any) -> Any:
    """Return the model size that counts when only U unique tokens feed it."""
    return worth(N, useful(N, D, U, A=A, B=B, alpha=alpha, beta=beta), R_N)


def kernel(N: Any, D: Any, U: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any, R_D: Any, R_N: Any) -> Any:
    """Return the loss in nats per token."""
    size = effective_size(N, D, U, A=A, B=B, alpha=alpha, beta=beta, R_N=R_N)
    return E + A * size**-alpha + B * effective_tokens(D, U, R_D) ** -beta


def unique(D: Any, U: Any) -> Any:
    """Return the unique tokens that are read."""
    return ops.minimum(U, D)


def ratio(*, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the factor G of the best size for a token count."""
    return (alpha * A / (beta * B)) ** (1 / (alpha + beta))


def useful(N: Any, D: Any, U: Any, *, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the size up to which parameters count in full: the best one for the unique tokens, or N if less."""
    G = ratio(A=A, B=B, alpha=alpha, beta=beta)
    return ops.minimum(N, (unique(D, U) * G) ** (beta / alpha) * G)


def _shown_worth(amount: Any, base: Any, decay: Any) -> Any:
    """Write `worth` as printed."""
    return base + base * decay * (1 - ops.exp(-(amount / base - 1) / decay))


def shown_tokens(D: Any, U: Any, R_D: Any) -> Any:
    """Write the effective tokens as printed."""
    return _shown_worth(D, unique(D, U), R_D)


def shown_size(N: Any, D: Any, U: Any, *, A: Any, B: Any, alpha: Any, beta: Any, R_N: Any) -> Any:
    """Write the effective size as printed."""
    return _shown_worth(N, useful(N, D, U, A=A, B=B, alpha=alpha, beta=beta), R_N)


def display(N: Any, D: Any, U: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any, R_D: Any, R_N: Any) -> Any:
    """Write the law as printed."""
    size = shown_size(N, D, U, A=A, B=B, alpha=alpha, beta=beta, R_N=R_N)
    return E + A * size**-alpha + B * shown_tokens(D, U, R_D) ** -beta


def _decay(name: str, latex: str) -> Coefficient:
    return Coefficient(name, "scale", 1e-3, 1e4, (1.0, 100.0), latex)


LAW = Law(
    kernel,
    "data-constrained",
    title="Data-constrained L(N, D, U)",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS, replace(UNIQUE_TOKENS, typical=2e9)),
    coefficients=(
        irreducible("E"),
        amplitude("A", linear=False),
        amplitude("B", linear=False),
        exponent("alpha", low=0.01),
        exponent("beta", low=0.01),
        _decay("R_D", r"R_D^{*}"),
        _decay("R_N", r"R_N^{*}"),
    ),
    citation=Citation(
        "muennighoff2023",
        authors="Muennighoff et al.",
        title="Scaling Data-Constrained Language Models",
        year=2023,
        arxiv="2305.16264",
    ),
    notes=("More than U (1 + R_D) effective tokens can't be had from U unique ones, however often they are repeated.",),
    topic="data limits",
    display=display,
    parts=(("N'", shown_size), ("D'", shown_tokens), ("U_N", useful), ("U_D", unique), ("G", ratio)),
)
