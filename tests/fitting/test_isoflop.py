"""Approaches 1 and 2 find the frontier of a known law, within the bias they state, and say what they can't tell."""

from __future__ import annotations

import contextlib
import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.frontier import best, between, line
from scalewidgets.fitting.parabolas import budgets_of, profiles
from scalewidgets.laws.frontier import FRONTIERS
from scalewidgets.runs import Runs

TRUTH = sw.published("besiroglu2024")
SLOPE = TRUTH.values["beta"] / (TRUTH.values["alpha"] + TRUTH.values["beta"])
BUDGETS = np.geomspace(6e18, 1e21, 6)


def grid(low: float = 0.3, high: float = 3.0, drift: float = 0.0, sizes: int = 7, **settings: Any) -> Runs:
    """Simulate isoFLOP runs from `low` to `high` times the best N; `drift` moves the grid off it as compute grows."""
    C = BUDGETS[:, None]
    N = best(TRUTH.law, TRUTH.values, BUDGETS, "N")[:, None] * np.geomspace(low, high, sizes)
    N = N * (C / BUDGETS[0]) ** drift
    return sw.simulate(TRUTH, N=N, D=C / (6 * N), **settings)


def curves(**settings: Any) -> Runs:
    """Simulate curves of 14 sizes, from 2 to 500 tokens per parameter."""
    N = np.geomspace(3e7, 6e9, 14)[:, None]
    return sw.simulate(TRUTH, N=N, D=N * np.geomspace(2, 500, 30), **settings)


def caution(fit: Fit, key: str) -> str:
    found = [str(each) for each in fit.warnings if each.key == key]
    assert found, f"no caution {key!r} among {[each.key for each in fit.warnings]}"
    return found[0]


@pytest.mark.parametrize(
    ("design", "law", "truth", "within"),
    [
        ({}, "chinchilla", SLOPE, 0.001),
        ({}, "frontier-n", SLOPE, 0.001),
        ({}, "frontier-d", 1 - SLOPE, 0.001),
        ({"low": 0.05, "high": 20.0}, "chinchilla", SLOPE, 0.005),
        ({"drift": 0.1}, "chinchilla", SLOPE, 0.01),
    ],
)
def test_exact_isoflop_runs_give_the_exponent_of_the_frontier(
    design: dict[str, float], law: str, truth: float, within: float
) -> None:
    found = sw.fit(law, grid(**design), method="isoflop", bootstrap=0)
    assert found.values["a"] == pytest.approx(truth, abs=within)
    assert found.law is FRONTIERS["frontier-d" if law == "frontier-d" else "frontier-n"]


def test_the_stated_bias_of_exact_runs_is_the_error_that_is_made() -> None:
    found = sw.fit("chinchilla", grid(low=0.2, high=10.0, drift=0.15), method="isoflop", bootstrap=0)
    error = found.values["a"] - SLOPE
    assert abs(error) > 0.002
    assert f"gives a = {found.values['a']:.3f} where the truth is {SLOPE:.3f} ({error:+.3f})" in caution(
        found, "method-bias"
    )


def test_a_law_without_tokens_can_not_measure_the_bias_and_that_is_said() -> None:
    found = sw.fit("power-n", grid(), method="isoflop", bootstrap=0)
    assert "could not be measured" in caution(found, "method-bias")


def test_the_optimum_of_a_law_without_closed_form_is_searched() -> None:
    law = sw.law("chinchilla")
    bare = sw.Law(
        law.kernel,
        "bare",
        response=law.response,
        variables=law.variables,
        coefficients=law.coefficients,
        citation=law.citation,
    )
    assert best(bare, TRUTH.values, BUDGETS, "N") == pytest.approx(best(law, TRUTH.values, BUDGETS, "N"), rel=1e-6)


@pytest.mark.parametrize("resample", ["residuals", "pairs", "groups"])
def test_intervals_hold_the_exponent_of_noisy_runs_about_as_often_as_they_say(resample: str) -> None:
    held = []
    for seed in range(120):
        found = sw.fit(
            "frontier-n", grid(noise=0.003, seed=seed), method="isoflop", bootstrap=200, resample=resample, seed=seed
        )
        low, high = found.interval()["a"]
        held.append(low <= SLOPE <= high)
    # six budgets are few for drawing whole budgets, and seven sizes few for drawing pairs
    assert np.mean(held) > {"residuals": 0.89, "pairs": 0.85, "groups": 0.75}[resample]


