"""Time the fitting engine beside SciPy, in one run, and report ratios.

Reference: L-BFGS-B with numerical gradients from the 4,500 starts of Hoffmann et al. (2022), and `curve_fit` from one
good start. Needs no download: without `../shared/data` the runs are simulated. `--starts 4500` takes the reference to
the end, for minutes; otherwise every tenth start stands for ten. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.optimize import curve_fit, minimize
from scipy.special import huber, logsumexp

sys.path.insert(0, str(Path(__file__).parents[1]))  # the designs that the tests fit every law on

import scalewidgets as sw
from scalewidgets.fitting.objectives import Objective, residual_of
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.resampling import row_weights
from scalewidgets.fitting.solving import optimise, refit
from scalewidgets.registry import law, laws
from tests.fitting.designs import design, enough, truth_of

EPOCH = Path(__file__).parents[2] / "shared" / "data" / "chinchilla_epoch" / "points.csv"
# What a global fit may take, and of how large a problem.
TARGET, MOST_COEFFICIENTS, MOST_RUNS = 0.15, 9, 500
GRID = (np.linspace(0, 2, 5), np.linspace(0, 2, 5), np.linspace(-1, 1, 5), np.linspace(0, 25, 6), np.linspace(0, 25, 6))


def runs() -> sw.Runs:
    """Return Epoch AI's points where they are at hand, simulated ones otherwise."""
    if EPOCH.is_file():
        return sw.read_runs(EPOCH)
    sizes = np.geomspace(6e7, 1.6e10, 35)[:, None]
    return sw.simulate(sw.published("besiroglu2024"), N=sizes, D=np.geomspace(1e9, 3e11, 7), noise=0.01, seed=0)


def best_of(function: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the least processor time, which other work on the machine hardly changes, and the answer."""
    taken, answer = np.inf, None
    for _ in range(times):
        start = time.process_time()
        answer = function()
        taken = min(taken, time.process_time() - start)
    return taken, answer


def reference(data: sw.Runs, count: int) -> float:
    """Return the objective that the paper's method reaches from `count` of its starts."""
    logN, logD, logL = np.log(data.N), np.log(data.D), np.log(data.loss)

    def objective(x: np.ndarray) -> float:
        alpha, beta, e, a, b = x
        terms = np.stack([a - alpha * logN, b - beta * logD, np.full_like(logN, e)])
        return float(huber(1e-3, logsumexp(terms, axis=0) - logL).sum())

    starts = list(itertools.product(*GRID))
    chosen = starts[:: max(1, len(starts) // count)][:count]
    return min(minimize(objective, start, method="L-BFGS-B").fun for start in chosen)


def one_start(data: sw.Runs) -> Any:
    """Fit with `curve_fit` from published values, least squares on log loss."""

    def predict(x: np.ndarray, e: float, a: float, b: float, alpha: float, beta: float) -> np.ndarray:
        return np.log(np.exp(e) + np.exp(a - alpha * x[0]) + np.exp(b - beta * x[1]))

    return curve_fit(predict, np.log([data.N, data.D]), np.log(data.loss), p0=[0.6, 6.2, 7.6, 0.35, 0.37])


def chinchilla(count: int) -> None:
    """Compare one global fit and a thousand refits with the references."""
    data = runs()
    fast, optimum = best_of(lambda: optimise(Problem.of(law("chinchilla"), data, Objective())), 15)
    slow, reached = best_of(lambda: reference(data, count), 1)
    single, _ = best_of(lambda: one_start(data), 10)
    problem = Problem.of(law("chinchilla"), data, Objective())
    weights = row_weights(data, "pairs", 1000, 42)
    warm, _ = best_of(lambda: refit(problem, optimum, weights), 5)
    checked, found = best_of(lambda: refit(problem, optimum, weights, checked=True), 3)
    every = "" if count == 4500 else f", {slow * 4500 / count:.0f} s for all 4,500"
    print(f"\n## Chinchilla, {len(data)} runs\n")
    print("| what | processor time | of the global fit | objective |\n|---|---:|---:|---|")
    print(f"| global Huber fit, {optimum.starts} starts | {fast * 1e3:.1f} ms | 1 | {optimum.score:.15g} |")
    print(
        f"| L-BFGS-B, {count:,} of the paper's 4,500 starts | {slow:.0f} s{every} | "
        f"{slow * 4500 / count / fast:,.0f} for all | {reached:.15g} |"
    )
    print(f"| `curve_fit`, one good start, least squares | {single * 1e3:.1f} ms | {single / fast:.2f} | |")
    print(f"| 1,000 refits | {warm * 1e3:.0f} ms | {warm / fast:.0f} | |")
    complete = "complete" if found.checked else "not complete"
    print(
        f"| 1,000 refits, checked | {checked * 1e3:.0f} ms | {checked / fast:.0f} | "
        f"{found.repaired} repaired, check {complete} |"
    )


def every_law() -> None:
    """Time a global fit, and refits for a band, of every law on runs with 1 % noise over its declared ranges."""
    print("\n## Every law, noise 1 %\n")
    print(f"A miss is over {TARGET * 1e3:.0f} ms with at most {MOST_COEFFICIENTS} coefficients and {MOST_RUNS} runs.\n")
    print("| law | coefficients | runs | global fit, ms | 200 refits, ms | starts agreeing | |")
    print("|---|---:|---:|---:|---:|---:|---|")
    missed = 0
    for key, declared in laws().items():
        columns = design(declared, enough(declared))
        data = sw.simulate(truth_of(declared), **columns)
        loss = data.loss * (1 + 0.01 * np.random.default_rng(0).normal(size=len(data)))
        data = replace(data, loss=np.where(declared.response.allows(loss), loss, data.loss))
        kind = Objective(residual=residual_of(declared, None))
        taken, found = best_of(lambda d=declared, r=data, k=kind: optimise(Problem.of(d, r, k)), 2)
        problem = Problem.of(declared, data, kind)
        weights = row_weights(data, "pairs", 200, 0)
        again, _ = best_of(lambda p=problem, o=found, w=weights: refit(p, o, w), 1)
        miss = taken > TARGET and len(declared.names) <= MOST_COEFFICIENTS and len(data) <= MOST_RUNS
        missed += miss
        print(
            f"| {key} | {len(declared.names)} | {len(data)} | {taken * 1e3:.0f} | {again * 1e3:.0f} | "
            f"{found.agreeing} of {found.starts} | {'**miss**' if miss else ''} |",
            flush=True,
        )
    print(f"\n{missed} of {len(laws())} laws miss.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=450, help="starts of the reference, of the paper's 4,500")
    print(f"Processor time of one core, the best of several; load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.")
    chinchilla(parser.parse_args().starts)
    every_law()
