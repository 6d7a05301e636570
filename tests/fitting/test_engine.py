"""The engine: exact derivatives of the objective, weights as copies of rows, ties, workers, and what a check proves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares

import scalewidgets as sw
from scalewidgets.errors import FitCancelled, FitError
from scalewidgets.fitting.called import CalledBatch
from scalewidgets.fitting.objectives import NAMES, Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.program import Program
from scalewidgets.fitting.refits import refits
from scalewidgets.fitting.resampling import redrawn, row_weights
from scalewidgets.fitting.solving import SEARCH_ROWS, optimise, refit, staged
from scalewidgets.fitting.starts import starts
from scalewidgets.ops.derivatives import differentiate
from scalewidgets.ops.tracing import trace
from scalewidgets.registry import law, laws
from tests.fitting.designs import design, enough, truth_of

BEST = {245: 0.00182601052306933, 240: 0.00101827401780060}


def noisy(key: str = "hoffmann2022", seed: int = 0) -> sw.Runs:
    sizes = np.geomspace(1e8, 1e10, 6)[:, None]
    return sw.simulate(sw.published(key), N=sizes, D=np.geomspace(2e9, 4e11, 7), noise=0.01, seed=seed)


def epoch(shared_data: Path, rows: int) -> sw.Runs:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    return runs.subset(np.arange(245 - rows, 245))


def problem_of(name: str, objective: Objective) -> tuple[Problem, Mapping[str, float]]:
    """Return a problem of any law on runs that lie off it, and the values of the law.

    Residuals are near half the threshold or twice it: the objective bends at zero and at the threshold, and no row may
    cross these while differences are taken.
    """
    declared = laws()[name]
    truth = truth_of(declared)
    rng = np.random.default_rng(1)
    columns = design(declared, enough(declared))
    exact = truth(**columns)
    off = rng.choice([-2.2, -1.8, -0.55, -0.45, 0.45, 0.55, 1.8, 2.2], len(exact)) * objective.delta
    residual = objective.residual if declared.response.positive else "raw"
    loss = exact * np.exp(-off) if residual == "log" else exact - off * np.abs(exact)
    kept = rng.permutation(np.flatnonzero(declared.response.allows(loss) & (exact != 0)))[:30]
    columns = {symbol: column[kept] for symbol, column in columns.items()}
    runs = sw.Runs(columns=columns, loss=loss[kept], response=declared.response)
    noise = rng.uniform(0.9, 1.1, len(kept)) * (1.0 if residual == "log" else np.abs(exact[kept]))
    fixed = {each: value for each, value in truth.values.items() if value == 0}  # has no logarithm
    return Problem.of(declared, runs, replace(objective, residual=residual), noise=noise, fixed=fixed), truth.values


@pytest.mark.parametrize(
    "objective", [*(Objective(name, 0.01) for name in NAMES[:2]), Objective("envelope", 0.01, "raw")]
)
@pytest.mark.parametrize("name", laws())
def test_gradient_and_hessian_are_those_of_the_objective(name: str, objective: Objective) -> None:
    problem, values = problem_of(name, objective)
    point = problem.coordinates(np.array([values[each] for each in problem.free]))
    weights = np.random.default_rng(2).integers(0, 3, (1, problem.batch.rows)).astype(float)
    _, gradient, hessian, _ = problem.batch.expand(point[None], weights)
    # so short that no residual moves by more than a thousandth of the threshold
    steps = np.minimum(1e-3 * objective.delta / np.abs(problem.batch.jacobian(point)).max(axis=0), 1e-5)

    def at(move: np.ndarray) -> tuple[np.ndarray, ...]:
        return problem.batch.expand((point + move)[None], weights)

    for i, step in enumerate(steps):
        move = np.eye(len(point))[i] * step
        up, down = at(move), at(-move)
        # everything in units of the steps, which differ by many powers of ten
        size = np.abs(gradient * steps).max() + np.abs(hessian * np.outer(steps, steps)).max()
        slope, bend = (up[0] - down[0])[0] / 2, (up[1] - down[1])[0] / 2 * steps
        assert gradient[0, i] * step == pytest.approx(slope, rel=1e-5, abs=1e-5 * size)
        np.testing.assert_allclose(hessian[0, i] * step * steps, bend, rtol=1e-4, atol=1e-5 * size)


@pytest.mark.parametrize("name", ["chinchilla", "data-constrained", "kaplan-nd", "vocabulary-loss"])
def test_a_program_gives_what_its_graph_gives_however_many_points_come_in_turn(name: str) -> None:
    truth = truth_of(law(name))
    columns = {symbol: column[None] for symbol, column in design(truth.law, 3).items()}
    shapes = {each: () for each in (*truth.law.symbols, *truth.law.names)}
    plain = trace(
        lambda **inputs: {"f": truth.law.evaluate(inputs, {each: inputs[each] for each in truth.law.names})}, shapes
    )
    graph = differentiate(differentiate(plain, truth.law.names), truth.law.names)
    program = Program(graph, columns)
    for count in (3, 5, 2):
        off = np.random.default_rng(count).uniform(0.95, 1.05, (len(truth.law.names), count, 1))
        free = [truth.values[each] * off[i] for i, each in enumerate(truth.law.names)]
        found, expected = program(free), graph(**columns, **dict(zip(truth.law.names, free, strict=True)))
        for path, value in expected.items():
            shape = np.broadcast_shapes(np.shape(value), np.shape(found[path]))
            value = np.broadcast_to(value, shape)
            np.testing.assert_allclose(
                np.broadcast_to(found[path], shape), value, rtol=1e-9, atol=1e-12 * np.abs(value).max()
            )


@pytest.mark.parametrize("rows", [245, 240])
def test_epochs_points_are_fitted_to_the_last_digit(shared_data: Path, rows: int) -> None:
    problem = Problem.of(law("chinchilla"), epoch(shared_data, rows), Objective())
    found = optimise(problem)
    assert found.score == pytest.approx(BEST[rows], rel=1e-9)
    assert found.agreeing == found.starts


@pytest.mark.parametrize("rows", [245, 240])
def test_no_checked_resample_sits_above_what_independent_solves_reach(shared_data: Path, rows: int) -> None:
    runs = epoch(shared_data, rows)
    problem = Problem.of(law("chinchilla"), runs, Objective())
    weights = row_weights(runs, "pairs", 150, 42)
    found = refit(problem, optimise(problem), weights, checked=True)
    assert found.checked
    rng = np.random.default_rng(3)
    for _ in range(12):
        begun = found.points + rng.normal(scale=[0.2, 1.5, 1.5, 0.1, 0.1], size=found.points.shape)
        others = staged(problem, np.clip(begun, *problem.bounds), weights)
        assert (found.scores <= others.scores * (1 + 1e-6)).all()


def test_a_resample_equals_scipy_on_copied_rows() -> None:
    runs = noisy()
    problem = Problem.of(law("chinchilla"), runs, Objective())
    weights = row_weights(runs, "pairs", 5, 0)
    found = refit(problem, optimise(problem), weights)
    for row, point, score in zip(weights, found.points, found.scores, strict=True):
        copied = Problem.of(
            law("chinchilla"), runs.subset(np.repeat(np.arange(len(runs)), row.astype(int))), Objective()
        )
        assert score == pytest.approx(float(copied.batch.score(point[None])[0]), rel=1e-12)
        polished = least_squares(
            lambda x, batch=copied.batch: batch.residuals(x[None])[0],
            point,
            jac=lambda x, batch=copied.batch: batch.jacobian(x),
            loss="huber",
            f_scale=1e-3,
            x_scale="jac",
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
        assert score <= polished.cost * (1 + 1e-9)


def test_a_run_of_weight_two_counts_as_two_runs() -> None:
    runs = noisy()
    twice = runs.subset(np.r_[np.arange(len(runs)), np.arange(5)])
    weights = np.ones(len(runs))
    weights[:5] = 2.0
    weighted = sw.Runs(columns=runs.columns, loss=runs.loss, weights=weights)
    one, two = (sw.fit("chinchilla", r, bootstrap=0) for r in (twice, weighted))
    assert dict(one.values) == pytest.approx(dict(two.values), rel=1e-7)


def test_groups_are_resampled_whole_and_by_default() -> None:
    runs = noisy()
    groups = tuple(f"{size:.3g}" for size in runs.N)
    grouped = sw.Runs(columns=runs.columns, loss=runs.loss, groups=groups)
    weights = row_weights(grouped, "groups", 50, 0)
    for label in set(groups):
        chosen = weights[:, np.array(groups) == label]
        assert (chosen == chosen[:, :1]).all()
    fit = sw.fit("chinchilla", grouped, bootstrap=20)
    assert fit.record.resample == "groups"
    assert "(groups)" in fit.source.draws


@pytest.mark.parametrize("resample", ["pairs", "residuals"])
def test_intervals_of_a_good_design_hold_the_truth(resample: str) -> None:
    fit = sw.fit("chinchilla", noisy(), bootstrap=200, resample=resample)
    truth = sw.published("hoffmann2022").values
    for name, (low, high) in fit.interval(0.999).items():
        assert low < truth[name] < high


def test_ties_and_held_coefficients_stay_so_in_the_fit_and_in_every_draw() -> None:
    fit = sw.fit("chinchilla", noisy(), tied={"beta": "alpha"}, fixed={"E": 1.7}, bootstrap=30)
    assert fit.values["beta"] == fit.values["alpha"]
    assert fit.values["E"] == 1.7
    assert (fit.draws["beta"] == fit.draws["alpha"]).all()
    assert (fit.draws["E"] == 1.7).all()
    assert fit.record.tied == {"beta": "alpha"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fixed": {"gamma": 1.0}}, "gamma"),
        ({"fixed": {"alpha": 9.0}}, "alpha can't be held at 9"),
        ({"tied": {"alpha": "alpha"}}, "alpha can't be tied to alpha"),
        ({"fixed": {"E": 1.0, "A": 1.0, "B": 1.0, "alpha": 0.3, "beta": 0.3}}, "nothing of law 'chinchilla' is left"),
        ({"noise": [1.0, 2.0]}, "noise must be one number or one per run"),
        ({"noise": -1.0}, "noise is the standard deviation"),
        ({"resample": "groups"}, "needs runs with groups"),
        ({"resample": "blocks"}, "blocks"),
        ({"residual": "cubed"}, "cubed"),
    ],
)
def test_what_does_not_fit_together_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises((FitError, KeyError), match=words):
        sw.fit("chinchilla", noisy(), bootstrap=10, **given)


def test_a_law_that_cant_be_recorded_is_fitted_the_same() -> None:
    declared = law("chinchilla")

    def kernel(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
        return E + A * np.asarray(N) ** -alpha + B * np.power(D, -beta) + 0 * np.cumsum(np.ones(1))[0]

    called = sw.Law(
        lambda N, D, *, E, A, B, alpha, beta: (
            kernel(N, D, E=E, A=A, B=B, alpha=alpha, beta=beta) + float(0.0 * len(str(N)))
        ),
        "called",
        response=declared.response,
        variables=declared.variables,
        coefficients=declared.coefficients,
        citation=declared.citation,
    )
    assert not called.portable
    runs = noisy()
    assert isinstance(Problem.of(called, runs, Objective()).batch, CalledBatch)
    one, two = (sw.fit(each, runs, bootstrap=0) for each in (declared, called))
    assert two.objective_value == pytest.approx(one.objective_value, rel=1e-9)
    assert dict(two.values) == pytest.approx(dict(one.values), rel=1e-4)


@pytest.mark.parametrize("workers", [ThreadPoolExecutor, ProcessPoolExecutor])
@pytest.mark.parametrize("key", ["hoffmann2022", "kaplan2020-nd"])
def test_the_draws_do_not_depend_on_the_workers(key: str, workers: Any) -> None:
    runs, declared = noisy(key), sw.published(key).law
    alone = sw.fit(declared, runs, bootstrap=700, seed=3)
    with workers(2) as executor:
        spread = sw.fit(declared, runs, bootstrap=700, seed=3, executor=executor)
    for name in declared.names:
        np.testing.assert_array_equal(alone.draws[name], spread.draws[name])


class Losing(ThreadPoolExecutor):
    """An executor whose first worker is lost."""

    lost = 0

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.lost:
            return super().submit(*args, **kwargs)
        self.lost = 1
        failed: Future[Any] = Future()
        failed.set_exception(OSError("the worker is gone"))
        return failed


def test_a_lost_workers_part_is_done_again() -> None:
    runs = noisy()
    alone = sw.fit("chinchilla", runs, bootstrap=600)
    with Losing(1) as executor:
        spread = sw.fit("chinchilla", runs, bootstrap=600, executor=executor)
    assert executor.lost == 1
    np.testing.assert_array_equal(alone.draws["alpha"], spread.draws["alpha"])


class Patience:
    """Say stop from the given question on, and count the questions."""

    def __init__(self, most: int) -> None:
        self.most, self.asked = most, 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self.most


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("steps", [0, 5, 60])
def test_a_fit_ends_at_the_first_step_after_it_is_cancelled(steps: int, checked: bool) -> None:
    patience = Patience(steps)
    with pytest.raises(FitCancelled, match="cancelled"):
        sw.fit("chinchilla", noisy(), bootstrap=2000, checked=checked, cancelled=patience)
    assert patience.asked == steps + 1


class Remembering(ThreadPoolExecutor):
    """Keep what was submitted."""

    def __init__(self) -> None:
        super().__init__(1)
        self.futures: list[Future[Any]] = []

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.futures.append(super().submit(*args, **kwargs))
        return self.futures[-1]


def test_a_cancelled_fit_leaves_no_work_with_its_workers() -> None:
    stop = Event()
    with Remembering() as executor:
        with pytest.raises(FitCancelled):
            sw.fit(
                "chinchilla",
                noisy(),
                bootstrap=20_000,
                executor=executor,
                cancelled=stop.is_set,
                progress=lambda done, total: stop.set(),
            )
        waiting = [each for each in executor.futures if not each.done() and not each.running()]
    assert not waiting
    assert sum(each.cancelled() for each in executor.futures) > len(executor.futures) / 2


def test_residuals_drawn_anew_are_refitted_as_one_by_one() -> None:
    runs = noisy()
    problem = Problem.of(law("chinchilla"), runs, Objective("squared"))
    optimum = optimise(problem)
    found = refits(problem, optimum, runs, "residuals", 3, seed=4)
    residuals = problem.batch.residuals(optimum.point[None])[0]
    drawn = redrawn(residuals, 3, 5, [4, 0])
    for point, each in zip(found.points, drawn, strict=True):
        again = replace(problem, observed=problem.observed * np.exp(residuals - each))
        np.testing.assert_allclose(point, staged(again, optimum.point[None]).points[0], rtol=1e-6)


def test_residuals_drawn_anew_scatter_as_the_runs_do_and_are_never_the_same_twice() -> None:
    residuals = np.random.default_rng(0).normal(0.0, 0.01, 40)
    residuals[:5] = 0.0
    drawn = redrawn(residuals, 4000, 5, 1)
    assert np.std(drawn) == pytest.approx(np.std(residuals) * np.sqrt(40 / 35), rel=0.01)
    assert np.mean(drawn) == pytest.approx(np.mean(residuals), abs=1e-4)
    assert len(np.unique(drawn)) == drawn.size


def test_more_runs_than_a_fit_takes_are_refused_with_what_to_do() -> None:
    rng = np.random.default_rng(0)
    columns = {"N": rng.uniform(1e8, 1e9, 1_000_001), "D": rng.uniform(1e9, 1e10, 1_000_001)}
    runs = sw.Runs(columns, loss=np.full(1_000_001, 2.5))
    with pytest.raises(FitError, match=r"1,000,001 runs are more than a fit takes at once.*runs\.subset"):
        sw.fit("chinchilla", runs, bootstrap=0)


def test_many_runs_are_searched_on_some_and_refined_on_all() -> None:
    sizes = np.geomspace(1e8, 1e10, 150)[:, None]
    runs = sw.simulate(sw.published("hoffmann2022"), N=sizes, D=np.geomspace(2e9, 4e11, 150), noise=0.01, seed=0)
    problem = Problem.of(law("chinchilla"), runs, Objective())
    assert problem.batch.rows > SEARCH_ROWS
    found = optimise(problem)
    direct = staged(problem, starts(problem, 2, 0))
    assert found.score == pytest.approx(direct.scores.min(), rel=1e-9)
    assert found.score == pytest.approx(float(problem.batch.score(found.point[None])[0]), rel=1e-12)


def test_memory_of_a_thousand_refits_at_ten_thousand_runs_is_bounded() -> None:
    code = """
import resource
import numpy as np, scalewidgets as sw
from scalewidgets.fitting import surface
sizes, tokens = np.geomspace(1e8, 1e10, 100)[:, None], np.geomspace(1e9, 1e12, 100)
runs = sw.simulate(sw.published("hoffmann2022"), N=sizes, D=tokens, noise=0.01, seed=0)
sw.fit("power-n", sw.simulate(sw.published("kaplan2020-n"), N=[1e6, 1e7, 1e8, 1e9]), bootstrap=2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sw.fit("chinchilla", runs, bootstrap=200, seed=1, progress=False)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # parts of 200 resamples come one after the other, so that 1,000 need no more than 200
    assert float(done.stdout) < 180


def test_the_envelope_runs_below_most_runs() -> None:
    runs = noisy()
    middle, envelope = (sw.fit("chinchilla", runs, bootstrap=0, objective=name) for name in ("huber", "envelope"))
    below = [float(np.mean(fit(N=runs.N, D=runs.D) < runs.loss)) for fit in (middle, envelope)]
    assert below[1] > 0.8 > below[0]
