"""`sw.fit`: from runs to a fit with intervals and warnings."""

from __future__ import annotations

import numpy as np

from scalewidgets import __version__
from scalewidgets.declare import Citation, Law
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.fitting.diagnosis import diagnose
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.solving import bootstrap as resample
from scalewidgets.fitting.solving import optimise
from scalewidgets.registry import law as law_named
from scalewidgets.runs import Runs

METHODS = ("surface",)


def fit(
    law: Law | str,
    runs: Runs,
    *,
    method: str = "surface",
    objective: str = "huber",
    delta: float = 1e-3,
    bootstrap: int = 200,
    seed: int = 0,
) -> Fit:
    r"""Fit a law to runs.

    .. math:: \min \sum_i h\left(\log \hat L_i - \log L_i\right)

    with h the Huber loss of Hoffmann et al. (2022, Approach 3), summed, from several starts.

    Parameters
    ----------
    law : Law or str
        A law, or its key in the catalogue.
    runs : Runs
        What `read_runs` or `simulate` returns.
    method : {"surface"}
        Fit the whole surface at once.
    objective : {"huber", "squared", "absolute"}
        Function of the residual of the log loss.
    delta : float
        Threshold of the Huber loss.
    bootstrap : int
        Resamples of the runs (pairs) behind the joint draws; 0 for a point estimate.
    seed : int

    Returns
    -------
    Fit

    Raises
    ------
    FitError
        If the runs lack a column, are too few, or do not vary in a variable.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> runs = sw.simulate(sw.published("hoffmann2022"), N=[[1e8], [1e9], [1e10]], D=[1e10, 1e11, 1e12])
    >>> fit = sw.fit("chinchilla", runs, bootstrap=0)
    >>> round(fit.values["alpha"], 6)
    0.339171
    """
    if isinstance(law, str):
        law = law_named(law)
    if not isinstance(law, Law):
        raise FitError(f"law is a {type(law).__name__}; give a Law, or the key of one in the catalogue")
    if method not in METHODS:
        raise UnknownName.among("fitting", "method", method, METHODS)
    if not isinstance(runs, Runs):
        raise FitError(f"runs is a {type(runs).__name__}; read it with sw.read_runs(...) first")
    if not isinstance(bootstrap, int | np.integer) or bootstrap < 0 or bootstrap == 1:
        raise FitError(f"bootstrap = {bootstrap!r} is not allowed; give 0 for none, or a whole number of 2 and more")
    problem = Problem.of(law, runs, Objective(objective, delta))
    optimum = optimise(problem, seed=seed)
    draws, noise = None, None
    if bootstrap:
        table = problem.values(resample(problem, optimum, bootstrap, seed))
        table.setflags(write=False)
        draws = {name: table[:, i] for i, name in enumerate(law.names)}
        noise = -np.random.default_rng([seed, 1]).choice(problem.residuals(optimum.coordinates), bootstrap)
    return Fit(
        law=law,
        values=dict(zip(law.names, problem.values(optimum.coordinates), strict=True)),
        source=Source(
            citation=Citation("runs", title=runs.source or "runs given as a table"),
            verified="simulated" if runs.source.startswith("simulated") else "fitted",
            ranges=_ranges(runs),
            draws=f"Joint draws: {bootstrap} resamples of the runs (pairs), seed {seed}." if bootstrap else "",
        ),
        title=f"{law.title or law.key}, fitted to {len(runs)} runs",
        draws=draws,
        noise=noise,
        record=Record(
            method=method,
            objective=objective,
            delta=delta,
            objective_value=optimum.score,
            rows=len(runs),
            starts=optimum.starts,
            starts_agreeing=optimum.agreeing,
            bootstrap=bootstrap,
            seed=seed,
            runs_hash=runs.content_hash,
            version=__version__,
        ),
        warnings=diagnose(problem, optimum, runs),
        runs=runs,
    )


def _ranges(runs: Runs) -> dict[str, tuple[float, float]]:
    return {symbol: (float(np.min(values)), float(np.max(values))) for symbol, values in runs.columns.items()}
