r"""Approach 1: which model has the least loss at each compute, along training curves, and a power law through those.

.. math:: N_\mathrm{opt}(C) = \arg\min_N L_N(C) = k \, C^a
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.frontier import asked, bias, line, result
from scalewidgets.runs import Runs

# As many as Hoffmann et al. used.
BINS = 1500
FEWEST_CURVES = 3
ENOUGH_WINNERS = 5
WHY = "The lower envelope of a few sizes is a staircase, and its ends belong to the smallest and largest."


def curves_of(runs: Runs) -> list[np.ndarray]:
    """Return the rows of each training curve in order of compute: the groups if each has one N, else runs of one N."""
    labels = runs.groups
    if labels is None or any(np.ptp(np.log(runs.N[labels == one])) > 0.02 for one in np.unique(labels)):
        ordered = np.argsort(runs.N, kind="stable")
        steps = np.diff(np.log(runs.N[ordered])) > 0.02
        labels = np.empty(len(runs), dtype=int)
        labels[ordered] = np.concatenate([[0], np.cumsum(steps)])
    members = [np.flatnonzero(labels == one) for one in np.unique(labels)]
    curves = [rows[np.argsort(runs.C[rows], kind="stable")] for rows in members if len(rows) >= 2]
    return sorted(curves, key=lambda rows: float(runs.N[rows].mean()))


class Envelope:
    """Training curves read at common budgets."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.curves = curves_of(runs)
        if len(self.curves) < FEWEST_CURVES:
            raise FitError(
                f"the envelope needs {FEWEST_CURVES} sizes with two checkpoints or more each; the runs have "
                f"{len(self.curves)}. Give checkpoints as rows, or choose method='isoflop' or 'surface'"
            )
        low = min(runs.C[rows[0]] for rows in self.curves)
        high = max(runs.C[rows[-1]] for rows in self.curves)
        self.logs = np.linspace(np.log(low), np.log(high), BINS)
        self.sizes = np.array([np.log(runs.N[rows]).mean() for rows in self.curves])

    def read(self, losses: np.ndarray) -> np.ndarray:
        """Return the log loss of every curve at every budget; infinite where it does not reach."""
        return np.stack(
            [
                np.interp(self.logs, np.log(self.runs.C[rows]), np.log(losses[rows]), left=np.inf, right=np.inf)
                for rows in self.curves
            ]
        )

    def winners(self, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return log N of the best curve at each budget, and where it is neither the smallest nor the largest there."""
        there = np.isfinite(read)
        first, last = there.argmax(axis=0), len(read) - 1 - there[::-1].argmax(axis=0)
        best = read.argmin(axis=0)
        return self.sizes[best], there.any(axis=0) & (best > first) & (best < last)


def fit_envelope(
    law: Law | str,
    runs: Runs,
    *,
    residual: str = "log",
    bootstrap: int = 200,
    resample: str | None = None,
    noise: Any = None,
    seed: int = 0,
) -> Fit:
    """Fit the best N (or, for law ``"frontier-d"``, D) over compute to the envelope of training curves.

    The bootstrap draws whole curves.

    Raises
    ------
    FitError
        If there are too few curves, or none wins between others.
    """
    if resample not in (None, "groups"):
        raise UnknownName.among("the envelope", "kind of resample", resample, ("groups",))
    if noise is not None:
        raise FitError("the envelope picks the least loss and weighs nothing, so noise has no use; leave it out")
    to = asked(law)
    envelope = Envelope(runs)

    def estimate(read: np.ndarray) -> tuple[float, float, np.ndarray, np.ndarray]:
        N, inside = envelope.winners(read)
        y = N if to.symbol == "N" else envelope.logs - np.log(6) - N
        if len(np.unique(N[inside])) < 2:
            return np.nan, np.nan, y, inside
        intercept, slope = line(envelope.logs, y, inside.astype(float))
        return float(intercept), float(slope), y, inside

    read = envelope.read(runs.loss)
    intercept, slope, y, inside = estimate(read)
    if np.isnan(slope):
        raise FitError(
            "at no two budgets do different sizes between the smallest and the largest win; add sizes, or longer curves"
        )
    rng = np.random.default_rng([seed, 0])
    draws = None
    if bootstrap:
        pairs = []
        for _ in range(bootstrap):
            drawn = np.unique(rng.integers(0, len(read), len(read)))
            masked = np.full_like(read, np.inf)
            masked[drawn] = read[drawn]
            pairs.append(estimate(masked)[:2])
        draws = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    N = runs.N
    budgets = np.exp(envelope.logs[inside])

    def on_exact(losses: np.ndarray) -> tuple[float, float]:
        found = estimate(envelope.read(losses))
        if np.isnan(found[1]):
            raise FitError("on exact runs no size between the others wins")
        return found[:2]

    winners = len(np.unique(envelope.winners(read)[0][inside]))
    cautions = [
        Caution(
            "not-decayed",
            "A checkpoint before the end of its learning-rate decay has a higher loss than a run that ends there.",
            "Use curves of a constant rate, or only the ends of runs.",
        )
    ]
    if winners < ENOUGH_WINNERS:
        sentence = f"Only {winners} sizes are best anywhere between the smallest and the largest."
        cautions.append(Caution("few-sizes", sentence, "Add sizes."))
    cautions.append(bias(to, runs, {"N": N, "D": runs.C / (6 * N)}, budgets, on_exact, WHY))
    return result(
        to,
        runs,
        "envelope",
        (intercept, slope),
        budgets,
        np.exp(y[inside]),
        score=float(((intercept + slope * np.log(budgets) - y[inside]) ** 2).sum() / 2),
        draws=draws,
        resample="groups",
        residual=residual,
        seed=seed,
        warnings=cautions,
    )
