"""`sw.derived`: a quantity computed from a fit, with its interval from draws or from the curvature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.costs.budget import parse_compute
from scalewidgets.costs.flops import training_flop
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import propagate, quantile
from scalewidgets.fitting.rebuilding import rebuilt
from scalewidgets.fitting.spread import spread
from scalewidgets.planning.surface import Surface
from scalewidgets.units import parse_quantity

METHODS = ("draws", "delta")
OF_COMPUTE = ("N_opt", "D_opt", "tokens_per_param", "loss_opt")
OF_LOSS = ("N_opt", "D_opt", "tokens_per_param", "cost")
QUANTITIES = (*OF_COMPUTE, "cost", "loss")


@dataclass(frozen=True)
class Derived:
    """A quantity with its interval.

    Parameters
    ----------
    name : str
    value : float
        From the fit's own coefficients.
    low, high : float
    stderr : float
        Standard deviation of the draws, or by the delta method.
    level : float
    method : str
    sentence : str
        What it is and how it was found.
    """

    name: str
    value: float
    low: float
    high: float
    stderr: float
    level: float
    method: str
    sentence: str

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    def __str__(self) -> str:
        return f"{self.name} = {self.value:.4g} ({self.low:.4g} to {self.high:.4g}). {self.sentence}"


def derived(
    fit: Fit,
    name: str,
    *,
    compute: float | str | None = None,
    loss: float | None = None,
    N: float | str | None = None,
    D: float | str | None = None,
    level: float = 0.95,
    method: str = "draws",
    noise: Any = None,
) -> Derived:
    """Give a quantity that follows from a fit, with its interval.

    ``N_opt``, ``D_opt``, ``tokens_per_param`` and ``loss_opt`` belong to a budget, `compute`. ``N_opt``, ``D_opt``,
    ``tokens_per_param`` and ``cost`` (training FLOP) belong to a `loss` to be reached. ``loss`` belongs to an N and D.

    Parameters
    ----------
    fit : Fit
        Of a law of N and D.
    name : {"N_opt", "D_opt", "tokens_per_param", "loss_opt", "cost", "loss"}
    compute : float or str, optional
        Training budget in FLOP.
    loss : float, optional
        Loss to reach at the least cost.
    N, D : float or str, optional
        Parameters and tokens.
    level : float
    method : {"draws", "delta"}
        Percentiles of the joint draws; or the delta method, on the logarithm of the quantity, which needs the runs.
    noise : float or array_like, optional
        As given to `sw.fit`, for the delta method.

    Raises
    ------
    FitError, UnknownName
        If the question is incomplete, or the fit lacks draws or runs.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> found = sw.derived(sw.published("besiroglu2024"), "N_opt", compute=5.76e23)
    >>> f"{found.value:.3g}"
    '7.24e+10'
    """
    if name not in QUANTITIES:
        raise UnknownName.among("derived", "quantity", name, QUANTITIES)
    if method not in METHODS:
        raise UnknownName.among("derived", "method", method, METHODS)
    compute = None if compute is None else parse_compute(compute)
    N, D = (None if each is None else parse_quantity(each) for each in (N, D))
    compute_at, loss_at = _question(name, compute, loss, N, D)
    function = _function(fit, compute_at, loss_at, N, D)
    value = float(function({key: np.array([v]) for key, v in fit.values.items()})[name][0])
    what = _what(name, compute_at, loss_at)
    if method == "delta":
        made = rebuilt(fit, noise=noise)
        _, error = propagate(made, lambda values: {name: function(values)[name]})[name]
        reach = quantile(level, spread(made).degrees) * error
        with np.errstate(over="ignore"):
            low, high = (float(value * np.exp(sign * reach)) for sign in (-1, 1))
        return Derived(name, value, low, high, value * error, level, method, f"{what}, by the delta method.")
    if fit.draws is None:
        raise FitError(f"{fit.name} has no joint draws; fit with bootstrap=200, or use method='delta'")
    if not 0 < level < 1:
        raise FitError(f"level = {level} is not between 0 and 1; 0.95 is usual")
    drawn = function(fit.draws)[name]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    error = float(np.std(drawn, ddof=1))
    return Derived(
        name, value, float(low), float(high), error, level, method, f"{what}, from {len(drawn)} joint draws."
    )


def _question(name: str, compute: Any, loss: Any, N: Any, D: Any) -> tuple[float | None, float | None]:
    given = {key for key, each in (("compute", compute), ("loss", loss), ("N", N), ("D", D)) if each is not None}
    allowed = [{"N", "D"}] if name == "loss" else []
    allowed += [{"compute"}] * (name in OF_COMPUTE) + [{"loss"}] * (name in OF_LOSS)
    if given not in allowed:
        needed = " or ".join(" and ".join(f"{key}=" for key in sorted(each)) for each in allowed)
        raise FitError(f"{name} needs {needed}; got {', '.join(sorted(given)) or 'none of them'}")
    return compute, loss


def _what(name: str, compute: float | None, loss: float | None) -> str:
    if compute is not None:
        return f"{name} at {compute:.4g} FLOP"
    return f"{name} to reach a loss of {loss:g} at the least cost" if loss is not None else name


Values = Mapping[str, np.ndarray]


def _function(fit: Fit, compute: Any, loss: Any, N: Any, D: Any) -> Callable[[Values], dict[str, np.ndarray]]:
    def evaluate(values: Values) -> dict[str, np.ndarray]:
        zero = np.zeros(len(next(iter(values.values()))))
        if N is not None:
            return {"loss": np.asarray(fit.law.evaluate({"N": N + zero, "D": D + zero}, values))}
        surface = Surface(fit.law, values)
        with np.errstate(all="ignore"):
            if compute is not None:
                size, tokens = surface.best(compute + zero)
            else:
                size, tokens = surface.cheapest(loss + zero, zero)
            return {
                "N_opt": size,
                "D_opt": tokens,
                "tokens_per_param": tokens / size,
                "loss_opt": surface.loss(size, tokens),
                "cost": training_flop(size, tokens),
            }

    return evaluate


def optimal(fit: Fit, values: Values, compute: float) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return N*, D* and loss at a budget for many coefficient sets; None for a law that has no such optimum."""
    if not {"N", "D"} <= set(fit.law.symbols) <= {"N", "D", "U"}:
        return None
    found = _function(fit, compute, None, None, None)(values)
    return found["N_opt"], found["D_opt"], found["loss_opt"]
