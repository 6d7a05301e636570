"""How far a question lies beyond the runs, and in which variable."""

from __future__ import annotations

from typing import Any

from scalewidgets.errors import Caution
from scalewidgets.fits.fit import Fit


def extrapolation(fit: Fit, **variables: Any) -> Caution | None:
    """Return a caution with the largest factor by which a question lies beyond the runs; None inside their range.

    Parameters
    ----------
    fit : Fit
    **variables : float
        N, D, C or any other that the fit has a range for.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> runs = sw.simulate(sw.published("hoffmann2022"), N=[[1e8], [1e9], [1e10]], D=[1e9, 1e10, 1e11])
    >>> extrapolation(sw.fit("chinchilla", runs, bootstrap=0), N=7e10, D=5e10).sentence
    'N = 7e+10 lies ×7 beyond the runs.'
    """
    given = {name: float(value) for name, value in variables.items()}
    if {"N", "D"} <= set(given):
        given.setdefault("C", 6 * given["N"] * given["D"])
    factors = {name: fit.source.beyond(**{name: value}) for name, value in given.items()}
    if not factors or max(factors.values()) <= 1.0:
        return None
    name = max(factors, key=lambda each: factors[each])
    return Caution(
        "extrapolation",
        f"{name} = {given[name]:.4g} lies ×{factors[name]:.3g} beyond the runs.",
        "The interval holds only if the law does; beyond ×10 trust the interval more than the number.",
    )
