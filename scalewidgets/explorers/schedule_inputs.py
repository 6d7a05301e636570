"""The arrays behind the frames of the schedule explorer: coefficients and draws, a drawn schedule, measured losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets.explorers.schedule_frames import FEWEST, FINER
from scalewidgets.fits.fit import Fit
from scalewidgets.schedules.law import schedule_law
from scalewidgets.schedules.measured import Measured, measured
from scalewidgets.schedules.schedule import Schedule

MOST_DRAWS, MOST_KNOTS = 100, 400
# The table that has many shares, and the others that have a cosine to hold a cooldown against.
MANY_SHARES, OTHERS = "schaipp2025", ("schaipp2025-210m", "minicpm2024")


def coefficient_inputs(fit: Fit) -> dict[str, Any]:
    """Return the coefficients of a fit, and its draws as far as it has them."""
    found: dict[str, Any] = {f"coefficient.{name}": fit.values[name] for name in fit.law.names}
    if fit.draws is not None:
        every = {name: np.atleast_1d(draw)[:MOST_DRAWS] for name, draw in fit.draws.items()}
        count = max(len(draw) for draw in every.values())
        for name in fit.law.names:
            found[f"draw.{name}"] = every.get(name, np.full(count, fit.values[name]))
    return found


def drawn_inputs(schedule: Schedule, law: Any) -> dict[str, Any]:
    """Return the knots of a schedule drawn by hand, as the law counts its warm-up and as it is."""
    counted = schedule.at_peak() if schedule_law(law).warmup == "peak" else schedule
    paths = {
        "custom": thinned(counted, MOST_KNOTS),
        "custom.few": thinned(counted, 4 * FEWEST),
        "custom.many": thinned(counted, FINER * MOST_KNOTS),
        "custom.drawn": thinned(schedule, MOST_KNOTS),
    }
    found: dict[str, Any] = {
        "custom.length": schedule.steps,
        "custom.peak": schedule.peak,
        "custom.warmup": schedule.warmup,
    }
    for name, (steps, rates) in paths.items():
        found |= {f"{name}.steps": steps, f"{name}.rates": rates}
    return found


def thinned(schedule: Schedule, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return knots of a schedule drawn by hand, no more than `most`."""
    for count in (384, 96, 48, 24, 12, 6, 3):
        steps, rates = schedule.knots(count)
        if len(steps) <= most:
            return steps, rates
    places = np.unique(np.round(np.linspace(0, len(steps) - 1, most)).astype(int))
    return steps[places], rates[places]


def measured_inputs() -> dict[str, Any]:
    """Return measured losses with their share of a cooldown, and how far each lies below a cosine."""
    main = [row for row in _against_cosine(_table(MANY_SHARES)) if row["decay"] in ("", "linear")]
    other = [row for row in _against_cosine(_table(MANY_SHARES)) if row["decay"] == "1-sqrt"]
    # where a cooldown and its cosine had different peaks, neither says which of the peaks it belongs to
    other += [{**row, "peak": np.nan} for row in _against_cosine(_table(OTHERS[0]))]
    other += _in_multiples_of_size(_table(OTHERS[1]))
    found = {}
    for name, rows in (("measured", main), ("others", other)):
        found |= {f"{name}.{column}": [row[column] for row in rows] for column in ("share", "peak", "loss", "gain")}
    return found


def _table(key: str) -> Measured:
    found: Any = measured(key)
    return found


def _against_cosine(table: Measured) -> list[Mapping[str, Any]]:
    """Return the rows that are no cosine, against the lowest cosine of the same steps, at the same peak if there is."""
    rows: list[Mapping[str, Any]] = [{"steps": table.steps, **row} for row in table.rows]
    cosines = [row for row in rows if row["kind"] == "cosine"]
    found = []
    for row in rows:
        if row["kind"] != "cosine":
            alike = [each for each in cosines if each["steps"] == row["steps"]]
            alike = [each for each in alike if each["peak"] == row["peak"]] or alike
            gain = min(each["loss"] for each in alike) - row["loss"]
            found.append({**row, "share": row["cooldown"], "gain": gain})
    return found


def _in_multiples_of_size(table: Measured) -> list[Mapping[str, Any]]:
    """Return runs whose length is in tokens for each parameter, against a cosine of their whole length.

    Between two measured cosines the loss counts as linear in the logarithm of the length.
    """
    cosines = sorted((row["stable"], row["loss"]) for row in table.rows if row["kind"] == "cosine")
    lengths, losses = np.log([each[0] for each in cosines]), [each[1] for each in cosines]
    found = []
    for row in table.rows:
        if row["kind"] == "wsd":
            whole = row["stable"] + row["cooled"]
            cosine = float(np.interp(np.log(whole), lengths, losses))
            found.append(
                {"share": row["cooled"] / whole, "peak": np.nan, "loss": row["loss"], "gain": cosine - row["loss"]}
            )
    return found
