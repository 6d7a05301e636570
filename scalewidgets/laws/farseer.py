r"""Loss from size and tokens with a data exponent that depends on the size (Farseer).

.. math:: L(N, D) = e^{a_3 N^{\gamma} + b_3} + e^{a_2 N^{\beta} + b_2}\, D^{-\exp(a_1 N^{\alpha} + b_1)}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import MODEL_SIZE, TOKENS


def kernel(
    N: Any,
    D: Any,
    *,
    a_3: Any,
    gamma: Any,
    b_3: Any,
    a_2: Any,
    beta: Any,
    b_2: Any,
    a_1: Any,
    alpha: Any,
    b_1: Any,
) -> Any:
    """Return the loss in bits per character."""
    slope = ops.exp(a_1 * N**alpha + b_1)
    return ops.exp(a_3 * N**gamma + b_3) + ops.exp(a_2 * N**beta + b_2 - slope * ops.log(D))


def display(
    N: Any,
    D: Any,
    *,
    a_3: Any,
    gamma: Any,
    b_3: Any,
    a_2: Any,
    beta: Any,
    b_2: Any,
    a_1: Any,
    alpha: Any,
    b_1: Any,
) -> Any:
    """Write the same as the paper prints it."""
    return ops.exp(a_3 * N**gamma + b_3) + ops.exp(a_2 * N**beta + b_2) * D ** -ops.exp(a_1 * N**alpha + b_1)


def tokens(
    N: Any,
    loss: Any,
    *,
    a_3: Any,
    gamma: Any,
    b_3: Any,
    a_2: Any,
    beta: Any,
    b_2: Any,
    a_1: Any,
    alpha: Any,
    b_1: Any,
) -> Any:
    """Return the tokens with which a model of size N reaches `loss`; NaN if none do."""
    left = loss - ops.exp(a_3 * N**gamma + b_3)
    log_tokens = (a_2 * N**beta + b_2 - ops.log(ops.where(left > 0, left, 1.0))) / ops.exp(a_1 * N**alpha + b_1)
    return ops.where(left > 0, ops.exp(log_tokens), float("nan"))


def _offset(name: str, start: tuple[float, float], typical: float, latex: str = "") -> Coefficient:
    bound = 10 * max(abs(start[0]), abs(start[1]))
    return Coefficient(name, "offset", -bound, bound, start, latex or f"{name[0]}_{{{name[2:]}}}", typical=typical)


def _power(name: str, start: tuple[float, float], typical: float) -> Coefficient:
    return Coefficient(name, "offset", -1.0, 1.0, start, rf"\{name}", typical=typical)


LAW = Law(
    kernel,
    "farseer",
    title="Farseer L(N, D)",
    # a symbol of its own keeps it out of plans: with the printed digits a search ends at the largest size it may try
    response=Variable("BPC", "Loss", "bits/character", 0.05, 4.0, scale="linear", latex=r"\mathrm{BPC}", format="loss"),
    variables=(replace(MODEL_SIZE, low=5e7, high=3e10), replace(TOKENS, low=1e9, high=1e13)),
    coefficients=(
        _offset("a_3", (-0.1, -0.001), -0.02),
        _power("gamma", (0.05, 0.3), 0.17),
        _offset("b_3", (-0.5, 0.5), -0.1),
        _offset("a_2", (10.0, 200.0), 88.0),
        _power("beta", (-0.2, -0.02), -0.1),
        _offset("b_2", (-10.0, 0.0), -6.3),
        _offset("a_1", (-0.5, -0.01), -0.12),
        _power("alpha", (0.05, 0.3), 0.12),
        _offset("b_1", (0.0, 1.0), 0.4),
    ),
    citation=Citation(
        "li2025b",
        authors="Li et al.",
        title="Predictable Scale: Part II, Farseer",
        year=2025,
        arxiv="2506.10972",
    ),
    tokens=tokens,
    display=display,
    notes=(
        "The loss is in bits per character on the paper's own validation set and N leaves out embeddings: "
        "never compare it with nats per token.",
        "With the three digits printed the first term falls ever on: no plan is made. Within its sizes the best "
        "split has an interior optimum up to 1e22 FLOP and none from 1e23 on, where the paper's own figure has one.",
    ),
    topic="size and data",
)
