"""`sw.compare`: which law predicts the larger runs from the smaller ones, and how honest its intervals are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.likelihood import aicc
from scalewidgets.fitting.objectives import Objective
from scalewidgets.fitting.surface import fit
from scalewidgets.fitting.tables import Table
from scalewidgets.formats import format_value
from scalewidgets.registry import law as law_named
from scalewidgets.runs import Runs
from scalewidgets.units import parse_quantity

LEVEL = 0.95
CUTS = 3
# Runs beyond a budget, at least; fewer say little about how often an interval holds.
FEWEST_ABOVE = 3
# 6 N D rounds: runs of one budget differ in the last digits.
SAME = 1 + 1e-6


@dataclass(frozen=True, repr=False)
class Totals(Table):
    """Hold one row a law: over all budgets, and on all runs; least error first.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``law, coefficients, objective, aicc, error, held, widen``.
    notes : tuple of str
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Comparison(Table):
    """Hold one row a law and budget: refitted below the budget, tried on the runs above it.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``law, budget, fitted, predicted`` (numbers of runs), ``error, mean_error`` (root mean square and mean of log
        predicted minus log observed loss), ``held`` (share of the runs above within their 95 % interval for a new run),
        ``widen`` (factor on the half-widths with which 95 % would have been), ``note`` (why a fit failed).
    totals : Totals
    fits : mapping of str to Fit
        Each law fitted to all runs, without draws.
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    totals: Totals
    fits: Mapping[str, Fit]

    @property
    def best(self) -> str:
        """Key of the law with the least error beyond the budgets it was fitted below."""
        return str(self.totals.rows[0]["law"])

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{self.totals!r}"

    def _repr_html_(self) -> str:
        return super()._repr_html_() + self.totals._repr_html_()

    def summary(self) -> str:
        """Return both tables and what they say as text."""
        return repr(self)


def compare(
    runs: Runs,
    laws: Sequence[Law | str],
    *,
    objective: str = "huber",
    delta: float = 1e-3,
    residual: str = "log",
    bootstrap: int = 200,
    resample: str | None = None,
    budgets: Sequence[Any] | None = None,
    seed: int = 0,
) -> Comparison:
    r"""Refit each law below several budgets and predict the runs above.

    .. math:: \mathrm{error} = \sqrt{\operatorname{mean} (\log \hat L_i - \log L_i)^2}

    Parameters
    ----------
    runs : Runs
        With C, or N and D.
    laws : sequence of Law or str
    objective, delta, residual, bootstrap, resample, seed
        As in `sw.fit`; the intervals for new runs come from `bootstrap` resamples.
    budgets : sequence of number or text, optional
        Training compute up to which each law is fitted; three are chosen if left out.

    Returns
    -------
    Comparison

    Raises
    ------
    FitError
        If there are no laws, no compute, or no budget with runs on both sides.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> N, D = [[1e8], [3e8], [1e9], [3e9]], [2e9, 8e9, 3e10, 1e11]
    >>> runs = sw.simulate(sw.published("besiroglu2024"), N=N, D=D, noise=0.002, seed=1)
    >>> compared = sw.compare(runs, laws=["chinchilla", "power-constant-c"], bootstrap=50)
    >>> compared.best
    'chinchilla'
    """
    chosen = [] if isinstance(laws, str) else [law_named(law) if isinstance(law, str) else law for law in laws]
    if not chosen or len({law.key for law in chosen}) < len(chosen):
        raise FitError("give laws as a list of at least one, each of another key")
    if "C" not in runs.columns:
        raise FitError("compare cuts the runs at budgets, so they need C, or N and D; give them to read_runs")
    if bootstrap < 2:
        raise FitError(
            f"bootstrap = {bootstrap!r}: the intervals that are tested need at least 2 resamples; 200 is usual"
        )
    settings: dict[str, Any] = {
        "objective": objective, "delta": delta, "residual": residual, "resample": resample, "seed": seed,
    }  # fmt: skip
    wholes = {law.key: fit(law, runs, bootstrap=0, **settings) for law in chosen}
    rows: list[dict[str, Any]] = []
    errors: dict[str, list[np.ndarray]] = {law.key: [] for law in chosen}
    ratios: dict[str, list[np.ndarray]] = {law.key: [] for law in chosen}
    for budget in _cuts(runs, budgets, max(len(law.names) for law in chosen)):
        above = runs["C"] > budget * SAME
        below, beyond = runs.subset(~above), runs.subset(above)
        for law in chosen:
            row = {"law": law.key, "budget": budget, "fitted": len(below), "predicted": len(beyond)}
            try:
                error, ratio = _tried(fit(law, below, bootstrap=bootstrap, **settings), beyond)
            except FitError as problem:
                rows.append({**row, **_judged([], []), "note": str(problem)})
                continue
            errors[law.key].append(error)
            ratios[law.key].append(ratio)
            rows.append({**row, **_judged([error], [ratio]), "note": ""})
    kind = Objective(objective, delta, residual)
    size = float(len(runs) if runs.weights is None else runs.weights.sum())
    totals = []
    for key, whole in wholes.items():
        judged = _judged(errors[key], ratios[key])
        score, count = whole.objective_value, len(whole.law.names)
        on_all = {"coefficients": count, "objective": score, "aicc": aicc(kind, score, size, count)}
        totals.append({"law": key, **on_all, **judged})
    totals.sort(key=lambda total: np.inf if total["error"] is None else total["error"])
    return Comparison(
        f"{len(chosen)} laws, refitted below {len({row['budget'] for row in rows})} budgets, tried on the runs above",
        tuple(rows),
        Totals("Over all budgets, and on all runs", tuple(totals), _sentences(totals, kind)),
        MappingProxyType(wholes),
    )


def _judged(errors: list[np.ndarray], ratios: list[np.ndarray]) -> dict[str, float | None]:
    if not errors:
        return dict.fromkeys(("error", "mean_error", "held", "widen"))
    error, ratio = np.concatenate(errors), np.concatenate(ratios)
    return {
        "error": float(np.sqrt((error**2).mean())),
        "mean_error": float(error.mean()),
        "held": float((ratio <= 1).mean()),
        "widen": float(np.quantile(ratio, LEVEL, method="higher")),
    }


def _sentences(totals: list[dict[str, Any]], kind: Objective) -> tuple[str, ...]:
    tested = [total for total in totals if total["error"] is not None]
    if not tested:
        return ("No law could be fitted below any of the budgets.", kind_sentence(kind))
    first = tested[0]
    lines = [f"{first['law']} predicts the runs above best: {format_value(first['error'], 'percent')} off in loss."]
    for total in tested:
        if total["widen"] > 1.1:
            lines.append(
                f"The 95 % interval of {total['law']} held for {format_value(total['held'], 'percent')} of them; "
                f"it would have to be {total['widen']:.3g} times as wide."
            )
    least = min(totals, key=lambda total: total["aicc"])
    if least is not first:
        lines.append(f"On all runs AICc prefers {least['law']}: what describes best need not predict best.")
    return (*lines, kind_sentence(kind))


def kind_sentence(kind: Objective) -> str:
    """Say what AICc assumes of the residuals."""
    shape = {
        "squared": "normal",
        "absolute": "Laplace",
        "huber": f"Huber (normal within {kind.delta:g}, exponential beyond)",
        "envelope": f"Huber (delta {kind.delta:g}), ten times steeper for predictions above the run",
    }[kind.name]
    what = "log losses" if kind.residual == "log" else "losses"
    return (
        f"AICc on all runs: independent residuals of {what}, {shape}, of one fitted scale that counts as a coefficient."
    )


def _cuts(runs: Runs, given: Sequence[Any] | None, most: int) -> list[float]:
    costs = runs["C"]
    levels = np.unique(costs)
    below = np.searchsorted(np.sort(costs), levels * SAME, side="right")
    enough = max(FEWEST_ABOVE, len(runs) // 20)
    fine = levels[(below > most + 1) & (len(runs) - below >= enough)]
    if given is not None:
        cuts = sorted(parse_quantity(each, "budgets") if isinstance(each, str) else float(each) for each in given)
        for cut in cuts:
            if not levels[0] <= cut * SAME < levels[-1]:
                raise FitError(
                    f"no runs on both sides of budget {cut:.3g}; they go from {levels[0]:.3g} to {levels[-1]:.3g} FLOP"
                )
        return cuts
    if not len(fine):
        raise FitError(
            f"{len(runs)} runs are too few to fit below a budget ({most + 2} needed) and predict above ({FEWEST_ABOVE})"
        )
    # evenly in log compute, from the middle of the runs upwards: lower cuts leave too little to fit
    low = max(np.log(fine[0]), np.quantile(np.log(costs), 0.4))
    aims = np.linspace(low, np.log(fine[-1]), CUTS)
    return sorted({float(fine[np.argmin(np.abs(np.log(fine) - aim))]) for aim in aims})


def _tried(below: Fit, beyond: Runs) -> tuple[np.ndarray, np.ndarray]:
    """Return the log error of each run beyond, and its distance from the mean in half-widths of the interval."""
    at = {symbol: beyond[symbol] for symbol in below.law.symbols}
    on = np.log if below.law.response.positive else np.asarray
    mean, low, high = (on(each) for each in below.predict(**at, level=LEVEL, new_run=True))
    error = mean - on(beyond.loss)
    half = np.where(error < 0, high - mean, mean - low)
    with np.errstate(all="ignore"):
        ratio = np.abs(error) / np.maximum(half, 0.0)
    return error, np.where(error == 0, 0.0, ratio)
