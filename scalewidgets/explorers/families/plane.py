"""Heat map of a law over two of its variables: where the response is least, and what else gives the same."""

from __future__ import annotations

from functools import partial
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Variable
from scalewidgets.explorers.axes import padded, padded_log
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_view import LawView, Mark
from scalewidgets.formats import format_value
from scalewidgets.references import reference_models

CELLS, POINTS = 24, 49
# Of the colours of cells, those whose values are written beside the map.
LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def view(setting: LawSetting) -> LawView | None:
    """Return the view over the plane of the setting; a law of one variable, or of shares of a whole, has none."""
    law = setting.law
    if len(setting.plane) < 2:
        return None
    across, up = (law.variable(symbol) for symbol in setting.plane)
    places = ((across.label, "x"), (up.label, "y"))
    marks = [Mark("cells", "cells", "level", ((law.response.label, "value"), *places))]
    if setting.plane == ("N", "D"):
        for table, words in _models().items():
            said = (("", "name"), ("", "size"), ("", "source"))
            marks.append(Mark("points", table, "reference", said, words, hollow=table == "hollow"))
    if _is_a_trade(setting):
        least = (("Least with the compute of the scenario", ""), (law.response.label, "value"), *places)
        marks += [Mark("curve", "budget", "reference"), Mark("points", "best", "best", least)]
    if _is_a_valley(setting):
        marks.append(
            Mark("points", "best", "best", (("Least on this map", ""), (law.response.label, "value"), *places))
        )
    if up.symbol not in law.bends:
        marks.append(Mark("curve", "same", "same"))
    marks.append(Mark("points", "here", "here", ((law.response.label, "value"), *places)))
    legend = [f"On the map, {law.response.label.lower()} is high where it is dark"]
    legend += ["the line is where it is as here"] * (marks[-2].role == "same")
    if _is_a_trade(setting):
        legend.append("the dashed line has the same 6 N D, and the diamond is where it is least on it")
    legend += ["the diamond is where it is least"] * _is_a_valley(setting)
    legend += ["circles are real models"] * (setting.plane == ("N", "D"))
    return LawView(
        "plane",
        "Map",
        f"{law.response.label} over {across.symbol} and {up.symbol}",
        partial(frame, across, up),
        tuple(marks),
        across,
        up,
        "; ".join(legend) + ".",
        LEVELS,
        law.response.format,
    )


def _is_a_trade(setting: LawSetting) -> bool:
    """Tell whether compute can go into size or tokens, and the response falls with both."""
    return setting.plane == ("N", "D") and not {"N", "D"} & set(setting.law.rises) and not _is_a_valley(setting)


def _is_a_valley(setting: LawSetting) -> bool:
    """Tell whether the response may be least amid the map."""
    return set(setting.plane) <= set(setting.law.bends)


def _models() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what is said of the real models: those whose size is all parameters, and, hollow, the others."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for table, total in (("models", True), ("hollow", False)):
        rows = [model for model in reference_models() if (model.N_convention == "total") == total]
        found[table] = {
            "name": tuple(model.name for model in rows),
            "size": tuple(
                f"N {format_value(m.N, 'short')} ({m.N_convention}), D {format_value(m.D, 'short')}" for m in rows
            ),
            "source": tuple(f"{model.source} ({model.verified})" for model in rows),
        }
    return found


def edges(variable: Variable, low: Any, high: Any, count: int) -> Any:
    """Return evenly spaced places on a variable's own scale."""
    return ops.logspace(low, high, count) if variable.scale == "log" else ops.linspace(low, high, count)


def cells(across: Variable, up: Variable, x: tuple[Any, Any], y: tuple[Any, Any]) -> dict[str, Any]:
    """Return the edges and middles of the cells of a plane, row by row."""
    vertical, horizontal = edges(across, *x, CELLS + 1), edges(up, *y, CELLS + 1)
    line = ops.floor(ops.arange(CELLS * CELLS) / CELLS + 1e-9)
    column = ops.arange(CELLS * CELLS) - CELLS * line
    found = {
        "left": ops.take(vertical, column),
        "bottom": ops.take(horizontal, line),
        "right": ops.take(vertical, column + 1.0),
        "top": ops.take(horizontal, line + 1.0),
    }
    for name, variable, (low, high) in (("x", across, ("left", "right")), ("y", up, ("bottom", "top"))):
        a, b = found[low], found[high]
        found[name] = ops.sqrt(a * b) if variable.scale == "log" else (a + b) / 2
    return found


