"""Where the charts of the schedule say which line is which: in the corner that no schedule reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops

# By chart: left end of the samples in per cent of the run, and heights of the rows as shares of the axis.
CORNERS = {"loss": (44.0, (0.93, 0.855, 0.78, 0.705)), "rate": (3.0, (0.30, 0.22, 0.14, 0.06))}
# Where charts say that there is no schedule to compare, as shares of the axis.
HINTS = {"loss": 0.6, "rate": 0.83}
LENGTH, GAP = 7.0, 2.0
ROWS = ("this", "cosine", "constant", "a")


def tables(ranges: Mapping[str, Mapping[str, Any]], pinned: Any, cooldown: Any) -> dict[str, Any]:
    """Return a sample of each line and the places of the names; those of A are NaN while nothing is pinned.

    Where no cooldown is on, the schedule is the reference, and there is a place to say so.
    """
    found: dict[str, Any] = {}
    for kind, (left, heights) in CORNERS.items():
        low, high = ranges[f"{kind}.y"]["low"], ranges[f"{kind}.y"]["high"]
        places = low + (high - low) * ops.stack(*heights)
        shown = ops.concatenate(0.0 * ops.part(places, 0, 3), ops.stack(ops.where(pinned > 0, 0.0, float("nan"))))
        places = places + shown
        for row, name in enumerate(ROWS):
            at = ops.take(places, float(row))
            found[f"{kind}_key_{name}"] = {
                "share": ops.stack(left, left + LENGTH) + 0.0 * at,
                kind: ops.stack(at, at),
            }
        off = ops.where(cooldown < 0, low + (high - low) * HINTS[kind], float("nan"))
        found[f"{kind}_hint"] = {"share": ops.stack(100.0 + 0.0 * off), kind: ops.stack(off)}
        found[f"{kind}_names"] = {"share": left + LENGTH + GAP + 0.0 * places, kind: places}
    return found
