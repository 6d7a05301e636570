"""The vocabulary law on the released runs of Tao et al.: which convention reproduces them, and fits of our own."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.laws.vocabulary import F_A, F_B, F_C, tokens_kernel

COLUMNS = {
    "V": "vocab_size", "d": "embed_dim", "H": "num_characters", "N_nv": "Non_vocab_parameters", "C": "FLOPs",
    "loss": "Lossu",
}  # fmt: skip


@pytest.fixture(scope="module")
def table(shared_data: Path) -> dict[str, np.ndarray]:
    with (shared_data / "scaling_with_vocab" / "exp_data.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {name: np.array([float(row[column]) for row in rows]) for name, column in COLUMNS.items()}


@pytest.fixture(scope="module")
def fitted(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Give the runs that the authors fit: those of 2.18e17 FLOP or more."""
    kept = table["C"] >= 2.18e17
    return {name: column[kept] for name, column in table.items()}


def explained(predicted: np.ndarray, runs: dict[str, np.ndarray]) -> float:
    return float(1 - np.mean((predicted - runs["loss"]) ** 2) / np.var(runs["loss"]))


def true_tokens(runs: dict[str, np.ndarray]) -> np.ndarray:
    return runs["H"] * tokens_kernel(runs["V"], a=F_A, b=F_B, c=F_C)


def with_true_tokens(runs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"N_nv": runs["N_nv"], "N_v": runs["V"] * runs["d"], "D": true_tokens(runs)}


def as_script(runs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: runs[name] for name in ("N_nv", "V", "d", "H")}


def test_the_table_holds_what_the_card_says(table: dict[str, np.ndarray], fitted: dict[str, np.ndarray]) -> None:
    assert (len(table["V"]), len(fitted["V"])) == (1200, 1054)
    assert table["loss"][199] == pytest.approx(-3.84024, abs=5e-6)
    assert table["loss"][-1] == pytest.approx(-5.19958, abs=5e-6)
    least = int(np.argmin(table["loss"]))
    assert (table["loss"][least], table["V"][least]) == (pytest.approx(-5.34272, abs=5e-6), 32768)


def test_the_flop_of_the_table_count_the_embedding_and_true_tokens(table: dict[str, np.ndarray]) -> None:
    flop = 6 * (table["N_nv"] + table["V"] * table["d"]) * true_tokens(table)
    np.testing.assert_allclose(flop, table["C"], rtol=1e-9)


def test_only_the_script_s_tokens_reproduce_the_runs(fitted: dict[str, np.ndarray]) -> None:
    script = sw.published("tao2024-loss-script")(**as_script(fitted))
    assert explained(script, fitted) == pytest.approx(0.972, abs=5e-4)
    assert np.sqrt(np.mean((script - fitted["loss"]) ** 2)) == pytest.approx(0.091, abs=5e-4)
    assert np.mean(script - fitted["loss"]) == pytest.approx(-0.007, abs=5e-4)
    true = sw.published("tao2024-loss")(**with_true_tokens(fitted))
    assert explained(true, fitted) == pytest.approx(0.036, abs=5e-4)
    assert np.mean(true - fitted["loss"]) == pytest.approx(0.462, abs=5e-4)
    characters = sw.published("tao2024-loss")(**{**with_true_tokens(fitted), "D": fitted["H"]})
    assert explained(characters, fitted) == pytest.approx(0.908, abs=5e-4)


@pytest.mark.parametrize("key", ["vocabulary-loss-script", "vocabulary-loss"])
def test_a_fit_with_either_convention_explains_the_runs(key: str, fitted: dict[str, np.ndarray]) -> None:
    at = as_script(fitted) if key.endswith("script") else with_true_tokens(fitted)
    # a column "d" would be taken for training tokens
    names = {name: f"column of {name}" for name in at}
    runs = sw.read_runs(
        {**{names[name]: column for name, column in at.items()}, "loss": fitted["loss"]}, law=key, loss="loss", **names
    )
    found = sw.fit(key, runs, objective="squared", residual="raw", bootstrap=0)
    assert explained(found(**at), fitted) >= 0.97
