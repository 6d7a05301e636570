"""Bring a table of any kind (CSV, Parquet, data frame, mapping, list of rows) to plain columns of cells."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any

from scalewidgets.errors import RunsError

__all__ = ["Table", "delimiter_of", "read_table"]

DELIMITERS = ",;\t"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
PARQUET_ENDINGS = (".parquet", ".pq")


@dataclass(frozen=True)
class Table:
    """Hold columns of cells as they came, and where each row stands in its file.

    Parameters
    ----------
    columns : mapping of str to list
        Cells by column name, all of one length.
    source : str
        What errors call the table.
    lines : tuple of int, optional
        File line of each row, counted from 1.
    decimal_comma : bool
        Whether a comma in a cell may stand for a decimal point, as in files delimited by semicolons.
    """

    columns: Mapping[str, list[Any]]
    source: str
    lines: tuple[int, ...] | None = None
    decimal_comma: bool = False

    def place(self, row: int, column: str | None = None) -> str:
        """Name a row, counted from 0 here and from 1 in the text, for an error."""
        line = f" (line {self.lines[row]})" if self.lines else ""
        return f"{self.source}, row {row + 1}{line}" + (f", column {column!r}" if column is not None else "")


def read_table(source: Any) -> Table:
    """Read a table of any kind.

    Parameters
    ----------
    source : path, data frame, mapping of columns, or sequence of rows as mappings
        A path to CSV (``.csv``, ``.tsv``, also ``.gz``) or Parquet; a frame of pandas, polars or pyarrow.

    Raises
    ------
    RunsError
        If it is none of these, or has no rows, no header, a header twice, or rows of differing length.
    """
    if isinstance(source, str | PathLike):
        return _from_path(Path(source))
    if isinstance(source, Mapping):
        return _checked([(str(name), _cells(name, cells)) for name, cells in source.items()], "the mapping")
    for finish in ("collect", "compute"):  # polars, dask
        if hasattr(source, finish) and hasattr(type(source), "columns"):
            raise RunsError(f"the frame is lazy; pass frame.{finish}()")
    if hasattr(source, "column_names"):  # pyarrow
        names = source.column_names
        return _checked([(name, source.column(i).to_pylist()) for i, name in enumerate(names)], "the table")
    if hasattr(source, "iloc") and hasattr(source, "columns"):  # pandas; by position, as a name may come twice
        named = [(str(name), source.iloc[:, i].tolist()) for i, name in enumerate(source.columns)]
        return _checked(named, "the data frame")
    if hasattr(source, "columns") and hasattr(source, "__getitem__"):
        return _checked([(str(name), list(source[name])) for name in source.columns], "the data frame")
    if isinstance(source, Sequence):
        return _from_rows(source)
    raise RunsError(
        f"cannot read runs from {type(source).__name__}; pass a path to CSV or Parquet, a data frame, "
        "a mapping of columns, or a list of rows as mappings"
    )


def _cells(name: object, cells: object) -> list[Any]:
    if isinstance(cells, str | bytes | Mapping) or not isinstance(cells, Iterable):
        raise RunsError(
            f"the mapping, column {str(name)!r}: expected a list or an array, one cell a run; got {cells!r}"
        )
    return list(cells)


def _checked(
    named: list[tuple[str, list[Any]]], source: str, lines: tuple[int, ...] | None = None, decimal_comma: bool = False
) -> Table:
    if not named:
        raise RunsError(f"{source} is empty: it has no columns")
    _refuse_twice([name for name, _ in named], source)
    lengths = {name: len(cells) for name, cells in named}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name!r} {length}" for name, length in lengths.items())
        raise RunsError(f"{source}: the columns differ in length ({listed}); give every run a cell in each")
    if not any(lengths.values()):
        raise RunsError(f"{source} has no rows, only the columns {', '.join(map(repr, lengths))}")
    return Table(dict(named), source, lines, decimal_comma)


def _refuse_twice(names: list[str], source: str) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise RunsError(f"{source}: the column {twice[0]!r} comes {names.count(twice[0])} times; rename all but one")


def _from_rows(rows: Sequence[Any]) -> Table:
    source = "the list of rows"
    if not rows:
        raise RunsError(f"{source} is empty")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise RunsError(f"{source}, row {number}: expected a mapping of column to cell; got {type(row).__name__}")
        if differing := list(row.keys() ^ rows[0].keys()):
            verb = "lacks" if differing[0] in rows[0] else "has an extra"
            raise RunsError(f"{source}, row {number} {verb} column {str(differing[0])!r}; rows need the same columns")
    return _checked([(str(name), [row[name] for row in rows]) for name in rows[0]], source)


def _from_path(path: Path) -> Table:
    ending = path.name.lower()
    if not path.is_file():
        raise RunsError(f"there is no file {str(path)!r}")
    if ending.endswith(PARQUET_ENDINGS):
        return _from_parquet(path)
    if ending.endswith(TEXT_ENDINGS):
        return _from_csv(path)
    known = ", ".join(TEXT_ENDINGS + PARQUET_ENDINGS)
    raise RunsError(
        f"{path.name}: cannot tell what kind of table this is; the name should end in one of {known}. "
        "Logs of a tracker are for read_logs"
    )


def _from_parquet(path: Path) -> Table:
    try:
        import pyarrow.parquet as parquet
    except ImportError as problem:
        raise RunsError(
            f"{path.name}: reading Parquet needs the package pyarrow; install it, or save the table as CSV"
        ) from problem
    try:
        table = parquet.ParquetFile(path).read()
    except (ValueError, OSError, NotImplementedError) as problem:
        raise RunsError(f"{path.name} is not a Parquet file that can be read: {problem}") from problem
    named = [(name, table.column(i).to_pylist()) for i, name in enumerate(table.column_names)]
    return _checked(named, path.name)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            content = gzip.decompress(content)
        encoding = next((name for bom, name in BOMS.items() if content.startswith(bom)), "utf-8")
        return content.decode(encoding)
    except (EOFError, OSError, zlib.error) as problem:
        raise RunsError(f"{path.name} cannot be read: {problem}") from problem
    except UnicodeDecodeError as problem:
        raise RunsError(f"{path.name} is not text in UTF-8: {problem}; save it as CSV in UTF-8") from problem


def delimiter_of(text: str) -> str:
    """Return what separates the cells of CSV: the delimiter that gives its header most of them."""
    lines = [line for line in islice(io.StringIO(text), 100) if line.strip()]
    fields = {each: len(next(csv.reader(lines, delimiter=each), [])) for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: fields[each])  # the first of equals: a comma


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _from_csv(path: Path) -> Table:
    text, source = _text(path), path.name
    records: list[tuple[int, list[str]]] = []
    try:
        delimiter = delimiter_of(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        line = 1
        for record in reader:
            if record:  # an empty line holds no run
                records.append((line, [cell.strip() for cell in record]))
            line = reader.line_num + 1
    except csv.Error as problem:
        raise RunsError(f"{source} is not well-formed CSV: {problem}") from problem
    if not records:
        raise RunsError(f"{source} is empty")
    header = [name or f"column {number}" for number, name in enumerate(records[0][1], start=1)]
    if all(map(_is_number, header)):
        raise RunsError(f"{source} has no header: its first line holds only numbers; name the columns there")
    _refuse_twice(header, source)
    for row, (line, record) in enumerate(records[1:], start=1):
        if len(record) != len(header):
            raise RunsError(
                f"{source}, row {row} (line {line}): {len(record)} cells, but the header has {len(header)}; "
                "check for a missing or an unquoted delimiter"
            )
    columns = [(name, [record[i] for _, record in records[1:]]) for i, name in enumerate(header)]
    return _checked(columns, source, tuple(line for line, _ in records[1:]), decimal_comma=delimiter == ";")
