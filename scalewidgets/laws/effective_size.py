r"""Frantar et al.: a compressed model behaves like a dense one with a fixed share of its parameters.

.. math:: L = E + \frac{A}{(N x)^{\alpha}} + \frac{B}{D^{\beta}}
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible

# Quoted by others from the paper; the rest of its table, and its coefficients, were in no text that could be read.
SHARES: Mapping[str, float] = MappingProxyType(
    {
        "4-bit weights": 0.923,
        "4-bit weights and activations": 0.747,
        "1-bit weights and activations": 0.067,
        "half of the weights zero": 0.871,
    }
)


def kernel(N: Any, D: Any, x: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the loss of a model that counts as N x parameters."""
    return E + A * (N * x) ** -alpha + B * D**-beta


LAW = Law(
    kernel,
    "effective-size",
    title="Loss with a share of the parameters effective",
    topic="precision",
    response=LOSS,
    variables=(
        MODEL_SIZE,
        TOKENS,
        Variable("x", "Effective share of the parameters", "share", 0.05, 1.0, scale="linear", format="percent"),
    ),
    coefficients=(irreducible("E"), amplitude("A"), amplitude("B"), exponent("alpha"), exponent("beta")),
    citation=Citation(
        "frantar2025", authors="Frantar et al.", title="Compression Scaling Laws", year=2025, arxiv="2502.16440"
    ),
    notes=("The share is taken to be the same at every size and token count.",),
)
