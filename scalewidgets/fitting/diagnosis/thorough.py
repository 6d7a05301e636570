"""`sw.diagnose`: checks that refit, for when a fit has to be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.errors import Caution
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import delta_method
from scalewidgets.fitting.leaving_out import FEW, LeftOut, leave_out, most_pulling
from scalewidgets.fitting.profile import profile
from scalewidgets.fitting.rebuilding import Rebuilt, rebuilt
from scalewidgets.fitting.solving import AGREE, staged
from scalewidgets.fitting.starts import starts
from scalewidgets.fitting.tables import Table

STARTS = 32
# Rows left out one at a time; of more runs, those that pull most to first order.
ROWS = 500
# An interval of a positive coefficient this many times as wide as its lower end is no estimate.
WIDE = 10.0
SHOWN = 8
# Density of the normal distribution where its upper 2 % begin: what these pull together, per square root of the rows.
FEW_DUE = 0.0484
MORE_THAN_DUE, LEAST_SHIFT = 1.75, 1.25


@dataclass(frozen=True, repr=False)
class Diagnosis(Table):
    """What refitting shows about a fit.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        Each coefficient with its profile interval, and what most moves it.
    warnings : tuple of Caution
    notes : tuple of str
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    warnings: tuple[Caution, ...]
    notes: tuple[str, ...] = ()


def diagnose(fit: Fit, *, level: float = 0.95, noise: Any = None) -> Diagnosis:
    """Check a fit by refitting: from more starts, along each coefficient, and without each run.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs.
    level : float
        Of the profile intervals.
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
    >>> print(sw.diagnose(sw.fit("chinchilla", runs, bootstrap=0)).notes[0])
    32 of 32 more starts reached the same optimum.
    """
    made = rebuilt(fit, noise=noise)
    table = delta_method(fit, level, noise=noise)
    deviations = np.sqrt(np.diag(table.covariance))
    left_out = leave_out(made, deviations, most_pulling(made, table.covariance, ROWS))
    found = list(fit.warnings)
    note, better = _more_starts(made)
    found += better
    found += influence_cautions(made, left_out)
    rows = []
    exact = made.score <= 1e-28 * made.record.rows
    for i, name in enumerate(made.problem.free):
        most = int(np.argmax(np.abs(left_out.shifts[:, i])))
        row = {"coefficient": name, "value": fit.values[name], "delta": table.interval[name]}
        if not exact:
            traced = profile(fit, name, level, noise=noise)
            found += [each for each in traced.warnings if each.key not in {f.key for f in found} or "open" in each.key]
            found += _wide(made, table.covariance, i, traced.interval)
            row["profile"] = traced.interval
        row["moved most by row"] = int(left_out.rows[most])
        row["by standard errors"] = float(left_out.shifts[most, i])
        rows.append(row)
    return Diagnosis(
        title=f"Diagnosis of {fit.name}, {100 * level:g} % intervals",
        rows=tuple(rows),
        warnings=tuple(found),
        notes=(note, *table.notes, "Rows are counted from 0."),
    )


def _more_starts(made: Rebuilt) -> tuple[str, list[Caution]]:
    solution = staged(made.problem, starts(made.problem, STARTS, made.record.seed + 1))
    best = float(np.nanmin(solution.scores))
    limit = made.score * (1 + AGREE) + 1e-18
    agreeing = int(np.sum(solution.scores <= limit))
    note = f"{agreeing} of {STARTS} more starts reached the same optimum."
    if best < made.score * (1 - AGREE) - 1e-18:
        values = made.problem.values(solution.points[int(np.nanargmin(solution.scores))])
        there = ", ".join(f"{name} = {float(value):.4g}" for name, value in values.items())
        return note, [
            Caution(
                "better-optimum",
                f"Another start reached a lower objective, {best:.9g} instead of {made.score:.9g}, at {there}.",
                f"Fit again with seed={made.record.seed + 1}.",
            )
        ]
    return note, []


def _wide(made: Rebuilt, covariance: np.ndarray, i: int, interval: tuple[float, float]) -> Iterator[Caution]:
    low, high = interval
    if np.isfinite(high) and low > 0 and high < WIDE * low:
        return
    name = made.problem.free[i]
    deviations = np.sqrt(np.diag(covariance))
    partner = ""
    if np.isfinite(covariance).all():
        with np.errstate(all="ignore"):
            related = np.nan_to_num(np.abs(covariance[i] / (deviations[i] * deviations)), nan=0.0, posinf=0.0)
        related[i] = 0.0
        j = int(np.argmax(related))
        partner = f"; it trades off with {made.problem.free[j]} (correlation {related[j]:.3f} in size)"
    yield Caution(
        "undetermined",
        f"The runs leave {name} anywhere from {low:.3g} to {high:.3g}{partner}.",
        "Don't quote it by itself; read off losses and allocations within the range of the runs.",
    )


def influence_cautions(made: Rebuilt, left_out: LeftOut) -> list[Caution]:
    """Name the runs that move a coefficient by more than its standard error, alone or a few together."""
    found = []
    for i, name in enumerate(made.problem.free):
        moving = np.flatnonzero(np.abs(left_out.shifts[:, i]) > 1.0)
        if len(moving):
            order = moving[np.argsort(-np.abs(left_out.shifts[moving, i]))]
            after = made.problem.values(left_out.points[order[0]])[name]
            found.append(
                Caution(
                    "influential-rows",
                    f"Leaving out one run moves {name} by more than its standard error: "
                    f"{_named(made, left_out.rows[order])}. Without the first, {name} is {float(after):.4g} instead of "
                    f"{made.fit.values[name]:.4g}.",
                    "Look at these runs; if they differ in kind, fit without them and say so.",
                )
            )
    # the few largest of many even pulls add up too: this much is due to them alone
    due = FEW_DUE * np.sqrt(made.record.rows)
    shared: dict[tuple[int, ...], list[str]] = {}
    for each in left_out.together:
        if abs(each.shift) > max(LEAST_SHIFT, MORE_THAN_DUE * due):
            text = f"{each.name} from {each.before:.4g} to {each.after:.4g} ({abs(each.shift):.1f} standard errors)"
            shared.setdefault(each.rows, []).append(text)
    for rows, texts in shared.items():
        found.append(
            Caution(
                "influential-together",
                f"Leaving out {len(rows)} of {made.record.rows} runs together ({_named(made, rows)}) moves "
                f"{', '.join(texts)}.",
                f"The answer hangs on {100 * FEW:g} % of the runs; look at them, and report both fits.",
            )
        )
    return found


def _named(made: Rebuilt, rows: Any) -> str:
    names = made.runs.names
    texts = [f"row {row}" + (f" ({names[row]})" if names else "") for row in list(rows)[:SHOWN]]
    return ", ".join(texts) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
