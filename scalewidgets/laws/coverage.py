r"""Share of problems solved by at least one of k samples (Brown et al.).

.. math:: c(k) = e^{-a k^{-b}}
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable


def kernel(k: Any, *, a: Any, b: Any) -> Any:
    """Return the coverage, pass@k, of k samples a problem."""
    return ops.exp(-a * k**-b)


LAW = Law(
    kernel,
    "coverage",
    title="Coverage against samples",
    topic="test time",
    response=Variable(
        "c", "Coverage", "share of problems", 0.0, 1.0, scale="linear", format="percent", domain=(0.0, 1.0)
    ),
    variables=(Variable("k", "Samples", "samples a problem", 1.0, 1e5, format="count"),),
    coefficients=(
        Coefficient("a", "amplitude", 1e-6, 1e4, (0.1, 10.0), "a_{0}"),
        Coefficient("b", "exponent", 0.0, 3.0, (0.05, 1.0), "b_{0}"),
    ),
    citation=Citation(
        "brown2024",
        authors="Brown et al.",
        title="Large Language Monkeys: Scaling Inference Compute with Repeated Sampling",
        year=2024,
        arxiv="2407.21787",
    ),
    rises=("k",),
    notes=(
        "The paper prints exp(a k^b) with a and b negative; here both are positive and the law has the signs.",
        "Coverage needs an oracle that knows which sample is right; votes and reward models gain no more from 100 on.",
    ),
)
