"""Read the logs of trackers: trainer_state.json of Hugging Face, TensorBoard, Weights & Biases."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError
from scalewidgets.runs.streams import Log, Part

__all__ = ["read_tensorboard", "read_trainer_state", "read_wandb"]

ROWS = 10_000  # rows of a tracker's history at a time
RUN = "run"  # the column that the readers of several runs make up


def read_trainer_state(path: Path) -> Log:
    """Read ``trainer_state.json``, which the Trainer of Hugging Face saves with each checkpoint.

    The run is named by the folder, or by the one above where the folder is called checkpoint-<step>.

    Raises
    ------
    RunsError
        If the file is not JSON, or has no ``log_history``.
    """
    try:
        history = json.loads(path.read_text(encoding="utf-8"))["log_history"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise RunsError(f"{path.name} is not the trainer_state.json of a Trainer: {problem!r}") from problem
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        raise RunsError(f"{path.name}: log_history is not a list of records")
    # the summary of the whole run stands at its last step and would pass for a loss there
    at_step: dict[Any, dict[str, Any]] = {}
    for row in history:
        if "train_runtime" not in row:
            at_step.setdefault(row.get("step"), {}).update(row)  # training and evaluation are logged apart
    rows = list(at_step.values())
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    folder = path.resolve().parent
    run = folder.parent.name if re.fullmatch(r"checkpoint-\d+", folder.name) else folder.name

    def parts(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        yield _part(rows, numbers, run, len(rows), len(rows))

    return Log(columns, path.name, run or path.stem, parts)


def read_tensorboard(path: Path) -> Log:
    """Read TensorBoard's event files: one run for each folder that holds some, with its scalars by tag.

    Raises
    ------
    RunsError
        If the package tensorboard is not installed, or no event file or scalar is found.
    """
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as problem:
        raise RunsError(
            f"{path.name}: reading TensorBoard's files needs the package tensorboard; install it"
        ) from problem
    places = [path] if path.is_file() else [Path(at) for at, _, names in os.walk(path) if any(map(is_events, names))]
    if not places:
        raise RunsError(f"{path} holds no event file of TensorBoard (their names contain 'tfevents')")
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    tags: dict[str, None] = {}
    for place in sorted(places):
        inside = str(place.relative_to(path)) if place != path else "."
        run = (path.parent if path.is_file() else path).name if inside == "." else inside
        events = EventAccumulator(str(place), size_guidance={"scalars": 0})  # 0 is all of them
        events.Reload()
        for tag in events.Tags()["scalars"]:
            tags[tag] = None
            for event in events.Scalars(tag):
                rows.setdefault((run, event.step), {RUN: run, "step": event.step})[tag] = event.value
    if not rows:
        raise RunsError(f"{path}: the event files hold no scalar")

    def parts(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        yield _part([rows[key] for key in sorted(rows)], numbers, run, len(rows), len(rows))

    return Log((RUN, "step", *tags), path.name, path.name, parts, run_column=RUN)


def is_events(name: str) -> bool:
    """Say whether a file is TensorBoard's, by its name."""
    return "tfevents" in name


def read_wandb(address: str) -> Log:
    """Read the history of runs at Weights & Biases: ``wandb:entity/project``, or with ``/run`` for one.

    Raises
    ------
    RunsError
        If the package wandb is not installed, or the address is not of this form.
    """
    parts_of = address.removeprefix("wandb:").strip("/").split("/")
    if len(parts_of) not in (2, 3) or not all(parts_of):
        raise RunsError(f"{address!r} is not 'wandb:entity/project' or 'wandb:entity/project/run'")
    try:
        import wandb
    except ImportError as problem:
        raise RunsError(
            f"{address}: reading from Weights & Biases needs the package wandb; install it, or export the runs as CSV"
        ) from problem
    api = wandb.Api()
    name = "/".join(parts_of)
    found = [api.run(name)] if len(parts_of) == 3 else list(api.runs(name))
    logged = dict.fromkeys(key for each in found for key in each.summary.keys())  # noqa: SIM118 (not a mapping)

    def parts(numbers: Sequence[str], run: str | None) -> Iterator[Part]:
        for number, each in enumerate(found, start=1):
            history = iter(each.scan_history(keys=list(numbers)))
            while rows := list(islice(history, ROWS)):
                yield _part([{**row, RUN: each.name} for row in rows], numbers, run, number, len(found))

    return Log((RUN, *dict.fromkeys(("_step", *logged))), address, name, parts, run_column=RUN)


def _part(rows: Sequence[Mapping[str, Any]], numbers: Sequence[str], run: str | None, done: int, total: int) -> Part:
    arrays = {name: np.array([_number(row.get(name)) for row in rows], dtype=np.float64) for name in numbers}
    return Part(arrays, [row.get(run) for row in rows] if run else [], done, total)


def _number(cell: Any) -> float:
    """Return a logged number; what is no number (a picture, a text, nothing) was not logged as one."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan
