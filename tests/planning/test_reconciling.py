"""Reconciling names the choices that make one fit the other, and refuses to compare unlike ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError
from scalewidgets.planning.reconciling import EMBEDDING, Reconciliation, _less_embeddings
from scalewidgets.runs import Runs


@pytest.fixture(scope="module")
def points(shared_data: Path) -> Runs:
    return sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")


@pytest.fixture(scope="module")
def table(points: Runs) -> Reconciliation:
    """Give why a plain fit of all points differs from the published replication."""
    return sw.reconcile(points, "besiroglu2024", compute=5.76e23)


def row(table: Reconciliation, choice: str) -> dict[str, Any]:
    return next(dict(each) for each in table.rows if each["choice"] == choice)


def test_dropped_points_and_absolute_deviations_are_the_replication(table: Reconciliation) -> None:
    assert table.sentence.startswith("Closest: without the 5 highest losses, objective absolute")
    same = row(table, "without the 5 highest losses, objective absolute")
    assert same["off"] < 1e-3
    assert same["N_opt"] == pytest.approx(7.2356e10, rel=1e-4)


# The coefficient of data under each estimator on these points, computed by other solvers.
@pytest.mark.parametrize(
    ("choice", "beta"),
    [("as fitted", 0.45305), ("objective squared", 0.612), ("without the 5 highest losses", 0.36717)],
)
def test_each_choice_gives_the_known_coefficients(table: Reconciliation, choice: str, beta: float) -> None:
    assert row(table, choice)["beta"] == pytest.approx(beta, rel=1e-3)


def test_the_mean_stops_far_from_the_optimum_where_the_sum_does_not(table: Reconciliation) -> None:
    assert row(table, "L-BFGS-B on the mean")["moved"] > 5 * row(table, "L-BFGS-B on the sum")["moved"]


def test_rounding_the_published_coefficients_moves_the_optimum(table: Reconciliation) -> None:
    published, rounded = (row(table, each) for each in ("as published", "published, rounded to 2 digits"))
    assert rounded["beta"] == 0.37
    assert rounded["N_opt"] / published["N_opt"] > 1.05


def test_counting_embeddings_changes_alpha_most(table: Reconciliation) -> None:
    plain, counted = (row(table, each) for each in ("as fitted", "N with embeddings, if it was without"))
    assert abs(counted["alpha"] - plain["alpha"]) > 10 * abs(counted["beta"] - plain["beta"])


def test_embeddings_are_taken_off_as_they_are_put_on() -> None:
    N = np.geomspace(1e6, 1e12, 7)
    assert _less_embeddings(N + EMBEDDING * np.cbrt(N)) == pytest.approx(N, rel=1e-9)


def test_both_objective_values_are_told_and_the_table_prints(table: Reconciliation) -> None:
    assert table.objective_value == pytest.approx(0.00182601052306933, rel=1e-9)
    assert table.published_value > table.objective_value
    assert "as published" in repr(table) and "<td" in table._repr_html_()
    assert [warning.key for warning in table.warnings] == ["N-convention"]


@pytest.mark.parametrize(
    ("published", "words"), [("kaplan2020-nd", "only fits of one law"), (3, "give a Fit, or the key")]
)
def test_unlike_fits_are_refused(points: Runs, published: Any, words: str) -> None:
    found = sw.fit("chinchilla", points, bootstrap=0)
    with pytest.raises(FitError, match=words):
        sw.reconcile(found, published)
