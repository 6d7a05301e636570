r"""Gold reward against how far a policy has moved from its start (Gao et al.).

.. math:: R_\text{best of n}(d) = d (\alpha - \beta d) \qquad R_\text{RL}(d) = d (\alpha - \beta \ln d)

d is the root of the KL divergence in nats. The gold reward turns where the proxy that was optimised no longer agrees.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable

DISTANCE = Variable("d", "Distance from the start", "root of nats", 0.05, 20.0, scale="linear", format="plain")
GOLD = Variable(
    "R", "Gold reward gained", "as measured", 0.0, 4.0, scale="linear", format="plain",
    domain=(float("-inf"), float("inf")),
)  # fmt: skip


def best_of_kernel(d: Any, *, alpha: Any, beta: Any) -> Any:
    """Return the gold reward of the best of n samples at distance d."""
    return d * (alpha - beta * d)


def trained_kernel(d: Any, *, alpha: Any, beta: Any) -> Any:
    """Return the gold reward of a policy trained to distance d."""
    return d * (alpha - beta * ops.log(d))


def _coefficients(alpha: float, beta: float) -> tuple[Coefficient, Coefficient]:
    return (
        Coefficient("alpha", "offset", -1e3, 1e3, (0.2, 3.0), r"\alpha", linear=True, typical=alpha),
        Coefficient("beta", "offset", -1e3, 1e3, (0.02, 1.0), r"\beta", linear=True, typical=beta),
    )


_CITATION = Citation(
    "gao2022",
    authors="Gao, Schulman, Hilton",
    title="Scaling Laws for Reward Model Overoptimization",
    year=2022,
    arxiv="2210.10760",
)
_NO_NUMBERS = "The paper draws its coefficients and prints none: fit your own runs."

BEST_OF = Law(
    best_of_kernel,
    "reward-best-of",
    title="Gold reward of the best of n samples",
    topic="domains",
    response=GOLD,
    variables=(DISTANCE,),
    coefficients=_coefficients(0.7, 0.03),
    citation=_CITATION,
    bends=("d",),
    notes=(_NO_NUMBERS, "Both coefficients are about linear in the logarithm of the reward model's size."),
)
TRAINED = Law(
    trained_kernel,
    "reward-trained",
    title="Gold reward of a trained policy",
    topic="domains",
    response=GOLD,
    variables=(DISTANCE,),
    coefficients=_coefficients(1.05, 0.32),
    citation=_CITATION,
    bends=("d",),
    notes=(
        _NO_NUMBERS,
        "The slope is infinite at d = 0, where the reward is 0: measure from some distance on.",
        "Rafailov et al. use the same form for direct alignment, with win rate for reward.",
    ),
)
