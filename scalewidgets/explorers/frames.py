"""Put the frames of the allocation explorer together: one function from named arrays to all that its views show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets.explorers import allocation, cards, frontier, lifetime
from scalewidgets.explorers.scene import Setting, scene
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace


def frames(setting: Setting, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables, ranges, cards and notes for one state.

    Returns
    -------
    dict
        ``tables``: view, then table, then column. ``ranges``: view, then axis, then two numbers.
        ``cards``: name, then value, low, high. ``notes``: number behind each sentence.
    """
    seen = scene(setting, inputs)
    views = {"allocation": allocation.frame(seen), "frontier": frontier.frame(seen), "lifetime": lifetime.frame(seen)}
    plan = seen.plan
    return {
        "tables": {view: parts["tables"] for view, parts in views.items()},
        "ranges": {
            view: {axis: {"low": low, "high": high} for axis, (low, high) in parts["ranges"].items()}
            for view, parts in views.items()
        },
        "cards": cards.frame(seen, views["lifetime"]["saved"]),
        "notes": {"beyond": seen.beyond(plan["N"], plan["D"]), "served": seen.served + 0.0 * seen.compute},
    }


def compute_frames(setting: Setting, inputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the frames as NumPy arrays."""
    with np.errstate(all="ignore"):
        return frames(setting, inputs)


def record_frames(setting: Setting, inputs: Mapping[str, np.ndarray]) -> Graph:
    """Return the frames as a graph whose inputs have the names and shapes of `inputs`."""
    return trace(lambda **named: frames(setting, named), {name: np.shape(array) for name, array in inputs.items()})
