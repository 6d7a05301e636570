"""Shares of a mixture that make up a whole: the response over two of them, the others in proportion to each other."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.families.plane import LEVELS, cells, scale, shown
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_view import LawView, Mark

# What of the axes lies beyond the largest share.
MARGIN = 0.02


def view(setting: LawSetting) -> LawView | None:
    """Return the view over the first two shares; None for a law without shares of a whole."""
    law = setting.law
    if len(law.simplex) < 3:
        return None
    across, up = (law.variable(symbol) for symbol in law.simplex[:2])
    said = ((law.response.label, "value"), (across.label, "x"), (up.label, "y"), ("All others", "rest"))
    return LawView(
        "mixture",
        "Mixture",
        f"{law.response.label} over two shares, the others alike",
        frame,
        (
            Mark("cells", "cells", "level", said),
            Mark("curve", "edge", "reference"),
            Mark("points", "best", "best", (("Least of these mixtures", ""), *said)),
            Mark("points", "here", "here", said),
        ),
        across,
        up,
        "On the map of two shares, the diamond is the best mixture with all other shares in their proportions.",
        LEVELS,
        law.response.format,
    )


def frame(scene: LawScene) -> dict[str, Any]:
    """Return the cells of the triangle of mixtures, the best of them, and the present one."""
    across, up = (scene.law.variable(symbol) for symbol in scene.law.simplex[:2])
    zero = 0.0 * scene.values[across.symbol]
    ends = (zero, zero + 1.0)
    grid = cells(across, up, ends, ends)
    # a cell cut by the edge stands for the mixture on it
    beyond = ops.maximum(grid["x"] + grid["y"] - 1.0, 0.0)
    whole = beyond < 1e-9
    value = scene.response(scene.along(**{across.symbol: grid["x"], up.symbol: grid["y"]}), scene.coefficients)
    value = ops.where(whole, value, NAN)
    least = ops.argmin(ops.where(ops.isfinite(value), value, float("inf")))
    here = scene.values
    first, second = here[across.symbol], here[up.symbol]
    rest = 1.0 - grid["x"] - grid["y"]
    best = {"x": grid["x"], "y": grid["y"], "value": value, "rest": rest}
    return {
        "tables": {
            "cells": {**shown(grid, scene.law.response, value), "rest": rest},
            "levels": scale(scene.law.response, value),
            "edge": {"x": ops.stack(zero, zero + 1.0), "y": ops.stack(zero + 1.0, zero)},
            "best": {name: ops.stack(ops.take(each, least)) for name, each in best.items()},
            "here": {
                "x": ops.stack(first),
                "y": ops.stack(second),
                "value": ops.stack(scene.response(here, scene.coefficients)),
                "rest": ops.stack(1.0 - first - second),
            },
        },
        "ranges": {"x": (zero - MARGIN, zero + 1.0 + MARGIN), "y": (zero - MARGIN, zero + 1.0 + MARGIN)},
    }
