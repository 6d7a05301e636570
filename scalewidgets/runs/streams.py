"""Read logs as CSV or Parquet in parts, column by column, so that a file may be larger than memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError
from scalewidgets.runs.cells import ABSENT
from scalewidgets.runs.sources import PARQUET_ENDINGS, TEXT_ENDINGS, delimiter_of

__all__ = ["Log", "Part", "stream_log"]

ROWS = 1 << 16  # rows of Parquet at a time
BLOCK = 1 << 20  # bytes of CSV, and of a column of Parquet, at a time
HEAD = 1 << 16  # bytes that must hold the header


@dataclass(frozen=True)
class Part:
    """Hold some rows of a log.

    Parameters
    ----------
    numbers : dict of str to array, shape (n,)
        Columns of floats; NaN where nothing was logged.
    runs : list
        The run of each row; empty where no column names it.
    done, total : int
        How far the log has been read.
    """

    numbers: dict[str, np.ndarray]
    runs: list[Any]
    done: int
    total: int


@dataclass(frozen=True)
class Log:
    """Hold what can be read from a log, and how.

    Parameters
    ----------
    columns : tuple of str
        What was logged.
    source : str
        What errors call it.
    run : str
        The name of the run, where no column names it.
    parts : function of (columns of numbers, column of runs or None)
        Yields the rows in order.
    run_column : str, optional
        The column that names the run, where the kind of log settles it.
    """

    columns: tuple[str, ...]
    source: str
    run: str
    parts: Callable[[Sequence[str], str | None], Iterator[Part]]
    run_column: str | None = None


def stream_log(path: Path) -> Log | None:
    """Open a file of CSV or Parquet for reading in parts, or return None if its name ends otherwise.

    Raises
    ------
    RunsError
        If it cannot be read.
    """
    ending = path.name.lower()
    if not ending.endswith((*TEXT_ENDINGS, *PARQUET_ENDINGS)):
        return None
    try:
        import pyarrow  # noqa: F401 (only whether it is there)
    except ImportError as problem:
        raise RunsError(f"{path.name}: reading it in parts needs the package pyarrow; install it") from problem
    return _parquet(path) if ending.endswith(PARQUET_ENDINGS) else _csv(path)


def _parquet(path: Path) -> Log:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    def parts(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        done = 0
        with ParquetFile(path, buffer_size=BLOCK) as file:
            total = file.metadata.num_rows
            for batch in file.iter_batches(ROWS, columns=[*numbers, *([run] if run else [])]):
                done += batch.num_rows
                yield _part(batch, numbers, run, done, total)

    try:
        with ParquetFile(path) as file:
            columns = tuple(file.schema_arrow.names)
    except (ValueError, OSError, NotImplementedError) as problem:
        raise RunsError(f"{path.name} is not a Parquet file that can be read: {problem}") from problem
    return Log(columns, path.name, path.stem, _told(parts, path.name, pa.ArrowException))


def _csv(path: Path) -> Log:
    import pyarrow as pa
    from pyarrow import csv as arrow

    zipped = path.name.lower().endswith(".gz")

    def opened(raw: Any) -> Any:
        return pa.CompressedInputStream(raw, "gzip") if zipped else raw

    try:
        with path.open("rb") as raw:
            head = opened(raw).read(HEAD).decode("utf-8-sig", errors="replace")
    except OSError as problem:
        raise RunsError(f"{path.name} cannot be read: {problem}") from problem
    if not head.strip():
        raise RunsError(f"{path.name} is empty")
    parse = arrow.ParseOptions(delimiter=delimiter_of(head))
    header = next(iter(head.splitlines()))
    if len(header) >= HEAD // 2:
        raise RunsError(f"{path.name}: the header is longer than {HEAD // 2} letters; is this a table?")
    first = arrow.read_csv(pa.BufferReader(f"{header}\n".encode()), parse_options=parse)
    columns = tuple(first.column_names)

    def parts(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        total = os.path.getsize(path)
        convert = arrow.ConvertOptions(
            include_columns=[*numbers, *([run] if run else [])],
            column_types={**dict.fromkeys(numbers, pa.float64()), **({run: pa.string()} if run else {})},
            null_values=sorted({word for absent in (*ABSENT, "nan") for word in _cases(absent)}),
        )
        reading = arrow.ReadOptions(block_size=BLOCK, use_threads=False)
        with path.open("rb") as raw:
            batches = arrow.open_csv(opened(raw), read_options=reading, parse_options=parse, convert_options=convert)
            for batch in batches:
                yield _part(batch, numbers, run, min(raw.tell(), total), total)

    name = path.name.partition(".")[0]
    return Log(columns, path.name, name, _told(parts, path.name, pa.ArrowException))


def _cases(word: str) -> tuple[str, ...]:
    return word, word.upper(), word.capitalize(), word.replace("nan", "NaN")


def _part(batch: Any, numbers: Sequence[str], run: str | None, done: int, total: int) -> Part:
    arrays = {}
    for name in numbers:
        column = batch.column(batch.schema.get_field_index(name)).cast("float64")
        arrays[name] = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    runs = batch.column(batch.schema.get_field_index(run)).to_pylist() if run else []
    return Part(arrays, runs, done, total)


def _told(parts: Callable[..., Iterator[Part]], source: str, error: type[Exception]) -> Callable[..., Iterator[Part]]:
    """Turn what the reader says on the way into the error that is documented."""

    def told(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        try:
            yield from parts(numbers, run)
        except (error, OSError, EOFError) as problem:
            raise RunsError(f"{source} cannot be read as columns of plain numbers: {problem}") from problem

    return told
