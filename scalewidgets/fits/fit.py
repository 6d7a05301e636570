"""A law with values: what `sw.fit` and `sw.published` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.source import Source
from scalewidgets.runs import Runs


class Prediction(NamedTuple):
    """Predicted loss with an interval; `low` and `high` are NaN for a point estimate."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Record:
    """How a fit was made.

    Parameters
    ----------
    method, objective : str
    delta : float
        Threshold of the Huber loss on log-loss residuals.
    objective_value : float
        Sum (not mean) of the objective over the rows.
    rows, starts, starts_agreeing : int
        Rows used; starting points polished; how many of them ended within 1e-7 relative of the best.
    bootstrap : int
        Number of resamples behind the draws.
    seed : int
    runs_hash, version : str
    residual, resample : str
        What the residual is of, and what was resampled.
    checked : bool
        Whether every resample was tried at every other's solution.
    repaired : int
        Resamples that this led to a better optimum.
    fixed, tied : mapping
        Coefficients that were held or tied.
    noise : tuple of float
        Known standard deviation of each residual; empty where none was given.
    """

    method: str
    objective: str
    delta: float
    objective_value: float
    rows: int
    starts: int
    starts_agreeing: int
    bootstrap: int
    seed: int
    runs_hash: str
    version: str
    residual: str = "log"
    resample: str = "pairs"
    checked: bool = False
    repaired: int = 0
    fixed: Mapping[str, float] = field(default_factory=dict)
    tied: Mapping[str, str] = field(default_factory=dict)
    noise: tuple[float, ...] = ()


