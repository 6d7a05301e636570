"""Turn the cells of one column into floats or text, or say which row is wrong and why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scalewidgets.errors import QuantityError, RunsError
from scalewidgets.runs.sources import Table
from scalewidgets.units import parse_quantity

__all__ = ["parse_column", "text_column"]

ABSENT = {"", "na", "n/a", "null", "none", "-", "–", "<na>", "nat", "?"}


def is_missing(cell: Any) -> bool:
    """Say whether a cell holds nothing, as text or as a library's own mark for it."""
    if isinstance(cell, str):
        return cell.strip().lower() in ABSENT
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def _number(cell: Any, what: str, unit: str | None) -> float:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, float):
        return cell
    if not isinstance(cell, str):
        return parse_quantity(cell, what)
    if unit is not None:
        return parse_quantity(cell, what, unit=unit)
    try:
        return float(cell.replace("−", "-"))
    except ValueError:
        raise QuantityError(f"{what}: {cell!r} is not a plain number") from None


def _value(table: Table, row: int, column: str, cell: Any, unit: str | None, least: float, equal: bool) -> float:
    what = table.place(row, column)
    if is_missing(cell):
        raise RunsError(f"{what}: the cell is missing; fill it in or leave the row out of the table")
    if table.decimal_comma and isinstance(cell, str) and "," in cell:
        raise RunsError(f"{what}: {cell!r} has a comma, which may be a decimal one; write a decimal point")
    try:
        value = _number(cell, what, unit)
    except QuantityError as problem:
        raise RunsError(str(problem)) from problem
    if math.isnan(value):
        raise RunsError(f"{what}: the cell is missing or NaN; fill it in or leave the row out of the table")
    if math.isinf(value):
        raise RunsError(f"{what}: {cell!r} is infinite; a run needs a finite number")
    if value < least or (value == least and not equal):
        kind = "negative" if value < 0 else "zero" if value == 0 else f"{value:g}"
        raise RunsError(f"{what}: {cell!r} is {kind}; it must be {'at least' if equal else 'above'} {least:g}")
    return value


def parse_column(
    table: Table, column: str, *, unit: str | None = "", least: float = 0.0, equal: bool = False
) -> np.ndarray:
    """Read a column of quantities.

    Parameters
    ----------
    table : Table
        Where the column is.
    column : str
        Its name there.
    unit : str or None
        The unit that text may name; None allows plain numbers only.
    least : float
        The bound below.
    equal : bool
        Whether the bound itself is allowed.

    Returns
    -------
    array, shape (n,)
        The quantities in plain units.

    Raises
    ------
    RunsError
        At the first cell that is missing, NaN, infinite, too small, or not a number, with its row and column.
    """
    values = [_value(table, row, column, cell, unit, least, equal) for row, cell in enumerate(table.columns[column])]
    return np.array(values, dtype=np.float64)


def text_column(table: Table, column: str) -> tuple[str, ...]:
    """Read a column of names.

    Raises
    ------
    RunsError
        At the first cell that is missing, with its row and column.
    """
    for row, cell in enumerate(table.columns[column]):
        if is_missing(cell) or (isinstance(cell, float) and math.isnan(cell)):
            raise RunsError(f"{table.place(row, column)}: the name is missing; every run needs one")
    return tuple(str(cell) for cell in table.columns[column])
