"""The scoreboard counts what was predicted, and says when the interval is too narrow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError
from scalewidgets.registry import law
from scalewidgets.runs import Runs

from .designs import design, enough, truth_of
from .intervals import HOFFMANN, fitted, simulated

SMALL = simulated(N=np.geomspace(1e8, 1e9, 6)[:, None], D=np.geomspace(1e9, 1e11, 6))
LARGE = simulated(seed=5, N=[[4e9], [1e10]], D=[1e11, 2e11, 4e11])


def test_runs_of_the_same_law_fall_inside_and_the_sentence_counts_them() -> None:
    board = sw.check(fitted(SMALL, bootstrap=200), LARGE)
    assert board.column("inside") == [True] * 6
    assert board.sentence.startswith(f"Right to ±{100 * board.worst:.1f} % on 6 runs since")
    assert "held 6 of 6 times" in board.sentence
    assert 0 < board.typical <= board.worst < 0.05
    assert board.warnings == ()
    assert "predicted" in repr(board) and "<td" in board._repr_html_()


def test_errors_are_predicted_over_realised_less_one_and_reach_is_told() -> None:
    board = sw.check(fitted(SMALL), Runs({"N": [1e10], "D": [1e11]}, [2.0]))
    row = board.rows[0]
    assert row["error"] == pytest.approx(row["predicted"] / 2.0 - 1)
    assert (row["low"], row["inside"]) == (None, None)
    assert row["beyond"] == pytest.approx(10)


def test_errors_are_differences_where_the_response_may_be_zero() -> None:
    truth = truth_of(law("vocabulary-loss"))
    columns = {symbol: values[:3] for symbol, values in design(truth.law, enough(truth.law)).items()}
    expected = truth(**columns)
    realised = np.array([0.0, -0.1, expected[2]])
    board = sw.check(truth, Runs(columns, realised, response=truth.law.response))
    np.testing.assert_allclose(board.column("error"), expected - realised)
    assert board.sentence.startswith(f"Right to ±{board.worst:.2g} on 3 runs since")


def test_a_fit_that_misses_says_so(shared_data: Path) -> None:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    found = sw.fit("chinchilla", runs.subset(runs.C < 1e20), bootstrap=100)
    board = sw.check(found, runs.subset(runs.C > 1e21))
    assert "too-narrow" in {warning.key for warning in board.warnings}


def test_predictions_that_all_err_one_way_are_named() -> None:
    worse = Runs({"N": LARGE.N, "D": LARGE.D}, LARGE.loss * 1.1)
    board = sw.check(fitted(SMALL), worse)
    assert [warning.key for warning in board.warnings] == ["one-sided"]
    assert "too low" in board.warnings[0].sentence


def test_runs_already_fitted_do_not_count() -> None:
    both = Runs(
        {s: np.concatenate([SMALL[s][:4], LARGE[s]]) for s in "ND"}, np.concatenate([SMALL.loss[:4], LARGE.loss])
    )
    board = sw.check(fitted(SMALL), both)
    assert len(board) == 6
    assert board.warnings[0].sentence == "4 of the runs had been fitted and are left out."
    with pytest.raises(FitError, match="not seen"):
        sw.check(fitted(SMALL), SMALL)


def test_a_published_fit_can_be_checked_too() -> None:
    assert len(sw.check(HOFFMANN, LARGE)) == 6


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FitError, match="no D"):
        sw.check(HOFFMANN, Runs({"N": [1e9]}, [2.5]))
