"""The Studio's frontier: at every budget it is the plan of that budget, with what quantising adds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scalewidgets.costs.chips import chip
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_scene import studio_scene
from scalewidgets.explorers.studio_surface import Composed
from scalewidgets.fits.fit import Fit
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.allocate import HOLDS, allocate
from scalewidgets.published_fits.loading import published
from tests.live.scripts import assert_equal_numbers, replay

FULL = published("besiroglu2024")
# Fewer draws, to be quick.
FEW: Fit = replace(FULL, draws={name: draw[:20] for name, draw in (FULL.draws or {}).items()})
H100 = chip("H100").hardware(train_utilisation=0.4, prefill_utilisation=0.4, decode_utilisation=0.1)
STATES: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": ("hoffmann2022", {}),
    "four bits": ("hoffmann2022", {"deploy_bits": 4.0}),
    "broken bits": (FEW, {"bits": 6.4, "deploy_bits": 3.3}),
    "all on": (FEW, {"bits": 8.0, "deploy_bits": 4.0, "cooldown": 0.2, "counted": 1.0}),
    "not below": (FEW, {"bits": 5.0, "deploy_bits": 6.0}),
    "on a chip": ("hoffmann2022", {"bits": 8.0, "deploy_bits": 4.0, "hardware": H100}),
    "billions": ("hu2024-ultratext", {"deploy_bits": 3.0}),
    "power of the room": ("kaplan2020-nd", {"bits": 12.0, "deploy_bits": 4.0}),
}


LARGEST_GRAPH = 100_000


def tables(ex: Explorer) -> dict[str, Any]:
    return ex.frames()["tables"]["frontier"]


def whole(found: dict[str, Any], name: str, column: str) -> np.ndarray:
    """Return a curve that is split where it leaves the range of the runs."""
    within = found[name][column]
    return np.where(np.isfinite(within), within, found[f"{name}_beyond"][column])


@pytest.mark.parametrize(("fit", "settings"), STATES.values(), ids=STATES.keys())
def test_every_point_is_the_plan_of_its_budget(fit: Any, settings: dict[str, Any]) -> None:
    ex = Studio(fit, compute=1e22, inference_tokens=2e12, **settings)
    # the frontier counts the FLOP of training in whatever bits, a budget those of 16
    cost = ex.plan.composition.training_cost
    for place in (8, 26, 41, 50):
        found = tables(ex)
        ex.compute = float(found["sizes"]["C"][place] * cost)
        found, plan = tables(ex), ex.plan
        at = int(np.argmin(np.abs(np.log(found["sizes"]["C"] * cost / ex.compute))))
        assert found["sizes"]["C"][at] * cost == pytest.approx(ex.compute, rel=1e-12)
        assert plan.baseline is not None
        shown = [whole(found, "sizes", "N"), whole(found, "tokens", "D"), found["sizes"]["loss"]]
        served = [found["sizes_served"]["N"], found["tokens_served"]["D"]]
        expected = [plan.baseline.N, plan.baseline.D, plan.baseline.loss, plan.N, plan.D]
        assert [curve[at] for curve in (*shown, *served)] == pytest.approx(expected, rel=1e-9)
        assert plan.loss == pytest.approx(found["sizes_plan"]["loss"][0], rel=1e-9)


@pytest.mark.parametrize(("bits", "deploy_bits"), [(16.0, 16.0), (8.0, 8.0), (16.0, None)])
def test_where_quantising_adds_nothing_the_frontier_is_that_without_it(bits: float, deploy_bits: float | None) -> None:
    settings: dict[str, Any] = {"compute": 1e22, "inference_tokens": 2e12}
    found = flatten(tables(Studio(FEW, bits=bits, deploy_bits=deploy_bits, **settings)))
    for path, value in flatten(tables(Studio(FEW, bits=bits, **settings))).items():
        np.testing.assert_array_equal(found[path], value, err_msg=path)


def test_with_every_group_off_the_frontier_is_that_of_the_allocation_explorer() -> None:
    settings: dict[str, Any] = {"compute": 1e22, "inference_tokens": 2e12}
    found = flatten(tables(Studio(FEW, **settings)))
    for path, value in flatten(tables(Explorer(FEW, **settings))).items():
        np.testing.assert_allclose(found[path], value, rtol=1e-12, equal_nan=True, err_msg=path)


def test_the_band_is_shifted_as_the_plan_is() -> None:
    on, off = (Studio(FEW, compute=1e22, deploy_bits=bits) for bits in (4.0, None))
    shifted, trained = tables(on), tables(off)
    for place in (3, 9, 16):
        on.compute = off.compute = float(trained["sizes_band"]["C"][place])
        for view, symbol in (("sizes", "N"), ("tokens", "D")):
            ratio = getattr(on.plan, symbol) / getattr(off.plan, symbol)
            for end in ("low", "high"):
                found = shifted[f"{view}_band"][end][place] / trained[f"{view}_band"][end][place]
                assert found == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("key", ["besiroglu2024", "hu2024-ultratext", "kaplan2020-nd"])
def test_the_graph_of_every_law_stays_small(key: str, hold: str) -> None:
    assert len(json.dumps(Studio(key, hold=hold).graph().to_json(), allow_nan=False)) < LARGEST_GRAPH


@pytest.mark.parametrize(("fit", "bits"), [(FEW, 3.0), ("kaplan2020-nd", 4.0)], ids=["room", "power of the room"])
def test_a_browser_draws_the_same_frontier(fit: Any, bits: float) -> None:
    ex = Studio(fit, compute=3e22, inference_tokens=2e12, deploy_bits=bits)
    graph, states = ex.graph(), []
    for deployed in (bits, None, bits + 1.5):
        ex.deploy_bits = deployed
        states.append((dict(ex.inputs), flatten({"tables": {"frontier": tables(ex)}})))
    (answers,) = replay([(graph, [inputs for inputs, _ in states])])
    for (_, frames), found in zip(states, answers, strict=True):
        for path, value in frames.items():
            assert_equal_numbers(found[path], value, rtol=1e-7, atol=0, what=path)


@pytest.mark.parametrize("inference_tokens", [0.0, 2e12])
def test_with_training_held_the_plans_of_the_draws_are_those_of_their_near_optimal_range(
    inference_tokens: float,
) -> None:
    ex = Studio(FEW, compute=1e22, inference_tokens=inference_tokens, hold="training", bits=8.0)
    # as frames are computed
    with np.errstate(all="ignore"):
        seen = studio_scene(ex.setting, ex.inputs)
    assert isinstance(seen.drawn, Composed)
    assert seen.drawn_plan is not None
    asked = {"compute": seen.compute, "served": seen.served, "tolerance": seen.inputs["tolerance"]}
    expected = allocate(replace(seen.drawn, added=None), **asked, hold="training")
    for name in ("N", "D", "loss", "baseline_N"):
        np.testing.assert_allclose(seen.drawn_plan[name], expected[name], rtol=1e-9, err_msg=name)
