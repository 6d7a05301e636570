"""Where the response comes from: the terms of a law that is a sum, as bars, here and with ten times each variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.law_scene import LawScene, LawSetting
from scalewidgets.explorers.law_tracks import illustrative, published_of, stand
from scalewidgets.explorers.law_view import LawView, Mark
from scalewidgets.ops.graph import Graph

TIMES = 10.0
# Most terms that bars still tell apart.
MOST = 6


def view(setting: LawSetting) -> LawView | None:
    """Return the bars; None for a law that is no sum of positive terms."""
    law = setting.law
    names = term_names(law)
    if not names:
        return None
    said = ["here", *(f"{TIMES:g} × {variable.symbol}" for variable in moved(law))]
    marks = [
        Mark("bars", f"term {i}", f"part {i}", ((name, "value"), ("share", "share"))) for i, name in enumerate(names)
    ]
    return LawView(
        "terms",
        "Terms",
        f"Where the {law.response.label.lower()} comes from",
        frame,
        (
            *marks,
            Mark("names", "states", "state", texts={"text": tuple(said)}),
            Mark("names", "names", "name", texts={"text": names}),
        ),
        replace(law.response, scale="linear"),
    )


def moved(law: Law) -> tuple[Variable, ...]:
    """Return the variables of which ten times as much means something."""
    return tuple(variable for variable in law.variables if variable.scale == "log")


@cache
def term_names(law: Law) -> tuple[str, ...]:
    """Return what the terms of a sum are called: their first coefficient, and the variables that they hang on."""
    found = terms(law)
    if not 2 <= len(found.outputs) <= MOST or not law.response.positive or not moved(law):
        return ()
    fits = published_of(law) or (illustrative(law),)
    at = {variable.symbol: stand(variable, fits) for variable in law.variables}
    values = found(**at, **fits[0].values)
    if not all(np.isfinite(value) and value > 0 for value in values.values()):
        return ()
    names, holds = [], {output: _inputs(found, output) for output in found.outputs.values()}
    for output in found.outputs.values():
        inputs = holds[output]
        coefficient = _first(law, inputs, [i for other, i in holds.items() if other != output])
        variables = ", ".join(symbol for symbol in law.symbols if symbol in inputs)
        names.append(" of ".join(filter(None, (coefficient, variables))) or "constant")
    return tuple(names)


def _first(law: Law, inputs: set[str], others: Sequence[set[str]]) -> str:
    """Return the coefficient that a term is called after: a factor rather than an exponent, and one of its own."""
    held = [each for each in law.coefficients if each.name in inputs]
    held.sort(key=lambda each: (each.kind not in ("amplitude", "irreducible"), any(each.name in o for o in others)))
    return held[0].name.rstrip("_") if held else ""


@cache
def terms(law: Law) -> Graph:
    """Return the graph of a law with an output for each term of the sum that it is."""
    if not law.portable:
        return Graph({}, ())
    first = len(law.graph.inputs)

    def parts(value: int) -> list[int]:
        if value >= first and law.graph.nodes[value - first].op == "add":
            return [each for arg in law.graph.nodes[value - first].args for each in parts(arg)]
        return [value]

    found = parts(law.graph.outputs[""])
    return replace(law.graph, outputs={str(i): value for i, value in enumerate(found)})


def _inputs(graph: Graph, value: int) -> set[str]:
    names, first = list(graph.inputs), len(graph.inputs)
    if value < first:
        return {names[value]}
    return set().union(*(_inputs(graph, arg) for arg in graph.nodes[value - first].args), set())


def frame(scene: LawScene) -> dict[str, Any]:
    """Return a bar of stacked terms for each state, the present one at the top."""
    law, values = scene.law, scene.values
    states = [values, *({**values, v.symbol: TIMES * values[v.symbol]} for v in moved(law))]
    columns = {symbol: ops.stack(*(state[symbol] for state in states)) for symbol in law.symbols}
    sizes = list(terms(law)(**columns, **scene.coefficients).values())
    zero = 0.0 * next(iter(columns.values()))
    line = -ops.arange(len(states)) + zero
    total, left, tables, middles = sum(sizes) + zero, zero, {}, []
    for i, size in enumerate(sizes):
        right = left + size
        tables[f"term {i}"] = {
            "left": left,
            "bottom": line - 0.28,
            "right": right,
            "top": line + 0.28,
            "value": size + zero,
            "share": (size + zero) / total,
        }
        middles.append(ops.take((left + right) / 2, 0.0))
        left = right
    longest = ops.largest(total)
    tables["states"] = {"x": zero, "y": line + 0.28}
    # names of thin parts would hide each other: every other one stands lower
    names = ops.stack(*middles)
    lower = ops.arange(len(sizes)) - 2.0 * ops.floor(ops.arange(len(sizes)) / 2.0 + 1e-9)
    tables["names"] = {"x": names, "y": 0.06 - 0.3 * lower + 0.0 * names - 0.06}
    return {
        "tables": tables,
        "ranges": {
            "x": (-0.01 * longest, 1.12 * longest),
            "y": (-len(states) + 0.4 + 0.0 * longest, 0.75 + 0.0 * longest),
        },
    }
