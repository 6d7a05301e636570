"""How often forecasts of public runs hold the end when their typical miss comes from other models' runs alone.

`sw.forecast` widens its intervals by what schedule laws typically miss, a number taken from the public curves of Luo et
al. Held against the same curves, such intervals look better than they are. Here the miss behind an interval is taken
from the other models alone, under other schedules or under all::

    python benchmarks/forecast_calibration.py curves/multipower_lr_schedules/loss_curves.csv --law multi-power

Without a path, the curves are looked for in `../shared/data`.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from unittest import mock

import numpy as np

import scalewidgets as sw
from scalewidgets import schedules
from scalewidgets.fitting import forecasting

CURVES = Path(__file__).parents[2] / "shared" / "data" / "multipower_lr_schedules" / "loss_curves.csv"
LAWS = ("annealing", "multi-power")
RUN = {"peak": 3e-4, "warmup": 2160}
SIZES = ("25M", "100M", "400M")
# What is forecast, from which share of it, and the finished runs that are known beside it.
CASES = [
    (name, share, others)
    for name, others in (
        ("cosine_72000", ()),
        ("cosine_24000", ("constant_24000", "wsdcon_9")),
        ("constant_72000", ("cosine_24000",)),
        ("wsd_20000_24000", ("cosine_24000",)),
        ("wsdld_20000_24000", ("cosine_24000",)),
    )
    for share in (0.5, 0.75)
]
LEVEL = 0.9


@dataclass(frozen=True)
class Case:
    """One forecast: how far off it was, and its interval but for the typical miss, all as shares of the loss."""

    size: str
    name: str
    share: float
    unseen: bool
    missed: float
    below: float
    above: float


def schedule_of(name: str) -> schedules.Schedule:
    """Return the schedule that a run of the repository is named after."""
    kind, _, steps = name.partition("_")
    if kind == "wsdcon":
        return schedules.two_stage(steps=16_000, at=0.5, second=int(steps) / 30, **RUN)
    if kind.startswith("wsd"):
        decay = "linear" if kind == "wsdld" else "exponential"
        return schedules.wsd(steps=24_000, cooldown=1 / 6, decay=decay, **RUN)
    return {"cosine": schedules.cosine, "constant": schedules.constant}[kind](steps=int(steps), **RUN)


def read(path: Path) -> dict[tuple[str, str], sw.Curve]:
    """Return the curves of a table with columns model, schedule, step and loss."""
    rows = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows[row["model"], row["schedule"]].append((float(row["step"]), float(row["loss"])))
    found = {}
    for (size, name), points in rows.items():
        schedule = schedule_of(name)
        kept = np.array([point for point in points if point[0] < schedule.steps])
        found[size, name] = sw.Curve(schedule, kept[:, 0].astype(int), kept[:, 1], name)
    return found


def cases(curves: dict[tuple[str, str], sw.Curve], law: str) -> list[Case]:
    """Forecast every case without the typical miss."""
    found = []
    for size in SIZES:
        for name, share, others in CASES:
            whole = curves[size, name]
            known = whole.between(0, int(share * whole.schedule.steps))
            with mock.patch.multiple(forecasting, UNSEEN_FALL=0.0, SEEN=0.0):
                said = sw.forecast(
                    law, known, curves=[curves[size, each] for each in others], at=whole.steps[-1], bootstrap=12
                )
            mean = float(said.mean[-1])
            least = float(known.schedule(known.steps).min())
            found.append(
                Case(
                    size,
                    name,
                    share,
                    bool(known.schedule(whole.steps[-1]) < 0.9 * least),
                    float(whole.loss[-1]) / mean - 1,
                    1 - float(said.low[-1]) / mean,
                    float(said.high[-1]) / mean - 1,
                )
            )
    return found


def typical(found: list[Case]) -> float:
    """Return the root mean square of what was missed."""
    return float(np.sqrt(np.mean([case.missed**2 for case in found]))) if found else float("nan")


def held(case: Case, miss: float) -> bool:
    """Tell whether the interval, widened by a typical miss, holds the end."""
    wider = NormalDist().inv_cdf((1 + LEVEL) / 2) * miss
    return -np.hypot(case.below, wider) <= case.missed <= np.hypot(case.above, wider)


def widened(found: list[Case], schedules_apart: bool) -> list[tuple[Case, float]]:
    """Return each case with the typical miss of the other models, and of other schedules alone if these are apart."""
    pairs = []
    for case in found:
        apart = [each for each in found if each.size != case.size and not (schedules_apart and each.name == case.name)]
        # a constant rate is the only one without a new fall: there, all the others say what is typical
        pairs.append((case, typical([each for each in apart if each.unseen == case.unseen] or apart)))
    return pairs


def report(rule: str, pairs: list[tuple[Case, float]]) -> None:
    """Print by a rule how many ends are held, which are not, and the misses behind the intervals."""
    lost = [f"{case.size} {case.name} from {case.share:.0%}" for case, miss in pairs if not held(case, miss)]
    misses = [miss for _, miss in pairs]
    print(f"{rule}: {len(pairs) - len(lost)} of {len(pairs)} held at {LEVEL:.0%}, misses {min(misses):.2%} to ", end="")
    print(f"{max(misses):.2%}{'; not held: ' * bool(lost)}{', '.join(lost)}")


def main() -> None:
    """Print how many intervals hold, by where the typical miss behind them is taken from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("curves", type=Path, nargs="?", default=CURVES)
    parser.add_argument("--law", nargs="+", default=LAWS, choices=LAWS)
    given = parser.parse_args()
    if not given.curves.is_file():
        print(f"{given.curves} is not there: give the table of loss curves (model, schedule, step, loss) of Luo et al.")
        return
    shipped = {True: forecasting.UNSEEN_FALL, False: forecasting.SEEN}
    for law in given.law:
        found = cases(read(given.curves), law)
        print(f"{law}: typical miss of all {len(found)} cases {typical(found):.2%}")
        report("other models, other schedules", widened(found, schedules_apart=True))
        report("other models, all schedules", widened(found, schedules_apart=False))
        report("as shipped", [(case, shipped[case.unseen]) for case in found])


if __name__ == "__main__":
    main()
