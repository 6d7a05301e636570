"""Read training logs, of any size, into checkpoints of runs: streamed, thinned per run, nothing dropped uncounted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.errors import Caution, RunsError
from scalewidgets.progress import Progress, reporter
from scalewidgets.runs.checks import complete, table_cautions
from scalewidgets.runs.choice import Asked, alike, choose_column
from scalewidgets.runs.sources import PARQUET_ENDINGS, TEXT_ENDINGS
from scalewidgets.runs.streams import Log, Part, stream_log
from scalewidgets.runs.table import Runs
from scalewidgets.runs.thinning import Thin, Thinner
from scalewidgets.runs.trackers import is_events, read_tensorboard, read_trainer_state, read_wandb
from scalewidgets.units import parse_quantity, to_nats

__all__ = ["read_logs"]


def read_logs(
    source: str | PathLike[str],
    *,
    loss: str | None = None,
    step: str | None = None,
    run: Asked = None,
    N: Any = None,
    D: Asked = None,
    tokens_per_step: float | str | None = None,
    loss_unit: str = "nats",
    bytes_per_token: float | None = None,
    thin: Thin = "log",
    progress: Progress = None,
    **variables: str,
) -> Runs:
    r"""Read checkpoints from training logs that may be larger than memory.

    Only the columns needed are read, part by part, and each run is thinned on the way. Rows where no loss was logged,
    and rows before the first token, are passed over; a caution counts them.

    Parameters
    ----------
    source : path or str
        CSV (also ``.csv.gz``, and charts exported from Weights & Biases with a column a run), Parquet,
        ``trainer_state.json`` of Hugging Face, a folder or file of TensorBoard, or ``"wandb:entity/project/run"``.
        The last two need the packages tensorboard and wandb.
    loss : str, optional
        Column of the loss; needed where several look like one, as ``loss`` and ``eval_loss`` do.
    step : str, optional
        Column of the optimiser step.
    run : str or False, optional
        Column that names the run of a row; False if the log is of one run.
    N : str, number or mapping, optional
        Parameters: a column, a number for all runs, or a number by run. Numbers may be text such as ``"70M"``.
    D : str or False, optional
        Column of the training tokens so far.
    tokens_per_step : number or str, optional
        Tokens of one step, where no column counts them: D is then the step times this. May be ``"512 x 2048"``.
    loss_unit, bytes_per_token
        As in ``read_runs``.
    thin : {"log", "last"}, int or None
        What to keep of each run: about 20 checkpoints for each tenfold of steps and the last; the last only; every
        k-th row and the last; or every row, which needs memory for all.
    progress : function of (done, total), bool, or None
        Whom to tell; None draws a bar on a terminal or in a notebook.
    **variables : str
        Columns of other variables, by symbol: ``lr="learning_rate"``.

    Returns
    -------
    Runs
        A row a checkpoint, with ``step``, N, D and C as far as they follow. Names are the runs, and so are groups
        where there are several, so that a bootstrap draws whole runs.

    Raises
    ------
    RunsError
        If the log cannot be read, a column is absent or ambiguous, a package is missing, or no row has a loss.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "log.csv"
    ...     _ = path.write_text("step,loss,eval_loss\n0,10.9,\n100,5.1,5.2\n200,4.4,4.5\n")
    ...     read_logs(path, loss="eval_loss", N="70M", tokens_per_step="256 x 2048")
    Runs(2 runs: N 70M, D 52.4M–105M, C 2.2e16–4.4e16, step 100–200, loss 4.500–5.200; C computed; 4 cautions; log.csv)
    """
    to_nats(1.0, loss_unit, bytes_per_token)  # a wrong unit is told before any row
    thinner = Thinner(thin)
    log = _opened(source)
    wide = _wide(log, loss, run)
    chosen = _chosen(log, loss, step, D, N, tokens_per_step, variables, wide)
    per_step = None if tokens_per_step is None else parse_quantity(tokens_per_step, "tokens_per_step", unit="tokens")
    tell = reporter(progress, log.source)
    read = 0
    for part in _parts(log, chosen, run, wide):
        columns = {symbol: part.numbers[column] for symbol, column in chosen.items()}
        if per_step is not None:
            columns["D"] = per_step * columns["step"]
        if "step" not in columns:
            columns["step"] = columns["D"]  # only to put the rows in order
        keep = ~np.isnan(columns["loss"]) & (columns.get("D", np.ones(1)) != 0)
        _refuse(columns, keep, read, log.source)
        runs = [_run_name(part.runs[row], log.source, read + row) for row in np.flatnonzero(keep).tolist()]
        thinner.add(runs, {symbol: column[keep] for symbol, column in columns.items()})
        read += len(keep)
        tell(part.done, part.total)
    if not thinner.seen:
        raise RunsError(f"{log.source}: none of its {read} rows has a loss in {chosen['loss']!r} after step 0")
    rows = thinner.rows()
    names = np.array(list(thinner.codes))[rows.pop("run")]
    nats = to_nats(rows.pop("loss"), loss_unit, bytes_per_token)
    if "step" not in chosen:
        rows.pop("step")
    if "N" not in chosen and N is not None and N is not False:
        rows["N"] = _sizes(N, names)
    columns, imputed = complete(rows)
    notes = _notes(len(thinner.codes), len(nats), thinner.seen, read)
    return Runs(
        columns=columns,
        loss=nats,
        names=names.tolist(),
        groups=names if len(thinner.codes) > 1 else None,
        imputed=imputed,
        warnings=table_cautions(columns, nats, imputed) + notes,
        source=log.source,
    )


def _opened(source: str | PathLike[str]) -> Log:
    if isinstance(source, str) and source.startswith("wandb:"):
        return read_wandb(source)
    path = Path(source)
    if not path.exists():
        raise RunsError(f"there is no file or folder {str(path)!r}")
    if (path / "trainer_state.json").is_file():
        path = path / "trainer_state.json"
    if path.is_dir() or is_events(path.name):
        return read_tensorboard(path)
    if path.name.lower().endswith(".json"):
        return read_trainer_state(path)
    if log := stream_log(path):
        return log
    known = ", ".join(TEXT_ENDINGS + PARQUET_ENDINGS)
    raise RunsError(
        f"{path.name}: cannot tell what kind of log this is; logs are {known}, trainer_state.json, "
        "a folder or file of TensorBoard, or 'wandb:entity/project/run'"
    )


def _wide(log: Log, loss: str | None, run: Asked) -> dict[str, str]:
    """Map the columns of a chart exported from Weights & Biases, "run - metric", to their runs."""
    if run is not None or loss in log.columns or (loss is None and alike("loss", log.columns)):
        return {}
    found = [re.fullmatch(r"(.+) - (.+?)", column) for column in log.columns]
    pairs = [(pair[0], pair[1], pair[2]) for pair in found if pair and not pair[2].endswith(("__MIN", "__MAX"))]
    metrics = [loss] if loss is not None else alike("loss", dict.fromkeys(metric for _, _, metric in pairs))
    if len(metrics) > 1:
        raise RunsError(f"{log.source}: the loss could be any of {', '.join(map(repr, metrics))}; say which with loss=")
    return {column: run_name for column, run_name, metric in pairs if metric in metrics}


def _chosen(
    log: Log,
    loss: str | None,
    step: str | None,
    D: Asked,
    N: Any,
    per_step: float | str | None,
    variables: Mapping[str, str],
    wide: Mapping[str, str],
) -> dict[str, str]:
    """Map the symbols to their columns in the log."""
    if loss is None and len(losses := alike("loss", log.columns)) > 1:
        raise RunsError(f"{log.source}: the loss could be any of {', '.join(map(repr, losses))}; say which with loss=")
    loss_column = "loss" if wide else choose_column("loss", loss, log.columns, log.source)
    if loss_column is None:
        listed = ", ".join(map(repr, log.columns))
        raise RunsError(f"{log.source} has no column for the loss among {listed}; say which with loss=")
    found = {
        "step": choose_column("step", step, log.columns, log.source),
        "D": choose_column("D", False if per_step is not None and D is None else D, log.columns, log.source),
        "N": choose_column("N", N, log.columns, log.source) if _is_column(N, log) else None,
        "loss": loss_column,
        **{symbol: choose_column(symbol, column, log.columns, log.source) for symbol, column in variables.items()},
    }
    if found["D"] and per_step is not None:
        raise RunsError("tokens_per_step= counts the tokens from the steps, and D= names their column; give one")
    if found["step"] is None and (found["D"] is None or per_step is not None):
        listed = ", ".join(map(repr, log.columns))
        raise RunsError(f"{log.source} has no column for the step among {listed}; say which with step=")
    chosen = {symbol: column for symbol, column in found.items() if column is not None}
    if extra := sorted(set(chosen) - {"step", "loss"}) if wide else []:
        raise RunsError(f"{log.source} has a column a run and one metric; {', '.join(extra)} can't be read with it")
    return chosen


def _is_column(N: Any, log: Log) -> bool:
    return N is None or (isinstance(N, str) and (N in log.columns or not N[:1].isdigit()))


def _parts(log: Log, chosen: Mapping[str, str], run: Asked, wide: Mapping[str, str]) -> Iterator[Part]:
    """Yield the parts of the log with a run for every row; a column a run becomes a row a run and step."""
    numbers = list(dict.fromkeys(column for symbol, column in chosen.items() if not (wide and symbol == "loss")))
    run_column = None if wide else log.run_column or choose_column("name", run, log.columns, log.source)
    for part in log.parts([*numbers, *wide], run_column):
        if not wide:
            yield replace(part, runs=part.runs or [log.run] * len(part.numbers[chosen["loss"]]))
            continue
        columns = {name: np.tile(part.numbers[name], len(wide)) for name in numbers}
        columns["loss"] = np.concatenate([part.numbers[column] for column in wide])
        length = len(columns["loss"]) // len(wide)
        yield replace(part, numbers=columns, runs=[name for name in wide.values() for _ in range(length)])


def _refuse(columns: Mapping[str, np.ndarray], keep: np.ndarray, before: int, source: str) -> None:
    """Refuse a row that has a loss but can't be used."""
    for symbol, column in columns.items():
        bad = keep & ~np.isfinite(column)
        positive = symbol in ("loss", "N", "D", "C")
        if positive:
            bad |= keep & ~(column > 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise RunsError(
                f"{source}, row {before + row + 1}: {symbol} is {column[row]:g} where a loss is logged; it must be "
                f"{'positive and ' * positive}finite. Mend the row or leave it out of the log"
            )


def _run_name(run: Any, source: str, row: int) -> str:
    if run is None or run == "":
        raise RunsError(f"{source}, row {row + 1}: the name of the run is missing; every row needs one, or run=False")
    return str(run)


def _sizes(N: Any, names: np.ndarray) -> np.ndarray:
    if not isinstance(N, Mapping):
        return np.full(len(names), parse_quantity(N, "N", unit="parameters"))
    if missing := sorted(set(names.tolist()) - set(N)):
        raise RunsError(f"N gives no number for run {missing[0]!r} ({len(missing)} missing); give one for every run")
    sizes = {run: parse_quantity(size, f"N of {run}", unit="parameters") for run, size in N.items()}
    return np.array([sizes[name] for name in names.tolist()])


def _notes(runs: int, kept: int, seen: int, read: int) -> tuple[Caution, ...]:
    found = []
    if kept > runs:
        found.append(
            Caution(
                "checkpoints",
                f"The {kept} rows are checkpoints of {runs} run{'s' * (runs > 1)}, whose losses are not independent.",
                "A bootstrap draws whole runs, by their groups; thin='last' keeps one row a run."
                if runs > 1
                else "An interval needs several runs; thin='last' keeps one row a run.",
            )
        )
    if seen > kept:
        found.append(
            Caution("thinned", f"{seen - kept} of {seen} rows were thinned out.", "thin=None keeps every row.")
        )
    if read > seen:
        found.append(
            Caution(
                "no-loss",
                f"{read - seen} of {read} rows were passed over: no loss was logged there, or no token seen yet.",
                "Nothing needs doing if the loss is logged less often than other things.",
            )
        )
    return tuple(found)
