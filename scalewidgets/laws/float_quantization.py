r"""Sun et al.: training in a floating-point format of so many exponent and mantissa bits, scaled block by block.

.. math::

   L = E + A N^{-\alpha} + B D^{-\beta}
       + \frac{D^{\beta}}{N^{\alpha}} \frac{\log_2 G}{\gamma (P_e + 1/2)^{\delta} (P_m + 1/2)^{\nu}}
"""

from __future__ import annotations

import math
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible

# One scale for each channel counts like blocks of this many elements (Sec. 4 of the paper).
CHANNEL_BLOCK = 2**13.1567


def coarseness(P_e: Any, P_m: Any, G: Any, *, gamma: Any, delta: Any, nu: Any) -> Any:
    """Return what the format alone contributes to the penalty: 0 where every element has its own scale."""
    return ops.log(G) / math.log(2) / (gamma * (P_e + 0.5) ** delta * (P_m + 0.5) ** nu)


def kernel(
    N: Any,
    D: Any,
    P_e: Any,
    P_m: Any,
    G: Any,
    *,
    E: Any,
    A: Any,
    B: Any,
    alpha: Any,
    beta: Any,
    gamma: Any,
    delta: Any,
    nu: Any,
) -> Any:
    """Return the loss in nats per token (Eq. 18)."""
    size, tokens = N**-alpha, D**beta
    return E + A * size + B / tokens + tokens * size * coarseness(P_e, P_m, G, gamma=gamma, delta=delta, nu=nu)


LAW = Law(
    kernel,
    "float-quantization",
    title="Loss against the floating-point format of training",
    topic="precision",
    response=LOSS,
    variables=(
        MODEL_SIZE,
        TOKENS,
        Variable(
            "P_e",
            "Exponent bits",
            "bits",
            1.0,
            8.0,
            scale="linear",
            latex="P_e",
            format="plain",
            closed=True,
            typical=2.0,
        ),
        Variable(
            "P_m",
            "Mantissa bits",
            "bits",
            0.0,
            10.0,
            scale="linear",
            latex="P_m",
            format="plain",
            closed=True,
            typical=1.0,
        ),
        Variable("G", "Block size", "elements", 1.0, 16384.0, domain=(1.0, math.inf), closed=True),
    ),
    coefficients=(
        irreducible("E"),
        amplitude("A"),
        amplitude("B"),
        exponent("alpha"),
        exponent("beta"),
        amplitude("gamma", r"\gamma", linear=False),
        exponent("delta", high=10.0),
        exponent("nu", high=10.0),
    ),
    citation=Citation(
        "sun2025",
        authors="Sun et al.",
        title="Scaling Laws for Floating Point Quantization Training",
        year=2025,
        arxiv="2501.02423",
        where="Eq. 18",
    ),
    rises=("G",),
    bends=("D",),
    notes=(
        "A format of P bits spends one on the sign: P is 1 + exponent bits + mantissa bits.",
        "With a low-bit format, tokens beyond a critical number raise the loss.",
        "The inputs of the matrix products are quantised; products are summed in 32 bits.",
    ),
)
