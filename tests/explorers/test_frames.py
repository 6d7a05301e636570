"""Frames agree with the plan of their state, and hold what a chart can draw as it is."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.explorers.allocation import EMPHASIS, FAINT
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.allocate import HOLDS

from .cases import CASES, FITS, FITTED, RUNS, SERVED, case_name, random_states, state


@pytest.mark.parametrize(("key", "hold", "served"), CASES, ids=case_name)
def test_cards_and_points_are_those_of_the_plan(key: str, hold: str, served: float | None) -> None:
    ex = state(key, hold, served)
    for change in ({}, *random_states(7, 2)):
        ex.apply(change)
        frames, plan = ex.frames(), ex.plan
        cards, tables = frames["cards"], frames["tables"]
        for name in ("N", "D", "loss", "tokens_per_param", "training_flop"):
            assert cards[name]["value"] == pytest.approx(getattr(plan, name), rel=1e-9), name
            interval = plan.interval(name)
            bounds = [float(cards[name]["low"]), float(cards[name]["high"])]
            assert bounds == pytest.approx(interval or (np.nan, np.nan), rel=1e-9, nan_ok=True), name
        assert cards["serving_flop"]["value"] == pytest.approx(plan.lifetime.serving_flop, rel=1e-9)
        point, near = tables["allocation"]["plan"], tables["allocation"]["near"]
        assert [point[name][0] for name in ("N", "D", "loss")] == pytest.approx([plan.N, plan.D, plan.loss], rel=1e-9)
        assert [near["N"][0], near["N_high"][0]] == pytest.approx(plan.near_optimal, rel=1e-9)
        base = plan.baseline or plan
        optimum = tables["allocation"]["optimum"]
        assert [optimum[name][0] for name in ("N", "D", "loss")] == pytest.approx([base.N, base.D, base.loss], rel=1e-9)
        assert tables["frontier"]["sizes_plan"]["N"][0] == pytest.approx(plan.N, rel=1e-9)
        assert tables["frontier"]["tokens_plan"]["D"][0] == pytest.approx(plan.D, rel=1e-9)
        assert frames["notes"]["beyond"] == pytest.approx(ex.fit.source.beyond(N=plan.N, D=plan.D), rel=1e-9)


@pytest.mark.parametrize("served", [2e11, SERVED, 2e14])
def test_what_is_saved_is_what_the_plan_saves_at_the_same_quality(served: float) -> None:
    ex = Explorer("hoffmann2022", inference_tokens=served)
    saved = 1 - ex.plan.total_flop / ex.plan.baseline.total_flop
    assert ex.frames()["cards"]["saved"]["value"] == pytest.approx(saved, rel=1e-6, abs=1e-9)
    assert saved > 0


def test_hardware_weighs_served_tokens_in_frames_as_in_plans() -> None:
    chips = sw.Hardware(1e15, 0.4, 0.5, 0.02, train_price=2.0, serve_price=3.0)
    ex = Explorer("hoffmann2022", inference_tokens=1e12, prompt_share=0.7, hardware=chips)
    assert ex.frames()["cards"]["N"]["value"] == pytest.approx(ex.plan.N, rel=1e-9)
    assert ex.plan.N < Explorer("hoffmann2022", inference_tokens=1e12).plan.N


UNSERVED = {
    "allocation/bowl_plan/loss",
    "frontier/sizes_served/N",
    "frontier/tokens_served/D",
    "frontier/sizes_names/y",
    "frontier/tokens_names/y",
}
# A curve is split at the range of the runs: each part has a gap where the other is.
SPLIT = {
    ("allocation/bowl/loss", "allocation/bowl_beyond/loss"),
    ("allocation/above/excess", "allocation/above_beyond/excess"),
    ("frontier/sizes/N", "frontier/sizes_beyond/N"),
    ("frontier/tokens/D", "frontier/tokens_beyond/D"),
}
# Too small a model reaches the loss with no number of tokens: no cost is drawn there.
UNREACHED = {"lifetime/total/cost", "lifetime/training/cost", "lifetime/names/cost"}
# Shown on hovering over the curves above only.
HOVERED = {f"lifetime/{table}/{column}" for table in ("total", "training") for column in ("D", "flop")}
# A fit that does not state its range has no end of it.
ENDS = {f"frontier/{view}_edges/C" for view in ("sizes", "tokens")}


# Every frame has the same tables: without draws, residuals or runs some hold nothing.
DRAWN = {f"frontier/{axis}_band/{end}" for axis in ("sizes", "tokens") for end in ("low", "high")}
BANDS = {name: {f"allocation/band_{name}/low", f"allocation/band_{name}/high", f"allocation/band_{name}_name/loss"}
         for name in ("mean", "new_run")}  # fmt: skip


# Where the range of the runs ends, how far beyond it the plan lies, and marks of waste that would lie over others.
MARKS = {f"allocation/{table}/N" for table in ("edges", "beyond", "waste")} | {"allocation/beyond/loss"}
MARKS |= {f"frontier/{view}_factor/{symbol}" for view in ("sizes", "tokens") for symbol in "CND"}


def nothing(ex: Explorer, columns: dict[str, Any]) -> set[str]:
    """List the columns that hold nothing for a fit."""
    setting = ex.setting
    of_runs = ("runs", "dropped", "other")
    found = {path for path in columns if any(word in path.split("/")[1] for word in of_runs)}
    found |= set() if setting.has_draws else DRAWN | BANDS["mean"]
    return found | (set() if setting.has_noise else BANDS["new_run"])


@pytest.mark.parametrize(("key", "hold", "served"), CASES, ids=case_name)
def test_every_column_is_finite_but_for_the_gaps_that_are_meant(key: str, hold: str, served: float | None) -> None:
    ex = state(key, hold, served)
    # nothing is pinned, so the tables of A hold nothing
    columns = {path: column for path, column in flatten(ex.frames()["tables"]).items() if "/a_" not in path}
    gaps = {path for path, column in columns.items() if np.isnan(column).any()}
    assert gaps <= nothing(ex, columns) | (set() if served else UNSERVED) | UNREACHED | MARKS | {
        path for pair in SPLIT for path in pair
    }
    assert {path for path, column in columns.items() if np.isinf(column).any()} <= HOVERED | ENDS
    for inside, beyond in SPLIT:
        assert (np.isfinite(columns[inside]) ^ np.isfinite(columns[beyond])).all()
    for table in ("total", "training"):
        drawn = np.isfinite(columns[f"lifetime/{table}/cost"])
        np.testing.assert_array_equal(drawn, np.isfinite(columns[f"lifetime/{table}/D"]))
        assert drawn.sum() > 30


@pytest.mark.parametrize(("key", "hold"), list(product(("besiroglu2024", "kaplan2020-nd", "sardana2024-all"), HOLDS)))
def test_ranges_are_ordered_and_finite_and_show_the_plan(key: str, hold: str) -> None:
    ex = state(key, hold, None)
    for change in random_states(11, 6):
        ex.apply(change)
        frames = ex.frames()
        limits = {f"{view}.{axis}": each for view, axes in frames["ranges"].items() for axis, each in axes.items()}
        for name, each in limits.items():
            assert np.isfinite([each["low"], each["high"]]).all(), name
            assert each["low"] < each["high"], name
        optimum = frames["tables"]["allocation"]["optimum"]
        for axis, column in (("x", "N"), ("y", "loss")):
            each = limits[f"allocation.{axis}"]
            assert each["low"] < optimum[column][0] < each["high"]
        cheapest = frames["tables"]["lifetime"]["cheapest"]
        assert limits["lifetime.x"]["low"] < cheapest["N"][0] < limits["lifetime.x"]["high"]


def whole(tables: dict[str, Any], first: str, second: str, column: str) -> np.ndarray:
    """Join the solid and the dashed part of a curve."""
    return np.where(np.isfinite(tables[first][column]), tables[first][column], tables[second][column])


@pytest.mark.parametrize("key", FITS)
def test_the_bowl_is_lowest_at_the_optimum(key: str) -> None:
    tables = state(key, "quality", SERVED).frames()["tables"]["allocation"]
    N, loss, best = tables["bowl"]["N"], whole(tables, "bowl", "bowl_beyond", "loss"), tables["optimum"]
    assert (loss >= best["loss"][0] * (1 - 1e-12)).all()
    assert abs(np.log(N[np.argmin(loss)] / best["N"][0])) <= np.log(N[1] / N[0])
    lowest = int(np.argmin(loss))
    assert (np.diff(loss[: lowest + 1]) <= 0).all()
    assert (np.diff(loss[lowest:]) >= 0).all()
    assert (np.diff(N) > 0).all()
    np.testing.assert_allclose(6 * N * tables["bowl"]["D"], 3e21, rtol=1e-12)


@pytest.mark.parametrize(
    ("compute", "edges", "factor"),
    [(3e21, [np.nan, 16e9], np.nan), (1e20, [57e6, 16e9], np.nan), (5.76e23, [np.nan, np.nan], 44.3)],
)
def test_the_chart_marks_the_end_of_the_runs_and_how_far_beyond_it_lies(
    compute: float, edges: list[float], factor: float
) -> None:
    tables = Explorer(compute=compute).frames()["tables"]["allocation"]
    np.testing.assert_allclose(tables["edges"]["N"], edges, rtol=1e-9)
    shown = np.where(np.isnan(tables["beyond"]["N"]), np.nan, tables["beyond"]["text"])
    np.testing.assert_array_equal(shown, [factor])


def test_the_frontier_marks_the_budgets_of_the_runs_and_how_far_beyond_them_it_lies() -> None:
    ex = Explorer(compute=5.76e23)
    for compute, factor in ((5.76e23, 44.3), (3e21, np.nan)):
        ex.compute = compute
        tables = ex.frames()["tables"]["frontier"]
        for view in ("sizes", "tokens"):
            assert tuple(tables[f"{view}_edges"]["C"]) == ex.fit.source.ranges["C"]
            shown = np.where(np.isnan(tables[f"{view}_factor"]["C"]), np.nan, tables[f"{view}_factor"]["text"])
            np.testing.assert_array_equal(shown, [factor])


@pytest.mark.parametrize("key", FITS)
def test_above_the_floor_are_the_curves_of_the_budget_less_the_irreducible_loss(key: str) -> None:
    ex = state(key, "quality", SERVED)
    frames = ex.frames()
    tables, limits = frames["tables"]["allocation"], frames["ranges"]["allocation"]["above.y"]
    E = next((ex.fit.values[each.name] for each in ex.fit.law.coefficients if each.kind == "irreducible"), 0.0)
    assert tables["floor"]["loss"] == [E]
    assert tables["floor_value"]["text"] == pytest.approx([E], abs=5e-4)
    assert tables["floor_value"]["loss"] == max(E, frames["ranges"]["allocation"]["y"]["low"])
    for name, of in (("above", "bowl"), ("above_beyond", "bowl_beyond"), ("above_plan", "plan")):
        np.testing.assert_allclose(tables[name]["excess"], tables[of]["loss"] - E, rtol=1e-12)
        drawn = tables[name]["excess"][np.isfinite(tables[name]["excess"])]
        assert ((0 < limits["low"] < drawn) & (drawn < limits["high"])).all()


@pytest.mark.parametrize("key", FITS)
def test_more_waste_is_more_loss(key: str) -> None:
    ex = state(key, "quality", None)
    marks = ex.frames()["tables"]["allocation"]["waste"]["loss"]
    assert marks[0] > ex.plan.loss
    assert (np.diff(marks) > 0).all()
    assert marks[2] == pytest.approx(sw.plan(ex.fit, compute=ex.compute / 2).loss, rel=1e-9), "×2 the compute"


@pytest.mark.parametrize("key", ["fitted", "besiroglu2024"])
def test_bands_contain_the_curve_within_the_runs(key: str) -> None:
    ex = state(key, "quality", None)
    ex.compute = 1e21
    tables = ex.frames()["tables"]
    curve, mean = tables["allocation"]["bowl"], tables["allocation"]["band_mean"]
    inside = np.isfinite(curve["loss"])
    assert inside.sum() > 20
    low, high = (np.interp(curve["N"], mean["N"], mean[name]) for name in ("low", "high"))
    assert (low < curve["loss"])[inside].all()
    assert (high > curve["loss"])[inside].all()
    for axis, column in (("sizes", "N"), ("tokens", "D")):
        band, curve = tables["frontier"][f"{axis}_band"], tables["frontier"][axis]
        at, best = np.log(curve["C"]), curve[column]
        low, high = (np.exp(np.interp(at, np.log(band["C"]), np.log(band[name]))) for name in ("low", "high"))
        shown = np.isfinite(best)
        assert (low[shown] < best[shown]).all()
        assert (high[shown] > best[shown]).all()


def test_the_band_of_a_new_run_is_wider_and_needs_residuals() -> None:
    tables = state("fitted", "quality", None).frames()["tables"]["allocation"]
    mean, new = tables["band_mean"], tables["band_new_run"]
    middle = slice(6, 19)
    assert (new["low"][middle] < mean["low"][middle]).all()
    assert (new["high"][middle] > mean["high"][middle]).all()
    without = state("besiroglu2024", "quality", None).frames()["tables"]["allocation"]
    assert np.isnan(without["band_new_run"]["low"]).all(), "without residuals nothing is known of a new run"
    point = state("hoffmann2022", "quality", None).frames()["tables"]["allocation"]
    assert np.isnan(point["band_mean"]["high"]).all()


@pytest.mark.parametrize("compute", [1e19, 3e20, 4e21, 1e24])
def test_the_runs_of_the_nearest_budget_stand_out(compute: float) -> None:
    ex = Explorer(FITTED, compute=compute)
    runs = ex.frames()["tables"]["allocation"]["runs"]
    np.testing.assert_array_equal(runs["N"], RUNS.N)
    np.testing.assert_array_equal(runs["loss"], RUNS.loss)
    distance = np.abs(np.log(6 * RUNS.N * RUNS["D"] / compute))
    strong = runs["opacity"] == EMPHASIS
    assert set(runs["opacity"]) <= {EMPHASIS, FAINT}
    assert strong[np.argmin(distance)]
    assert not strong.all()
    assert distance[strong].max() < distance[~strong].min()


@pytest.mark.parametrize("key", FITS)
def test_the_frontier_passes_through_the_plan_and_rises(key: str) -> None:
    ex = state(key, "quality", None)
    tables, plan = ex.frames()["tables"]["frontier"], ex.plan
    for axis, column, value in (("sizes", "N", plan.N), ("tokens", "D", plan.D)):
        C, best = tables[axis]["C"], whole(tables, axis, f"{axis}_beyond", column)
        assert (np.diff(best) > 0).all()
        # both forms are straight lines in the logarithms
        assert np.interp(np.log(ex.compute), np.log(C), np.log(best)) == pytest.approx(np.log(value), rel=1e-9)
        assert (np.diff(tables[axis]["loss"]) < 0).all()


@pytest.mark.parametrize("key", FITS)
def test_serving_makes_models_smaller_and_trains_them_longer(key: str) -> None:
    tables = state(key, "quality", SERVED).frames()["tables"]["frontier"]
    assert (tables["sizes_served"]["N"] < whole(tables, "sizes", "sizes_beyond", "N")).all()
    assert (tables["tokens_served"]["D"] > whole(tables, "tokens", "tokens_beyond", "D")).all()


@pytest.mark.parametrize(("key", "hold"), list(product(FITS, ("quality", "total"))))
def test_no_size_costs_less_than_the_plan(key: str, hold: str) -> None:
    tables = state(key, hold, SERVED).frames()["tables"]["lifetime"]
    total, parts = tables["total"]["cost"], tables["training"]["cost"] + tables["serving"]["cost"]
    np.testing.assert_allclose(total, parts, rtol=1e-12)
    assert np.nanmin(total) >= tables["cheapest"]["cost"][0] * (1 - 1e-9)
    assert tables["training_only"]["cost"][0] == pytest.approx(1, rel=1e-12)
    assert (np.diff(tables["serving"]["cost"]) > 0).all()