@dataclass(frozen=True, repr=False, eq=False)
class Fit:
    """Hold a law with its coefficients, their uncertainty and their source.

    Parameters
    ----------
    law : Law
    values : mapping of str to float
        One number per coefficient.
    source : Source
    key : str
        Name of a published fit; empty for the user's own.
    draws : mapping of str to ndarray, optional
        Joint draws, one array per coefficient, all of one length. Without them the fit is a point estimate.
    noise : ndarray, optional
        One residual of the log loss per draw (of the response itself where it may be zero or negative), for
        predicting a new run.
    record : Record, optional
    warnings : tuple of Caution
    runs : Runs, optional
        The runs that were fitted.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> fit = sw.published("hoffmann2022-printed")
    >>> float(fit(N=70e9, D=1.4e12).round(6))
    1.936645
    """

    law: Law
    values: Mapping[str, float]
    source: Source
    key: str = ""
    title: str = ""
    draws: Mapping[str, np.ndarray] | None = field(default=None, repr=False)
    noise: np.ndarray | None = field(default=None, repr=False)
    record: Record | None = None
    warnings: tuple[Caution, ...] = ()
    runs: Runs | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if set(self.values) != set(self.law.names):
            raise FitError(
                f"a fit of law {self.law.key!r} needs exactly {', '.join(self.law.names)}; got {', '.join(self.values)}"
            )
        # read-only: published fits are shared by everybody who asks for them
        values = MappingProxyType({name: float(self.values[name]) for name in self.law.names})
        object.__setattr__(self, "values", values)
        if self.draws is not None:
            object.__setattr__(self, "draws", MappingProxyType(self._checked_draws(self.draws)))

    def _checked_draws(self, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        lengths = {np.shape(draw) for draw in [*draws.values(), *([] if self.noise is None else [self.noise])]}
        if set(draws) != set(self.law.names) or len(lengths) != 1 or len(next(iter(lengths))) != 1:
            raise FitError(
                f"joint draws of law {self.law.key!r} are one array each for {', '.join(self.law.names)}, "
                "and noise if there is any, all of one length"
            )
        return {name: draws[name] for name in self.law.names}

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.4g}" for name, value in self.values.items())
        return f"Fit({self.key or self.name!r}: {self.law.key}, {values})"

    def __call__(self, **variables: Any) -> np.ndarray:
        """Return the predicted loss; variables by keyword, broadcast together.

        Raises
        ------
        UnknownName, DomainError
            For a variable the law does not have, lacks, or that is not positive and finite.
        """
        for name in variables:
            if name not in self.law.symbols:
                raise UnknownName.among(f"law {self.law.key!r}", "variable", name, self.law.symbols)
        return self.law(**variables, **self.values)

    @cached_property
    def stderr(self) -> dict[str, float]:
        """Standard deviation of the draws of each coefficient.

        Raises
        ------
        FitError
            For a point estimate.
        """
        return {name: float(np.std(draw, ddof=1)) for name, draw in self._draws("a standard error").items()}

    def interval(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Return the percentile interval of each coefficient from the draws.

        Raises
        ------
        FitError
            For a point estimate, or a level outside 0 to 1.
        """
        tails = _tails(level)
        draws = self._draws("an interval")
        bounds = {name: np.quantile(draw, tails) for name, draw in draws.items()}
        return {name: (float(low), float(high)) for name, (low, high) in bounds.items()}

    def predict(self, *, level: float = 0.95, new_run: bool = False, **variables: Any) -> Prediction:
        """Predict the loss with an interval.

        Parameters
        ----------
        level : float
            Coverage of the interval.
        new_run : bool
            True for where a single new run would end, residual scatter included; False for the mean.
        **variables : array_like
            As in a call of the fit.

        Returns
        -------
        Prediction
            ``mean, low, high``; the bounds are NaN where the fit has no draws.
        """
        mean = self(**variables)
        if self.draws is None:
            return Prediction(mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan))
        if new_run and self.noise is None:
            raise FitError("this fit has no residuals to say where a new run would end; ask for the mean instead")
        column = (-1,) + (1,) * mean.ndim
        losses = self.law(
            **{symbol: np.asarray(value, dtype=float)[None] for symbol, value in variables.items()},
            **{name: np.reshape(draw, column) for name, draw in self.draws.items()},
        )
        if new_run and self.noise is not None:
            noise = np.reshape(self.noise, column)
            losses = losses * np.exp(noise) if self.law.response.positive else losses + noise
        low, high = np.quantile(losses, _tails(level), axis=0)
        return Prediction(mean, low, high)

    @property
    def objective_value(self) -> float:
        """Sum of the objective at the optimum."""
        return self._record("an objective value").objective_value

    @property
    def starts_agreeing(self) -> int:
        """How many of the starting points ended at the best optimum."""
        return self._record("starts").starts_agreeing

    @property
    def name(self) -> str:
        """What to call the fit in a sentence."""
        return self.title or self.key or f"{self.law.key} fitted to {self.source.citation}"

    def with_values(self, **values: float) -> Fit:
        """Return a copy with some coefficients changed, as a point estimate that says so.

        Raises
        ------
        UnknownName
            For a coefficient the law does not have.
        """
        for name in values:
            self.law.coefficient(name)
        changes = ", ".join(f"{name} = {value:.6g}" for name, value in values.items())
        return replace(
            self,
            values={**self.values, **values},
            # no longer what a paper printed or a fit found, so nothing may pass it off as that
            key="",
            title=f"{self.name}, with {changes}",
            source=replace(self.source, draws="", notes=(*self.source.notes, f"Set by hand: {changes}.")),
            draws=None,
            noise=None,
            record=None,
        )

    def save(self, path: str | Path, *, include_runs: bool = True) -> None:
        """Write the fit as JSON, without loss. A law that is not in the catalogue is stored as its graph."""
        from scalewidgets.fits.storage import save

        save(self, Path(path), include_runs=include_runs)

    @classmethod
    def load(cls, path: str | Path) -> Fit:
        """Read a fit that `save` wrote.

        Raises
        ------
        FitError
            If the file is not such a fit.
        """
        from scalewidgets.fits.storage import load

        return load(Path(path))

    def summary(self) -> str:
        """Return the report: values, uncertainty, how it was fitted, what to beware of, source."""
        from scalewidgets.fits.report import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from scalewidgets.fits.report import as_html

        return as_html(self)

    def _draws(self, wanted: str) -> Mapping[str, np.ndarray]:
        if self.draws is None:
            raise FitError(f"{self.name} is a point estimate: it has no joint draws, so {wanted} can't be given")
        return self.draws

    def _record(self, wanted: str) -> Record:
        if self.record is None:
            raise FitError(f"{self.name} was not fitted here, so it has no record of {wanted}")
        return self.record


def _tails(level: float) -> list[float]:
    if not 0 < level < 1:
        raise FitError(f"level = {level} is not between 0 and 1; 0.95 is usual")
    return [(1 - level) / 2, (1 + level) / 2]
