"""Two fits are compared by their optima; losses only where they measure the same thing."""

from __future__ import annotations

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError
from scalewidgets.runs import Runs

TRUTH = sw.published("hoffmann2022")


def grid(seed: int = 0) -> Runs:
    return sw.simulate(
        TRUTH, N=np.geomspace(1e8, 1e10, 8)[:, None], D=np.geomspace(1e9, 3e11, 8), noise=0.01, seed=seed
    )


def fit(runs: Runs, **settings: object) -> sw.Fit:
    return sw.fit("chinchilla", runs, **{"bootstrap": 100, **settings})  # type: ignore[arg-type]


def test_fits_of_the_same_resamples_are_paired_and_their_loss_compared() -> None:
    table = sw.diff(fit(grid()), fit(grid(), objective="squared"), compute=[1e21, "1e22"])
    assert table.paired
    assert len(table) == 8
    assert all(row["low"] <= row["high"] for row in table.rows)
    assert table.warnings == ()
    assert "paired draws" in repr(table) and "<td" in table._repr_html_()


def test_pairing_narrows_the_interval() -> None:
    one, two, three = fit(grid()), fit(grid(), objective="squared"), fit(grid(), objective="squared", seed=1)
    paired, unpaired = (sw.diff(one, other, compute=1e22) for other in (two, three))
    assert paired.paired and not unpaired.paired
    widths = [np.log(table.rows[0]["high"] / table.rows[0]["low"]) for table in (paired, unpaired)]
    assert widths[0] < 0.8 * widths[1]


def test_a_fit_does_not_differ_from_itself() -> None:
    found = fit(grid())
    for row in sw.diff(found, found, compute=1e22).rows:
        nothing = 0.0 if row["quantity"] == "loss" else 1.0
        assert (row["change"], row["low"], row["high"]) == (nothing, nothing, nothing)


def test_losses_of_different_runs_are_not_compared() -> None:
    table = sw.diff(fit(grid()), fit(grid(1)), compute=1e22)
    loss = next(row for row in table.rows if row["quantity"] == "loss")
    assert loss["change"] is None
    assert loss["first"] > 0
    assert [warning.key for warning in table.warnings] == ["loss-not-comparable"]


def test_point_estimates_differ_without_interval() -> None:
    table = sw.diff("hoffmann2022", "besiroglu2024", compute=5.76e23)
    assert table.rows[0]["low"] is None
    assert any("point estimate" in note for note in table.notes)


def test_what_has_no_optimum_is_refused() -> None:
    key = next(row.key for row in sw.catalogue(kind="fit") if "D" not in sw.published(row.key).law.symbols)
    with pytest.raises(FitError, match="no optimal N and D"):
        sw.diff(key, "hoffmann2022", compute=1e22)
    with pytest.raises(FitError, match="between 0 and 1"):
        sw.diff("hoffmann2022", "besiroglu2024", compute=1e22, level=95)
