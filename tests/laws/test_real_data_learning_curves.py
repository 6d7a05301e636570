"""The broken power law on four-digit addition: what its paper prints, and a fit to 14 points that foresees the rest."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw


@pytest.fixture(scope="module")
def points(shared_data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (shared_data / "bnsl_4digit_addition" / "points.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    x, y = (np.array([float(row[name]) for row in rows]) for name in ("train_dataset_size", "test_loss"))
    return x, y, np.array([row["split"] == "fit" for row in rows])


def log_error(y: np.ndarray, expected: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.log(y / expected) ** 2)))


def test_the_shipped_simulation_lies_as_near_the_points_as_the_card_says(
    points: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    x, y, fitted = points
    shown = sw.published("caballero2022-addition")(x=x)
    assert log_error(y, shown) == pytest.approx(0.004618, abs=5e-7)
    assert log_error(y[~fitted], shown[~fitted]) == pytest.approx(0.010916, abs=5e-7)


def test_a_fit_to_the_first_points_foresees_the_others(points: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, y, fitted = points
    runs = sw.read_runs({"x": x[fitted], "loss": y[fitted]}, law="broken-power-1", x="x", loss="loss")
    found = sw.fit("broken-power-1", runs, bootstrap=0)
    assert found.values["d_1"] == pytest.approx(612.6, rel=2e-3)
    assert found.values["a"] == pytest.approx(0.414, abs=0.01)
    assert log_error(y[~fitted], found(x=x[~fitted])) < 0.012
    straight = sw.fit("learning-curve-m2", runs, bootstrap=0)
    assert log_error(y[~fitted], straight(x=x[~fitted])) > 0.3
