"""What the runs can't support is said in words, with numbers and a remedy; nothing is said of runs that can."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import ScalewidgetsError
from scalewidgets.fitting.diagnosis.quick import cautions, rank_correlation
from scalewidgets.fitting.diagnosis.reach import extrapolation
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.solving import optimise
from scalewidgets.runs import Runs

from .intervals import HOFFMANN, fitted, simulated

FEW, MANY = np.geomspace(1e8, 1e10, 3), np.geomspace(1e9, 1e12, 8)
GRID = simulated(N=np.geomspace(1e8, 1e10, 5)[:, None], D=MANY)


def one_ratio() -> Runs:
    N = np.geomspace(1e8, 1e10, 20)
    return simulated(N=N, D=20 * N)


def rounded() -> Runs:
    runs = simulated()
    return Runs({"N": runs.N, "D": runs.D}, np.round(runs.loss, 1))


def doubled() -> Runs:
    return GRID.subset(np.tile(np.arange(len(GRID)), 2))


def bent() -> Runs:
    """Give runs that get worse again with size, which the law can't say."""
    runs = simulated(0.001)
    return Runs({"N": runs.N, "D": runs.D}, runs.loss * np.exp(0.02 * np.log(runs.N / 1e9) ** 2))


def constant() -> Runs:
    return Runs({"N": GRID.N, "D": GRID.D}, np.full(len(GRID), 2.5))


def steep() -> Runs:
    """Give runs that fall like a plain power of size, so that no constant is left over."""
    runs = simulated()
    return Runs({"N": runs.N, "D": runs.D}, 1e3 * runs.N**-0.3 * np.exp(np.random.default_rng(0).normal(0, 0.01, 144)))


def without_data_term() -> Runs:
    law = HOFFMANN.with_values(B=1e-9)
    return sw.simulate(law, N=np.geomspace(1e8, 1e10, 6)[:, None], D=MANY, noise=0.003, seed=1)


