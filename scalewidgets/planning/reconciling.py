"""`sw.reconcile`: which choices of a fit explain why it differs from a published one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from scalewidgets.costs.budget import parse_compute
from scalewidgets.errors import Caution, FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import delta_method
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.rebuilding import Rebuilt, rebuilt
from scalewidgets.fitting.solving import optimise
from scalewidgets.fitting.surface import fit as fit_runs
from scalewidgets.fitting.tables import Table
from scalewidgets.planning.derived import optimal
from scalewidgets.planning.recommend import BLOCK, USUAL_ASPECT
from scalewidgets.published_fits.loading import published as published_fit
from scalewidgets.runs import Runs

# Share of the runs, those of highest loss, that one of the choices leaves out.
DROPPED = 0.02
DELTAS = (1e-4, 1e-2)
# Digits to which printed coefficients are rounded in one of the choices.
DIGITS = (2, 3)
# Embeddings of a decoder with this vocabulary, as a factor on the cube root of the other parameters: they take
# vocabulary x width, and blocks of 12 width^2 with a usual width over depth give the width.
VOCABULARY = 32_000
EMBEDDING = VOCABULARY * (USUAL_ASPECT / BLOCK) ** (1 / 3)


@dataclass(frozen=True, repr=False)
class Reconciliation(Table):
    """One row a choice.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``choice``, the coefficients, ``N_opt`` at the budget, ``of fit`` (as a factor on the fit's own N*), ``moved``
        (largest change of a coefficient in the fit's standard errors) and ``off`` (largest distance from the published
        coefficients in the same unit).
    published : Fit
    compute : float or None
    objective_value, published_value : float
        The fit's objective at its optimum and at the published coefficients, on the same runs.
    sentence : str
        Which choice, or pair, comes closest.
    notes : tuple of str
    warnings : tuple of Caution
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    published: Fit
    compute: float | None
    objective_value: float
    published_value: float
    sentence: str
    notes: tuple[str, ...] = ()
    warnings: tuple[Caution, ...] = ()


def reconcile(
    fit: Fit | Runs, published: Fit | str, *, compute: float | str | None = None, noise: Any = None
) -> Reconciliation:
    """Refit with one choice changed at a time, and see which brings the fit to the published coefficients.

    Parameters
    ----------
    fit : Fit or Runs
        A fit of `sw.fit` with its runs; or runs, which are then fitted with the usual settings.
    published : Fit or str
        A fit of the same law, or the key of a published one.
    compute : float or str, optional
        Budget at which N* is followed; the largest of the runs if left out.
    noise : float or array_like, optional
        As given to `sw.fit`.

    Raises
    ------
    FitError
        If the two are of different laws, or the fit keeps no runs.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> runs = sw.simulate(sw.published("besiroglu2024"), N=[[1e8], [4e8], [2e9], [1e10]], D=[1e9, 1e10, 1e11, 4e11],
    ...                    noise=0.01, seed=0)
    >>> table = sw.reconcile(runs, "besiroglu2024")
    >>> table.rows[0]["choice"], table.rows[1]["choice"]
    ('as fitted', 'as published')
    """
    other = published_fit(published) if isinstance(published, str) else published
    if not isinstance(other, Fit):
        raise FitError(f"published is a {type(other).__name__}; give a Fit, or the key of a published one")
    if isinstance(fit, Runs):
        fit = fit_runs(other.law, fit, bootstrap=0)
    made = rebuilt(fit, noise=noise)
    if other.law.names != fit.law.names or other.law.symbols != fit.law.symbols:
        raise FitError(
            f"{fit.name} is of law {fit.law.key!r} and {other.name} of {other.law.key!r}; "
            "only fits of one law have coefficients to compare: fit the published law to these runs"
        )
    budget = _budget(made.runs, compute)
    deviations = np.sqrt(np.diag(delta_method(fit, noise=noise).covariance))
    aim = made.problem.coordinates(np.array([other.values[name] for name in made.problem.free]))
    rows = [
        _row(made, "as fitted", dict(fit.values), budget, deviations, aim),
        _row(made, "as published", dict(other.values), budget, deviations, aim),
    ]
    single = [*_objectives(made), *_data(made), *_stopping(made)]
    rows += [_row(made, choice, values, budget, deviations, aim) for choice, values in single]
    rows += [_row(made, choice, values, budget, deviations, aim) for choice, values in _pairs(made)]
    rows += [
        _row(made, f"published, rounded to {digits} digits", _rounded(other.values, digits), budget, deviations, aim)
        for digits in DIGITS
    ]
    there = float(made.problem.batch.score(aim[None])[0])
    return Reconciliation(
        title=f"{fit.name}, against {other.name}",
        rows=tuple(rows),
        published=other,
        compute=budget if "N_opt" in rows[0] else None,
        objective_value=made.score,
        published_value=there,
        sentence=(sentence := _closest(rows)),
        notes=(
            sentence,
            f"The published coefficients score {there:.6g} on these runs, the fit {made.score:.6g} "
            f"({made.record.objective}, sum).",
            f"Embeddings are taken as {VOCABULARY:,} x width; the highest losses are {100 * DROPPED:g} % of the runs.",
            *([f"N_opt is at {budget:.4g} FLOP; 'of fit' is the factor on that of the fit."] if budget else []),
            "'moved' and 'off' are the largest change of a coefficient, and distance from the published one, in "
            "standard errors of the fit.",
        ),
        warnings=_cautions(fit, other),
    )


def _row(
    made: Rebuilt, choice: str, values: dict[str, float], budget: float | None, deviations: np.ndarray, aim: np.ndarray
) -> dict[str, Any]:
    point = made.problem.coordinates(np.array([values[name] for name in made.problem.free]))
    row: dict[str, Any] = {"choice": choice, **{name: float(value) for name, value in values.items()}}
    if budget is not None:
        both = {name: np.array([made.fit.values[name], values[name]]) for name in values}
        best = optimal(made.fit, both, budget)
        if best is not None:
            row |= {"N_opt": float(best[0][1]), "of fit": float(best[0][1] / best[0][0])}
    with np.errstate(all="ignore"):
        row["moved"] = float(np.nanmax(np.abs(point - made.point) / deviations))
        row["off"] = float(np.nanmax(np.abs(point - aim) / deviations))
    return row


Choices = Iterator[tuple[str, dict[str, float]]]


def _solved(made: Rebuilt, problem: Problem) -> dict[str, float]:
    return {
        name: float(value) for name, value in problem.values(optimise(problem, seed=made.record.seed).point).items()
    }


def _variants(made: Rebuilt) -> Iterator[tuple[str, Objective]]:
    now = made.problem.objective
    for name in ("huber", "squared", "absolute"):
        if name != now.name:
            yield f"objective {name}", replace(now, name=name)
    if now.name == "huber":
        for delta in DELTAS:
            yield f"delta {delta:g}", replace(now, delta=delta)
    other = "raw" if now.residual == "log" else "log"
    yield f"residual {other}", replace(now, residual=other)


def _objectives(made: Rebuilt) -> Choices:
    for choice, objective in _variants(made):
        yield choice, _solved(made, replace(made.problem, objective=objective))


def _kept(problem: Problem, keep: np.ndarray) -> Problem:
    return replace(
        problem,
        columns={symbol: values[keep] for symbol, values in problem.columns.items()},
        observed=problem.observed[keep],
        weights=problem.weights[keep],
        noise=problem.noise[keep],
    )


def _without_highest(made: Rebuilt) -> tuple[str, np.ndarray]:
    count = max(1, round(DROPPED * len(made.problem.observed)))
    keep = np.ones(len(made.problem.observed), dtype=bool)
    keep[np.argsort(-made.problem.observed, kind="stable")[:count]] = False
    return f"without the {count} highest losses", keep


def _enough(made: Rebuilt, keep: np.ndarray) -> bool:
    return int(keep.sum()) > len(made.problem.free)


def _data(made: Rebuilt) -> Choices:
    choice, keep = _without_highest(made)
    if _enough(made, keep):
        yield choice, _solved(made, _kept(made.problem, keep))
    columns = made.problem.columns
    if "N" not in columns:
        return
    for choice, N in (
        ("N with embeddings, if it was without", columns["N"] + EMBEDDING * np.cbrt(columns["N"])),
        ("N without embeddings, if it was with", _less_embeddings(columns["N"])),
    ):
        changed = {**columns, "N": N}
        if "D" in made.runs.imputed and "D" in columns:
            changed["D"] = made.runs["C"] / (6 * N)
        yield choice, _solved(made, replace(made.problem, columns=changed))


def _less_embeddings(total: np.ndarray) -> np.ndarray:
    """Solve n + w n^(1/3) = total for n by Newton's method on the cube root, which is convex and rises."""
    root = np.cbrt(total)
    for _ in range(60):
        root = root - (root**3 + EMBEDDING * root - total) / (3 * root**2 + EMBEDDING)
    return np.maximum(root, 1e-3) ** 3


def _stopping(made: Rebuilt) -> Choices:
    """Minimise sum and mean with SciPy's L-BFGS-B at its own tolerances, from the middle of the usual starts."""
    problem = made.problem
    coefficients = [problem.law.coefficient(name) for name in problem.free]
    ends = [problem.coordinates(np.array([c.start[side] for c in coefficients])) for side in (0, 1)]
    start = (ends[0] + ends[1]) / 2
    problem.batch.threshold = problem.objective.stages()[-1]
    for choice, share in (("L-BFGS-B on the sum", 1.0), ("L-BFGS-B on the mean", 1 / len(problem.observed))):

        def scored(point: np.ndarray, share: float = share) -> tuple[float, np.ndarray]:
            scores, gradients, *_ = problem.batch.expand(point[None], None)
            return float(np.nan_to_num(scores[0], posinf=1e100)) * share, np.nan_to_num(gradients[0]) * share

        stopped = minimize(scored, start, jac=True, method="L-BFGS-B", bounds=list(zip(*problem.bounds, strict=True)))
        yield choice, {name: float(value) for name, value in problem.values(stopped.x).items()}


def _pairs(made: Rebuilt) -> Choices:
    choice, keep = _without_highest(made)
    if _enough(made, keep):
        for other, objective in _variants(made):
            problem = replace(_kept(made.problem, keep), objective=objective)
            yield f"{choice}, {other}", _solved(made, problem)


def _rounded(values: Mapping[str, float], digits: int) -> dict[str, float]:
    return {name: float(f"{value:.{digits}g}") for name, value in values.items()}


def _closest(rows: list[dict[str, Any]]) -> str:
    tried = [row for row in rows[2:] if not row["choice"].startswith("published") and np.isfinite(row["off"])]
    best = min(tried, key=lambda row: row["off"])
    here = rows[0]["off"]
    if not best["off"] < 0.9 * here:
        return f"No choice tried brings the fit nearer than it is: {here:.2g} standard errors from the published one."
    return (
        f"Closest: {best['choice']}, {best['off']:.2g} standard errors from the published coefficients instead of "
        f"{here:.2g}."
    )


def _cautions(fit: Fit, other: Fit) -> tuple[Caution, ...]:
    found = []
    mine, theirs = fit.source.N_convention, other.source.N_convention
    if theirs and mine != theirs:
        found.append(
            Caution(
                "N-convention",
                f"{other.name} counts {theirs} parameters; for these runs it is {mine or 'not stated'}.",
                "Check what the column N holds before anything else.",
            )
        )
    return tuple(found)


def _budget(runs: Runs, compute: float | str | None) -> float | None:
    if compute is not None:
        return parse_compute(compute)
    if not {"N", "D"} <= set(runs.columns):
        return None
    with np.errstate(over="ignore"):
        budget = float(np.max(6 * runs["N"] * runs["D"]))
    return budget if np.isfinite(budget) else None
