"""The vocabulary law on the released runs of Tao et al.: which convention reproduces them, and fits of our own."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.laws.vocabulary import F_A, F_B, F_C, tokens_kernel
from scalewidgets.planning.vocabulary import cheapest_vocabulary, embedding_width

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


def test_the_envelope_of_the_runs_gives_the_powers_of_approach_1(fitted: dict[str, np.ndarray]) -> None:
    """At each budget the run of least loss, between its checkpoints; then powers of the budget through those."""
    budgets = np.geomspace(2.18e17, 4e20, 200)
    losses, sizes = [], []
    for N, V in sorted(set(zip(fitted["N_nv"], fitted["V"], strict=True))):
        run = (fitted["N_nv"] == N) & (fitted["V"] == V)
        order = np.argsort(fitted["C"][run])
        C, loss = fitted["C"][run][order], fitted["loss"][run][order]
        losses.append(np.interp(np.log(budgets), np.log(C), loss, left=np.inf, right=np.inf))
        sizes.append((N, V * fitted["d"][run][0]))
    N, N_v = np.array(sizes)[np.argmin(losses, axis=0)].T
    gamma, log_k = np.polyfit(np.log(budgets), np.log(N_v), 1)
    embedding = sw.published("tao2024-embedding")
    assert gamma == pytest.approx(embedding.values["gamma"], abs=0.01)
    for C in (1e18, 1e19, 1e20):
        assert np.exp(log_k) * C**gamma == pytest.approx(float(embedding(C=C)), rel=0.35)
    # the authors hold the other exponent at one half, which is what is found
    other = sw.published("tao2024-other-parameters")
    assert np.polyfit(np.log(budgets), np.log(N), 1)[0] == pytest.approx(0.5, abs=0.02)
    level = np.exp(np.mean(np.log(N) - 0.5 * np.log(budgets)))
    assert level == pytest.approx(float(other(C=1.0)), rel=0.05)


def test_the_cheapest_vocabularies_at_the_sizes_of_the_runs_give_the_exponent_of_approach_2(
    table: dict[str, np.ndarray],
) -> None:
    N = np.unique(table["N_nv"])
    width = embedding_width(N)
    compression = sw.published("tao2024-tokens-per-character").values
    N_v = np.array([float(cheapest_vocabulary(n, d, compression)) * d for n, d in zip(N, width, strict=True)])
    # through the smallest, as the authors anchor it
    x, y = np.log(N[1:] / N[0]), np.log(N_v[1:] / N_v[0])
    assert x @ y / (x @ x) == pytest.approx(sw.published("tao2024-derivative").values["gamma"], abs=3e-3)
