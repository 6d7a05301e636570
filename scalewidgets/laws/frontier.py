r"""Best size or token count over compute, as approaches 1 and 2 of Hoffmann et al. describe it.

.. math:: N_\mathrm{opt}(C) = k \, C^a \qquad D_\mathrm{opt}(C) = k \, C^a

Their response is a size or a number of tokens, not a loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, MODEL_SIZE, TOKENS, exponent


def kernel(C: Any, *, k: Any, a: Any) -> Any:
    """Return the best size or token count for training compute C."""
    # k can be 1e-30 where C^a is 1e40: the product is taken as a sum of logarithms
    return ops.exp(ops.log(k) + a * ops.log(C))


def _frontier(response: Variable, what: str) -> Law:
    return Law(
        kernel,
        f"frontier-{response.symbol.lower()}",
        title=f"Best {what} over compute",
        response=replace(response, latex=rf"{response.symbol}_{{\mathrm{{opt}}}}"),
        variables=(COMPUTE,),
        coefficients=(
            Coefficient("k", "amplitude", 1e-60, 1e60, (1e-8, 1e4)),
            exponent("a", "a_{C}"),
        ),
        citation=Citation(
            "hoffmann2022",
            authors="Hoffmann et al.",
            title="Training Compute-Optimal Large Language Models",
            year=2022,
            arxiv="2203.15556",
            where="Sections 3.1 and 3.2",
        ),
        display=lambda C, *, k, a: k * C**a,
        rises=("C",),
        topic="size and data",
    )


LAWS = (_frontier(MODEL_SIZE, "model size"), _frontier(TOKENS, "token count"))
FRONTIERS: Mapping[str, Law] = MappingProxyType({law.key: law for law in LAWS})
