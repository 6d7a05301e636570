"""Read a table of training runs: choose the columns, convert the units, complete N, D and C, drop nothing unasked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import Caution, RunsError
from scalewidgets.registry import law as law_named
from scalewidgets.runs.cells import parse_column, text_column
from scalewidgets.runs.checks import NATS, complete, table_cautions
from scalewidgets.runs.choice import Asked, choose_column
from scalewidgets.runs.sources import Table, read_table
from scalewidgets.runs.table import Runs
from scalewidgets.units import loss_unit_named, to_nats

__all__ = ["read_runs"]

UNITS = {"N": "parameters", "D": "tokens", "C": "FLOP"}


def read_runs(
    source: Any,
    *,
    N: Asked = None,
    D: Asked = None,
    C: Asked = None,
    loss: str | None = None,
    loss_unit: str = "nats",
    bytes_per_token: float | None = None,
    name: Asked = None,
    group: str | None = None,
    weight: str | None = None,
    checkpoints: Literal["last", "all"] | None = None,
    law: Law | str | None = None,
    **variables: str,
) -> Runs:
    """Read training runs from a file, a data frame or a mapping.

    Columns that are not named are found by their usual names (``params``, ``tokens``, ``Training FLOP``, ...). Two of
    N, D and C are enough: the third is C = 6 N D, and is listed in ``Runs.imputed``. Cells may be numbers or text
    such as ``70B``. No row is left out, except by ``checkpoints="last"``, which a caution counts. Logs, and files
    larger than memory, are for ``read_logs``.

    Parameters
    ----------
    source : path, data frame, mapping of columns, or list of rows
        CSV (also ``.csv.gz``), Parquet, a frame of pandas, polars or pyarrow, or plain Python.
    N, D, C : str or False, optional
        Columns of parameters, training tokens and training FLOP; False to use none.
    loss : str, optional
        Column of the final loss.
    loss_unit : str
        ``"nats"``, ``"bits"``, ``"bits per byte"`` or ``"perplexity"``.
    bytes_per_token : float, optional
        Mean bytes of a token; needed for bits per byte.
    name : str or False, optional
        Column that names the run a row belongs to; found when called run, run_id, run_name or name.
    group, weight : str, optional
        Columns of groups (text) and of weights in a fit (zero or more).
    checkpoints : {"last", "all"}, optional
        What to do with several rows of one run: keep the row of largest D, or every row.
    law : Law or str, optional
        The law the runs are read for, where its response is no loss or a variable may be negative: the column
        ``loss=`` names holds its response, and its declaration says what values are allowed.
    **variables : str
        Columns of any other variable, by symbol: ``U="unique_tokens"``.

    Returns
    -------
    Runs
        Columns in plain units, loss in nats/token.

    Raises
    ------
    RunsError
        If a column is absent or ambiguous, a cell cannot be used (row and column are named), the table is empty or
        malformed, or several rows belong to one run and ``checkpoints`` is not given.
    UnknownName
        If there is no such loss unit.
    QuantityError
        If ``bytes_per_token`` is missing or superfluous.

    Examples
    --------
    >>> runs = read_runs({"params": ["70M", "1B"], "tokens": ["1.4B", "20B"], "loss": [3.9, 2.6]})
    >>> runs
    Runs(2 runs: N 70M–1B, D 1.4B–20B, C 5.88e17–1.2e20, loss 2.600–3.900; C computed; 1 caution; the mapping)
    >>> print(runs.warnings[0])
    C was not given and is computed as 6 N D. Give C where it was measured.
    """
    if checkpoints not in (None, "last", "all"):
        raise RunsError(f"checkpoints is 'last', 'all' or left out; got {checkpoints!r}")
    if isinstance(source, Runs):
        raise RunsError("these are runs already; use them as they are, or runs.subset(...)")
    to_nats(1.0, loss_unit, bytes_per_token)  # a wrong unit is told before any row
    table = read_table(source)
    chosen = _variables(table, {"N": N, "D": D, "C": C}, variables)
    loss_column = choose_column("loss", loss, table.columns, table.source)
    if loss_column is None:
        raise RunsError(f"{table.source} has no column for the loss among {_listed(table)}; say which with loss=")
    _refuse_shared(table, {**chosen, "loss": loss_column})

    declared = law_named(law) if isinstance(law, str) else law
    domains = {each.symbol: each.domain[0] for each in declared.variables} if declared else {}
    response = declared.response if declared else None
    given = {
        symbol: parse_column(
            table, column, unit=UNITS.get(symbol, ""), least=domains.get(symbol, 0.0), equal=symbol not in UNITS
        )
        for symbol, column in chosen.items()
    }
    least = 1.0 if loss_unit_named(loss_unit) == "perplexity" else response.domain[0] if response else 0.0
    read = parse_column(table, loss_column, unit=None, least=least, equal=response is not None)
    nats = to_nats(read, loss_unit, bytes_per_token)
    columns, imputed = complete(given)
    name_column = choose_column("name", name, table.columns, table.source)
    runs = Runs(
        columns=columns,
        loss=nats,
        names=text_column(table, name_column) if name_column else None,
        groups=np.array(text_column(table, _asked("group", group, table))) if group else None,
        weights=parse_column(table, _asked("weight", weight, table), unit=None, equal=True) if weight else None,
        imputed=imputed,
        warnings=table_cautions(columns, nats, imputed, response.unit if response else NATS) + _lone_caution(chosen),
        source=table.source,
        response=response,
    )
    return _without_checkpoints(runs, table, name_column, checkpoints)


def _listed(table: Table) -> str:
    return ", ".join(map(repr, table.columns))


def _asked(argument: str, column: str, table: Table) -> str:
    found = choose_column(argument, column, table.columns, table.source) if column is not None else None
    if found is None:
        raise RunsError(f"{argument}= takes the name of a column; got {column!r}; the columns are {_listed(table)}")
    return found


def _variables(table: Table, budget: dict[str, Asked], others: dict[str, str]) -> dict[str, str]:
    """Map the symbols that the table holds to their columns."""
    found = {symbol: choose_column(symbol, asked, table.columns, table.source) for symbol, asked in budget.items()}
    chosen = {symbol: column for symbol, column in found.items() if column is not None}
    chosen |= {symbol: _asked(symbol, column, table) for symbol, column in others.items()}
    if not chosen:
        raise RunsError(
            f"{table.source} has no column for N (parameters), D (tokens) or C (FLOP) among {_listed(table)}; "
            "say which with N=, D= or C="
        )
    return chosen


def _refuse_shared(table: Table, chosen: dict[str, str]) -> None:
    users: dict[str, str] = {}
    for symbol, column in chosen.items():
        if column in users:
            raise RunsError(f"{table.source}: column {column!r} cannot be both {users[column]} and {symbol}")
        users[column] = symbol


def _lone_caution(chosen: dict[str, str]) -> tuple[Caution, ...]:
    found = [symbol for symbol in UNITS if symbol in chosen]
    if len(found) != 1 or len(chosen) > 1:
        return ()
    others = " or ".join(f"{symbol}=" for symbol in UNITS if symbol not in found)
    return (
        Caution("lone-variable", f"Of N, D and C only {found[0]} was found.", f"Name another column with {others}."),
    )


def _without_checkpoints(runs: Runs, table: Table, column: str | None, choice: str | None) -> Runs:
    """Apply the choice about several rows of one run, or demand it."""
    if column is None or runs.names is None:
        if choice == "last":
            raise RunsError("checkpoints='last' needs to know which rows are one run; name their column with name=")
        return runs
    rows_of: dict[str, list[int]] = {}
    for row, run in enumerate(runs.names):
        rows_of.setdefault(run, []).append(row)
    repeated = {run: rows for run, rows in rows_of.items() if len(rows) > 1}
    if not repeated:
        return runs
    run, rows = next(iter(repeated.items()))
    count = f"{sum(map(len, repeated.values()))} rows of {len(repeated)} run{'s' * (len(repeated) > 1)}"
    if choice is None:
        raise RunsError(
            f"{table.place(rows[1], column)}: run {run!r} already has row {rows[0] + 1}; {count} look like "
            "intermediate checkpoints. Choose checkpoints='last' (the row of largest D) or 'all' (every row), "
            "or name=False if that column does not name runs"
        )
    if choice == "all":
        note = Caution("checkpoints", f"{count} are intermediate checkpoints, each kept as a run of its own.")
        return _noted(runs, np.arange(len(runs)), note)
    if "D" not in runs.columns:
        raise RunsError("checkpoints='last' keeps the row of largest D, and there is no D; name its column with D=")
    last = sorted(max(rows, key=lambda row: (runs.D[row], row)) for rows in rows_of.values())
    left_out = len(runs) - len(last)
    note = Caution(
        "checkpoints",
        f"{left_out} of {len(runs)} rows were left out as intermediate checkpoints.",
        "The row of largest D of each run stays; choose checkpoints='all' to keep every row.",
    )
    return _noted(runs, np.array(last), note)


def _noted(runs: Runs, rows: np.ndarray, note: Caution) -> Runs:
    kept = runs.subset(rows)
    return replace(kept, warnings=(*kept.warnings, note))
