r"""Output tokens that an attacker of activations controls (Fort).

.. math:: t = \frac{a \, d \, b}{\chi \log_2 V}

Controlled input bits over controlled output bits are the resistance chi.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable


def kernel(a: Any, d: Any, b: Any, V: Any, *, chi: Any) -> Any:
    """Return the output tokens that can be dictated."""
    return a * d * b * ops.log(2.0) / (chi * ops.log(V))


LAW = Law(
    kernel,
    "activation-attack",
    title="Controlled output against attacked activations",
    topic="domains",
    response=Variable("t", "Controlled tokens", "output tokens", 1.0, 1e5, format="plain"),
    variables=(
        Variable("a", "Attacked tokens", "tokens", 1.0, 100.0, format="count"),
        Variable("d", "Width", "numbers", 256.0, 16384.0, format="count"),
        Variable("b", "Bits of an activation", "bits", 4.0, 32.0, scale="linear", format="plain"),
        Variable("V", "Vocabulary size", "tokens", 4096.0, 262144.0, domain=(1.0, float("inf"))),
    ),
    coefficients=(
        Coefficient("chi", "amplitude", 1e-3, 1e6, (2.0, 100.0), r"\chi", unit="bits/bit", typical=20.0),
    ),
    citation=Citation(
        "fort2023",
        authors="Fort",
        title="Scaling Laws for Adversarial Attacks on Language Model Activations",
        year=2023,
        arxiv="2312.02780",
    ),
    rises=("a", "d", "b"),
    notes=(
        "The paper says that the resistance stays within about 16 to 25 over two orders of magnitude of size; "
        "its values per model were not found.",
        "It was measured up to about 1000 controlled tokens.",
    ),
)  # fmt: skip
