"""`sw.diff`: the optima of two fits at chosen budgets, and whether they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.costs.budget import parse_compute
from scalewidgets.errors import Caution, FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.tables import Table
from scalewidgets.planning.derived import optimal
from scalewidgets.published_fits.loading import published as published_fit

RATIOS = ("N_opt", "D_opt", "tokens_per_param")


@dataclass(frozen=True, repr=False)
class Difference(Table):
    """One row a budget and quantity.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``compute, quantity, first, second, change`` with ``low, high``: the factor second over first, for the loss the
        difference. The interval is None without draws on both sides.
    paired : bool
        Whether draw i of both fits comes from the same resample of the same runs.
    level : float
    notes : tuple of str
    warnings : tuple of Caution
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    paired: bool
    level: float
    notes: tuple[str, ...] = ()
    warnings: tuple[Caution, ...] = ()


def diff(
    first: Fit | str, second: Fit | str, *, compute: float | str | Sequence[float | str], level: float = 0.95
) -> Difference:
    """Compare the optimal allocations of two fits.

    Parameters
    ----------
    first, second : Fit or str
        Fits of laws of N and D, or keys of published ones.
    compute : number, str or sequence of them
        Training budgets in FLOP.
    level : float

    Returns
    -------
    Difference
        Losses are compared only between fits of the same runs, or of the same stated corpus and tokenizer.

    Raises
    ------
    FitError
        If a fit is not of a law of N and D.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> table = sw.diff("hoffmann2022", "besiroglu2024", compute=[5.76e23])
    >>> table.rows[0]["quantity"], round(table.rows[0]["change"], 2)
    ('N_opt', 1.79)
    """
    fits = [published_fit(each) if isinstance(each, str) else each for each in (first, second)]
    for each in fits:
        if not isinstance(each, Fit):
            raise FitError(f"diff compares fits; got a {type(each).__name__}")
        if not {"N", "D"} <= set(each.law.symbols) <= {"N", "D", "U"}:
            raise FitError(f"{each.name} is of law {each.law.key!r}, which has no optimal N and D at a budget")
    if not 0 < level < 1:
        raise FitError(f"level = {level} is not between 0 and 1; 0.95 is usual")
    budgets = [compute] if isinstance(compute, str) or np.ndim(compute) == 0 else list(compute)  # type: ignore[arg-type]  # ndim says it is no number
    one, two = fits
    paired = _paired(one, two)
    refusal = _refusal(one, two)
    rows = [row for budget in budgets for row in _rows(one, two, parse_compute(budget), paired, refusal, level)]
    notes = ["change is second over first; for the loss, second less first."]
    if one.draws is None or two.draws is None:
        lacking = " and ".join(each.name for each in fits if each.draws is None)
        notes.append(f"No interval: {lacking} {'are' if lacking.count(' and ') else 'is'} a point estimate.")
    else:
        notes.append(
            f"{100 * level:g} % intervals from "
            + ("paired draws: both fits saw the same resamples." if paired else "unpaired draws, taken as independent.")
        )
    return Difference(
        title=f"{two.name}, against {one.name}",
        rows=tuple(rows),
        paired=paired,
        level=level,
        notes=tuple(notes),
        warnings=(Caution("loss-not-comparable", refusal),) if refusal else (),
    )


def _paired(one: Fit, two: Fit) -> bool:
    if one.draws is None or two.draws is None or one.record is None or two.record is None:
        return False
    a, b = one.record, two.record
    same = (a.runs_hash, a.seed, a.bootstrap, a.resample) == (b.runs_hash, b.seed, b.bootstrap, b.resample)
    return same and a.resample != "residuals"


def _refusal(one: Fit, two: Fit) -> str:
    """Return why losses can't be compared; empty if they can."""
    if one.record and two.record and one.record.runs_hash == two.record.runs_hash:
        return ""
    if one.law.response.unit != two.law.response.unit:
        return f"Losses are not compared: one is in {one.law.response.unit}, the other in {two.law.response.unit}."
    a, b = one.source, two.source
    if a.corpus and a.corpus == b.corpus and a.tokenizer == b.tokenizer:
        return ""
    if a.corpus and b.corpus and a.corpus != b.corpus:
        return f"Losses are not compared: one is on {a.corpus}, the other on {b.corpus}."
    return "Losses are not compared: the fits are of different runs, and not both say they share corpus and tokenizer."


def _drawn(fit: Fit, budget: float) -> dict[str, np.ndarray]:
    """Return the quantities at the fit's values first, then at each draw."""
    draws = fit.draws or {name: np.empty(0) for name in fit.values}
    values = {name: np.concatenate([[value], draws[name]]) for name, value in fit.values.items()}
    found = optimal(fit, values, budget)
    assert found is not None
    N, D, loss = found
    return {"N_opt": N, "D_opt": D, "tokens_per_param": D / N, "loss": loss}


def _rows(one: Fit, two: Fit, budget: float, paired: bool, refusal: str, level: float) -> list[dict[str, Any]]:
    a, b = _drawn(one, budget), _drawn(two, budget)
    rows = []
    for name in (*RATIOS, "loss"):
        change = np.divide if name in RATIOS else np.subtract
        row: dict[str, Any] = {
            "compute": budget,
            "quantity": name,
            "first": float(a[name][0]),
            "second": float(b[name][0]),
            "change": None,
            "low": None,
            "high": None,
        }
        if name in RATIOS or not refusal:
            row["change"] = float(change(b[name][0], a[name][0]))
            if len(a[name]) > 1 and len(b[name]) > 1:
                left, right = a[name][1:], b[name][1:]
                spread = change(right, left) if paired else change(right[:, None], left[None])
                row["low"], row["high"] = (float(x) for x in np.quantile(spread, [(1 - level) / 2, (1 + level) / 2]))
        rows.append(row)
    return rows
