"""Losses measured under different schedules, from published tables: points to hold the laws against."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from scalewidgets.errors import PublishedError, UnknownName

LEVELS = ("paper", "repository", "second-hand", "recomputed")


@dataclass(frozen=True)
class Measured:
    """Hold a published table of losses.

    Parameters
    ----------
    key, title, source : str
    verified : str
        How well the numbers are known: "paper", "repository", "second-hand" or "recomputed".
    unit : str
        Of the losses.
    rows : tuple of mapping
        One a run: kind of schedule, what is known of it, and its loss.
    steps : int, optional
        Of every run, where they are alike.
    """

    key: str
    title: str
    source: str
    verified: str
    unit: str
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)
    steps: int | None = None


@cache
def _tables() -> Mapping[str, Measured]:
    document = tomllib.loads((files("scalewidgets.schedules") / "measured.toml").read_text(encoding="utf-8"))
    found = {}
    for table in document["table"]:
        columns = table.pop("columns")
        if table["verified"] not in LEVELS:
            raise PublishedError(f"table {table['key']!r}: verified = {table['verified']!r}; use {', '.join(LEVELS)}")
        if wrong := [row for row in table["rows"] if len(row) != len(columns)]:
            raise PublishedError(f"table {table['key']!r}: row {wrong[0]} does not have the columns {columns}")
        rows = tuple(dict(zip(columns, row, strict=True)) for row in table["rows"])
        found[table["key"]] = Measured(**{**table, "rows": rows})
    return found


def measured(key: str | None = None) -> Measured | tuple[Measured, ...]:
    """Return a table of measured losses by key, or all of them.

    Raises
    ------
    UnknownName

    Examples
    --------
    >>> table = measured("schaipp2025")
    >>> best = min(table.rows, key=lambda row: row["loss"])
    >>> best["decay"], best["cooldown"], best["peak"], best["loss"]
    ('linear', 0.6, 0.002, 2.9513)
    """
    known = _tables()
    if key is None:
        return tuple(known.values())
    if key not in known:
        raise UnknownName.among("the measured schedules", "table", key, known)
    return known[key]
