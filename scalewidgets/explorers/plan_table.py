"""The numbers of a state as a table: quantity, value, interval and unit, in a page and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.sentences import number_at
from scalewidgets.fitting.tables import Table
from scalewidgets.formats import format_value

# Narrower than this, relative to the value, an interval is rounding noise of a number that is fixed.
FIXED = 1e-6
NONE = "–"
HEAD = ("Quantity", "Value", "2.5 %", "97.5 %", "Unit")


@dataclass(frozen=True)
class Row:
    """A number of the table.

    Parameters
    ----------
    label, unit : str
    value, low, high : str
        Paths of numbers of the frame; `low` and `high` are empty where there is no interval.
    when : str
        Path of a number that must be positive for the row to be shown; always if empty.
    format : str
    """

    label: str
    unit: str
    value: str
    low: str = ""
    high: str = ""
    when: str = ""
    format: str = "table"


@dataclass(frozen=True, repr=False)
class Numbers(Table):
    """The numbers of a state: of each ``quantity, value, low, high, unit``."""

    title: str
    rows: tuple[Mapping[str, Any], ...]


def rows_of(cards: Iterable[Card]) -> tuple[Row, ...]:
    """Return a row for every card."""
    return tuple(
        Row(
            card.label,
            card.unit,
            *(f"cards/{card.name}/{part}" for part in ("value", "low", "high")),
            when=card.when,
            format="percent" if card.format == "percent" else "table",
        )
        for card in cards
    )


def numbers(row: Row, frames: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return value and bounds of a row; the bounds are NaN where there is no interval."""
    value, low, high = (number_at(frames, path) if path else np.nan for path in (row.value, row.low, row.high))
    return (value, low, high) if high - low > FIXED * abs(value) else (value, np.nan, np.nan)


def table_html(rows: Iterable[Row], frames: Mapping[str, Any]) -> str:
    """Return the table, with marks by which a page finds its numbers."""
    lines = []
    for row in rows:
        hidden = " hidden" if row.when and not number_at(frames, row.when) > 0 else ""
        cells = "".join(f"<td>{escape(format_value(number, row.format))}</td>" for number in numbers(row, frames))
        lines.append(
            f'<tr data-row{hidden}><th scope="row">{escape(row.label)}</th>{cells}<td>{escape(row.unit)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEAD)
    return f'<table class="sw-table"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def as_table(title: str, rows: Iterable[Row], frames: Mapping[str, Any]) -> Numbers:
    """Return the rows that apply as a table of plain numbers; None where there is no interval."""
    found = []
    for row in rows:
        if row.when and not number_at(frames, row.when) > 0:
            continue
        value, low, high = (None if np.isnan(number) else number for number in numbers(row, frames))
        found.append({"quantity": row.label, "value": value, "low": low, "high": high, "unit": row.unit})
    return Numbers(title, tuple(found))
