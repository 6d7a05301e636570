"""The routed law on the released runs of Clark et al.: the paper's coefficients, and fits of our own."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw

ROUTERS = {"s-base": "S-Base", "rl-r": "RL-R", "hash": "Hash"}


@pytest.fixture(scope="module")
def ends(shared_data: Path) -> dict[str, dict[str, np.ndarray]]:
    """Give the last checkpoint of every finished run with one expert a token, by router."""
    last: dict[str, dict[str, Any]] = {}
    with gzip.open(shared_data / "routed_lms_clark2022" / "curves.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            done = row["loss_validation"] and int(row["step"]) >= 200_000
            if done and row["k"] == "1" and row["routing_frequency"] == "0.5":
                kept = last.get(row["hyper_id"])
                if kept is None or int(kept["step"]) < int(row["step"]):
                    last[row["hyper_id"]] = row
    columns = {"N": "dense_parameter_count", "E": "num_experts", "loss": "loss_validation"}
    kinds = {row["router_type"] for row in last.values()}
    return {
        kind: {
            name: np.array([float(row[column]) for row in last.values() if row["router_type"] == kind])
            for name, column in columns.items()
        }
        for kind in kinds
    }


def spread(fit: sw.Fit, runs: dict[str, np.ndarray]) -> float:
    """Return the root mean square of the residuals of log10 L."""
    return float(np.sqrt(np.mean(np.log10(fit(N=runs["N"], E=runs["E"]) / runs["loss"]) ** 2)))


@pytest.mark.parametrize(("key", "limit"), [("s-base", 0.0040), ("rl-r", 0.0082), ("hash", 0.0056)])
def test_the_paper_s_coefficients_describe_the_released_runs(
    key: str, limit: float, ends: dict[str, dict[str, np.ndarray]]
) -> None:
    assert spread(sw.published(f"clark2022-{key}"), ends[ROUTERS[key]]) <= limit


@pytest.mark.parametrize("key", ROUTERS)
def test_a_fit_to_the_released_runs_is_as_good_as_the_card_s(key: str, ends: dict[str, dict[str, np.ndarray]]) -> None:
    runs = sw.read_runs(ends[ROUTERS[key]], law="routed", N="N", E="E", loss="loss")
    found = sw.fit("routed", runs, objective="squared", bootstrap=0)
    assert spread(found, ends[ROUTERS[key]]) <= 0.0034
    assert found.values["a"] == pytest.approx(sw.published(f"clark2022-{key}").values["a"], abs=0.003)
    assert found.values["c"] == pytest.approx(sw.published(f"clark2022-{key}").values["c"], abs=0.002)


def test_natural_logarithms_would_miss_the_runs(ends: dict[str, dict[str, np.ndarray]]) -> None:
    values = dict(sw.published("clark2022-s-base").values)
    runs = ends["S-Base"]
    wrong = sw.law("routed")(N=runs["N"], E=runs["E"], **{**values, "c": values["c"] * np.log(10)})
    assert np.sqrt(np.mean(np.log10(wrong / runs["loss"]) ** 2)) > 0.05


def test_the_dense_runs_follow_their_power_law(ends: dict[str, dict[str, np.ndarray]]) -> None:
    runs = ends["Dense"]
    fit = sw.published("clark2022-dense")
    assert np.abs(np.log10(fit(N=runs["N"]) / runs["loss"])).max() < 0.012
    slope, start = np.polyfit(np.log(runs["N"]), np.log(runs["loss"]), 1)
    assert -slope == pytest.approx(0.0788, abs=0.001)
    assert np.exp(-start / slope) == pytest.approx(3.42e13, rel=0.15)
