"""One law, one table of runs, one objective: what is searched, in which coordinates, within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import FitError
from scalewidgets.fits.storage import law_from_json, law_to_json
from scalewidgets.fitting.batch import GraphBatch, logless
from scalewidgets.fitting.called import CalledBatch
from scalewidgets.fitting.objectives import Objective
from scalewidgets.runs import Runs

# Amplitudes and scales are searched by their logarithm, which has to start somewhere.
LEAST = 1e-12
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Problem:
    """A law to be fitted to runs.

    Parameters
    ----------
    law : Law
    columns : mapping of str to ndarray
        One per variable of the law.
    observed : ndarray
        Observed loss.
    objective : Objective
    weights, noise : ndarray
        Weight of each run, and known standard deviation of its residual.
    fixed : mapping of str to float
        Coefficients held at a value.
    tied : mapping of str to str
        Coefficients that equal another.
    """

    law: Law
    columns: Mapping[str, np.ndarray]
    observed: np.ndarray
    objective: Objective
    weights: np.ndarray
    noise: np.ndarray
    fixed: Mapping[str, float] = field(default_factory=dict)
    tied: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        law: Law,
        runs: Runs,
        objective: Objective,
        *,
        noise: Any = None,
        fixed: Mapping[str, float] | None = None,
        tied: Mapping[str, str] | None = None,
    ) -> Problem:
        """Check that the runs can identify the law, and take what is needed from them.

        Raises
        ------
        FitError
            Saying which column is missing, or which does not vary.
        """
        missing = [symbol for symbol in law.symbols if symbol not in runs.columns]
        if missing:
            raise FitError(
                f"law {law.key!r} needs {', '.join(law.symbols)}; the runs have {', '.join(runs.columns)}. "
                f"Give {', '.join(missing)} to read_runs, or choose a law of the columns you have"
            )
        if len(runs) > MOST_ROWS:
            raise FitError(
                f"{len(runs):,} runs are more than a fit takes at once ({MOST_ROWS:,}); thin them, as read_logs does, "
                f"or draw some: runs.subset(np.random.default_rng(0).choice(len(runs), {MOST_ROWS:,}, replace=False))"
            )
        _check_values(law, runs, objective)
        fixed, tied = _checked(law, fixed or {}, tied or {})
        searched = len(law.names) - len(fixed) - len(tied)
        if len(runs) < searched:
            raise FitError(
                f"law {law.key!r} has {searched} coefficients and there are {len(runs)} runs; "
                f"give at least {searched}, or choose a law with fewer coefficients"
            )
        for symbol in () if fixed or tied else law.symbols:
            values = runs[symbol]
            if np.ptp(values) <= 1e-9 * np.abs(values).max():
                raise FitError(
                    f"all runs have {symbol} = {values[0]:g}, so law {law.key!r} can't learn what it does; add "
                    f"runs with another {symbol}, hold what it multiplies with fixed=, or choose a law without it"
                )
        ones = np.ones(len(runs))
        return cls(
            law=law,
            columns={symbol: runs[symbol] for symbol in law.symbols},
            observed=runs.loss,
            objective=objective,
            weights=ones if runs.weights is None else runs.weights,
            noise=ones if noise is None else _noise(noise, len(runs)),
            fixed=fixed,
            tied=tied,
        )

    def __getstate__(self) -> dict[str, Any]:
        """Travel to a worker as plain data: a law's functions need not be importable there, its graph is enough."""
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return state | {"law": law_to_json(self.law)} if self.law.portable else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        law = state["law"]
        self.__dict__.update(state | {"law": law if isinstance(law, Law) else law_from_json(law)[0]})

    @property
    def free(self) -> tuple[str, ...]:
        """Coefficients that are searched."""
        return tuple(name for name in self.law.names if name not in self.fixed and name not in self.tied)

    @property
    def sources(self) -> dict[str, str | float]:
        """For every coefficient, the searched one it equals or the value it is held at."""
        direct = {name: name for name in self.free} | dict(self.fixed)
        return {name: direct[self.tied.get(name, name)] for name in self.law.names}

    @cached_property
    def batch(self) -> GraphBatch | CalledBatch:
        """The objective with its derivatives, for many points at once."""
        kind = GraphBatch if self.law.portable else CalledBatch
        return kind(
            law=self.law,
            columns=self.columns,
            observed=self.observed,
            weights=self.weights,
            noise=self.noise,
            objective=self.objective,
            free=self.free,
            sources=self.sources,
            bounds=self.bounds,
            ranges=self.ranges,
        )

    @cached_property
    def logged(self) -> np.ndarray:
        """Which searched coefficients are searched by their logarithm: positive amplitudes and scales."""
        return np.array([not logless(self.law, name) for name in self.free])

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest coordinates allowed."""
        return self._edges([(self.law.coefficient(n).low, self.law.coefficient(n).high) for n in self.free])

    @cached_property
    def ranges(self) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates between which starting points are looked for."""
        return self._edges([self.law.coefficient(n).start for n in self.free])

    def _edges(self, pairs: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.array(pairs, dtype=float).T
        least = np.where(self.logged & (low <= 0), LEAST, low)
        return self.coordinates(least), self.coordinates(np.maximum(high, least))

    def thinned(self, most: int, seed: int) -> Problem:
        """Return the problem on no more than so many of its runs, drawn at random."""
        rows = len(self.observed)
        if rows <= most:
            return self
        chosen = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False, shuffle=False))
        columns = {symbol: column[chosen] for symbol, column in self.columns.items()}
        parts = {name: getattr(self, name)[chosen] for name in ("observed", "weights", "noise")}
        return replace(self, columns=columns, **parts)

    def coordinates(self, values: np.ndarray) -> np.ndarray:
        """Turn values of the searched coefficients (last axis) into solver coordinates."""
        with np.errstate(all="ignore"):
            return np.where(self.logged, np.log(np.maximum(values, 1e-300)), values)

    def searched_values(self, points: np.ndarray) -> np.ndarray:
        """Turn solver coordinates into values of the searched coefficients."""
        with np.errstate(over="ignore"):
            return np.where(self.logged, np.exp(np.where(self.logged, points, 0.0)), points)

    def values(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return every coefficient at solver coordinates (last axis)."""
        searched = dict(zip(self.free, np.moveaxis(self.searched_values(points), -1, 0), strict=True))
        like = np.zeros(np.shape(points)[:-1])
        return {
            name: searched[source] if isinstance(source, str) else like + source
            for name, source in self.sources.items()
        }


def _check_values(law: Law, runs: Runs, objective: Objective) -> None:
    """Refuse runs that the law's declaration does not allow, or whose response has no logarithm where one is needed."""
    for what, variable, values in [
        *((v.symbol, v, runs[v.symbol]) for v in law.variables),
        ("loss", law.response, runs.loss),
    ]:
        bad = ~variable.allows(values)
        if bad.any():
            row = int(np.argmax(bad))
            raise FitError(
                f"law {law.key!r}: {what} = {values[row]:g} in row {row + 1} is not allowed; "
                f"{variable.label.lower()} must be {variable.allowed}. Correct the row or leave it out"
            )
    if objective.residual == "log" and not (runs.loss > 0).all():
        raise FitError(
            f"{law.response.label.lower()} is zero or negative in some runs and has no logarithm; use residual='raw'"
        )


def _checked(law: Law, fixed: Mapping[str, float], tied: Mapping[str, str]) -> tuple[dict[str, float], dict[str, str]]:
    for name in (*fixed, *tied, *tied.values()):
        law.coefficient(name)
    for name, value in fixed.items():
        coefficient = law.coefficient(name)
        if not (np.isfinite(value) and coefficient.low <= value <= coefficient.high):
            raise FitError(
                f"{name} can't be held at {value!r}; law {law.key!r} allows {coefficient.low:g} to {coefficient.high:g}"
            )
    for name, other in tied.items():
        if name == other or other in tied or name in fixed:
            raise FitError(f"{name} can't be tied to {other}; tie it to one that isn't tied itself, and don't fix it")
    if len(fixed) + len(tied) >= len(law.names):
        raise FitError(f"nothing of law {law.key!r} is left to fit; leave at least one of {', '.join(law.names)} free")
    return {name: float(value) for name, value in fixed.items()}, dict(tied)


def _noise(noise: Any, count: int) -> np.ndarray:
    try:
        values = np.broadcast_to(np.asarray(noise, dtype=float), count)
    except ValueError as error:
        raise FitError(f"noise must be one number or one per run ({count}); got shape {np.shape(noise)}") from error
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise FitError("noise is the standard deviation of each residual; every value must be positive and finite")
    return values
