"""A small table of results that prints itself as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from scalewidgets.errors import Caution


class Table:
    """Give a frozen result with `rows` its length, its iteration and its two printed forms.

    A subclass has `title`, `rows` and, where it has them, `notes` and `warnings`; `columns` names what is printed.
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are printed."""
        return tuple(self.rows[0]) if self.rows else ()

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """Return one value a row; None where a row has none."""
        return [row.get(name) for row in self.rows]

    def _cells(self) -> list[list[str]]:
        return [[shown(row.get(name)) for name in self.columns] for row in self.rows]

    def __repr__(self) -> str:
        lines = [self.title]
        if self.rows:
            lines += ["", *aligned(self.columns, self._cells())]
        lines += [""] * bool(self.notes or self.warnings)
        lines += self.notes
        lines += [f"Caution: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in cells) + "</tr>"
            for cells in self._cells()
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        notes += "".join(f"<li><b>Caution:</b> {escape(str(warning))}</li>" for warning in self.warnings)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.rows else ""
        return f"<p><b>{escape(self.title)}</b></p>{table}" + (f"<ul>{notes}</ul>" if notes else "")


def shown(value: Any) -> str:
    """Write one cell.

    Examples
    --------
    >>> shown(0.45304929), shown((1.0, float("inf"))), shown(None), shown(True)
    ('0.453', '1 to inf', '', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}".replace("e+", "e")
    if isinstance(value, tuple):
        return " to ".join(shown(each) for each in value)
    return str(value)


def aligned(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Return header and rows as lines of equal columns."""
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [columns, *cells]
    ]
