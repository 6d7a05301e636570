"""Every planner of a law family is recorded, stored as JSON and replayed to the numbers of the direct call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning import batch_trajectory, experts, fixed_data, pruning, time_budget, training_settings
from scalewidgets.planning import shape as shapes
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

TIMING = {"t_0": 0.02, "t_1": 2e-12}
JOINT = {c.name: c.illustrative for c in law("experts-and-data").coefficients}
STEPS, CRITICAL = (published(f"kaplan2020-{key}").values for key in ("steps", "critical-batch"))


def loss(N: Any, D: Any) -> Any:
    fit = published("besiroglu2024")
    return fit.law.evaluate({"N": N, "D": D}, fit.values)


PLANNERS: Mapping[str, tuple[Callable[..., Any], Mapping[str, float]]] = {
    "best sparsity": (
        lambda C, N: experts.best_sparsity(C, N, published("abnar2025").values),
        {"C": 1e21, "N": 2e9},
    ),
    "dense equivalent": (
        lambda N, D, S: {"": experts.dense_equivalent(N, D, S, published("abnar2025").values)},
        {"N": 2e9, "D": 4e10, "S": 0.7},
    ),
    "best granularity": (
        lambda C, width, blocks: experts.best_granularity(C, width, blocks, published("krajewski2024").values),
        {"C": 1e20, "width": 1024.0, "blocks": 16.0},
    ),
    "best size with experts": (
        lambda C, E: experts.best_size_with_experts(C, E, JOINT),
        {"C": 1e21, "E": 8.0},
    ),
    "dense twin": (
        lambda N, E: {"": experts.dense_twin(N, E, published("clark2022-hash").values)},
        {"N": 1e8, "E": 64.0},
    ),
    "training settings": (
        lambda N, D: training_settings.training_settings(
            N, D, published("li2025-lr").values, published("li2025-batch").values
        ),
        {"N": 1e9, "D": 1e11},
    ),
    "best in time": (
        lambda seconds, aspect: time_budget.best_in_time(seconds, loss, TIMING, aspect=aspect),
        {"seconds": 86400.0, "aspect": 64.0},
    ),
    "pruning plan": (pruning.pruning_plan, {"N": 1e9, "D": 1e11, "s": 0.6}),
    "density": (lambda step, s: {"": pruning.density(step, s)}, {"step": 0.4, "s": 0.6}),
    "data efficiency": (
        lambda D: {
            "": fixed_data.data_efficiency(
                D, published("kim2025-regularized").values, published("kim2025-standard").values
            )
        },
        {"D": 4e8},
    ),
    "members": (lambda L: {"": fixed_data.members_for(L, 0.25, 1.0, 3.34)}, {"L": 3.8}),
    "trajectory": (
        lambda N, S, B: {"": batch_trajectory.loss_at_step(N, S, B, STEPS, CRITICAL)},
        {"N": 1e9, "S": 1e5, "B": 1e6},
    ),
    "steps and tokens": (
        lambda L, N, B: batch_trajectory.steps_and_tokens(L, N, B, STEPS, CRITICAL),
        {"L": 3.0, "N": 1e9, "B": 1e6},
    ),
    "loss at compute": (
        lambda N, C: {"": batch_trajectory.loss_at_compute(N, C, STEPS, CRITICAL)},
        {"N": 1e9, "C": 1e21},
    ),
    "shape": (
        lambda width, ratio: shapes.scaled_shape({"width": width, "depth": 12.0}, ratio),
        {"width": 768.0, "ratio": 10.0},
    ),
}


@pytest.mark.parametrize(("planner", "asked"), PLANNERS.values(), ids=PLANNERS.keys())
@pytest.mark.parametrize("shape", [(), (3,)], ids=["one", "many"])
def test_a_planner_replays_from_json_to_what_the_direct_call_gives(
    planner: Callable[..., Any], asked: Mapping[str, float], shape: tuple[int, ...]
) -> None:
    inputs = {name: value * np.linspace(0.9, 1.1, int(np.prod(shape))).reshape(shape) if shape else np.float64(value)
              for name, value in asked.items()}  # fmt: skip
    with np.errstate(all="ignore"):
        direct = planner(**inputs)
    graph = trace(lambda **given: planner(**given), dict.fromkeys(inputs, shape))
    replayed = Graph.from_json(json.loads(json.dumps(graph.to_json(), allow_nan=False)))(**inputs)
    assert set(replayed) == set(direct)
    for name, value in direct.items():
        assert np.isfinite(value).all(), name
        np.testing.assert_allclose(np.broadcast_to(replayed[name], np.shape(value)), value, rtol=1e-12, err_msg=name)
