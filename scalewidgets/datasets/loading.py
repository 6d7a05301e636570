"""Load a public data set by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scalewidgets.datasets.declared import Dataset, describe
from scalewidgets.datasets.download import obtain
from scalewidgets.datasets.table import DataTable
from scalewidgets.progress import Progress
from scalewidgets.runs.read import read_runs
from scalewidgets.runs.sources import read_table
from scalewidgets.runs.table import Runs

__all__ = ["load"]


def load(name: str, *, cache: str | os.PathLike[str] | None = None, progress: Progress = None) -> Runs | DataTable:
    """Load a public data set from its original address, through a cache.

    The file is checked against the SHA-256 of the original whenever it is loaded. No row is left out that the set
    does not name (see ``describe(name).only``).

    Parameters
    ----------
    name : str
        One of ``names()``.
    cache : path, optional
        Folder to keep files in; by default SCALEWIDGETS_CACHE, else where the system keeps caches. With
        SCALEWIDGETS_DATA set to a folder of copies, or to the address of one, files are taken from there.
    progress : function of (bytes done, bytes in all), bool, or None
        Whom to tell; None draws a bar on a terminal or in a notebook.

    Returns
    -------
    Runs or DataTable
        Runs where the set is a table of runs; otherwise its columns as published.

    Raises
    ------
    UnknownName
        If there is no such set.
    DataError
        If the file can neither be found nor downloaded, or is not the original. It names address and cache.
    """
    dataset = describe(name)
    path = obtain(dataset, cache, progress)
    cells = _rows_of(dataset, read_table(path).columns)
    source = f"data set {name}"
    if not dataset.read:
        return DataTable.of(cells, source)
    return replace(read_runs(cells, **dataset.read), source=source)


def _rows_of(dataset: Dataset, columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Keep the rows that the set consists of."""
    chosen = list(range(len(next(iter(columns.values())))))
    for name, wanted in dataset.only.items():
        cells = columns[name]
        chosen = [row for row in chosen if cells[row] == wanted]
    return {name: [cells[row] for row in chosen] for name, cells in columns.items()}
