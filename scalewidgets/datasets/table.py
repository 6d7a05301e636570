"""A frozen table of columns, for data sets that are not runs: bootstrap draws, checkpoints, signed losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from scalewidgets.errors import UnknownName
from scalewidgets.runs.cells import is_missing

__all__ = ["DataTable"]


@dataclass(frozen=True, eq=False, repr=False)
class DataTable(Mapping[str, np.ndarray]):
    """Hold the columns of a data set as it is published; it is a mapping, so ``read_runs`` and pandas take it.

    Parameters
    ----------
    columns : mapping of str to array, shape (n,)
        Floats, NaN where a cell is empty; or text.
    source : str
        Where it came from.

    Examples
    --------
    >>> table = DataTable.of({"step": ["1", "2"], "loss": ["3.5", ""], "kind": ["Dense", "Hash"]}, "a log")
    >>> table
    DataTable(2 rows: step, loss, kind; a log)
    >>> table["loss"]
    array([3.5, nan])
    """

    columns: Mapping[str, np.ndarray]
    source: str = ""

    def __post_init__(self) -> None:
        for values in self.columns.values():
            values.flags.writeable = False
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))

    @classmethod
    def of(cls, cells: Mapping[str, list[Any]], source: str) -> DataTable:
        """Make the table from cells, a column of numbers where every cell is one or is missing."""
        return cls({name: _column(column) for name, column in cells.items()}, source)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.columns:
            raise UnknownName.among(self.source or "this table", "column", name, self.columns)
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def rows(self) -> int:
        """Count the rows."""
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        return f"DataTable({self.rows} rows: {', '.join(self.columns)}{'; ' * bool(self.source)}{self.source})"


def _column(cells: list[Any]) -> np.ndarray:
    try:
        return np.array([np.nan if is_missing(cell) else float(cell) for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array([str(cell) for cell in cells])
