"""Take a fit apart again: the problem it solved, rebuilt from its runs and its record, and the point it ended at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.runs import Runs

# How far the rebuilt objective may lie from the recorded one before it is another objective.
SAME = 1e-6


@dataclass(frozen=True)
class Rebuilt:
    """A fit with the problem that it solved.

    Parameters
    ----------
    fit : Fit
    problem : Problem
    point : ndarray
        The fit in solver coordinates.
    score : float
        The objective there.
    runs : Runs
    record : Record
    """

    fit: Fit
    problem: Problem
    point: np.ndarray
    score: float
    runs: Runs
    record: Record


def rebuilt(fit: Fit, *, noise: Any = None) -> Rebuilt:
    """Rebuild the problem that a fit solved.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs.
    noise : float or array_like, optional
        As given to `sw.fit`; what the fit keeps if left out.

    Raises
    ------
    FitError
        If the fit has no runs or record, was not a fit of the whole surface, or scores otherwise than it recorded.
    """
    if not isinstance(fit, Fit):
        raise FitError(f"this needs a fit of sw.fit(...), which keeps its runs; got a {type(fit).__name__}")
    if fit.runs is None or fit.record is None:
        raise FitError(f"{fit.name} keeps no runs, so it can't be refitted; fit runs with sw.fit(...) first")
    record = fit.record
    if record.method != "surface":
        raise FitError(
            f"{fit.name} was fitted by method={record.method!r}, which has no objective over the runs; "
            "use method='surface'"
        )
    objective = Objective(record.objective, record.delta, record.residual)
    noise = record.noise or None if noise is None else noise
    problem = Problem.of(fit.law, fit.runs, objective, noise=noise, fixed=record.fixed, tied=record.tied)
    point = problem.coordinates(np.array([fit.values[name] for name in problem.free]))
    score = float(problem.batch.score(point[None])[0])
    if not abs(score - record.objective_value) <= SAME * abs(record.objective_value) + 1e-18 * len(fit.runs):
        raise FitError(
            f"the objective is {score:.9g} on these runs, the fit recorded {record.objective_value:.9g}; "
            "if it was fitted with a known noise=, give the same noise= here"
        )
    return Rebuilt(fit, problem, point, score, fit.runs, record)
