r"""How much faster a model writes when a small one drafts for it (Leviathan et al. 2022, Chen et al. 2023).

.. math:: S(a, g) = \frac{1 - a^{g + 1}}{(1 - a) (c g + 1)}

with drafts accepted independently with chance a, g of them at a time, each taking a share c of a call of the large
model. The first factor is the tokens that a call yields.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable


def kernel(a: Any, g: Any, *, c: Any) -> Any:
    """Return the tokens a second over those without drafts."""
    return -ops.expm1((g + 1) * ops.log(a)) / ((1 - a) * (c * g + 1))


def display(a: Any, g: Any, *, c: Any) -> Any:
    """Return the same in the form that is printed."""
    return (1 - a ** (g + 1)) / ((1 - a) * (c * g + 1))


LAW = Law(
    kernel,
    "speculative",
    title="Speed-up of speculative decoding",
    topic="test time",
    response=Variable("S", "Speed-up", "of the speed without drafts", 0.2, 10.0, format="factor"),
    variables=(
        Variable("a", "Acceptance", "of the drafts", 0.3, 0.99, scale="linear", format="percent", domain=(0.0, 1.0)),
        Variable("g", "Drafts", "tokens a call", 1.0, 32.0, format="ratio", latex=r"g"),
    ),
    coefficients=(Coefficient("c", "scale", 1e-3, 2.0, (0.01, 0.5), "c_{0}", typical=0.05),),
    citation=Citation(
        "chen2023",
        authors="Chen et al.",
        title="Accelerating Large Language Model Decoding with Speculative Sampling",
        year=2023,
        arxiv="2302.01318",
    ),
    rises=("a",),
    bends=("g",),
    display=display,
    notes=(
        "Drafts help where a is above c; sw.costs.speculative.best_drafts gives the best number of them.",
        "Acceptance counts as independent from token to token, and checking g + 1 tokens as one call.",
    ),
)
