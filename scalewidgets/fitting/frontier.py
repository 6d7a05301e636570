"""What approaches 1 and 2 share: a power law through optima, its bias on a known law, and the Fit they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from scalewidgets import __version__
from scalewidgets.declare import Citation, Law
from scalewidgets.errors import Caution, FitError, ScalewidgetsError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.solving import optimise
from scalewidgets.formats import format_value
from scalewidgets.laws.frontier import FRONTIERS
from scalewidgets.registry import law as law_named
from scalewidgets.runs import Runs

# Where the bias beyond the runs is stated: budgets this many times the largest.
BEYOND = 100.0
ROUNDING = 1e-9


class Asked(NamedTuple):
    """What is to be fitted, N or D over C, and the law of the loss by which the method's bias is measured."""

    frontier: Law
    reference: Law

    @property
    def symbol(self) -> str:
        """N or D."""
        return self.frontier.response.symbol


def asked(law: Law | str) -> Asked:
    """Read the law of a call: a frontier, or a law of the loss, which then serves to measure the bias.

    Raises
    ------
    UnknownName
        If it is neither.
    """
    key = law if isinstance(law, str) else law.key
    if key in FRONTIERS:
        return Asked(FRONTIERS[key], law_named("chinchilla"))
    return Asked(FRONTIERS["frontier-n"], law_named(law) if isinstance(law, str) else law)


