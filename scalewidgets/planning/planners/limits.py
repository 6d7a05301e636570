"""What to do with data that are few: keep more or fewer pools, grow an ensemble, use a better recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Coefficient, Variable
from scalewidgets.laws import billions, data_utility
from scalewidgets.naming import LOSS, UNIQUE_TOKENS
from scalewidgets.planning import filtering, fixed_data
from scalewidgets.planning.planner import Planner, constant, numbered, part

_TOPIC = "data limits"
_BUCKETS = 6
_ERROR = data_utility.LAW.response


def _pools(n: Any, m: Any, *, a: Any, b: Any, d: Any, fall: Any, tau: Any) -> dict[str, Any]:
    utilities = ops.stack(*(b * fall ** float(j) for j in range(_BUCKETS)))
    halves = 0.0 * utilities + tau
    like = 0.0 * (n + m)
    best, keep = like + float("inf"), like
    for p in range(1, _BUCKETS + 1):
        error = filtering.error_of_pools(n + like, m + like, ops.part(utilities, 0, p), ops.part(halves, 0, p), a, d, p)
        best, keep = ops.where(error < best, error, best), ops.where(error < best, float(p), keep)
    return {"p": keep, "y": best, "y_all": error, "e": n / (m * keep)}


POOLS = Planner(
    _pools,
    "best-pool",
    "How much of the data to keep for a budget of samples",
    (
        Variable("n", "Samples seen", "samples", 1e7, 1e10, typical=2.56e8),
        Variable("m", "Samples of one pool", "samples", 1e6, 1e8, typical=12.8e6),
    ),
    (
        Variable(
            "p", "Pools to keep", f"of {_BUCKETS}, best first", 1.0, float(_BUCKETS), scale="linear", format="count"
        ),
        _ERROR,
        replace(_ERROR, symbol="y_all", label="Error with all pools"),
        Variable("e", "Passes through what is kept", "passes", 0.1, 1e3, format="ratio"),
    ),
    (
        *data_utility.LAW.coefficients,
        Coefficient("fall", "fraction", 0.01, 1.0, (0.4, 1.0), typical=0.8),
        constant("tau", 3.0, "passes"),
    ),
    data_utility.LAW.citation,
    _TOPIC,
    (("goyal2024-ablation",),),
    (
        "Pools of one size, best first; the utility of each is that of the one before times fall.",
        "As the paper has it, p pools together have p times the half-life tau. Up to 200 passes.",
    ),
    rises=("n",),
)


def _members(L: Any, *, A: Any, alpha: Any, E: Any) -> dict[str, Any]:
    return {"K": fixed_data.members_for(L, A, alpha, E)}


MEMBERS = Planner(
    _members,
    "ensemble-size",
    "Members of an ensemble that reach a loss",
    (replace(LOSS, low=3.31, high=3.6, typical=3.4),),
    (billions.MEMBERS,),
    billions.ENSEMBLE.coefficients,
    billions.ENSEMBLE.citation,
    _TOPIC,
    notes=("No ensemble reaches the floor E; members are not rounded. The paper's amplitudes are in figures only.",),
)


def _efficiency(D: Any, **values: Any) -> dict[str, Any]:
    better, worse = part(values, "1"), part(values, "2")
    times = fixed_data.data_efficiency(D, better, worse)
    return {"t": times, "L": billions.data_kernel(D, **better), "L_2": billions.data_kernel(D, **worse)}


EFFICIENCY = Planner(
    _efficiency,
    "data-efficiency",
    "What a better recipe is worth in tokens",
    (replace(UNIQUE_TOKENS, symbol="D", low=1e8, high=1e12, typical=2e8),),
    (
        Variable("t", "Times the tokens", "that the second recipe needs", 0.5, 1e3, format="factor"),
        replace(LOSS, label="Loss of the first recipe"),
        replace(LOSS, symbol="L_2", label="Loss of the second recipe", latex="L_{2}"),
    ),
    (*numbered(billions.ASYMPTOTE.coefficients, "1"), *numbered(billions.ASYMPTOTE.coefficients, "2")),
    billions.ASYMPTOTE.citation,
    _TOPIC,
    (
        ("kim2025-regularized@1", "kim2025-standard@2"),
        ("kim2025-ensemble@1", "kim2025-standard@2"),
        ("kim2025-ensemble@1", "kim2025-regularized@2"),
    ),
    ("Gaps: the second recipe never gets there.", "Amplitudes belong to billions of tokens."),
)
