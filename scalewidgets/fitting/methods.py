"""The methods of `sw.fit` besides fitting the surface: each gives the power law of the best size over compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from scalewidgets.declare import Law
from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.envelope import fit_envelope
from scalewidgets.fitting.isoflop import fit_isoflop
from scalewidgets.runs import Runs

METHODS: Mapping[str, Callable[..., Fit]] = MappingProxyType({"isoflop": fit_isoflop, "envelope": fit_envelope})


def fit_by(
    method: str, law: Law | str, runs: Runs, *, objective: str, of_surface: Mapping[str, Any], **settings: Any
) -> Fit:
    """Carry out one of `METHODS`, after refusing what only a fit of the surface can do.

    Parameters
    ----------
    method : str
    law : Law or str
    runs : Runs
    objective : str
        "huber" is what `sw.fit` has when nothing is said; these methods are least squares.
    of_surface : mapping
        Settings of the surface by name; any that is set is refused.
    **settings
        Of the method.

    Raises
    ------
    FitError
        Naming the setting.
    """
    refused = [name for name, value in of_surface.items() if value]
    if objective not in ("huber", "squared"):
        refused.append("objective")
    if refused:
        raise FitError(
            f"method={method!r} is least squares and has no {', '.join(refused)}; leave it out, or use method='surface'"
        )
    missing = [symbol for symbol in ("N", "D", "C") if symbol not in runs.columns]
    if missing:
        raise FitError(f"method={method!r} needs N, D and C; the runs lack {', '.join(missing)}: give two of the three")
    return METHODS[method](law, runs, **settings)
