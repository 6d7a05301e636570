"""The data-constrained law on the 182 runs behind it: the published point, and the lower optimum in a flat valley."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.runs.table import Runs

BASE = ("E", "A", "B", "alpha", "beta")


@pytest.fixture(scope="module")
def runs(shared_data: Path) -> Runs:
    file = shared_data / "data_constrained_muennighoff" / "runs_outliers_removed.csv"
    return sw.read_runs(file, N="params", D="tokens", U="unique_tokens", C=False, loss="loss", name=False)


def huber(fit: sw.Fit, runs: Runs, delta: float = 1e-3) -> float:
    residuals = np.abs(np.log(fit(N=runs["N"], D=runs["D"], U=runs["U"]) / runs.loss))
    return float(np.where(residuals <= delta, residuals**2 / 2, delta * (residuals - delta / 2)).sum())


def explained(fit: sw.Fit, runs: Runs) -> float:
    left = runs.loss - fit(N=runs["N"], D=runs["D"], U=runs["U"])
    return float(1 - np.square(left).sum() / np.square(runs.loss - runs.loss.mean()).sum())


def test_the_published_point_has_the_objective_and_the_variance_the_authors_print(runs: Runs) -> None:
    published = sw.published("muennighoff2023")
    assert len(runs) == 182
    assert huber(published, runs) == pytest.approx(0.0158259353, abs=5e-11)
    assert explained(published, runs) == pytest.approx(0.77220461, abs=5e-9)


def test_the_fit_finds_a_lower_optimum_and_tells_of_the_published_one(runs: Runs) -> None:
    published = sw.published("muennighoff2023")
    found = sw.fit("data-constrained", runs, fixed={name: published.values[name] for name in BASE}, bootstrap=0)
    assert found.objective_value == pytest.approx(0.01580466, abs=5e-9)
    assert found.values["R_D"] > 90
    (told,) = (caution for caution in found.warnings if caution.key == "other-optimum")
    assert "R_D = 15.37, R_N = 5.315, with an objective 0.13 % above the best" in told.sentence


def test_held_at_the_published_decay_the_fit_ends_in_the_published_valley(runs: Runs) -> None:
    published = sw.published("muennighoff2023")
    held = {name: published.values[name] for name in (*BASE, "R_D")}
    found = sw.fit("data-constrained", runs, fixed=held, bootstrap=0)
    assert found.objective_value <= huber(published, runs)
    assert found.objective_value == pytest.approx(0.01582593, abs=5e-9)
    assert found.values["R_N"] == pytest.approx(5.31, abs=0.03)
