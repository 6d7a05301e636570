"""`sw.check`: what a fit predicted, against what finished runs then reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.errors import Caution, FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.tables import Table
from scalewidgets.runs import Runs

# Runs from which on it says something that all predictions err one way.
ENOUGH = 4


@dataclass(frozen=True, repr=False)
class Scoreboard(Table):
    """Predicted against realised loss of runs that a fit did not see.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``run``, the law's variables, ``predicted, low, high, realised, error`` (predicted over realised, less one;
        predicted less realised where the response may be zero or negative), ``inside`` (None without an interval) and
        ``beyond``, the factor by which the run lies outside the fitted ones.
    level : float
    sentence : str
        The score in one sentence.
    warnings : tuple of Caution
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    level: float
    sentence: str
    warnings: tuple[Caution, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]  # elsewhere a field
        """The score as the note below the table."""
        return (self.sentence,)

    @property
    def typical(self) -> float:
        """Median size of the error."""
        return float(np.median(np.abs(self.column("error"))))

    @property
    def worst(self) -> float:
        """Largest size of the error."""
        return float(np.max(np.abs(self.column("error"))))


def check(fit: Fit, new_runs: Runs, *, level: float = 0.95) -> Scoreboard:
    """Compare the predictions of a fit with the losses of runs finished since.

    Parameters
    ----------
    fit : Fit
    new_runs : Runs
        Runs the fit has not seen; those it has are left out and counted.
    level : float
        Of the interval for a new run (for the mean, if the fit keeps no residuals).

    Raises
    ------
    FitError
        If a variable of the law is missing, or every run was fitted already.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth = sw.published("hoffmann2022")
    >>> runs = sw.simulate(truth, N=[[1e8], [1e9], [1e10]], D=[1e9, 1e10, 1e11])
    >>> fit = sw.fit("chinchilla", runs, bootstrap=0)
    >>> sw.check(fit, sw.simulate(truth, N=[5e8, 2e10], D=[5e10, 4e11])).sentence
    'Right to ±0.0 % on 2 runs since (median error 0.0 %).'
    """
    if not isinstance(fit, Fit) or not isinstance(new_runs, Runs):
        raise FitError(f"check needs a Fit and Runs; got a {type(fit).__name__} and a {type(new_runs).__name__}")
    missing = [symbol for symbol in fit.law.symbols if symbol not in new_runs.columns]
    if missing:
        raise FitError(f"the new runs have no {', '.join(missing)}, which {fit.name} needs; give it to read_runs")
    fresh, seen = _unseen(fit, new_runs)
    columns = {symbol: new_runs[symbol][fresh] for symbol in fit.law.symbols}
    realised = new_runs.loss[fresh]
    expected = fit.predict(level=level, new_run=fit.draws is not None and fit.noise is not None, **columns)
    rows = []
    for k, row in enumerate(fresh):
        at = {symbol: float(values[k]) for symbol, values in columns.items()}
        low, high = float(expected.low[k]), float(expected.high[k])
        rows.append(
            {
                "run": new_runs.names[row] if new_runs.names else f"row {row}",
                **at,
                "predicted": float(expected.mean[k]),
                "low": low if np.isfinite(low) else None,
                "high": high if np.isfinite(high) else None,
                "realised": float(realised[k]),
                "error": _error(fit, float(expected.mean[k]), float(realised[k])),
                "inside": bool(low <= realised[k] <= high) if np.isfinite(low) else None,
                "beyond": fit.source.beyond(**at),
            }
        )
    return Scoreboard(
        title=f"Predictions of {fit.name} against {len(rows)} finished runs",
        rows=tuple(rows),
        level=level,
        sentence=_sentence(rows, level, fit),
        warnings=_cautions(rows, level, seen),
    )


def _error(fit: Fit, predicted: float, realised: float) -> float:
    # a share of what may be zero says nothing
    return predicted / realised - 1 if fit.law.response.positive else predicted - realised


def _unseen(fit: Fit, runs: Runs) -> tuple[np.ndarray, int]:
    if fit.runs is None:
        return np.arange(len(runs)), 0
    key = list(fit.law.symbols)
    known = {tuple(line) for line in np.stack([*(fit.runs[s] for s in key), fit.runs.loss], axis=-1).tolist()}
    lines = np.stack([*(runs[s] for s in key), runs.loss], axis=-1).tolist()
    fresh = np.array([k for k, line in enumerate(lines) if tuple(line) not in known], dtype=int)
    if not len(fresh):
        raise FitError(f"{fit.name} was fitted to all {len(runs)} of these runs; give runs that it has not seen")
    return fresh, len(runs) - len(fresh)


def _sentence(rows: list[dict[str, Any]], level: float, fit: Fit) -> str:
    errors = np.abs([row["error"] for row in rows])
    plural = "s" * (len(rows) != 1)
    worst, typical = (
        f"{100 * error:.1f} %" if fit.law.response.positive else f"{error:.2g}"
        for error in (errors.max(), np.median(errors))
    )
    text = f"Right to ±{worst} on {len(rows)} run{plural} since (median error {typical})"
    inside = [row["inside"] for row in rows if row["inside"] is not None]
    if inside:
        kind = "a new run" if fit.noise is not None else "the mean"
        text += f"; the {100 * level:g} % interval for {kind} held {sum(inside)} of {len(inside)} times"
    return text + "."


def _cautions(rows: list[dict[str, Any]], level: float, seen: int) -> tuple[Caution, ...]:
    found = []
    if seen:
        found.append(Caution("seen", f"{seen} of the runs had been fitted and are left out."))
    errors = np.array([row["error"] for row in rows])
    held = all(row["inside"] for row in rows)  # one fit's errors go together, as its interval allows for
    if len(errors) >= ENOUGH and not held and ((errors > 0).all() or (errors < 0).all()):
        way = "high" if errors[0] > 0 else "low"
        found.append(
            Caution("one-sided", f"All {len(errors)} predictions are too {way}.", "Refit with the new runs included.")
        )
    inside = [row["inside"] for row in rows if row["inside"] is not None]
    missed = len(inside) - sum(inside)
    # more misses than a fair interval gives in one case of a hundred
    expected = len(inside) * (1 - level)
    if missed > expected + 2.33 * np.sqrt(expected * level) + 0.5:
        found.append(
            Caution(
                "too-narrow",
                f"The interval missed {missed} of {len(inside)} runs, where {expected:.1f} were due.",
                "The law bends otherwise there, or runs scatter more than those fitted; widen it.",
            )
        )
    return tuple(found)
