r"""Loss from model size and training tokens, each with its own power law.

.. math:: L(N, D) = E + A N^{-\alpha} + B D^{-\beta}
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Law
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible


def kernel(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the loss in nats per token."""
    return E + A * N**-alpha + B * D**-beta


def optimum(C: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> tuple[Any, Any]:
    """Return the (N, D) of least loss on 6 N D = C (Hoffmann et al., Eq. 4)."""
    G = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    return G * (C / 6) ** (beta / (alpha + beta)), (C / 6) ** (alpha / (alpha + beta)) / G


def tokens(N: Any, loss: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the training tokens with which a model of size N reaches `loss`; NaN if none do."""
    left = loss - E - A * N**-alpha
    # where 1 / beta is a whole number, a negative base has a power, too
    return ops.where(left > 0, (B / left) ** (1 / beta), float("nan"))


def powers(loss: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Return the logarithm of the loss above E, and the two powers that it is the sum of."""
    return ops.log(loss - E), ops.log(A), alpha, ops.log(B), beta


LAW = Law(
    kernel,
    "chinchilla",
    title="Chinchilla L(N, D)",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS),
    coefficients=(irreducible("E"), amplitude("A"), amplitude("B"), exponent("alpha"), exponent("beta")),
    citation=Citation(
        "hoffmann2022",
        authors="Hoffmann et al.",
        title="Training Compute-Optimal Large Language Models",
        year=2022,
        arxiv="2203.15556",
        where="Eq. 2 and 10",
    ),
    optimum=optimum,
    tokens=tokens,
    powers=powers,
    notes=(
        "Rounding matters: two-digit exponents move the best tokens per parameter at 5.76e23 FLOP from 59 to 93.",
        "N counts all parameters, embeddings included, in Hoffmann et al.",
    ),
    topic="size and data",
)
