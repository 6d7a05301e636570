"""The table of runs that a law is fitted to: frozen columns of plain floats, checked once when it is made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import Any

import numpy as np

from scalewidgets.declare import Variable
from scalewidgets.errors import Caution, RunsError, UnknownName
from scalewidgets.formats import format_value
from scalewidgets.ops.graph import encode_numbers
from scalewidgets.runs.checks import NATS, count_distinct, flop_ratio, table_cautions

__all__ = ["Runs"]

UNITS_SHOWN = {"N": "parameters", "D": "tokens", "C": "FLOP"}


def _frozen(values: Any, what: str, length: int | None, above: float | None) -> np.ndarray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise RunsError(f"{what}: not a column of numbers") from None
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise RunsError(f"{what}: expected one number a run, {length} in all; the shape is {array.shape}")
    bad = ~np.isfinite(array) if above is None else ~(np.isfinite(array) & (array > above))
    if bad.any():
        row = int(np.argmax(bad))
        needed = "finite" if above is None else "finite and positive"
        raise RunsError(f"{what}, row {row + 1}: {array[row]:g} is not {needed}")
    array.flags.writeable = False
    return array


def _variable(data: Mapping[str, Any] | None) -> Variable | None:
    """Return the declaration that `to_dict` wrote; infinite limits are words in it."""
    if data is None:
        return None
    low, high = (float(each) for each in data["domain"])
    return Variable(**{**data, "low": float(data["low"]), "high": float(data["high"]), "domain": (low, high)})


def _texts(values: Iterable[object], what: str, length: int) -> tuple[str, ...]:
    texts = tuple(str(each) for each in values)
    if len(texts) != length:
        raise RunsError(f"{what}: {len(texts)} given for {length} runs; give one a run")
    return texts


@dataclass(frozen=True, eq=False, repr=False)
class Runs:
    """Hold training runs: what was varied, and the loss that came out.

    Parameters
    ----------
    columns : mapping of str to array, shape (n,)
        Variables by symbol, in plain units: ``N`` parameters, ``D`` tokens, ``C`` FLOP, and any other.
    loss : array, shape (n,)
        Final loss of each run, nats/token.
    names : sequence of str, optional
        A name for each run.
    groups : sequence of str, optional
        A group for each run, for bootstraps that draw whole groups.
    weights : array, shape (n,), optional
        Weight of each run in a fit, zero or more.
    imputed : frozenset of str
        Symbols that were computed from the others by C = 6 N D.
    warnings : tuple of Caution
        What to know before relying on the table.
    source : str
        Where it came from.
    response : Variable, optional
        What stands as the loss where it is another quantity, such as an accuracy; its domain says what is allowed.

    Raises
    ------
    RunsError
        If there is no run, columns differ in length, or a number is not finite (for N, D, C and loss: not positive).

    Examples
    --------
    >>> runs = Runs({"N": [1e8, 1e9], "D": [2e9, 2e10]}, loss=[3.2, 2.6])
    >>> runs
    Runs(2 runs: N 100M–1B, D 2B–20B, loss 2.600–3.200)
    >>> runs["N"]
    array([1.e+08, 1.e+09])
    """

    columns: Mapping[str, np.ndarray]
    loss: np.ndarray
    names: tuple[str, ...] | None = None
    groups: np.ndarray | None = None
    weights: np.ndarray | None = None
    imputed: frozenset[str] = frozenset()
    warnings: tuple[Caution, ...] = ()
    source: str = ""
    response: Variable | None = None

    def __post_init__(self) -> None:
        what = self.response
        loss = _frozen(self.loss, "loss", None, above=0.0 if what is None or what.positive else None)
        if what is not None and not what.allows(loss).all():
            row = int(np.argmin(what.allows(loss)))
            raise RunsError(
                f"loss, row {row + 1}: {loss[row]:g} is not allowed; {what.label.lower()} must be {what.allowed}"
            )
        n = len(loss)
        if n == 0 or not self.columns:
            raise RunsError("a table of runs needs at least one run and one variable, such as N; it has none")
        if "loss" in self.columns:
            raise RunsError("'loss' is not a variable: give it as loss=, not among the columns")
        columns = {
            str(symbol): _frozen(values, f"column {symbol!r}", n, above=0.0 if symbol in UNITS_SHOWN else None)
            for symbol, values in self.columns.items()
        }
        if unknown := sorted(set(self.imputed) - set(columns)):
            raise RunsError(
                f"imputed names {', '.join(unknown)}, which is no column; the columns are {', '.join(columns)}"
            )
        settle = object.__setattr__
        settle(self, "columns", MappingProxyType(columns))
        settle(self, "loss", loss)
        settle(self, "imputed", frozenset(self.imputed))
        settle(self, "warnings", tuple(self.warnings))
        if self.names is not None:
            settle(self, "names", _texts(self.names, "names", n))
        if self.groups is not None:
            groups = np.array(_texts(self.groups, "groups", n))
            groups.flags.writeable = False
            settle(self, "groups", groups)
        if self.weights is not None:
            weights = _frozen(self.weights, "weights", n, above=None)
            if (weights < 0).any() or not (weights > 0).any():
                raise RunsError("weights: none may be negative and one at least must be positive")
            settle(self, "weights", weights)

    def __len__(self) -> int:
        return len(self.loss)

    def __getitem__(self, symbol: str) -> np.ndarray:
        if symbol == "loss":
            return self.loss
        try:
            return self.columns[symbol]
        except KeyError:
            raise UnknownName.among("this table of runs", "column", symbol, [*self.columns, "loss"]) from None

    @property
    def N(self) -> np.ndarray:
        """Return the parameters of each run."""
        return self["N"]

    @property
    def D(self) -> np.ndarray:
        """Return the training tokens of each run."""
        return self["D"]

    @property
    def C(self) -> np.ndarray:
        """Return the training FLOP of each run."""
        return self["C"]

    @property
    def unit(self) -> str:
        """Return the unit of what stands as the loss."""
        return NATS if self.response is None else self.response.unit

    @property
    def flop_ratio(self) -> tuple[float, float, float] | None:
        """Return least, median and largest C/(6 N D), or None unless all three were given."""
        return flop_ratio(self.columns, self.imputed)

    def distinct(self, symbol: str, rel: float = 0.02) -> int:
        """Count the values of a column that differ by more than a relative tolerance.

        Examples
        --------
        >>> Runs({"N": [1e8, 1.01e8, 1e9]}, loss=[3.0, 3.0, 2.5]).distinct("N")
        2
        """
        return count_distinct(self[symbol], rel)

    def subset(self, chosen: Any) -> Runs:
        """Return the runs chosen by a mask, or by row numbers from 0, which may repeat.

        Parameters
        ----------
        chosen : array of bool, shape (n,), or array of int
            Which runs to keep, in which order.

        Raises
        ------
        RunsError
            If nothing is chosen, or the mask or a row number does not fit the table.
        """
        index = np.asarray(chosen)
        if index.dtype == np.bool_:
            if index.shape != self.loss.shape:
                raise RunsError(f"the mask has shape {index.shape}, the table {len(self)} runs; give one bool a run")
            index = np.flatnonzero(index)
        if index.size == 0:
            raise RunsError(f"no run of {len(self)} is chosen; choose one at least")
        if index.ndim != 1 or index.dtype.kind not in "iu":
            raise RunsError("choose runs by an array of bool or of row numbers")
        if index.min() < -len(self) or index.max() >= len(self):
            raise RunsError(f"row numbers go from 0 to {len(self) - 1}; got {index.min()} to {index.max()}")
        columns = {symbol: values[index] for symbol, values in self.columns.items()}
        loss = self.loss[index]
        from_numbers = {caution.key for caution in table_cautions(self.columns, self.loss, self.imputed, self.unit)}
        kept = tuple(caution for caution in self.warnings if caution.key not in from_numbers)
        return Runs(
            columns=columns,
            loss=loss,
            names=None if self.names is None else tuple(self.names[i] for i in index),
            groups=None if self.groups is None else self.groups[index],
            weights=None if self.weights is None else self.weights[index],
            imputed=self.imputed,
            warnings=table_cautions(columns, loss, self.imputed, self.unit) + kept,
            source=self.source,
            response=self.response,
        )

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of everything a fit could depend on: numbers, names, groups, weights, what is imputed."""
        content = hashlib.sha256()
        for symbol in sorted(self.columns):
            content.update(json.dumps(["column", symbol, symbol in self.imputed]).encode())
            content.update(self.columns[symbol].astype("<f8").tobytes())
        content.update(b"loss" + self.loss.astype("<f8").tobytes())
        if self.weights is not None:
            content.update(b"weights" + self.weights.astype("<f8").tobytes())
        groups = None if self.groups is None else self.groups.tolist()
        content.update(json.dumps(["texts", self.names, groups]).encode())
        return content.hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Runs):
            return NotImplemented
        return self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain lists and text, which JSON keeps without loss."""
        return {
            "columns": {symbol: values.tolist() for symbol, values in self.columns.items()},
            "loss": self.loss.tolist(),
            "names": None if self.names is None else list(self.names),
            "groups": None if self.groups is None else self.groups.tolist(),
            "weights": None if self.weights is None else self.weights.tolist(),
            "imputed": sorted(self.imputed),
            "warnings": [asdict(caution) for caution in self.warnings],
            "source": self.source,
            "response": None
            if self.response is None
            else {name: encode_numbers(value) for name, value in asdict(self.response).items()},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Runs:
        """Make the table that ``to_dict`` described.

        Raises
        ------
        RunsError
            If the record is not one that ``to_dict`` wrote.
        """
        try:
            cautions = tuple(Caution(**caution) for caution in record.get("warnings", ()))
            response = _variable(record.get("response"))
            imputed = frozenset(record.get("imputed", ()))
            return cls(**{**record, "imputed": imputed, "warnings": cautions, "response": response})
        except (AttributeError, TypeError) as problem:
            raise RunsError(f"this is not a record of runs as to_dict() writes it: {problem}") from problem

    def __reduce__(self) -> tuple[Any, ...]:
        return Runs.from_dict, (self.to_dict(),)  # a read-only mapping cannot be pickled

    def _ranges(self) -> list[tuple[str, str, str, str]]:
        rows = []
        for symbol, values in [*self.columns.items(), ("loss", self.loss)]:
            key = "loss" if symbol == "loss" else "tick"
            low, high = (format_value(float(each), key) for each in (values.min(), values.max()))
            unit = self.unit if symbol == "loss" else UNITS_SHOWN.get(symbol, "")
            note = unit + (", computed" if symbol in self.imputed else "")
            rows.append((symbol, low, high, note))
        return rows

    def __repr__(self) -> str:
        ranges = [f"{symbol} {low}" + (f"–{high}" if high != low else "") for symbol, low, high, _ in self._ranges()]
        parts = [", ".join(ranges)]
        if self.imputed:
            parts.append(f"{', '.join(sorted(self.imputed))} computed")
        if self.warnings:
            parts.append(f"{len(self.warnings)} caution{'s' * (len(self.warnings) > 1)}")
        if self.source:
            parts.append(self.source)
        return f"Runs({len(self)} run{'s' * (len(self) > 1)}: {'; '.join(parts)})"

    def summary(self) -> str:
        """Return the table in a few lines: ranges, C/(6 N D), and every caution in full."""
        lines = [f"{len(self)} run{'s' * (len(self) > 1)}" + (f" ({self.source})" if self.source else "")]
        lines += [f"  {symbol:<6}{low} to {high}  {note}".rstrip() for symbol, low, high, note in self._ranges()]
        if self.flop_ratio:
            low, median, high = (format_value(each, "ratio") for each in self.flop_ratio)
            lines.append(f"  C/(6 N D)  median {median}, from {low} to {high}")
        lines += [f"  ! {caution}" for caution in self.warnings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(symbol)}</td><td>{low}</td><td>{high}</td><td>{self.distinct(symbol)}</td><td>{note}</td></tr>"
            for symbol, low, high, note in self._ranges()
        )
        cautions = "".join(f"<li>{escape(str(caution))}</li>" for caution in self.warnings)
        return (
            f"<p><b>{len(self)} runs</b>{escape(f' ({self.source})') if self.source else ''}</p>"
            "<table><thead><tr><th></th><th>least</th><th>most</th><th>distinct</th><th></th></tr></thead>"
            f"<tbody>{rows}</tbody></table>" + (f"<ul>{cautions}</ul>" if cautions else "")
        )
