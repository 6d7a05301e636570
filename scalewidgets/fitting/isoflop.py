r"""Approach 2: a parabola of the log loss in log N at each budget, and a power law through the minima.

.. math:: \log L = p + q x + r x^2, \quad x^* = -\frac{q}{2 r}, \quad \log N_\mathrm{opt} = \log k + a \log C

The line weighs each minimum by one over its variance (Porian et al. 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.frontier import asked, bias, line, result
from scalewidgets.formats import format_value
from scalewidgets.runs import Runs
from scalewidgets.runs.checks import count_distinct

# Runs whose log C lies this close to a budget belong to it; published budgets are 1.5 times apart and more.
NEAR = 0.1
FEWEST_SIZES = 3
ENOUGH_SIZES = 5
ENOUGH_BUDGETS = 4
KINDS = ("residuals", "pairs", "groups")
WHY = "A parabola is not the shape of the loss, so minima of wide or off-centre grids are displaced."


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
    logs = np.log(runs.C)
    left = np.ones(len(logs), dtype=bool)
    found = []
    while left.any():
        near = (np.abs(logs[:, None] - logs) <= NEAR) & left
        counts = np.where(left, near.sum(axis=1), 0)
        centre = int(np.argmax(counts))
        if counts[centre] < FEWEST_SIZES:
            break
        found.append(np.flatnonzero(near[centre]))
        left[near[centre]] = False
    return sorted(found, key=lambda rows: float(runs.C[rows].mean()))


class Parabolas:
    """One parabola a budget, refitted at once for many losses and weights of the rows."""

    def __init__(self, runs: Runs, symbol: str, noise: Any = None) -> None:
        self.members = budgets_of(runs)
        self.distinct = np.array([count_distinct(runs[symbol][rows], 0.02) for rows in self.members], dtype=int)
        self.members = [rows for rows, count in zip(self.members, self.distinct, strict=True) if count >= FEWEST_SIZES]
        self.distinct = self.distinct[self.distinct >= FEWEST_SIZES]
        if len(self.members) < 2:
            raise FitError(
                f"isoFLOP needs two budgets with {FEWEST_SIZES} sizes each; the runs have {len(self.members)}. Name the "
                "column of budgets with read_runs(..., group='column'), or fit the surface with method='surface'"
            )
        self.x = np.log(runs[symbol])
        self.centres = np.array([self.x[rows].mean() for rows in self.members])
        self.logs = np.array([np.log(runs.C[rows]).mean() for rows in self.members])
        self.weights = np.ones(len(runs)) if runs.weights is None else runs.weights
        if noise is not None:
            self.weights = self.weights / np.broadcast_to(np.asarray(noise, dtype=float), len(runs)) ** 2

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
            with np.errstate(all="ignore"):
                at = -terms[:, i, 1] / (2 * terms[:, i, 2])
            inside[:, i] = (terms[:, i, 2] > 0) & (at >= spread.min()) & (at <= spread.max())
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


def _response(runs: Runs, residual: str) -> np.ndarray:
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
    >>> C, N = np.array([[1e19], [1e20], [1e21]]), np.geomspace(0.3, 3, 7)
    >>> N = N * 0.1 * C**0.5
    >>> runs = sw.simulate(sw.published("besiroglu2024"), N=N, D=C / (6 * N))
    >>> [f"{profile.optimum:.2g}" for profile in profiles(runs)]
    ['2.5e+08', '8.1e+08', '2.6e+09']
    """
    parabolas = Parabolas(runs, symbol, noise)
    y = _response(runs, residual)
    minima, inside, terms = (found[0] for found in parabolas.solve(y[None]))
    _, residuals, free = parabolas.residuals(y, terms)
    used = np.concatenate(parabolas.members)
    scale = 1.0 if noise is not None else float((residuals[used] ** 2).mean()) if free else np.nan
    errors = np.sqrt(scale * parabolas.variances(terms))
    least = terms[:, 0] - terms[:, 1] ** 2 / (4 * terms[:, 2])
    found = []
    for i, rows in enumerate(parabolas.members):
        trouble = ""
        if not terms[i, 2] > 0:
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


