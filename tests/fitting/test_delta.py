"""The delta method gives the standard errors that theory, the bootstrap and the replication of Chinchilla give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError
from scalewidgets.fitting.delta import propagate
from scalewidgets.fitting.rebuilding import rebuilt
from scalewidgets.fitting.spread import spread
from scalewidgets.runs import Runs

from .intervals import fitted, simulated


def test_on_the_chinchilla_points_standard_errors_are_near_the_published_bootstrap(shared_data: Path) -> None:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv", dropped="dropped_by_epoch")
    kept = runs.subset(runs["dropped"] == 0)
    found = sw.delta_method(sw.fit("chinchilla", kept, objective="absolute", bootstrap=0)).stderr
    published = {"E": 0.02566, "alpha": 0.01540, "beta": 0.02060}
    # another method than the bootstrap, on 240 runs whose scatter near zero has to be estimated
    assert {name: found[name] for name in published} == pytest.approx(published, rel=0.35)


def test_for_least_squares_with_even_scatter_the_errors_are_those_of_regression() -> None:
    made = rebuilt(fitted(simulated()))
    jacobian = made.problem.batch.jacobian(made.point)
    variance = 2 * made.score / (len(jacobian) - jacobian.shape[1])
    classic = np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian) * variance))
    # the sandwich estimates the same from the scatter itself, to about 1 / sqrt(2 x 144)
    assert np.sqrt(np.diag(spread(made).covariance)) == pytest.approx(classic, rel=0.25)
    assert spread(made).effective == pytest.approx(144 - 5)


@pytest.mark.parametrize("objective", ["squared", "huber", "absolute"])
def test_errors_agree_with_the_bootstrap_where_the_runs_determine_the_law(objective: str) -> None:
    found = fitted(simulated(), objective=objective, bootstrap=200)
    assert sw.delta_method(found).stderr == pytest.approx(found.stderr, rel=0.3)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = sw.published("hoffmann2022").values
    inside = []
    for seed in range(60):
        table = sw.delta_method(fitted(simulated(seed=seed))).interval
        inside.append([low <= truth[name] <= high for name, (low, high) in table.items()])
    # 300 intervals, five at a time correlated: 95 % to within three deviations of 60
    assert 0.86 <= np.mean(inside) <= 1.0


def test_amplitudes_get_positive_intervals_and_held_coefficients_no_width() -> None:
    table = sw.delta_method(fitted(simulated(0.05, N=[[1e8], [1e9], [1e10]], D=[1e9, 1e10, 1e11]), fixed={"E": 1.69}))
    assert table.interval["E"] == (1.69, 1.69)
    assert table.stderr["E"] == 0
    assert all(low > 0 for low, _ in (table.interval["A"], table.interval["B"]))


def test_tied_coefficients_share_their_error() -> None:
    table = sw.delta_method(fitted(simulated(), tied={"beta": "alpha"}))
    assert table.stderr["beta"] == table.stderr["alpha"] > 0


def test_groups_of_runs_that_err_together_widen_the_errors() -> None:
    runs = simulated(0.002)
    push = np.random.default_rng(3).normal(0, 0.02, len(np.unique(runs.N)))[np.unique(runs.N, return_inverse=True)[1]]
    shifted = {"N": runs.N, "D": runs.D}
    alone = Runs(shifted, runs.loss * np.exp(push))
    grouped = Runs(shifted, runs.loss * np.exp(push), groups=[f"{N:g}" for N in runs.N])
    even, clustered = (sw.delta_method(fitted(each)) for each in (alone, grouped))
    assert "groups" not in even.notes[0]
    assert "groups of runs" in clustered.notes[0]
    assert clustered.stderr["E"] > 1.2 * even.stderr["E"]


def test_derived_quantities_have_the_error_of_their_own_formula() -> None:
    made = rebuilt(fitted(simulated()))
    alpha = made.problem.free.index("alpha")
    value, error = propagate(made, lambda values: {"double": 2 * values["alpha"]})["double"]
    deviation = np.sqrt(spread(made).covariance[alpha, alpha])
    assert value == pytest.approx(2 * made.fit.values["alpha"])
    assert error == pytest.approx(deviation / made.fit.values["alpha"], rel=1e-4)


@pytest.mark.parametrize(
    ("fit", "level", "words"),
    [
        (sw.published("hoffmann2022"), 0.95, "keeps no runs"),
        ("chinchilla", 0.95, "needs a fit"),
        (fitted(simulated()), 95, "between 0 and 1"),
        (fitted(simulated(N=[1e8, 1e9, 1e10, 1e8, 1e9], D=[1e9, 1e10, 1e11, 1e10, 1e9])), 0.95, "leave nothing"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(fit: object, level: float, words: str) -> None:
    with pytest.raises(FitError, match=words):
        sw.delta_method(fit, level)  # type: ignore[arg-type]


def test_known_noise_is_taken_when_given_again() -> None:
    noise = np.linspace(0.5, 2, 144)
    fit = fitted(simulated(), noise=noise)
    assert sw.delta_method(fit).stderr == sw.delta_method(fit, noise=noise).stderr


def test_the_table_prints_as_text_and_html() -> None:
    table = sw.delta_method(fitted(simulated()))
    assert "coefficient" in repr(table) and "alpha" in repr(table)
    assert "<td" in table._repr_html_()
    assert len(table) == 5
