"""Suggested runs shrink the interval that was asked about, by what is promised, and more than runs taken at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.designing import _candidates, _target
from scalewidgets.fitting.rebuilding import rebuilt
from scalewidgets.runs import Runs

TRUTH = sw.published("besiroglu2024")
COMPUTE = 1e23
SETTINGS: dict[str, Any] = {"objective": "squared", "bootstrap": 0}


def runs_at(N: Any, D: Any, seed: int) -> Runs:
    return sw.simulate(TRUTH, N=N, D=D, noise=0.004, seed=seed)


def start(seed: int = 0) -> Runs:
    return runs_at(np.geomspace(1e8, 2e9, 4)[:, None], np.geomspace(3e9, 6e10, 4), seed)


def joined(one: Runs, other: Runs) -> Runs:
    columns = {symbol: np.concatenate([one[symbol], other[symbol]]) for symbol in ("N", "D")}
    return sw.read_runs({**columns, "loss": np.concatenate([one.loss, other.loss])})


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return sw.fit("chinchilla", start(), **SETTINGS)


def of_fit(values: dict[str, float], target: str) -> float:
    """Return the logarithm of a target at given coefficients, from the closed form."""
    optimum = sw.law("chinchilla").optimum
    assert optimum is not None
    N, D = optimum(COMPUTE, **values)
    return float(np.log({"N_opt": N, "D_opt": D, "loss": sw.law("chinchilla")(N=N, D=D, **values)}[target]))


@pytest.mark.parametrize("target", ["N_opt", "D_opt", "loss"])
def test_the_gradient_of_a_target_is_that_of_the_closed_form(fitted: Fit, target: str) -> None:
    made = rebuilt(fitted)
    value, gradient, _ = _target(made, target, COMPUTE, None)
    assert np.log(value) == pytest.approx(of_fit(dict(fitted.values), target), rel=1e-9)
    for i in range(len(made.point)):
        step = 1e-5 * np.eye(len(made.point))[i]
        up, down = ({name: float(x) for name, x in made.problem.values(made.point + s).items()} for s in (step, -step))
        assert gradient[i] == pytest.approx((of_fit(up, target) - of_fit(down, target)) / 2e-5, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(
    "asked",
    [
        {"compute": COMPUTE},
        {"compute": "1e23", "target": "D_opt"},
        {"compute": COMPUTE, "target": "loss", "count": 2},
        {"target": "loss", "at": {"N": "7B", "D": "1T"}},
        {"compute": COMPUTE, "budget": "3e20", "count": 8},
    ],
    ids=str,
)
def test_every_suggested_run_shrinks_the_interval_within_the_budget(fitted: Fit, asked: dict[str, Any]) -> None:
    found = sw.suggest_runs(fitted, **asked)
    assert len(found) == asked.get("count", 5)
    lows = [found.now[0], *found.column("low")]
    highs = [found.now[1], *found.column("high")]
    assert (np.diff(lows) > 0).all() and (np.diff(highs) < 0).all()
    assert found.then == (lows[-1], highs[-1])
    assert lows[-1] < found.value < highs[-1]
    assert fitted.runs is not None
    assert max(found.column("C")) <= fitted.runs.C.max() * (1 + 1e-9)
    if "budget" in asked:
        assert sum(found.column("C")) <= 3e20 * (1 + 1e-9)
    ranges = {"N": fitted.runs.N, "tokens_per_param": fitted.runs.D / fitted.runs.N}
    for column, tried in ranges.items():
        wanted = np.array(found.column(column))
        assert (wanted >= tried.min() * (1 - 1e-6)).all() and (wanted <= tried.max() * (1 + 1e-6)).all()
    points = list(zip(found.column("N"), found.column("D"), strict=True))
    assert len(set(points)) == len(points)


def test_it_says_what_the_runs_would_do(fitted: Fit) -> None:
    found = sw.suggest_runs(fitted, compute=COMPUTE)
    assert "The best N at 1e23 FLOP is" in found.summary()
    assert f"{found.shrinkage:.2f} times as wide" in found.summary()
    assert found._repr_html_().count("<tr>") == 6


def test_the_promised_width_is_that_of_the_runs_once_they_are_there(fitted: Fit) -> None:
    found = sw.suggest_runs(fitted, compute=COMPUTE)
    exact = sw.simulate(fitted, N=found.column("N"), D=found.column("D"))
    assert fitted.runs is not None
    after = rebuilt(sw.fit("chinchilla", joined(fitted.runs, exact), **SETTINGS))
    before = rebuilt(fitted)
    widths = []
    for made in (before, after):
        _, gradient, _ = _target(made, "N_opt", COMPUTE, None)
        jacobian = made.problem.batch.jacobian(made.point)
        widths.append(float(np.sqrt(gradient @ np.linalg.inv(jacobian.T @ jacobian) @ gradient)))
    assert widths[1] / widths[0] == pytest.approx(found.shrinkage, rel=1e-6)


def test_suggested_runs_beat_random_ones_on_average_over_seeds() -> None:
    truth = of_fit(dict(TRUTH.values), "N_opt")
    errors: dict[str, list[float]] = {"none": [], "random": [], "suggested": []}
    for seed in range(100):
        runs = start(seed)
        fit = sw.fit("chinchilla", runs, **SETTINGS)
        found = sw.suggest_runs(fit, compute=COMPUTE)
        pool = _candidates(rebuilt(fit), None, 5)
        pick = np.random.default_rng(seed).choice(len(pool["N"]), 5, replace=False)
        added = {
            "random": runs_at(pool["N"][pick], pool["D"][pick], 1000 + seed),
            "suggested": runs_at(found.column("N"), found.column("D"), 1000 + seed),
        }
        fits = {"none": fit} | {
            name: sw.fit("chinchilla", joined(runs, more), **SETTINGS) for name, more in added.items()
        }
        for name, each in fits.items():
            errors[name].append(abs(of_fit(dict(each.values), "N_opt") - truth))
    typical = {name: float(np.sqrt(np.mean(np.square(each)))) for name, each in errors.items()}
    assert typical["suggested"] < 0.85 * typical["random"] < 0.85 * typical["none"]


def test_held_and_tied_coefficients_are_no_unknowns() -> None:
    free, held = (
        sw.suggest_runs(sw.fit("chinchilla", start(), **SETTINGS, **more), compute=COMPUTE)
        for more in ({}, {"fixed": {"alpha": TRUTH.values["alpha"], "beta": TRUTH.values["beta"]}})
    )
    tied = sw.suggest_runs(sw.fit("chinchilla", start(), tied={"beta": "alpha"}, **SETTINGS), compute=COMPUTE)
    width = {name: np.log(each.now[1] / each.now[0]) for name, each in (("free", free), ("held", held), ("tied", tied))}
    assert width["held"] < width["free"] / 3
    assert width["tied"] < width["free"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "needs compute="),
        ({"compute": 1e22, "count": 0}, "count = 0"),
        ({"compute": -1.0}, "compute: -1.0 is negative"),
        ({"compute": 1e22, "budget": 1e15}, "too little for 5 runs"),
        ({"target": "loss", "at": {"N": 1e9}}, "holds N and D"),
        ({"compute": 1e22, "at": {"N": 1e9, "D": 1e10}}, "for target='loss'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(fitted: Fit, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        sw.suggest_runs(fitted, **settings)


def test_what_can_not_be_designed_for_is_refused(fitted: Fit) -> None:
    with pytest.raises(UnknownName, match="target"):
        sw.suggest_runs(fitted, compute=1e22, target="N")
    with pytest.raises(FitError, match="keeps no runs"):
        sw.suggest_runs(TRUTH, compute=1e22)
    one = sw.fit(
        "power-constant-n", sw.simulate(sw.published("kaplan2020-n"), N=np.geomspace(1e6, 1e10, 9)), **SETTINGS
    )
    with pytest.raises(FitError, match="law of N and D"):
        sw.suggest_runs(one, compute=1e22)
