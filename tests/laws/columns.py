"""Hold the library to printed numbers that a test file computes in its own way, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .printed import QUANTITIES, Row, as_printed

Columns = Mapping[str, Callable[..., float]]


def hold(row: Row, columns: Columns) -> None:
    """Hold the library to a row, whose quantity is one of the shared ones or of the file's own columns."""
    value = float({**QUANTITIES, **columns}[row.what](row.fit, **row.inputs))
    number, tolerance = as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: computed {value!r}, {row.level}"