@pytest.mark.parametrize(
    ("runs", "key", "words"),
    [
        (simulated(N=FEW[:, None], D=MANY), "few-sizes", "only 3 distinct values of N"),
        (one_ratio(), "one-ratio", "rise together"),
        (rounded(), "quantised-losses", "distinct losses among 144 runs"),
        (doubled(), "duplicated-rows", "40 of 80 runs repeat"),
        (bent(), "residual-trend", "rank correlation"),
        (constant(), "identical-losses", "the same loss, 2.5"),
        (without_data_term(), "unidentified", "does not depend on B, beta"),
        (steep(), "at-bound", "E ended at the edge of what is allowed, least 0"),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value and " " not in value else "",
)
def test_a_weak_design_is_named(runs: Runs, key: str, words: str) -> None:
    found = {warning.key: warning for warning in fitted(runs).warnings}
    assert key in found
    assert words in found[key].sentence
    assert found[key].remedy


def test_runs_that_determine_the_law_raise_no_caution() -> None:
    assert {warning.key for warning in fitted(simulated()).warnings} == {"imputed"}
    assert {warning.key for warning in sw.diagnose(fitted(simulated())).warnings} == {"imputed"}


def test_the_quick_checks_cost_little(shared_data: Path) -> None:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    problem = Problem.of(sw.law("chinchilla"), runs, Objective())
    optimum = optimise(problem)
    times = []
    for _ in range(7):
        began = time.perf_counter()
        cautions(problem, optimum, runs)
        times.append(time.perf_counter() - began)
    # 1 ms on a quiet machine
    assert min(times) < 5e-3


def test_a_valley_names_the_pair_and_the_range_that_fits_as_well() -> None:
    # all but one size: a constant and the term of N can take each other's place
    runs = simulated(N=np.geomspace(1e9, 1.000002e9, 6)[:, None], D=MANY)
    found = {warning.key: warning for warning in fitted(runs, fixed={"alpha": 0.34}).warnings}
    assert found["flat-valley"].sentence.startswith("E and A can hardly be told apart with these runs: E from ")
    assert "fits within 1 % of the same objective" in found["flat-valley"].sentence


def test_diagnose_finds_the_five_points_that_the_chinchilla_fit_hangs_on(shared_data: Path) -> None:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    found = sw.diagnose(sw.fit("chinchilla", runs, bootstrap=0))
    together = next(warning for warning in found.warnings if warning.key == "influential-together")
    assert "row 0, row 1, row 2, row 3, row 4" in together.sentence
    assert "beta from 0.453 to 0.3672" in together.sentence
    assert found.notes[0] == "32 of 32 more starts reached the same optimum."
    most = {row["coefficient"]: row["moved most by row"] for row in found.rows}
    assert most["beta"] == most["B"] == 0


def test_diagnose_names_a_single_run_that_is_wrong() -> None:
    loss = GRID.loss.copy()
    loss[7] *= 1.5
    names = [f"run-{i}" for i in range(len(GRID))]
    found = sw.diagnose(fitted(Runs({"N": GRID.N, "D": GRID.D}, loss, names=names)))
    alone = [warning.sentence for warning in found.warnings if warning.key == "influential-rows"]
    assert alone and all("row 7 (run-7)" in sentence for sentence in alone)


def test_diagnose_says_what_the_runs_leave_undetermined_and_with_what_it_trades_off() -> None:
    found = sw.diagnose(fitted(simulated(0.02, N=np.geomspace(1e9, 2e9, 5)[:, None], D=MANY)))
    sentences = [warning.sentence for warning in found.warnings if warning.key == "undetermined"]
    assert any("leave A anywhere" in sentence and "alpha" in sentence for sentence in sentences)
    assert "Caution" in repr(found) and "<li>" in found._repr_html_()


def test_the_extrapolation_factor_names_the_variable() -> None:
    found = fitted(GRID)
    beyond = extrapolation(found, N=1e11, D=1e11)
    assert beyond is not None
    assert "N = 1e+11 lies ×10" in beyond.sentence
    assert extrapolation(found, N=1e9, D=1e11) is None


def hostile(kind: str) -> Runs:
    N, D = np.array([1e8, 1e9, 1e10, 1e8, 1e9, 1e10, 3e8, 3e9]), np.array([1e9, 1e9, 1e10, 1e11, 1e10, 1e11, 1e12, 3e9])
    loss = np.array([3.4, 3.2, 2.6, 2.8, 2.7, 2.2, 2.7, 2.9])
    if kind == "identical":
        loss = np.full(8, 2.0)
    elif kind == "three":
        N, D, loss = N[:3], D[:3], loss[:3]
    elif kind == "tiny":
        N = N * 1e-308
    elif kind == "huge":
        D = D * 1e290
    elif kind == "nan":
        loss[2] = np.nan
    elif kind == "one N":
        N = np.full(8, 1e9)
    elif kind == "tiny loss":
        loss = loss * 1e-300
    elif kind == "huge loss":
        loss = loss * 1e300
    return Runs({"N": N, "D": D}, loss)


@pytest.mark.parametrize("kind", ["identical", "three", "tiny", "huge", "nan", "one N", "tiny loss", "huge loss"])
@pytest.mark.parametrize("objective", ["huber", "squared"])
def test_hostile_runs_end_in_an_error_in_words_or_a_warned_fit(kind: str, objective: str) -> None:
    try:
        found = sw.fit("chinchilla", hostile(kind), objective=objective, bootstrap=0)
    except ScalewidgetsError as error:
        assert str(error)
        return
    assert found.warnings, found
    for ask in (sw.diagnose, sw.delta_method, sw.influence, lambda fit: sw.profile(fit, "alpha")):
        try:
            assert repr(ask(found))
        except ScalewidgetsError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("one", "other", "rho"),
    [([1, 2, 3, 4], [10, 20, 30, 45], 1.0), ([1, 2, 3, 4], [4, 3, 2, 1], -1.0), ([1, 1, 1, 1], [1, 2, 3, 4], 0.0)],
)
def test_rank_correlation(one: list[float], other: list[float], rho: float) -> None:
    assert rank_correlation(np.array(one, dtype=float), np.array(other, dtype=float)) == pytest.approx(rho)
