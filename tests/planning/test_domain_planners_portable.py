"""Every planner of vocabulary, mixture, test time and the domains is recorded and replayed to the direct numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning import (
    best_kl,
    compression,
    data_pruning,
    datastore,
    extra_training,
    filtering,
    mixture,
    pareto,
    sampling,
    translation,
    vocabulary,
)
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

NAMES = ("academic", "prose", "dialogue", "symbolic", "internet")
MIXING = mixture.domain_coefficients(*(published(f"ye2024-5-{name}").values for name in NAMES))
CPT = {c.name: c.illustrative for c in law("d-cpt").coefficients}
TAO = {
    key: published(f"tao2024-{key}").values
    for key in ("loss", "derivative", "other-parameters", "tokens-per-character")
}
SPLIT = {"E": 1.0, "A": 900.0, "p_e": 0.2, "p_d": 0.3}
COMPRESSION = {"E": 0.05, "A": 2.0, "alpha": 0.2, "b": 2.0}
STAGES = {"a": np.array([1.33, 3.88]), "b": np.array([0.43, 0.11]), "cost": np.array([1.0, 3.0])}
POOLS = {"bucket": 12.8e6, "b": np.array([0.15, 0.12]), "tau": np.array([2.0, 3.0]), "a": 0.022, "d": 0.1}

PLANNERS: Mapping[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "width": (lambda N: {"": vocabulary.embedding_width(N)}, {"N": 7e9}),
    "budget": (lambda N: {"": vocabulary.budget_of_size(N, TAO["other-parameters"])}, {"N": 7e9}),
    "vocabulary of a power": (
        lambda N, d: {"": vocabulary.vocabulary_of_power(N, d, TAO["derivative"])},
        {"N": 7e9, "d": 4096.0},
    ),
    "vocabulary of the loss": (
        lambda N, d, C: vocabulary.vocabulary_of_loss(N, d, C, TAO["loss"]),
        {"N": 7e9, "d": 4096.0, "C": 7e21},
    ),
    "cheapest vocabulary": (
        lambda N, d: {"": vocabulary.cheapest_vocabulary(N, d, TAO["tokens-per-character"])},
        {"N": 1e8, "d": 768.0},
    ),
    "best mixture": (
        lambda weights, limits, most: mixture.best_mixture(**MIXING, weights=weights, limits=limits, most=most),
        {
            "weights": np.full(5, 0.2),
            "limits": np.array([9.0, 3.6, 3.2, 9.0, 9.0]),
            "most": np.array([0.2, 1.0, 0.5, 1.0, 1.0]),
        },
    ),
    "best domain share": (
        lambda N, D, limit: mixture.best_domain_share(N, D, general=CPT, domain=CPT, limit=limit),
        {"N": 1.8e9, "D": 1e10, "limit": 2.5},
    ),
    "inference multiple": (
        lambda M, inf, pre: {"": sampling.inference_multiple(M, inf, pre)},
        {"M": 14.0, "inf": 1e12, "pre": 2e12},
    ),
    "samples": (
        lambda c: {"": sampling.samples_for_coverage(c, published("brown2024-gemma-2b-math").values)},
        {"c": 0.7},
    ),
    "pass at k": (lambda correct: {"": sampling.pass_at_k(100, correct, 10)}, {"correct": 7.0}),
    "split over stages": (lambda budget: sampling.best_split(budget, **STAGES), {"budget": 1e3}),
    "best compressor": (lambda S: compression.best_compressor(S, COMPRESSION), {"S": 1e12}),
    "rates": (
        lambda L, N, S: {"": compression.adjusted_rate(compression.compression_rate(L, 4.0), N, S)},
        {"L": 2.0, "N": 1e9, "S": 1e12},
    ),
    "break even": (lambda rate, N: {"": compression.break_even(rate, N)}, {"rate": 0.083, "N": 7e10}),
    "divergence": (
        lambda n: {"KL": best_kl.best_of_kl(n), "n": best_kl.samples_for_kl(best_kl.best_of_kl(n))},
        {"n": 64.0},
    ),
    "best distance": (best_kl.best_distance, {"alpha": 1.0, "beta": 0.3}),
    "encoder and decoder": (lambda N: translation.encoder_decoder_split(N, SPLIT), {"N": 3e8}),
    "error after": (
        lambda n: {"": filtering.error_after(n, pool=12.8e6, a=0.022, b=0.131, tau=3.0, d=0.1)},
        {"n": 1e8},
    ),
    "best pool": (lambda n: filtering.best_pool(n, **POOLS), {"n": 1e8}),
    "perceptron": (data_pruning.pruned_error, {"alpha_total": 4.0, "fraction": 0.5}),
    "datastore": (
        lambda C, N: datastore.datastore_split(C, N, retriever=177e6, loss=lambda D, S: D**-0.3 * S**-0.1),
        {"C": 1e22, "N": 1e9},
    ),
    "front": (
        lambda cost, loss: pareto.power_along_front(cost, loss, pareto.on_front(cost, loss)),
        {"cost": np.array([1.0, 2.0, 4.0, 8.0]), "loss": np.array([4.0, 3.0, 3.5, 2.0])},
    ),
    "extra training": (extra_training.equivalent_compute, {"compute": 1e24}),
}


@pytest.mark.parametrize("name", PLANNERS)
def test_the_recorded_planner_gives_the_numbers_of_the_direct_call(name: str) -> None:
    planner, at = PLANNERS[name]
    text = json.dumps(trace(planner, {key: np.shape(value) for key, value in at.items()}).to_json(), allow_nan=False)
    replayed = Graph.from_json(json.loads(text))(**at)
    with np.errstate(all="ignore"):
        direct = planner(**{key: np.asarray(value, dtype=float)[()] for key, value in at.items()})
    assert set(replayed) == set(direct)
    for key, value in direct.items():
        np.testing.assert_allclose(replayed[key], value, rtol=1e-9, err_msg=key)
