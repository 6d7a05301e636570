"""Leaving out each run gives what a refit without it gives, and finds the runs a fit hangs on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.fits.fit import Fit


@pytest.fixture(scope="module")
def chinchilla(shared_data: Path) -> Fit:
    """Give the fit of all 245 Chinchilla points."""
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    return sw.fit("chinchilla", runs, bootstrap=0)


def test_the_five_points_of_fewest_tokens_move_beta_most(chinchilla: Fit) -> None:
    table = sw.influence(chinchilla, compute=5.76e23)
    assert len(table.rows) == 245
    moves = {row["row"]: row["beta"] for row in table.rows}
    down = sorted(moves, key=lambda row: moves[row])[:5]
    assert sorted(down) == [0, 1, 2, 3, 4]
    first = table.together[0]
    assert first.rows == (0, 1, 2, 3, 4)
    assert {each.name: round(each.after, 4) for each in table.together if each.rows == first.rows}["beta"] == 0.3672
    assert "influential-together" in {warning.key for warning in table.warnings}


def test_each_row_is_what_a_refit_without_it_gives(chinchilla: Fit) -> None:
    runs = chinchilla.runs
    assert runs is not None
    by_row = {row["row"]: row for row in sw.influence(chinchilla, compute=5.76e23).rows}
    for row in (0, 110):
        again = sw.fit("chinchilla", runs.subset(np.arange(245) != row), bootstrap=0)
        assert by_row[row]["beta"] == pytest.approx(
            again.values["beta"] - chinchilla.values["beta"], rel=1e-5, abs=1e-9
        )
        factor = sw.plan(again, compute=5.76e23).N / sw.plan(chinchilla, compute=5.76e23).N
        assert by_row[row]["N_opt"] == pytest.approx(factor, rel=1e-5)


def test_of_many_runs_only_those_that_pull_most_are_left_out(chinchilla: Fit) -> None:
    table = sw.influence(chinchilla, most=20)
    assert len(table.rows) == 20
    assert {0, 1, 2} <= set(table.column("row"))
    assert any("20 of 245" in note for note in table.notes)


def test_the_table_prints_its_first_rows(chinchilla: Fit) -> None:
    table = sw.influence(chinchilla)
    assert "first 10 of 245" in repr(table)
    assert table._repr_html_().count("<tr>") == 11
