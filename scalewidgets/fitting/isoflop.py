"""Approach 2: a parabola at each budget, and a power law through their minima.

The line weighs each minimum by one over its variance (Porian et al. 2024), to which is added what the minima scatter
about the line beyond it: otherwise a few budgets with well-shaped bowls decide alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.frontier import asked, between, bias, line, result
from scalewidgets.fitting.parabolas import FEWEST_SIZES, Parabolas, Profile, profiles, response_of
from scalewidgets.formats import format_value
from scalewidgets.runs import Runs

ENOUGH_SIZES = 5
ENOUGH_BUDGETS = 4
KINDS = ("residuals", "pairs", "groups")
WHY = "A parabola is not the shape of the loss, so minima of wide or off-centre grids are displaced."


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
    y = response_of(runs, residual)
    use = np.array([not profile.trouble for profile in found])
    if use.sum() < 2:
        troubles = "; ".join(f"{p.budget:.3g} FLOP: {p.trouble}" for p in found if p.trouble)
        raise FitError(f"fewer than two budgets have a minimum among their sizes ({troubles}); add sizes on both sides")
    minima, _, terms = (each[0] for each in parabolas.solve(y[None]))
    logs = parabolas.logs
    variances = np.array([profile.stderr**2 for profile in found])
    if not np.isfinite(variances).all() or not variances[use].all():  # nothing left over, or runs without noise
        variances = parabolas.variances(terms)
        extra = 0.0
    else:
        extra = between(logs[use], minima[use], variances[use])
    weights = np.where(use, 1 / (variances + extra), 0.0)

    def estimate(losses: np.ndarray) -> tuple[float, float]:
        again, inside, _ = parabolas.solve((np.log(losses) if residual == "log" else losses)[None])
        intercept, slope = line(logs, again[0], np.where(inside[0], weights, 0.0))
        return float(intercept), float(slope)

    rng = np.random.default_rng([seed, 0])
    intercept, slope = line(logs, minima, weights)
    fitted, residuals, free = parabolas.residuals(y, terms)
    used = np.concatenate(parabolas.members)
    draws = None
    if bootstrap and (free or resample == "groups"):
        ys, drawn, times = _resampled(parabolas, resample, bootstrap, (y, fitted, residuals), use, rng)
        again, inside, _ = parabolas.solve(ys, drawn)
        if resample != "groups":  # drawing whole budgets draws their scatter, too
            again = again + np.sqrt(extra) * rng.standard_normal(again.shape)
        w = np.where(inside & use, weights * times, 0.0)
        enough = (w > 0).sum(axis=1) >= 2
        intercepts, slopes = line(logs, again, w)
        draws = np.where(enough, intercepts, np.nan), np.where(enough, slopes, np.nan)
    budgets = np.exp(logs)
    C = runs.C.copy()
    for budget, rows in zip(budgets, parabolas.members, strict=True):
        C[rows] = budget
    size = runs.N if to.symbol == "N" else C / (6 * runs.D)
    cautions = _cautions(runs, parabolas, found, use, extra, free)
    cautions.append(bias(to, runs, {"N": size, "D": C / (6 * size)}, budgets[use], estimate, WHY))
    return result(
        to,
        runs,
        "isoflop",
        (float(intercept), float(slope)),
        budgets[use],
        np.exp(minima[use]),
        score=float((parabolas.weights[used] * (y - fitted)[used] ** 2).sum() / 2),
        draws=draws,
        resample=resample,
        residual=residual,
        seed=seed,
        warnings=cautions,
    )


def _resampled(
    parabolas: Parabolas,
    resample: str,
    count: int,
    made: tuple[np.ndarray, np.ndarray, np.ndarray],
    use: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Return responses, how often each run counts, and how often each budget does, for each resample."""
    y, fitted, residuals = made
    ys, times = np.tile(y, (count, 1)), np.ones((count, len(use)))
    if resample == "residuals":
        used = np.concatenate(parabolas.members)
        return fitted + rng.choice(residuals[used], ys.shape) / np.sqrt(parabolas.weights), None, times
    if resample == "groups":
        return ys, None, rng.multinomial(int(use.sum()), use / use.sum(), count).astype(float)
    drawn = np.zeros(ys.shape)
    for rows in parabolas.members:
        drawn[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), count)
    return ys, drawn, times


def _cautions(
    runs: Runs,
    parabolas: Parabolas,
    found: tuple[Profile, ...],
    use: np.ndarray,
    extra: float,
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
    elif extra:
        by = format_value(float(np.exp(np.sqrt(extra))), "factor")
        sentence = f"The minima scatter about the line by {by} more than the noise within budgets explains."
        cautions.append(
            Caution("scattered-optima", sentence, "It is part of the interval; look for budgets trained differently.")
        )
    return cautions