def line(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return intercept and slope of weighted least squares over the last axis; rows of weight 0 may hold NaN."""
    y = np.where(weights > 0, y, 0.0)
    total = weights.sum(axis=-1)
    with np.errstate(all="ignore"):
        mx, my = (weights * x).sum(axis=-1) / total, (weights * y).sum(axis=-1) / total
        dx = x - mx[..., None]
        slope = (weights * dx * y).sum(axis=-1) / (weights * dx * dx).sum(axis=-1)
        return my - slope * mx, slope


def between(x: np.ndarray, y: np.ndarray, variances: np.ndarray) -> float:
    """Return the variance about a line that the variances of the points leave over (Paule and Mandel 1982).

    With it added to each, the weighted sum of squares is what it should be, the number of points less two.
    """
    spare = len(x) - 2

    def excess(extra: float) -> float:
        weights = 1 / (variances + extra)
        intercept, slope = line(x, y, weights)
        return float((weights * (y - intercept - slope * x) ** 2).sum()) - spare

    most = float(np.ptp(y) ** 2) + 1.0
    if spare < 1 or not variances.all() or excess(0.0) <= 0 or excess(most) >= 0:
        return 0.0
    return float(brentq(excess, 0.0, most, xtol=1e-16))


def best(law: Law, values: Mapping[str, float], budgets: np.ndarray, symbol: str) -> np.ndarray:
    """Return the N or D of least loss on 6 N D = C."""
    if law.optimum is not None:
        # arrays, so that what a hostile fit divides by zero becomes NaN and can be judged
        with np.errstate(all="ignore"):
            found = law.optimum(budgets, **{name: np.float64(value) for name, value in values.items()})
        N = np.broadcast_to(found[0], budgets.shape)
    else:
        N = np.array([_searched(law, values, float(C)) for C in budgets])
    return N if symbol == "N" else budgets / (6 * N)


def _searched(law: Law, values: Mapping[str, float], C: float) -> float:
    def loss(u: Any) -> Any:
        return law.evaluate({"N": np.exp(u), "D": C / (6 * np.exp(u))}, values)

    grid = np.linspace(np.log(1e2), np.log(C / 6e2), 400)
    i = int(np.clip(np.nanargmin(loss(grid)), 1, len(grid) - 2))
    found = minimize_scalar(loss, bounds=(grid[i - 1], grid[i + 1]), method="bounded", options={"xatol": 1e-9})
    return float(np.exp(found.x))


def bias(
    to: Asked,
    runs: Runs,
    at: Mapping[str, np.ndarray],
    budgets: np.ndarray,
    estimate: Callable[[np.ndarray], tuple[float, float]],
    why: str,
) -> Caution:
    """Return the caution that says how far the method is off on exact runs of a law with a known frontier.

    Parameters
    ----------
    to : Asked
    runs : Runs
        The law is fitted to these.
    at : mapping of str to ndarray
        N and D at which exact losses are computed.
    budgets : ndarray
    estimate : callable
        From losses to log k and a.
    why : str
        First sentence: the reason of the bias.
    """
    law, symbol = to.reference, to.symbol
    remedy = f"Compare with sw.fit({law.key!r}, runs), which fits the surface."
    try:
        if set(law.symbols) != {"N", "D"}:
            raise FitError(f"law {law.key!r} is not one of N and D")
        problem = Problem.of(law, runs, Objective())
        found = problem.values(optimise(problem).point)
        values = {name: float(value) for name, value in found.items()}
        at_budgets = np.append(budgets, BEYOND * budgets.max())
        optima = best(law, values, at_budgets, symbol)
        if not (np.isfinite(optima) & (optima > 0)).all():
            raise FitError(f"law {law.key!r}, fitted to these runs, has no optimum")
        exact = np.log(optima)
        intercept, slope = estimate(law.evaluate(at, values))
    except ScalewidgetsError as problem_met:
        remedy = "Compare with a law of N and D fitted to the surface."
        return Caution("method-bias", f"{why} How much could not be measured here: {problem_met}.", remedy)
    truth = float(np.polyfit(np.log(budgets), exact[:-1], 1)[0])
    off = np.exp(intercept + slope * np.log(at_budgets) - exact)
    factors = [format_value(float(factor), "factor") for factor in (off[int(np.argmax(budgets))], off[-1])]
    sentence = (
        f"{why} On exact runs of the fitted {law.key} law with the same sizes and budgets it gives a = {slope:.3f} "
        f"where the truth is {truth:.3f} ({slope - truth:+.3f}): {symbol} is off by {factors[0]} at the largest "
        f"budget and by {factors[1]} at {BEYOND:g} times that."
    )
    return Caution("method-bias", sentence, remedy)


def result(
    to: Asked,
    runs: Runs,
    method: str,
    estimate: tuple[float, float],
    budgets: np.ndarray,
    optima: np.ndarray,
    *,
    score: float,
    draws: tuple[np.ndarray, np.ndarray] | None,
    resample: str,
    residual: str,
    seed: int,
    warnings: Sequence[Caution],
) -> Fit:
    """Return the Fit of a frontier through optima."""
    intercept, slope = estimate
    scatter = intercept + slope * np.log(budgets) - np.log(optima)
    low, high = to.frontier.coefficient("a").low, to.frontier.coefficient("a").high
    slope = max(slope, low) if slope > low - ROUNDING else slope
    if not low <= slope <= high:
        raise FitError(
            f"the optima give {to.symbol} = k C^a with a = {slope:.3g}, which is outside {low:g} to {high:g}; "
            "the best size should grow with compute: look at the optima, and at the units of the columns"
        )
    joint, noise, count = None, None, 0
    if draws is not None:
        kept = np.isfinite(draws[0]) & np.isfinite(draws[1])
        count = int(kept.sum())
        if count < 2:
            raise FitError("no resample leaves enough optima for a line; give more runs, or bootstrap=0")
        joint = {"k": np.exp(draws[0][kept]), "a": draws[1][kept]}
        noise = -np.random.default_rng([seed, 1]).choice(scatter, count)
        for drawn in joint.values():
            drawn.setflags(write=False)
    return Fit(
        law=to.frontier,
        values={"k": float(np.exp(intercept)), "a": slope},
        source=Source(
            citation=Citation("runs", title=runs.source or "runs given as a table"),
            verified="simulated" if runs.source.startswith("simulated") else "fitted",
            ranges={"C": (float(budgets.min()), float(budgets.max()))},
            draws=f"Joint draws: {count} resamples ({resample}), seed {seed}." if count else "",
        ),
        title=f"{to.frontier.title} ({method}), fitted to {len(runs)} runs",
        draws=joint,
        noise=noise,
        record=Record(
            method=method,
            objective="squared",
            delta=0.0,
            objective_value=score,
            rows=len(runs),
            starts=1,
            starts_agreeing=1,
            bootstrap=count,
            seed=seed,
            runs_hash=runs.content_hash,
            version=__version__,
            residual=residual,
            resample=resample if count else "",
        ),
        warnings=(*runs.warnings, *warnings),
        runs=runs,
    )
