r"""Loss over compute at a fixed number of tokens per parameter, and downstream error from the loss (Gadre et al.).

.. math:: L(C, M) = E + \left(a M^{\eta} + b M^{-\eta}\right) C^{-\eta} \qquad
   \mathrm{Err}(L) = \epsilon - k e^{-\gamma L}

with M = D/N and C = 6 N D. It is Chinchilla's form with the one exponent 2 eta for both terms, turned by 45 degrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, LOSS, amplitude, exponent, irreducible

_CITATION = Citation(
    "gadre2024",
    authors="Gadre et al.",
    title="Language models scale reliably with over-training and on downstream tasks",
    year=2024,
    arxiv="2403.08540",
)


def kernel(C: Any, M: Any, *, E: Any, a: Any, b: Any, eta: Any) -> Any:
    """Return the loss in nats per token."""
    return E + (a * M**eta + b * M**-eta) * C**-eta


def best_ratio(*, a: Any, b: Any, eta: Any) -> Any:
    """Return the tokens per parameter of least loss, the same for every budget.

    Examples
    --------
    >>> round(float(best_ratio(a=141.27726, b=189.515522, eta=0.12123612)), 3)
    3.358
    """
    return (b / a) ** (1 / (2 * eta))


def error_kernel(L: Any, *, epsilon: Any, k: Any, gamma: Any) -> Any:
    """Return the mean top-1 error of a model with loss L."""
    return epsilon - k * ops.exp(-gamma * L)


LAW = Law(
    kernel,
    "over-training",
    title="Over-training L(C, M)",
    response=LOSS,
    variables=(COMPUTE, Variable("M", "Tokens per parameter", "tokens", 1.0, 2000.0, format="ratio")),
    coefficients=(irreducible("E"), amplitude("a", "a_{0}"), amplitude("b", "b_{0}"), exponent("eta")),
    citation=_CITATION,
    bends=("M",),
    notes=("N counts all parameters; the best M is (b/a)^(1/(2 eta)) at every budget.",),
    topic="over-training",
)
ERROR = Law(
    error_kernel,
    "error-from-loss",
    title="Downstream error from loss",
    response=Variable("Err", "Downstream error", "share of answers", 0.0, 1.0, scale="linear", format="percent"),
    variables=(replace(LOSS, low=1.5, high=7.0),),
    coefficients=(
        Coefficient("epsilon", "fraction", 0.0, 1.0, (0.5, 1.0), r"\epsilon", linear=True, typical=0.85),
        Coefficient("k", "amplitude", 1e-6, 1e6, (0.1, 10.0), "k_{0}", linear=True, typical=2.1),
        Coefficient("gamma", "exponent", 0.0, 10.0, (0.1, 2.0), r"\gamma", typical=0.75),
    ),
    citation=_CITATION,
    rises=("L",),
    notes=("Error and loss belong to one training corpus and one set of tasks: epsilon is its error at chance.",),
    topic="downstream",
)
