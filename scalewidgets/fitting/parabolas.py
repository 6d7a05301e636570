r"""IsoFLOP profiles: which runs share a budget, and the parabola of the log loss in log N (or log D) through them.

.. math:: \log L = p + q x + r x^2, \qquad x^* = -\frac{q}{2 r}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.errors import FitError, UnknownName
from scalewidgets.runs import Runs
from scalewidgets.runs.checks import count_distinct

# Runs whose log C lies this close to a budget belong to it; published budgets are 1.5 times apart and more.
NEAR = 0.1
FEWEST_SIZES = 3
# A bend across the sizes below this share of the response is rounding.
FLAT = 1e-9
# A table of runs, not of checkpoints: all resamples are kept in memory at once.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Profile:
    """Describe the parabola of one budget.

    Parameters
    ----------
    budget : float
        Geometric mean of C, FLOP.
    rows : ndarray of int
        Which runs belong to it.
    optimum, stderr : float
        Best N or D; standard error of its logarithm, NaN where no run is left over to estimate it.
    loss : float
        Loss at the minimum, nats/token.
    trouble : str
        Why the minimum is not used; empty if it is.
    """

    budget: float
    rows: np.ndarray
    optimum: float
    stderr: float
    loss: float
    trouble: str = ""


def budgets_of(runs: Runs) -> list[np.ndarray]:
    """Return the rows of each budget, smallest budget first.

    The groups of the runs are the budgets if C is the same within each; otherwise the budgets are the places where most
    runs share a C within 10 per cent. Runs near none are left out.
    """
    if runs.groups is not None:
        members = [np.flatnonzero(runs.groups == label) for label in np.unique(runs.groups)]
        if all(np.ptp(np.log(runs.C[rows])) <= 2 * NEAR for rows in members):
            return sorted(members, key=lambda rows: float(runs.C[rows].mean()))
    order = np.argsort(runs.C, kind="stable")
    logs = np.log(runs.C[order])
    first, last = np.searchsorted(logs, logs - NEAR), np.searchsorted(logs, logs + NEAR, side="right")
    left = np.ones(len(logs), dtype=bool)
    found = []
    while left.any():
        before = np.concatenate([[0], np.cumsum(left)])
        counts = np.where(left, before[last] - before[first], 0)
        centre = int(np.argmax(counts))
        if counts[centre] < FEWEST_SIZES:
            break
        near = np.arange(first[centre], last[centre])
        near = near[left[near]]
        found.append(np.sort(order[near]))
        left[near] = False
    return sorted(found, key=lambda rows: float(runs.C[rows].mean()))


class Parabolas:
    """One parabola a budget, refitted at once for many losses and weights of the rows."""

    def __init__(self, runs: Runs, symbol: str, noise: Any = None) -> None:
        if len(runs) > MOST_ROWS:
            raise FitError(
                f"isoFLOP takes the end of each run, {MOST_ROWS:,} rows at most; there are {len(runs):,}. Leave the "
                "checkpoints out, or give them to method='envelope'"
            )
        self.members = budgets_of(runs)
        self.distinct = np.array([count_distinct(runs[symbol][rows], 0.02) for rows in self.members], dtype=int)
        self.members = [rows for rows, count in zip(self.members, self.distinct, strict=True) if count >= FEWEST_SIZES]
        self.distinct = self.distinct[self.distinct >= FEWEST_SIZES]
        if len(self.members) < 2:
            raise FitError(
                f"isoFLOP needs two budgets with {FEWEST_SIZES} sizes each; the runs have {len(self.members)}. Name "
                "the column of budgets with read_runs(..., group='column'), or fit the surface with method='surface'"
            )
        self.x = np.log(runs[symbol])
        self.centres = np.array([self.x[rows].mean() for rows in self.members])
        self.logs = np.array([np.log(runs.C[rows]).mean() for rows in self.members])
        self.weights = np.ones(len(runs)) if runs.weights is None else runs.weights
        if noise is not None:
            deviations = np.asarray(noise, dtype=float)
            if deviations.shape not in ((), (len(runs),)) or not (np.isfinite(deviations) & (deviations > 0)).all():
                raise FitError(f"noise must be one positive number or one per run ({len(runs)})")
            self.weights = self.weights / deviations**2

    def solve(self, y: np.ndarray, drawn: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return minima, whether each is one, and p, q, r; shapes (problems, budgets[, 3])."""
        weights = np.broadcast_to(self.weights if drawn is None else drawn * self.weights, y.shape)
        terms = np.full((len(y), len(self.members), 3), np.nan)
        inside = np.zeros(terms.shape[:2], dtype=bool)
        for i, rows in enumerate(self.members):
            X = self.design(i)
            w = weights[:, rows]
            normal = np.einsum("bn,nj,nk->bjk", w, X, X)
            good = np.linalg.cond(normal) < 1e12
            aim = np.einsum("bn,nj->bj", w * y[:, rows], X)
            terms[good, i] = np.linalg.solve(normal[good], aim[good][:, :, None])[:, :, 0]
            spread = X[:, 1]
            least = FLAT * np.abs(y[:, rows]).max(axis=1) / np.ptp(spread) ** 2
            with np.errstate(all="ignore"):
                at = -terms[:, i, 1] / (2 * terms[:, i, 2])
            inside[:, i] = (terms[:, i, 2] > least) & (at >= spread.min()) & (at <= spread.max())
        with np.errstate(all="ignore"):
            minima = self.centres - terms[:, :, 1] / (2 * terms[:, :, 2])
        return minima, inside, terms

    def design(self, i: int) -> np.ndarray:
        """Return the columns 1, x, x^2 of a budget, centred."""
        return np.stack([(self.x[self.members[i]] - self.centres[i]) ** power for power in range(3)], axis=1)

    def residuals(self, y: np.ndarray, terms: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Return the fitted values, the weighted residuals over sqrt(1 - leverage), and what is left over."""
        fitted, residuals = y.copy(), np.zeros(len(y))
        free = 0
        for i, rows in enumerate(self.members):
            X, root = self.design(i), np.sqrt(self.weights[rows])
            leverage = np.einsum("ij,ji->i", X * root[:, None], np.linalg.pinv(X * root[:, None]))
            fitted[rows] = X @ terms[i]
            residuals[rows] = root * (y[rows] - fitted[rows]) / np.sqrt(np.maximum(1 - leverage, 1e-6))
            free += len(rows) - 3
        return fitted, residuals, free

    def variances(self, terms: np.ndarray) -> np.ndarray:
        """Return the variance of each log minimum for residuals of variance 1, by the delta method."""
        found = np.empty(len(self.members))
        for i, rows in enumerate(self.members):
            X = self.design(i)
            q, r = terms[i, 1:]
            slope = np.array([0.0, -1 / (2 * r), q / (2 * r * r)])
            found[i] = slope @ np.linalg.pinv((X * self.weights[rows, None]).T @ X) @ slope
        return found


def response_of(runs: Runs, residual: str) -> np.ndarray:
    """Return the log loss, or the loss.

    Raises
    ------
    UnknownName
        For another kind of residual.
    """
    if residual not in ("log", "raw"):
        raise UnknownName.among("fitting", "residual", residual, ("log", "raw"))
    return np.log(runs.loss) if residual == "log" else runs.loss


def profiles(runs: Runs, symbol: str = "N", *, residual: str = "log", noise: Any = None) -> tuple[Profile, ...]:
    """Return the isoFLOP profile of each budget, smallest budget first.

    Parameters
    ----------
    runs : Runs
        Their groups are the budgets if C is the same within each; else runs of one C within 10 per cent are.
    symbol : {"N", "D"}
    residual : {"log", "raw"}
        Parabola of the log loss, or of the loss.
    noise : float or array_like, optional
        Known standard deviation of each residual.

    Raises
    ------
    FitError
        If fewer than two budgets have three sizes.

    Examples
    --------
    >>> import numpy as np
    >>> import scalewidgets as sw
    >>> from scalewidgets.fitting.parabolas import profiles
    >>> C, N = np.array([[1e19], [1e20], [1e21]]), np.geomspace(0.3, 3, 7)
    >>> N = N * 0.1 * C**0.5
    >>> runs = sw.simulate(sw.published("besiroglu2024"), N=N, D=C / (6 * N))
    >>> [f"{profile.optimum:.2g}" for profile in profiles(runs)]
    ['2.6e+08', '8.5e+08', '2.8e+09']
    """
    parabolas = Parabolas(runs, symbol, noise)
    y = response_of(runs, residual)
    minima, inside, terms = (found[0] for found in parabolas.solve(y[None]))
    _, residuals, free = parabolas.residuals(y, terms)
    used = np.concatenate(parabolas.members)
    scale = 1.0 if noise is not None else float((residuals[used] ** 2).mean()) if free else np.nan
    errors = np.sqrt(scale * parabolas.variances(terms))
    least = terms[:, 0] - terms[:, 1] ** 2 / (4 * terms[:, 2])
    found = []
    for i, rows in enumerate(parabolas.members):
        trouble = ""
        if not terms[i, 2] > FLAT * np.abs(y[rows]).max() / np.ptp(parabolas.x[rows]) ** 2:
            trouble = "the loss has no minimum"
        elif not inside[i]:
            trouble = "the minimum lies beyond the sizes that were run"
        found.append(
            Profile(
                float(np.exp(parabolas.logs[i])),
                rows,
                float(np.exp(np.clip(minima[i], -700, 700))),
                float(errors[i]),
                float(np.exp(least[i]) if residual == "log" else least[i]),
                trouble,
            )
        )
    return tuple(found)
