"""`sw.fit`: from runs to a fit with intervals and warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np

from scalewidgets import __version__
from scalewidgets.declare import Citation, Law
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.fitting.diagnosis.quick import cautions
from scalewidgets.fitting.methods import METHODS, fit_by
from scalewidgets.fitting.objectives import Objective, residual_of
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.refits import refits
from scalewidgets.fitting.resampling import kind_for
from scalewidgets.fitting.solving import optimise
from scalewidgets.progress import Progress
from scalewidgets.registry import law as law_named
from scalewidgets.runs import Runs


def fit(
    law: Law | str,
    runs: Runs,
    *,
    method: str = "surface",
    objective: str = "huber",
    delta: float = 1e-3,
    residual: str | None = None,
    bootstrap: int = 200,
    resample: str | None = None,
    checked: bool = False,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, str] | None = None,
    noise: Any = None,
    seed: int = 0,
    executor: Executor | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Progress = None,
) -> Fit:
    r"""Fit a law to runs.

    .. math:: \min \sum_i w_i \, h\left(\log \hat L_i - \log L_i\right)

    with h the Huber loss of Hoffmann et al. (2022, Approach 3), summed, from several starts.

    Parameters
    ----------
    law : Law or str
        A law, or its key in the catalogue.
    runs : Runs
        What `read_runs` or `simulate` returns. Their weights, if any, multiply the terms of the sum.
    method : {"surface", "isoflop", "envelope"}
        Fit the whole surface at once (approach 3); or the power law of the best N over compute through the minima of
        isoFLOP parabolas (2) or along the envelope of training curves (1). The bias of 1 and 2 is measured with `law`;
        law ``"frontier-d"`` asks for the best D.
    objective : {"huber", "squared", "absolute", "envelope"}
        Function of the residual.
    delta : float
        Threshold of the Huber loss.
    residual : {"log", "raw"}, optional
        Difference of log losses, or of losses; of logs where all values that the response may take have one.
    bootstrap : int
        Resamples of the runs behind the joint draws; 0 for a point estimate.
    resample : {"pairs", "groups", "residuals"}, optional
        What is resampled; groups where the runs have them, pairs otherwise. Residuals are enlarged by
        sqrt(n / (n - p)) for n runs and p coefficients searched, since a fit makes them smaller than the scatter.
    checked : bool
        Score every resample at every other's solution, and repair those that sat in a worse optimum.
    fixed : mapping of str to float, optional
        Coefficients held at a value.
    tied : mapping of str to str, optional
        Coefficients that equal another, as in ``{"beta": "alpha"}``.
    noise : float or array_like, optional
        Known standard deviation of each residual.
    seed : int
    executor : concurrent.futures.Executor, optional
        Where the resamples are refitted; the answer does not depend on it.
    cancelled : callable, optional
        Asked before every step of the solver; True ends the fit with `FitCancelled`. To end a fit from another thread,
        give the `is_set` of a `threading.Event`.
    progress : function of (done, total), bool, or None
        Told how many resamples are refitted; True draws a bar, None only on a terminal or in a notebook.

    Returns
    -------
    Fit

    Raises
    ------
    FitError
        If the runs lack a column, are too few, or do not vary in a variable.
    FitCancelled
        If `cancelled` said so.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> runs = sw.simulate(sw.published("hoffmann2022"), N=[[1e8], [1e9], [1e10]], D=[1e10, 1e11, 1e12])
    >>> fit = sw.fit("chinchilla", runs, bootstrap=0)
    >>> round(fit.values["alpha"], 6)
    0.339171
    """
    if method != "surface" and method not in METHODS:
        raise UnknownName.among("fitting", "method", method, ("surface", *METHODS))
    if isinstance(law, str) and method == "surface":
        law = law_named(law)
    if not isinstance(law, Law | str):
        raise FitError(f"law is a {type(law).__name__}; give a Law, or the key of one in the catalogue")
    if not isinstance(runs, Runs):
        raise FitError(f"runs is a {type(runs).__name__}; read it with sw.read_runs(...) first")
    if not isinstance(bootstrap, int | np.integer) or bootstrap < 0 or bootstrap == 1:
        raise FitError(f"bootstrap = {bootstrap!r} is not allowed; give 0 for none, or a whole number of 2 and more")
    if method != "surface":
        of_surface = {"fixed": fixed, "tied": tied, "checked": checked}  # too short a work for workers
        settings = {
            "residual": residual or "log",
            "bootstrap": bootstrap,
            "resample": resample,
            "noise": noise,
            "seed": seed,
        }
        return fit_by(method, law, runs, objective=objective, of_surface=of_surface, **settings)
    assert isinstance(law, Law)
    kind = kind_for(runs, resample)
    residual = residual_of(law, residual)
    problem = Problem.of(law, runs, Objective(objective, delta, residual), noise=noise, fixed=fixed, tied=tied)
    optimum = optimise(problem, seed=seed, cancelled=cancelled)
    residuals = problem.batch.residuals(optimum.point[None])[0]
    draws, scatter, repaired = None, None, 0
    if bootstrap:
        found = refits(
            problem,
            optimum,
            runs,
            kind,
            int(bootstrap),
            seed,
            checked=checked,
            executor=executor,
            cancelled=cancelled,
            progress=progress,
        )
        draws = problem.values(found.points)
        for drawn in draws.values():
            drawn.setflags(write=False)
        repaired = found.repaired
        scatter = -np.random.default_rng([seed, 1]).choice(_scatter(problem, residuals), bootstrap)
    return Fit(
        law=law,
        values={name: float(value) for name, value in problem.values(optimum.point).items()},
        source=Source(
            citation=Citation("runs", title=runs.source or "runs given as a table"),
            verified="simulated" if runs.source.startswith("simulated") else "fitted",
            ranges=_ranges(runs),
            draws=f"Joint draws: {bootstrap} resamples of the runs ({kind}), seed {seed}." if bootstrap else "",
        ),
        title=f"{law.title or law.key}, fitted to {len(runs)} runs",
        draws=draws,
        noise=scatter,
        record=Record(
            method=method,
            objective=objective,
            delta=delta,
            objective_value=optimum.score,
            rows=len(runs),
            starts=optimum.starts,
            starts_agreeing=optimum.agreeing,
            bootstrap=int(bootstrap),
            seed=seed,
            runs_hash=runs.content_hash,
            version=__version__,
            residual=residual,
            resample=kind if bootstrap else "",
            checked=checked,
            repaired=repaired,
            fixed=dict(problem.fixed),
            tied=dict(problem.tied),
            noise=() if noise is None else tuple(problem.noise.tolist()),
        ),
        warnings=cautions(problem, optimum, runs),
        runs=runs,
    )


def _scatter(problem: Problem, residuals: np.ndarray) -> np.ndarray:
    """Return predicted minus observed, of logarithms where the response has one, whatever the objective worked on."""
    residuals = residuals * problem.noise
    logs = problem.objective.residual == "log"
    if logs == problem.law.response.positive:
        return residuals
    if logs:
        return problem.observed * np.expm1(residuals)
    # a fit of raw residuals may predict below zero, which has no logarithm
    return np.log(np.maximum(problem.observed + residuals, 1e-300)) - np.log(problem.observed)


def _ranges(runs: Runs) -> dict[str, tuple[float, float]]:
    return {symbol: (float(np.min(values)), float(np.max(values))) for symbol, values in runs.columns.items()}