def fit_isoflop(
    law: Law | str,
    runs: Runs,
    *,
    residual: str = "log",
    bootstrap: int = 200,
    resample: str | None = None,
    noise: Any = None,
    seed: int = 0,
) -> Fit:
    """Fit the best N (or, for law ``"frontier-d"``, D) over compute to isoFLOP profiles.

    Raises
    ------
    FitError
        If fewer than two budgets have a minimum among their sizes.
    """
    resample = resample or "residuals"
    if resample not in KINDS:
        raise UnknownName.among("the isoFLOP bootstrap", "kind of resample", resample, KINDS)
    to = asked(law)
    found = profiles(runs, to.symbol, residual=residual, noise=noise)
    parabolas = Parabolas(runs, to.symbol, noise)
    y = _response(runs, residual)
    use = np.array([not profile.trouble for profile in found])
    if use.sum() < 2:
        troubles = "; ".join(f"{p.budget:.3g} FLOP: {p.trouble}" for p in found if p.trouble)
        raise FitError(f"fewer than two budgets have a minimum among their sizes ({troubles}); add sizes on both sides")
    minima, _, terms = (each[0] for each in parabolas.solve(y[None]))
    weights = np.zeros(len(found))
    weights[use] = 1 / parabolas.variances(terms)[use]
    logs = parabolas.logs

    def estimate(losses: np.ndarray) -> tuple[float, float]:
        again, inside, _ = parabolas.solve((np.log(losses) if residual == "log" else losses)[None])
        intercept, slope = line(logs, again[0], np.where(inside[0], weights, 0.0))
        return float(intercept), float(slope)

    intercept, slope = line(logs, minima, weights)
    fitted, residuals, free = parabolas.residuals(y, terms)
    rng = np.random.default_rng([seed, 0])
    draws = None
    if bootstrap and (free or resample == "groups"):
        ys, drawn, times = np.tile(y, (bootstrap, 1)), None, np.ones((bootstrap, len(found)))
        if resample == "residuals":
            used = np.concatenate(parabolas.members)
            ys = fitted + rng.choice(residuals[used], ys.shape) / np.sqrt(parabolas.weights)
        elif resample == "pairs":
            drawn = np.zeros(ys.shape)
            for rows in parabolas.members:
                drawn[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), bootstrap)
        else:
            share = use / use.sum()
            times = rng.multinomial(int(use.sum()), share, bootstrap).astype(float)
        again, inside, _ = parabolas.solve(ys, drawn)
        w = np.where(inside & use, weights * times, 0.0)
        enough = (w > 0).sum(axis=1) >= 2
        intercepts, slopes = line(logs, again, w)
        draws = np.where(enough, intercepts, np.nan), np.where(enough, slopes, np.nan)
    budgets = np.exp(logs)
    size = runs[to.symbol].copy()
    for i, rows in enumerate(parabolas.members):
        other = budgets[i] / (6 * runs[to.symbol][rows])
        size[rows] = runs[to.symbol][rows] if to.symbol == "N" else other
    C = runs.C.copy()
    for i, rows in enumerate(parabolas.members):
        C[rows] = budgets[i]
    cautions = _cautions(runs, parabolas, found, use, weights, intercept + slope * logs - minima, residuals, free)
    cautions.append(bias(to, runs, {"N": size, "D": C / (6 * size)}, budgets[use], estimate, WHY))
    return result(
        to,
        runs,
        "isoflop",
        (float(intercept), float(slope)),
        budgets[use],
        np.exp(minima[use]),
        weights[use],
        draws=draws,
        resample=resample,
        residual=residual,
        seed=seed,
        warnings=cautions,
    )


def _cautions(
    runs: Runs,
    parabolas: Parabolas,
    found: tuple[Profile, ...],
    use: np.ndarray,
    weights: np.ndarray,
    off: np.ndarray,
    residuals: np.ndarray,
    free: int,
) -> list[Caution]:
    cautions = []
    for profile in found:
        if profile.trouble:
            at = format_value(profile.budget, "power")
            sentence = f"The budget of {at} FLOP is left out: {profile.trouble}."
            cautions.append(Caution("edge-minimum", sentence, "Add runs on that side."))
    few = [format_value(p.budget, "power") for p, n in zip(found, parabolas.distinct, strict=True) if n < ENOUGH_SIZES]
    if few:
        sentence = f"Fewer than {ENOUGH_SIZES} sizes at {', '.join(few)} FLOP: a parabola takes three to draw."
        cautions.append(Caution("few-sizes", sentence, "Add sizes around the minimum."))
    if use.sum() < ENOUGH_BUDGETS:
        sentence = f"The power law goes through {use.sum()} budgets."
        cautions.append(Caution("few-budgets", sentence, "Add budgets; its exponent rests on their span."))
    left = len(runs) - sum(len(rows) for rows in parabolas.members)
    if left:
        sentence = f"{left} of {len(runs)} runs belong to no budget with {FEWEST_SIZES} sizes and are not used."
        cautions.append(Caution("off-budget", sentence, "Name the column of budgets, or fit the surface."))
    if not free:
        cautions.append(Caution("exact", "Every parabola goes through all its runs, so there is no interval."))
        return cautions
    used = np.concatenate(parabolas.members)
    spare = int(use.sum()) - 2
    noise = float((residuals[used] ** 2).mean())
    if spare > 0 and noise > 0 and (weights * np.nan_to_num(off) ** 2).sum() / noise / spare > 3:
        cautions.append(
            Caution(
                "scattered-optima",
                "The optima scatter about the line more than the noise within budgets explains.",
                "Intervals are too narrow; resample='groups' draws whole budgets.",
            )
        )
    return cautions
