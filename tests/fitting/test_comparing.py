"""A comparison refits below each budget, predicts above it, and says by how much its intervals were too narrow."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

import scalewidgets as sw
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fitting.likelihood import aicc, log_likelihood, log_normaliser
from scalewidgets.fitting.objectives import Objective
from scalewidgets.runs import Runs

LAWS = ["chinchilla", "kaplan-nd", "power-constant-c"]


def grid(**settings: Any) -> Runs:
    N, D = np.geomspace(5e7, 5e9, 6)[:, None], np.geomspace(1e9, 2e11, 6)
    return sw.simulate(sw.published("besiroglu2024"), N=N, D=D, **settings)


@pytest.fixture(scope="module")
def compared() -> Any:
    return sw.compare(grid(noise=0.003, seed=0), LAWS, bootstrap=60)


def test_the_law_that_made_the_runs_predicts_best(compared: Any) -> None:
    assert compared.best == "chinchilla"
    totals = {total["law"]: total for total in compared.totals}
    assert totals["chinchilla"]["error"] < 0.01 < totals["power-constant-c"]["error"]
    assert totals["chinchilla"]["aicc"] == min(total["aicc"] for total in compared.totals)
    assert list(compared.fits) == LAWS


def test_there_is_a_row_for_every_law_and_budget_and_runs_are_on_one_side_only(compared: Any) -> None:
    assert [row["law"] for row in compared] == LAWS * 3
    assert all(row["fitted"] + row["predicted"] == 36 for row in compared)
    budgets = [row["budget"] for row in compared]
    assert budgets == sorted(budgets)


def test_a_row_is_what_a_fit_below_the_budget_predicts_above() -> None:
    runs = grid(noise=0.003, seed=0)
    row = sw.compare(runs, ["chinchilla"], bootstrap=40, budgets=["1e20"]).rows[0]
    below, above = runs.subset(runs.C <= 1e20), runs.subset(runs.C > 1e20)
    fit = sw.fit("chinchilla", below, bootstrap=40)
    mean, low, high = fit.predict(N=above.N, D=above.D, new_run=True)
    error = np.log(mean / above.loss)
    assert row["error"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-9)
    assert row["mean_error"] == pytest.approx(np.mean(error), rel=1e-9)
    assert row["held"] == pytest.approx(np.mean((low <= above.loss) & (above.loss <= high)))


def test_runs_of_one_budget_stay_on_one_side_though_their_compute_rounds() -> None:
    N, C = np.geomspace(1e8, 1e9, 5), np.array([[1e18], [1e19], [1e20], [1e21]])
    runs = sw.simulate(sw.published("besiroglu2024"), N=N, D=C / (6 * N), noise=0.003, seed=0)
    assert len(np.unique(runs.C)) > 4
    compared = sw.compare(runs, ["power-constant-c"], bootstrap=20)
    assert {row["fitted"] for row in compared} <= {5, 10, 15}


def test_widened_by_its_factor_the_interval_holds_95_per_cent() -> None:
    runs = grid(noise=0.003, seed=3)
    row = sw.compare(runs, ["power-constant-c"], bootstrap=40, budgets=[1e20]).rows[0]
    below, above = runs.subset(runs.C <= 1e20), runs.subset(runs.C > 1e20)
    mean, low, high = (
        np.log(each) for each in sw.fit("power-constant-c", below, bootstrap=40).predict(C=above.C, new_run=True)
    )
    low, high = mean - row["widen"] * (mean - low), mean + row["widen"] * (high - mean)
    inside = (low - 1e-12 <= np.log(above.loss)) & (np.log(above.loss) <= high + 1e-12)
    assert 0.95 <= inside.mean() < 0.95 + 1 / len(above) + 1e-12


def test_intervals_of_the_true_law_hold_about_as_often_as_they_say() -> None:
    held = [
        sw.compare(
            grid(noise=0.003, seed=seed), ["chinchilla"], objective="squared", bootstrap=100, budgets=[1e20]
        ).rows[0]["held"]
        for seed in range(30)
    ]
    assert 0.85 < np.mean(held) < 0.99


def test_it_prints_as_text_and_html_and_names_the_likelihood(compared: Any) -> None:
    text, html = compared.summary(), compared._repr_html_()
    for law in LAWS:
        assert law in text and law in html
    assert "chinchilla predicts the runs above best" in text
    assert "independent residuals of log losses, Huber" in text
    assert html.count("<table>") == html.count("</table>") == 2


def test_a_law_that_fails_below_a_budget_keeps_its_row_with_the_reason() -> None:
    runs = grid(noise=0.003, seed=0)
    one_size = runs.subset((runs.N < 6e7) | (runs.C > 1e20))
    compared = sw.compare(one_size, ["chinchilla", "power-constant-c"], bootstrap=20, budgets=[1e20])
    failed = next(row for row in compared if row["law"] == "chinchilla")
    assert failed["error"] is None
    assert "all runs have N" in failed["note"]
    assert compared.best == "power-constant-c"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"laws": []}, "a list of at least one"),
        ({"laws": "chinchilla"}, "a list of at least one"),
        ({"laws": ["chinchilla", "chinchilla"]}, "each of another key"),
        ({"budgets": [1e30]}, "no runs on both sides of budget 1e\\+30"),
        ({"bootstrap": 0}, "at least 2 resamples"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(FitError, match=problem):
        sw.compare(grid(), **{"laws": LAWS, **settings})


def test_an_unknown_law_and_too_few_runs_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean"):
        sw.compare(grid(), ["chinchila"])
    with pytest.raises(FitError, match="too few to fit below a budget"):
        sw.compare(grid().subset(np.arange(8)), ["chinchilla"])


@pytest.mark.parametrize("name", ["squared", "huber", "absolute", "envelope"])
@pytest.mark.parametrize("scale", [1e-8, 1e-6, 1e-5])
def test_the_density_behind_an_objective_integrates_to_one(name: str, scale: float) -> None:
    kind = Objective(name)
    reach = 60 * max(scale / kind.delta, math.sqrt(scale)) if name != "absolute" else 60 * scale

    def density(r: float) -> float:
        return math.exp(-float(kind.values(np.array(r))) / scale - log_normaliser(kind, scale))

    edges = [edge for edge in (-kind.delta, 0.0, kind.delta) if abs(edge) < reach]
    assert quad(density, -reach, reach, points=edges, limit=500)[0] == pytest.approx(1, rel=1e-7)


def test_aicc_is_the_textbook_one_for_squares_and_for_absolute_values() -> None:
    n, k, score = 40, 5, 0.3
    scale = 2 * score / n
    normal = n * math.log(2 * math.pi * scale) + n + 2 * (k + 1) + 2 * (k + 1) * (k + 2) / (n - k - 2)
    assert aicc(Objective("squared"), score, n, k) == pytest.approx(normal, rel=1e-10)
    laplace = -n * math.log(2 * score / n) - n
    assert log_likelihood(Objective("absolute"), score, n) == pytest.approx(laplace, rel=1e-10)
    assert aicc(Objective("squared"), score, 7, k) == math.inf


def test_chinchilla_predicts_the_larger_epoch_runs_better_than_kaplan(shared_data: Path) -> None:
    points = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv", dropped="dropped_by_epoch")
    compared = sw.compare(points.subset(points["dropped"] == 0), ["chinchilla", "kaplan-nd"], bootstrap=60)
    totals = {total["law"]: total for total in compared.totals}
    assert compared.best == "chinchilla"
    assert totals["chinchilla"]["error"] < 0.015
    assert totals["chinchilla"]["widen"] > 1
