r"""Ouyang et al.: the loss that quantising after training adds, a power law in tokens, size and bits.

.. math:: \delta = k \frac{D^{\beta}}{N^{\alpha} P^{\gamma}}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law
from scalewidgets.laws.common import MODEL_SIZE, TOKENS, exponent
from scalewidgets.laws.precision import DEPLOYED_BITS, PENALTY


def kernel(N: Any, D: Any, P: Any, *, k: Any, alpha: Any, beta: Any, gamma: Any) -> Any:
    """Return the loss of the quantised model minus that of the 16-bit one."""
    return k * D**beta * N**-alpha * P**-gamma


LAW = Law(
    kernel,
    "post-training-power",
    title="Loss added by quantising after training, a power of the bits",
    topic="precision",
    response=PENALTY,
    variables=(MODEL_SIZE, TOKENS, replace(DEPLOYED_BITS, high=8.0)),
    coefficients=(
        Coefficient("k", "amplitude", 1e-12, 1e18, (1e-4, 1e2), linear=True),
        exponent("alpha"),
        exponent("beta"),
        Coefficient("gamma", "exponent", 0.0, 20.0, (1.0, 8.0), r"\gamma"),
    ),
    citation=Citation(
        "ouyang2024",
        authors="Ouyang et al.",
        title="Low-Bit Quantization Favors Undertrained LLMs",
        year=2024,
        arxiv="2411.17691",
    ),
    rises=("D",),
    notes=(
        "Fitted at 2, 3 and 4 bits; a power of the bits never quite reaches zero, so do not read it at 8 and more.",
        "Models trained on few tokens for their size lose little, which says nothing about fully trained ones.",
    ),
)
