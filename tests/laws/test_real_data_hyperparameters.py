"""The step law on its authors' own files: the mean of their bootstrap, and the sweeps it came from."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw


def columns(file: Path) -> dict[str, np.ndarray]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def bootstrap(shared_data: Path) -> dict[str, np.ndarray]:
    table = columns(shared_data / "step_law" / "1004_fitted_lr_bs_scaling_model_parameters.csv")
    return {name: column.astype(float) for name, column in table.items()}


@pytest.fixture(scope="module")
def best(shared_data: Path) -> dict[str, np.ndarray]:
    """Give the run of least loss of every (N, D) of the dense sweeps."""
    table = columns(shared_data / "step_law" / "dense_lr_bs_loss.csv")
    sweep = {name: table[name].astype(float) for name in ("N", "D", "lr", "bs", "smooth loss")}
    cells = np.unique(np.stack([sweep["N"], sweep["D"]]), axis=1).T
    rows = []
    for N, D in cells:
        here = np.flatnonzero((sweep["N"] == N) & (sweep["D"] == D))
        rows.append(here[np.argmin(sweep["smooth loss"][here])])
    return {name: column[rows] for name, column in sweep.items()}


def test_the_shipped_sets_are_the_mean_of_the_bootstrap(bootstrap: dict[str, np.ndarray]) -> None:
    mean = {name: float(column.mean()) for name, column in bootstrap.items()}
    assert len(bootstrap["lr_coefN"]) == 1000
    rate, batch = sw.published("li2025-lr").values, sw.published("li2025-batch").values
    assert np.log(rate["k_1"]) == pytest.approx(mean["lr_intercept"], abs=1e-9)
    assert (rate["a"], rate["b"]) == pytest.approx((mean["lr_coefN"], mean["lr_coefD"]), abs=1e-9)
    assert np.log(batch["k_2"]) == pytest.approx(mean["bs_intercept"], abs=1e-9)
    assert batch["c"] == pytest.approx(mean["bs_coefD"], abs=1e-9)


def test_the_notes_give_the_spread_of_the_bootstrap(bootstrap: dict[str, np.ndarray]) -> None:
    spread = {name: float(column.std(ddof=1)) for name, column in bootstrap.items()}
    told = " ".join(note for key in ("li2025-lr", "li2025-batch") for note in sw.published(key).source.notes)
    for name, digits in {"lr_intercept": 3, "lr_coefN": 4, "lr_coefD": 4, "bs_intercept": 3, "bs_coefD": 4}.items():
        assert f"{spread[name]:.{digits}f}" in told, name


def test_a_fit_to_the_best_runs_of_the_sweeps_is_the_law_within_the_step_of_their_grid(
    best: dict[str, np.ndarray],
) -> None:
    runs = sw.read_runs(best, law="step-law-lr", N="N", D="D", loss="lr", name=False)
    rate = sw.fit("step-law-lr", runs, objective="squared", bootstrap=0).values
    assert (rate["a"], rate["b"]) == pytest.approx((-0.823, 0.288), abs=5e-4)
    assert (rate["a"], rate["b"]) == pytest.approx((-0.713, 0.307), abs=0.12)
    batch_tokens = {"D": best["D"], "batch": best["bs"] * 2048}
    runs = sw.read_runs(batch_tokens, law="step-law-batch", D="D", N=False, C=False, loss="batch", name=False)
    batch = sw.fit("step-law-batch", runs, objective="squared", bootstrap=0).values
    assert batch["c"] == pytest.approx(0.498, abs=5e-4)
    assert batch["c"] == pytest.approx(0.571, abs=0.1)


def test_the_law_stays_near_the_best_loss_of_every_sweep(shared_data: Path) -> None:
    table = columns(shared_data / "step_law" / "dense_lr_bs_loss.csv")
    sweep = {name: table[name].astype(float) for name in ("N", "D", "lr", "bs", "smooth loss")}
    rate, batch = sw.published("li2025-lr"), sw.published("li2025-batch")
    excess = []
    for N, D in np.unique(np.stack([sweep["N"], sweep["D"]]), axis=1).T:
        here = {name: column[(sweep["N"] == N) & (sweep["D"] == D)] for name, column in sweep.items()}
        away = np.abs(np.log(here["lr"] / rate(N=N, D=D))) + np.abs(np.log(here["bs"] * 2048 / batch(D=D)))
        nearest = here["smooth loss"][np.argmin(away)]
        excess.append(nearest / here["smooth loss"].min() - 1)
    assert np.median(excess) < 0.003
