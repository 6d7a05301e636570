"""Runs to try any declared law on: a truth to simulate from, and a design over its variables' own ranges."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from scalewidgets.declare import Law, Variable
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.published_fits.loading import published_fits

POINTS_PER_AXIS = {1: 14, 2: 6, 3: 4}
# Where papers have runs, by symbol; as far as a law's own range goes.
USUAL = {"N": (5e7, 2e10), "D": (1e9, 1e12), "U": (1e9, 1e11), "C": (1e18, 1e24)}
PUBLISHED = {fit.law.key: fit for fit in reversed(published_fits().values())}


def truth_of(law: Law) -> Fit:
    """Return the values a paper prints or, for a form without any, those that show it."""
    if law.key in PUBLISHED:
        return PUBLISHED[law.key]
    values = {coefficient.name: coefficient.illustrative for coefficient in law.coefficients}
    return Fit(law, values, Source(law.citation, "illustrative"))


def placed(variable: Variable, share: np.ndarray) -> np.ndarray:
    """Return values at shares of the usual range of a variable, on its own scale."""
    low, high = variable.low, variable.high
    if variable.scale == "linear":
        return low + share * (high - low)
    least, most = USUAL.get(variable.symbol, (low, high))
    low, high = max(low, least), min(high, most)
    return np.exp(np.log(low) + share * np.log(high / low))


def design(law: Law, points: int) -> dict[str, np.ndarray]:
    """Return a full grid over up to three variables, evenly spread points over more; where the law has a value."""
    if len(law.variables) in POINTS_PER_AXIS:
        axes = np.meshgrid(*(np.linspace(0, 1, points) for _ in law.variables), indexing="ij")
        shares = np.stack([each.ravel() for each in axes], axis=-1)
    else:
        shares = qmc.Halton(len(law.variables), rng=points).random(24 * points)
    columns = {each.symbol: placed(each, share) for each, share in zip(law.variables, shares.T, strict=True)}
    defined = law.response.allows(truth_of(law)(**columns))
    return {symbol: column[defined] for symbol, column in columns.items()}


def enough(law: Law) -> int:
    """Return how many points an axis needs for three runs a coefficient."""
    points = POINTS_PER_AXIS.get(len(law.variables), 5)
    while len(design(law, points)[law.symbols[0]]) < 3 * len(law.names):
        points += 1
    return points