def test_the_same_seed_gives_the_same_draws_and_a_fit_survives_storage(tmp_path: Path) -> None:
    runs = grid(noise=0.003, seed=1)
    first, second = (sw.fit("chinchilla", runs, method="isoflop", seed=4) for _ in range(2))
    assert first.draws is not None and second.draws is not None
    np.testing.assert_array_equal(first.draws["a"], second.draws["a"])
    first.save(tmp_path / "fit.json")
    again = sw.Fit.load(tmp_path / "fit.json")
    assert dict(again.values) == dict(first.values)
    assert again(C=1e21) == pytest.approx(float(first(C=1e21)), rel=1e-12)
    prediction = first.predict(C=1e23, new_run=True)
    assert prediction.low < prediction.mean < prediction.high


def test_a_budget_with_its_minimum_beyond_the_sizes_is_left_out_and_named() -> None:
    runs = grid()
    sizes, first = runs["N"], runs["C"] < 7e18
    away = first & (sizes > np.median(sizes[first]) * 0.8)
    found = sw.fit("chinchilla", runs.subset(~away), method="isoflop", bootstrap=0)
    assert "6e18 FLOP is left out: the minimum lies beyond" in caution(found, "edge-minimum")
    assert "Fewer than 5 sizes at 6e18" in caution(found, "few-sizes")
    assert found.values["a"] == pytest.approx(SLOPE, abs=0.002)


def test_runs_that_can_not_be_fitted_are_refused_with_what_to_do() -> None:
    with pytest.raises(FitError, match="two budgets with 3 sizes each; the runs have 1"):
        sw.fit("chinchilla", grid().subset(np.arange(7)), method="isoflop")
    with pytest.raises(FitError, match="fewer than two budgets have a minimum"):
        sw.fit("chinchilla", grid(low=5, high=20), method="isoflop")
    with pytest.raises(FitError, match="has no fixed, objective; leave it out"):
        sw.fit("chinchilla", grid(), method="isoflop", fixed={"E": 1.7}, objective="absolute")
    with pytest.raises(FitError, match="needs N, D and C; the runs lack D, C"):
        sw.fit("chinchilla", sw.read_runs({"N": [1e8, 1e9], "loss": [3.0, 2.0]}), method="isoflop")
    with pytest.raises(UnknownName, match="no method 'isoflops'.*Did you mean"):
        sw.fit("chinchilla", grid(), method="isoflops")
    with pytest.raises(FitError, match=r"one per run \(42\)"):
        sw.fit("chinchilla", grid(), method="isoflop", noise=[0.1, 0.2])
    with pytest.raises(UnknownName, match="kind of resample"):
        sw.fit("chinchilla", grid(), method="isoflop", resample="wild")


def test_hostile_runs_end_in_a_sentence() -> None:
    runs = grid()
    flat = Runs(runs.columns, np.full(len(runs), 2.5))
    with pytest.raises(FitError, match="the loss has no minimum|fewer than two budgets"):
        sw.fit("chinchilla", flat, method="isoflop")
    with pytest.raises(FitError, match="no two budgets do different sizes|no size"):
        sw.fit("chinchilla", Runs(curves().columns, np.full(14 * 30, 2.5)), method="envelope")
    noise = np.random.default_rng(0).uniform(2e300, 3e300, (20, len(runs)))
    for losses in noise:
        with contextlib.suppress(FitError):
            found = sw.fit("chinchilla", Runs(runs.columns, losses), method="envelope", bootstrap=0)
            assert found.warnings
    many = np.geomspace(1e8, 1e10, 20_001)
    with pytest.raises(FitError, match="20,000 rows at most; there are 20,001"):
        sw.fit("chinchilla", Runs({"N": many, "D": many, "C": 6 * many**2}, 1 + 1e3 / many**0.3), method="isoflop")


def test_parabolas_through_three_points_have_no_interval_and_that_is_said() -> None:
    found = sw.fit("chinchilla", grid(sizes=3, noise=0.001, seed=0), method="isoflop")
    assert found.draws is None
    assert "no interval" in caution(found, "exact")


def test_groups_name_the_budgets_and_scattered_compute_is_gathered() -> None:
    runs = grid()
    rng = np.random.default_rng(0)
    shaken = sw.read_runs({"N": runs.N, "C": runs.C * rng.uniform(0.96, 1.04, len(runs)), "loss": runs.loss})
    named = Runs({"N": runs.N, "D": runs.D, "C": runs.C}, runs.loss, groups=[f"{C:.2g}" for C in runs.C])
    for each in (runs, shaken, named):
        assert [len(rows) for rows in budgets_of(each)] == [7] * 6
    alone = sw.read_runs({"N": [*runs.N, 1e9], "C": [*runs.C, 1e23], "loss": [*runs.loss, 2.0]})
    assert "1 of 43 runs belong to no budget" in caution(
        sw.fit("chinchilla", alone, method="isoflop", bootstrap=0), "off-budget"
    )


