"""The public loss curves of Luo et al. under nine schedules, read once, with the schedules they were trained with."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np

from scalewidgets import schedules
from scalewidgets.schedules.curve import Curve
from scalewidgets.schedules.schedule import Schedule

SIZES = ("25M", "100M", "400M")
TRAIN = ("cosine_24000", "constant_24000", "wsdcon_9")
TEST = ("constant_72000", "cosine_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_18")
RUN = {"peak": 3e-4, "warmup": 2160}


def schedule_of(name: str) -> Schedule:
    """Return the schedule that a file of the repository is named after."""
    kind, _, steps = name.partition("_")
    if kind == "cosine":
        return schedules.cosine(steps=int(steps), **RUN)
    if kind == "constant":
        return schedules.constant(steps=int(steps), **RUN)
    if kind == "wsdcon":
        return schedules.two_stage(steps=16_000, at=0.5, second=int(steps) / 30, **RUN)
    return schedules.wsd(steps=24_000, cooldown=1 / 6, decay="linear" if kind == "wsdld" else "exponential", **RUN)


def as_the_authors_warm_up(schedule: Schedule) -> Schedule:
    """Return the schedule with a warm-up that reaches the peak one step earlier, as the repository's does."""
    steps, rates = schedule.knots(250)
    later = steps > 2160
    return schedules.custom(points=[(0, 0), (2159, 3e-4), (2160, 3e-4), *zip(steps[later], rates[later], strict=True)])


@cache
def _rows(folder: Path) -> dict[tuple[str, str], np.ndarray]:
    found = defaultdict(list)
    with (folder / "multipower_lr_schedules" / "loss_curves.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["model"], row["schedule"]].append([float(row[name]) for name in ("step", "lr", "loss")])
    return {key: np.array(rows) for key, rows in found.items()}


def logged(folder: Path, size: str, name: str) -> np.ndarray:
    """Return step, rate and loss as logged, the rows at or past the end of the schedule left out."""
    rows = _rows(folder)[size, name]
    return rows[rows[:, 0] < schedule_of(name).steps]


def curve(folder: Path, size: str, name: str) -> Curve:
    """Return one curve."""
    rows = logged(folder, size, name)
    return Curve(schedule_of(name), rows[:, 0].astype(int), rows[:, 2], name)
