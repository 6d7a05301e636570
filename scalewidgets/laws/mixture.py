r"""Validation loss of one domain against the shares of the training mixture (Ye et al., data mixing laws).

.. math:: L_i(r) = c_i + k_i e^{\sum_j t_{ij} r_j}

One law for each number of domains; the shares sum to one.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, irreducible

COUNTS = (3, 5, 7)
_CITATION = Citation(
    "ye2024",
    authors="Ye et al.",
    title="Data Mixing Laws: Optimizing Data Mixtures by Predicting Language Modeling Performance",
    year=2024,
    arxiv="2403.16952",
)


def kernel(*r: Any, c: Any, k: Any, **t: Any) -> Any:
    """Return the loss on one domain at shares r of the training tokens, with slopes t in the same order."""
    exponent = t["t_1"] * r[0]
    for slope, share in zip(list(t.values())[1:], r[1:], strict=True):
        exponent = exponent + slope * share
    return c + k * ops.exp(exponent)


def one_share_kernel(r: Any, *, c: Any, k: Any, t: Any) -> Any:
    """Return the loss on a domain at its own share r, all else being one other domain."""
    return c + k * ops.exp(t * r)


def _share(symbol: str, label: str, latex: str = "", typical: float = 0.5) -> Variable:
    return Variable(
        symbol, label, "share of training tokens", 0.0, 1.0, scale="linear", latex=latex, format="percent",
        domain=(0.0, 1.0), closed=True, typical=typical,
    )  # fmt: skip


def _slope(name: str, typical: float, latex: str) -> Coefficient:
    return Coefficient(name, "offset", -100.0, 100.0, (-5.0, 5.0), latex, typical=typical)


_LEVEL = (
    irreducible("c", "c_{0}"),
    Coefficient("k", "amplitude", 1e-9, 1e6, (1e-3, 10.0), "k_{0}", linear=True, typical=0.6),
)


def _of(count: int) -> Law:
    numbers = range(1, count + 1)
    return Law(
        kernel,
        f"data-mixing-{count}",
        title=f"Loss on a domain against shares of {count} domains",
        topic="mixture",
        response=LOSS,
        variables=tuple(_share(f"r_{j}", f"Share of domain {j}", f"r_{{{j}}}", 1 / count) for j in numbers),
        coefficients=(*_LEVEL, *(_slope(f"t_{j}", (-2.0, 0.7, 0.4)[min(j, 3) - 1], f"t_{{{j}}}") for j in numbers)),
        citation=_CITATION,
        bends=tuple(f"r_{j}" for j in numbers),
        simplex=tuple(f"r_{j}" for j in numbers),
        notes=(
            "The shares sum to one, so a constant added to every t and taken from ln k changes nothing: "
            "fix one t when you fit runs.",
            "The domains come in the order in which the mixtures were named.",
        ),
    )


ONE_SHARE = Law(
    one_share_kernel,
    "data-mixing-2",
    title="Loss on a domain against its share of two",
    topic="mixture",
    response=LOSS,
    variables=(_share("r", "Share of the domain"),),
    coefficients=(*_LEVEL, _slope("t", -1.5, "t_{0}")),
    citation=_CITATION,
    bends=("r",),
    notes=("With two domains the other share is 1 - r, so one slope is all there is.",),
)
LAWS = tuple(_of(count) for count in COUNTS)
