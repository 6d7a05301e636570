r"""Performance as a straight line in the logarithm of compute, however it is split (Guo).

.. math:: P(C) = u + v \ln C
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE


def kernel(C: Any, *, u: Any, v: Any) -> Any:
    """Return the performance at training compute C = 6 N D."""
    return u + v * ops.log(C)


LAW = Law(
    kernel,
    "compute-only",
    title="Compute-only law",
    response=Variable(
        "P", "Performance", "as measured", 0.0, 1.0, scale="linear", format="plain",
        domain=(float("-inf"), float("inf")),
    ),
    variables=(COMPUTE,),
    coefficients=(
        Coefficient("u", "offset", -1e6, 1e6, (-10.0, 10.0), "u_{0}", linear=True, typical=-1.0),
        Coefficient("v", "offset", -1e6, 1e6, (-1.0, 1.0), "v_{0}", linear=True, typical=0.03),
    ),
    citation=Citation(
        "guo2024", authors="Guo", title="More Compute Is What You Need", year=2024, arxiv="2404.19484"
    ),
    bends=("C",),
    notes=(
        "No coefficient of the paper was found: fit your own runs. A metric that falls as it gets better has v < 0.",
        "All splits of a budget do equally well here; where inference counts, take the smaller N, and where the data "
        "have run out, the larger.",
    ),
    topic="size and data",
)  # fmt: skip