def shown(grid: dict[str, Any], response: Variable, value: Any) -> dict[str, Any]:
    """Return cells with their heights: none where there is no value, each a little over its edge to hide gaps."""
    known = ops.isfinite(value)
    over = {low: grid[high] + 0.04 * (grid[high] - grid[low]) for low, high in (("left", "right"), ("bottom", "top"))}
    found = {**grid, "right": over["left"], "top": over["bottom"], "level": level(response, value), "value": value}
    return {**found, "left": ops.where(known, grid["left"], NAN)}


def level(response: Variable, value: Any) -> Any:
    """Return where each value lies between the least and the greatest, in ratios where the response has them.

    Near the least value steps are smaller, so that a valley shows where it is deepest.
    """
    height, low, high = _heights(response, value)
    return ops.sqrt(ops.maximum(height - low, 0.0) / ops.maximum(high - low, 1e-12))


def _heights(response: Variable, value: Any) -> tuple[Any, Any, Any]:
    """Return the values as the colours count them, the least and the greatest."""
    height = ops.log(value) if response.positive else value
    known = ops.isfinite(height)
    low = ops.smallest(ops.where(known, height, float("inf")))
    return height, low, ops.largest(ops.where(known, height, -float("inf")))


def scale(response: Variable, value: Any) -> dict[str, Any]:
    """Return the values that the colours at `LEVELS` stand for."""
    _, low, high = _heights(response, value)
    places = ops.stack(*(low + each**2 * (high - low) for each in LEVELS))
    return {"value": ops.exp(places) if response.positive else places}


def frame(across: Variable, up: Variable, scene: LawScene) -> dict[str, Any]:
    """Return the cells, the curve of the same response as here and, over size and tokens, that of the same compute."""
    x, y = scene.span(across), scene.span(up)
    grid = cells(across, up, x, y)
    value = scene.response(scene.along(**{across.symbol: grid["x"], up.symbol: grid["y"]}), scene.coefficients)
    here = scene.response(scene.values, scene.coefficients)
    tables: dict[str, Any] = {
        "cells": shown(grid, scene.law.response, value),
        "levels": scale(scene.law.response, value),
        "here": {
            "x": ops.stack(scene.values[across.symbol]),
            "y": ops.stack(scene.values[up.symbol]),
            "value": ops.stack(here),
        },
    }
    if _is_a_valley(scene.setting):
        least = ops.argmin(ops.where(ops.isfinite(value), value, float("inf")))
        best = {"x": grid["x"], "y": grid["y"], "value": value}
        tables["best"] = {name: ops.stack(ops.take(each, least)) for name, each in best.items()}
    if _is_a_trade(scene.setting):
        tables |= _budget(scene, *x)
    if scene.setting.plane == ("N", "D"):
        tables |= {
            table: {name: scene.inputs[f"{table}.{symbol}"] for name, symbol in (("x", "N"), ("y", "D"))}
            for table in _models()
        }
    if up.symbol not in scene.law.bends:
        tables["same"] = _same(scene, across, up, x, y, here)
    ranges = {
        name: padded_log(*ends, 0.0) if variable.scale == "log" else padded(*ends, 0.0)
        for name, variable, ends in (("x", across, x), ("y", up, y))
    }
    return {"tables": tables, "ranges": ranges}


def _same(scene: LawScene, across: Variable, up: Variable, x: Any, y: Any, here: Any) -> dict[str, Any]:
    """Return the curve on which the response is that of the scenario."""
    places = edges(across, *x, POINTS)
    log = up.scale == "log"
    low, high = (ops.log(end) if log else end for end in y)
    sign = 1.0 if up.symbol in scene.law.rises else -1.0

    def excess(at: Any) -> Any:
        moved = scene.along(**{across.symbol: places, up.symbol: ops.exp(at) if log else at})
        return sign * (scene.law.evaluate(moved, scene.coefficients) - here)

    found = ops.solve(excess, low + 0.0 * places, high + 0.0 * places, 24)
    # at an end the response is another one: the search just stopped there
    hit = ops.absolute(excess(found)) <= 1e-4 * ops.absolute(here)
    return {"x": places, "y": ops.where(hit, ops.exp(found) if log else found, NAN)}


def _budget(scene: LawScene, low: Any, high: Any) -> dict[str, Any]:
    """Return the line of the compute of the scenario, 6 N D, and where on it the response is least."""
    values = scene.values
    compute = values["N"] * values["D"]
    N = ops.logspace(low, high, 2 * POINTS)
    D = compute / N
    value = scene.response(scene.along(N=N, D=D), scene.coefficients)
    least = ops.argmin(ops.where(ops.isfinite(value), value, float("inf")))
    at = {name: ops.stack(ops.take(each, least)) for name, each in (("x", N), ("y", D), ("value", value))}
    return {"budget": {"x": N, "y": D}, "best": at}
