"""How sparse and how fine-grained a mixture of experts should be, and the dense model that does as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Coefficient, Variable
from scalewidgets.laws import fine_grained, routed, sparsity
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning import experts
from scalewidgets.planning.planner import Planner

_TOPIC = "mixture of experts"
_BUDGET = replace(COMPUTE, low=1e18, high=1e26, typical=1e21)
_DENSE_LOSS = replace(LOSS, symbol="L_1", label="Loss of a dense model", latex=r"L_{1}")


def _sparsity(C: Any, N: Any, **values: Any) -> dict[str, Any]:
    found = experts.best_sparsity(C, N, values)
    S, D = found["S"], found["D"]
    return {
        "S": S,
        "L": found["loss"],
        "L_1": found["dense_loss"],
        "D": D,
        "N_1": experts.dense_equivalent(N + 0.0 * S, D, S, values),
    }


SPARSITY = Planner(
    _sparsity,
    "best-sparsity",
    "Best sparsity of experts for a budget",
    (_BUDGET, replace(MODEL_SIZE, low=1e8, high=1e12, typical=2e9)),
    (
        replace(sparsity.SPARSITY, label="Best sparsity", latex=r"S^{*}"),
        LOSS,
        _DENSE_LOSS,
        TOKENS,
        replace(MODEL_SIZE, symbol="N_1", label="Dense size as good at these tokens", latex="N_{1}"),
    ),
    sparsity.LAW.coefficients,
    sparsity.LAW.citation,
    _TOPIC,
    (("abnar2025",),),
    (
        "At compute 6 N (1 - S) D: a sparser model of the same size sees more tokens.",
        "Sparsity is sought up to 98 %; mistrust it above 90 %.",
    ),
    rises=("N",),
)


def _granularity(C: Any, w: Any, n: Any, *, experts_: Any, **values: Any) -> dict[str, Any]:
    found = experts.best_granularity(C, w, n, values, experts=experts_)
    return {"G": found["G"], "L": found["loss"], "L_1": found["coarse_loss"], "D": found["D"], "N": found["N"]}


GRANULARITY = Planner(
    _granularity,
    "best-granularity",
    "Best granularity of experts for a budget",
    (
        replace(_BUDGET, typical=1e20),
        Variable("w", "Model width", "numbers", 256.0, 16384.0, format="count", typical=1024.0),
        Variable("n", "Transformer blocks", "blocks", 4.0, 128.0, format="count", typical=16.0),
    ),
    (
        Variable("G", "Best granularity", "parts", 1.0, 64.0, latex=r"G^{*}", format="count"),
        LOSS,
        replace(_DENSE_LOSS, label="Loss of whole experts"),
        TOKENS,
        replace(MODEL_SIZE, label="Size, all experts counted"),
    ),
    (
        *fine_grained.LAW.coefficients,
        Coefficient("experts_", "scale", 2.0, 1e4, (8.0, 256.0), unit="experts of full width", typical=64.0),
    ),
    fine_grained.LAW.citation,
    _TOPIC,
    (("krajewski2024",),),
    ("Granularity is sought from 1 to 64. The coefficients belong to 64 experts of full width.",),
    rises=("C",),
)


def _twin(N: Any, E: Any, **values: Any) -> dict[str, Any]:
    size = experts.dense_twin(N, E, values)
    return {"N_1": size, "g": size / N}


TWIN = Planner(
    _twin,
    "dense-twin",
    "Dense model as good as one with routed experts",
    routed.LAW.variables,
    (
        replace(MODEL_SIZE, symbol="N_1", label="Dense size as good", latex="N_{1}"),
        Variable("g", "Gain in size", "of the size", 0.5, 100.0, format="factor"),
    ),
    routed.LAW.coefficients,
    routed.LAW.citation,
    _TOPIC,
    (("clark2022-s-base",), ("clark2022-rl-r",), ("clark2022-hash",)),
    rises=("N", "E"),
)
