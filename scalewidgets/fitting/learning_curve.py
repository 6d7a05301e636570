r"""`fit_m4`: fit the learning curve M4 to errors, though the form is printed the other way round.

M4 gives the examples that an error takes (Alabdulmohsin et al. 2022). What is measured with noise is the error, so the
squares of its logarithm are least, with the error found by bisection and its slopes from the form itself:

.. math:: \frac{\partial \varepsilon}{\partial \theta} = -\frac{F_\theta}{F_\varepsilon}, \quad
   F = \ln(\varepsilon - \varepsilon_\infty) - \alpha \ln(\varepsilon_0 - \varepsilon) - \ln \beta + c \ln x
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from scalewidgets import __version__
from scalewidgets.declare import Citation
from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.laws.learning_curves import M4, error

NAMES = ("eps_inf", "eps_0", "alpha", "beta", "c")
# Where a search begins: floor as a share of the least error, start over the greatest, power, exponent.
STARTS = tuple(product((0.0, 0.5, 0.9), (1.05,), (0.2, 1.0), (0.5,)))
AGREE = 1e-6


def fit_m4(x: Any, y: Any, *, eps_0: float | None = None) -> Fit:
    """Fit the learning curve M4 to errors after so many examples.

    Parameters
    ----------
    x : array_like
        Examples seen, positive.
    y : array_like
        Error or loss, positive.
    eps_0 : float, optional
        The error before learning, where it is known (as for guessing); above all errors.

    Returns
    -------
    Fit
        Of the law "learning-curve-m4". `scalewidgets.laws.learning_curves.error(x, **fit.values)` is its curve.

    Raises
    ------
    FitError

    Examples
    --------
    >>> true = {"eps_inf": 0.1, "eps_0": 0.999, "alpha": 0.5, "beta": 30.0, "c": 0.3}
    >>> x = np.geomspace(1e4, 1e10, 12)
    >>> found = fit_m4(x, error(x, **true), eps_0=0.999)
    >>> round(found.values["c"], 4), round(found.values["eps_inf"], 4)
    (0.3, 0.1)
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    free = np.array([eps_0 is None or name != "eps_0" for name in NAMES])
    if x.ndim != 1 or x.shape != y.shape or len(x) < free.sum():
        raise FitError(
            f"M4 has {free.sum()} free coefficients; give at least as many pairs of x and y, which have shapes "
            f"{x.shape} and {y.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (x > 0).all() and (y > 0).all()):
        raise FitError("x and y must be positive and finite; leave out the points that are not")
    if eps_0 is not None and not eps_0 > y.max():
        raise FitError(f"eps_0 = {eps_0:g} must lie above all errors, of which the greatest is {y.max():g}")
    allowed = [M4.coefficient(name) for name in NAMES]
    # the floor below and the start above all that was measured; beta by its logarithm
    low = np.array([0.0, y.max() * (1 + 1e-6), 0.0, np.log(allowed[3].low), 1e-3])
    high = np.array([y.min() * (1 - 1e-6), max(20.0, 3 * y.max()), allowed[2].high, np.log(allowed[3].high), 3.0])

    def whole(u: np.ndarray) -> np.ndarray:
        point = np.full(len(NAMES), 0.0 if eps_0 is None else eps_0)
        point[free] = u
        return point

    def residuals(u: np.ndarray) -> np.ndarray:
        return np.log(error(x, **_values(whole(u))) / y)

    def slopes(u: np.ndarray) -> np.ndarray:
        eps_inf, start, alpha, _, _ = point = whole(u)
        at = error(x, **_values(point))
        floor_gap, start_gap = np.maximum(at - eps_inf, 1e-300), np.maximum(start - at, 1e-300)
        across = 1 / floor_gap + alpha / start_gap
        each = [-1 / floor_gap, -alpha / start_gap, -np.log(start_gap), -np.ones_like(x), np.log(x)]
        return np.stack([-part / across / at for part in each], axis=-1)[:, free]

    found = []
    for floor, above, alpha, c in STARTS:
        first = np.array([floor * y.min(), above * y.max() if eps_0 is None else eps_0, alpha, 0.0, c])
        first[3] = np.median(np.log(y - first[0]) - alpha * np.log(first[1] - y) + c * np.log(x))
        begin = np.clip(first, low + 1e-9, high - 1e-9)[free]
        found.append(least_squares(residuals, begin, jac=slopes, bounds=(low[free], high[free]), x_scale="jac"))
    best = min(found, key=lambda each: each.cost)
    return Fit(
        law=M4,
        values=_values(whole(best.x)),
        source=Source(
            citation=Citation("runs", title="a learning curve"),
            verified="fitted",
            ranges={"y": (float(y.min()), float(y.max()))},
        ),
        title="Learning curve M4, fitted to errors",
        record=Record(
            method="errors",
            objective="squared",
            delta=0.0,
            objective_value=float(2 * best.cost),
            rows=len(x),
            starts=len(STARTS),
            starts_agreeing=sum(each.cost <= best.cost * (1 + AGREE) + 1e-18 for each in found),
            bootstrap=0,
            seed=0,
            runs_hash="",
            version=__version__,
            resample="",
            fixed={} if eps_0 is None else {"eps_0": float(eps_0)},
        ),
    )


def _values(point: np.ndarray) -> dict[str, float]:
    values = dict(zip(NAMES, map(float, point), strict=True))
    return {**values, "beta": float(np.exp(values["beta"]))}
