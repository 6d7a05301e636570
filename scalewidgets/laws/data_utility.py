r"""Error against samples seen from a pool whose use halves with repetition (Goyal et al., data filtering).

.. math:: y(n) = \left(\frac{a n}{10^5}\right)^{-b} + d

is the first pass; `scalewidgets.planning.filtering` adds the passes after it.
"""

from __future__ import annotations

from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import exponent

UNIT = 1e5


def kernel(n: Any, *, a: Any, b: Any, d: Any) -> Any:
    """Return the error after n samples, each seen once."""
    return (a * n / UNIT) ** -b + d


LAW = Law(
    kernel,
    "data-utility",
    title="Error against samples of one pool",
    topic="data limits",
    response=Variable("y", "Error", "share of answers", 0.05, 1.2, scale="linear", format="loss"),
    variables=(Variable("n", "Samples seen", "samples", 1e7, 1e10),),
    coefficients=(
        Coefficient("a", "amplitude", 1e-6, 1e6, (1e-3, 1.0), "a_{0}", typical=0.03),
        exponent("b", "b_{0}"),
        Coefficient("d", "irreducible", 0.0, 1.0, (0.0, 0.4), "d_{0}", linear=True, typical=0.1),
    ),
    citation=Citation(
        "goyal2024",
        authors="Goyal et al.",
        title="Scaling Laws for Data Filtering: Data Curation cannot be Compute Agnostic",
        year=2024,
        arxiv="2404.07177",
    ),
    notes=(
        "b is positive here; the paper's is negative. Its code counts samples in units of 100 000 before the power.",
        "Utilities and half-lives of the pools of the paper were not found: the published set is one ablation.",
    ),
)
