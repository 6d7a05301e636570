"""`sw.influence`: what each run, left out, does to the coefficients and to the optimal size at a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.costs.budget import parse_compute
from scalewidgets.errors import Caution
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import delta_method
from scalewidgets.fitting.diagnosis.thorough import influence_cautions
from scalewidgets.fitting.leaving_out import Together, leave_out, most_pulling
from scalewidgets.fitting.rebuilding import rebuilt
from scalewidgets.fitting.tables import Table
from scalewidgets.planning.derived import optimal

PRINTED = 10


@dataclass(frozen=True, repr=False)
class Influence(Table):
    """One row a run, most influential first.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``row`` (from 0), ``run``, the change of each coefficient, ``N_opt`` as the factor on N* at the budget, and
        ``standard errors``: the largest change in units of the standard error.
    together : tuple of Together
        What a few runs do that pull the same way.
    stderr : dict of str to float
        By the delta method.
    compute : float or None
        Budget of ``N_opt``.
    warnings : tuple of Caution
    notes : tuple of str
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    together: tuple[Together, ...]
    stderr: dict[str, float]
    compute: float | None
    warnings: tuple[Caution, ...] = ()
    notes: tuple[str, ...] = ()

    def _cells(self) -> list[list[str]]:
        return super()._cells()[:PRINTED]


def influence(fit: Fit, *, compute: float | str | None = None, most: int = 500, noise: Any = None) -> Influence:
    """Refit without each run, and say what changes.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs.
    compute : float or str, optional
        Budget at which N* is followed; the largest of the runs if left out.
    most : int
        Runs that are left out in turn; of more runs, those that pull most to first order.
    noise : float or array_like, optional
        As given to `sw.fit`.

    Raises
    ------
    FitError
        If the fit keeps no runs, or has as many coefficients as runs.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth = sw.published("hoffmann2022")
    >>> runs = sw.simulate(truth, N=[[1e8], [4e8], [2e9], [1e10]], D=[1e9, 1e10, 1e11, 4e11], noise=0.01, seed=0)
    >>> len(sw.influence(sw.fit("chinchilla", runs, bootstrap=0)).rows)
    16
    """
    made = rebuilt(fit, noise=noise)
    table = delta_method(fit, noise=noise)
    deviations = np.sqrt(np.diag(table.covariance))
    left_out = leave_out(made, deviations, most_pulling(made, table.covariance, most))
    budget = _budget(fit, compute)
    values = made.problem.values(left_out.points)
    factor = None
    if budget is not None:
        best = optimal(fit, {name: np.array([value]) for name, value in fit.values.items()}, budget)
        without = optimal(fit, values, budget)
        with np.errstate(all="ignore"):  # runs that say nothing have no best size
            factor = None if best is None or without is None else without[0] / best[0]
    largest = np.abs(left_out.shifts).max(axis=1)
    names = made.runs.names
    rows = []
    for k in np.argsort(-largest, kind="stable"):
        row = int(left_out.rows[k])
        line: dict[str, Any] = {"row": row, "run": names[row]} if names else {"row": row}
        line |= {name: float(values[name][k] - fit.values[name]) for name in made.problem.free}
        if factor is not None:
            line["N_opt"] = float(factor[k])
        line["standard errors"] = float(largest[k])
        rows.append(line)
    notes = ["Rows are counted from 0; changes are those on leaving the row out."]
    if factor is not None:
        notes.append(f"N_opt is the factor on the optimal size at {budget:.4g} FLOP.")
    if len(rows) < made.record.rows:
        notes.append(f"Only the {len(rows)} of {made.record.rows} runs that pull most to first order were left out.")
    if len(rows) > PRINTED:
        notes.append(f"The first {PRINTED} of {len(rows)} rows are printed; .rows has all.")
    return Influence(
        title=f"Influence of single runs on {fit.name}",
        rows=tuple(rows),
        together=left_out.together,
        stderr=table.stderr,
        compute=budget if factor is not None else None,
        warnings=tuple(influence_cautions(made, left_out)),
        notes=tuple(notes),
    )


def _budget(fit: Fit, compute: float | str | None) -> float | None:
    if compute is not None:
        return parse_compute(compute)
    runs = fit.runs
    if runs is None or not {"N", "D"} <= set(runs.columns):
        return None
    with np.errstate(over="ignore"):
        budget = float(np.max(6 * runs["N"] * runs["D"]))
    return budget if np.isfinite(budget) else None
