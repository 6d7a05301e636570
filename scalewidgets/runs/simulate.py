"""Make runs from a fit, with or without noise: for tests, teaching, and checking what a set of runs can tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError, UnknownName
from scalewidgets.runs.checks import complete, table_cautions
from scalewidgets.runs.table import Runs
from scalewidgets.units import parse_quantity

__all__ = ["simulate"]


def simulate(fit: Any, *, noise: float = 0.0, seed: int | None = None, **variables: Any) -> Runs:
    r"""Make runs whose loss is what a fit predicts, times log-normal noise.

    .. math:: L_i = \hat L(N_i, D_i)\, e^{\sigma z_i}, \quad z_i \sim \mathcal N(0, 1)

    Noise is added instead, :math:`\hat L_i + \sigma z_i`, where the response of the law may be zero or negative.

    Parameters
    ----------
    fit : Fit
        Gives the loss, nats/token.
    noise : float
        Standard deviation :math:`\sigma` of the log of the loss (of the response itself where noise is added).
    seed : int, optional
        Seed of the noise; the same seed gives the same runs.
    **variables : number, text or array
        The variables of the law by symbol (``N=``, ``D=``), in plain units or as text such as ``"70B"``. They are
        broadcast together, so ``N=sizes[:, None], D=tokens`` makes a grid.

    Returns
    -------
    Runs
        One run for each combination, in row-major order.

    Raises
    ------
    RunsError
        If a variable is missing, the shapes do not broadcast, or the response is not what the law allows.
    UnknownName
        If a variable is not one of the law's.
    """
    symbols = [variable.symbol for variable in fit.law.variables]
    origin = getattr(fit, "key", None) or getattr(fit.law, "key", None) or "a fit"
    for symbol in variables:
        if symbol not in symbols:
            raise UnknownName.among(f"the law of {origin}", "variable", symbol, symbols)
    if missing := [symbol for symbol in symbols if symbol not in variables]:
        raise RunsError(f"to simulate from {origin}, give {', '.join(symbols)}; missing: {', '.join(missing)}")
    if not (math.isfinite(noise) and noise >= 0):
        raise RunsError(f"noise is the standard deviation of the log of the loss, 0 or more; got {noise}")
    given = [parse_quantity(each, name) if isinstance(each, str) else each for name, each in variables.items()]
    try:
        arrays = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in given))
    except (TypeError, ValueError):
        shapes = ", ".join(f"{name} {np.shape(each)}" for name, each in zip(variables, given, strict=True))
        raise RunsError(f"the variables must be numbers whose shapes broadcast; they have {shapes}") from None
    columns = {symbol: array.ravel() for symbol, array in zip(variables, arrays, strict=True)}
    exact = np.broadcast_to(np.asarray(fit(**columns), dtype=np.float64), columns[symbols[0]].shape)
    response = fit.law.response
    scatter = noise * np.random.default_rng(seed).standard_normal(exact.shape)
    loss = exact * np.exp(scatter) if response.positive else exact + scatter
    columns, imputed = complete(columns)
    return Runs(
        columns=columns,
        loss=loss,
        imputed=imputed,
        warnings=table_cautions(columns, loss, imputed, response.unit) if len(loss) else (),
        source=f"simulated from {origin}",
        response=response,
    )