def test_the_line_is_weighted_least_squares_and_leaves_out_rows_without_weight() -> None:
    x, y, w = np.arange(5.0), np.array([1.0, 3.1, 4.9, np.nan, 9.2]), np.array([1.0, 2.0, 1.0, 0.0, 4.0])
    kept = w > 0
    slope, intercept = np.polyfit(x[kept], y[kept], 1, w=np.sqrt(w[kept]))
    assert line(x, y, w) == pytest.approx((intercept, slope), rel=1e-12)


def test_scatter_beyond_the_errors_is_found_and_none_is_invented() -> None:
    x, rng = np.linspace(0, 5, 400), np.random.default_rng(0)
    quiet = 1 + x + 0.1 * rng.standard_normal(400)
    loud = quiet + 0.3 * rng.standard_normal(400)
    assert between(x, quiet, np.full(400, 0.012)) == 0.0
    assert between(x, loud, np.full(400, 0.01)) == pytest.approx(0.09, rel=0.15)


def test_the_envelope_of_training_curves_finds_the_frontier() -> None:
    found = sw.fit("chinchilla", curves(), method="envelope", bootstrap=50)
    assert found.values["a"] == pytest.approx(SLOPE, abs=0.02)
    low, high = found.interval()["a"]
    assert low < SLOPE < high
    tokens = sw.fit("frontier-d", curves(), method="envelope", bootstrap=0)
    assert tokens.values["a"] == pytest.approx(1 - found.values["a"], abs=1e-9)
    assert f"gives a = {found.values['a']:.3f}" in caution(found, "method-bias")
    assert "learning-rate decay" in caution(found, "not-decayed")


def test_an_envelope_needs_curves_of_several_sizes() -> None:
    with pytest.raises(FitError, match="needs 3 sizes with two checkpoints or more each"):
        sw.fit("chinchilla", curves().subset(np.arange(60)), method="envelope")
    with pytest.raises(FitError, match="noise has no use"):
        sw.fit("chinchilla", curves(), method="envelope", noise=0.01)


def test_llama_3_profiles_give_the_slope_of_their_paper(shared_data: Path) -> None:
    path = shared_data / "isoflops_open_athena" / "llama3_isoflops_points.csv"
    runs = sw.read_runs(path, C="compute_budget", D="training_tokens", loss="validation_loss")
    bowls = profiles(runs, "D", residual="raw")
    assert len(bowls) == 10
    slope, log_k = np.polyfit(np.log([each.budget for each in bowls]), np.log([each.optimum for each in bowls]), 1)
    assert slope == pytest.approx(0.5368, abs=5e-5)
    assert np.exp(log_k) == pytest.approx(0.299, abs=5e-4)
    weighted = sw.fit("frontier-d", runs, method="isoflop", residual="raw", seed=0)
    assert weighted.values["a"] == pytest.approx(0.537, abs=0.002)
    low, high = weighted.interval()["a"]
    assert low < 0.53 < 0.537 < high
    assert "scatter about the line" in caution(weighted, "scattered-optima")
    sizes = sw.fit("frontier-n", runs, method="isoflop", residual="raw", bootstrap=0)
    assert sizes.values["a"] == pytest.approx(1 - weighted.values["a"], abs=1e-9)


def test_epochs_chinchilla_points_give_the_exponent_known_for_their_budgets(shared_data: Path) -> None:
    with (shared_data / "isoflops_open_athena" / "isoflops_all_sources.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["source"] == "epochai_chinchilla" and r["outlier"] == "False"]
    given = {"N": "params", "C": "budget", "loss": "loss"}
    runs = sw.read_runs({name: [float(row[column]) for row in rows] for name, column in given.items()})
    found = sw.fit("frontier-d", runs, method="isoflop", seed=0)
    assert found.values["a"] == pytest.approx(0.459, abs=0.01)
    low, high = found.interval()["a"]
    assert low < 0.459 < high


def test_scattered_epoch_points_agree_with_their_surface_within_the_interval(shared_data: Path) -> None:
    points = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv", dropped="dropped_by_epoch")
    found = sw.fit("chinchilla", points.subset(points["dropped"] == 0), method="isoflop", seed=0)
    low, high = found.interval()["a"]
    assert low < 0.5139 < high
    assert "belong to no budget" in caution(found, "off-budget")
