r"""Quality of a retrieval-augmented model against the tokens of its datastore (Shao et al.).

.. math:: q(D_s) = a + b \ln D_s
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable


def kernel(D_s: Any, *, a: Any, b: Any) -> Any:
    """Return the quality with a datastore of so many tokens."""
    return a + b * ops.log(D_s)


LAW = Law(
    kernel,
    "datastore",
    title="Quality against datastore tokens",
    topic="test time",
    response=Variable(
        "q", "Quality", "as measured", 0.0, 1.0, scale="linear", format="plain", domain=(float("-inf"), float("inf"))
    ),
    variables=(Variable("D_s", "Datastore", "tokens", 1e8, 1e14, latex="D_{s}"),),
    coefficients=(
        Coefficient("a", "offset", -1e6, 1e6, (-2.0, 2.0), "a_{0}", linear=True, typical=-0.25),
        Coefficient("b", "offset", -1e6, 1e6, (-0.2, 0.2), "b_{0}", linear=True, typical=0.02),
    ),
    citation=Citation(
        "shao2024",
        authors="Shao et al.",
        title="Scaling Retrieval-Based Language Models with a Trillion-Token Datastore",
        year=2024,
        arxiv="2407.12854",
    ),
    bends=("D_s",),
    notes=(
        "The paper sees about a straight line in the logarithm and no end of it; it prints no coefficients.",
        "A metric that falls as it gets better, as perplexity does, has b < 0.",
    ),
)
