"""Put the frames of the allocation explorer together: one function from named arrays to all that its views show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import training_flop
from scalewidgets.explorers import allocation, cards, frontier, lifetime, residuals
from scalewidgets.explorers.pins import compared
from scalewidgets.explorers.scene import Scene, Setting, scene


def frames(setting: Setting, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables, ranges, cards and notes for one state.

    Returns
    -------
    dict
        ``tables``: view, then table, then column. ``ranges``: view, then axis, then two numbers.
        ``cards``: name, then value, low, high. ``notes``: number behind each sentence. And what `compared` adds.
    """
    seen = scene(setting, inputs)
    views = {"allocation": allocation.frame(seen), "frontier": frontier.frame(seen), "lifetime": lifetime.frame(seen)}
    if setting.has_runs:
        views["residuals"] = residuals.frame(seen)
    draws = cards.draws(seen)
    found = {
        "tables": {view: parts["tables"] for view, parts in views.items()},
        "ranges": {
            view: {axis: {"low": low, "high": high} for axis, (low, high) in parts["ranges"].items()}
            for view, parts in views.items()
        },
        "cards": cards.frame(seen, views["lifetime"]["saved"], draws),
        "notes": _notes(seen),
    }
    found = compared(found, draws, inputs)
    x, y = (found["ranges"]["allocation"][axis] for axis in "xy")
    found["tables"]["allocation"] |= allocation.floor_marks(seen, "N", x["high"], y["low"])
    return found


def _notes(seen: Scene) -> dict[str, Any]:
    """Return the numbers that sentences show, and those that say whether they apply."""
    beyond = seen.beyond(seen.plan["N"], seen.plan["D"])
    served = seen.served + 0.0 * seen.compute
    return {
        "beyond": beyond,
        "near_low": seen.plan["N_low"],
        "near_high": seen.plan["N_high"],
        "extrapolated": beyond - 1.0 - 1e-9,
        "served": served,
        "unserved": ops.where(served > 0, 0.0, 1.0),
        "over": training_flop(seen.plan["N"], seen.plan["D"]) / seen.compute - 1.0,
    }
