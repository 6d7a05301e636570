"""What a law loses beyond its floor, on logarithmic axes: a power law is a straight line there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.axes import padded_log
from scalewidgets.explorers.families.terms import term_names
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_view import LawView, Mark

KNOTS = 60


def view(setting: LawSetting) -> LawView | None:
    """Return the view over the first variable; None for a law that is no sum with a constant."""
    law = setting.law
    first = law.variables[0]
    if first.scale != "log" or not floor_of(law):
        return None
    label = f"{law.response.label} above {floor_of(law)}"
    hover = ((label, "y"), (first.label, "x"))
    return LawView(
        "floor",
        "Above the floor",
        f"{label} against {first.symbol}",
        partial(frame, first),
        (Mark("curve", "curve", "same"), Mark("points", "here", "here", hover)),
        first,
        replace(law.response, label=label, scale="log", low=max(law.response.low, 1e-6)),
    )


def floor_of(law: Law) -> str:
    """Return the coefficient that is a term by itself; empty for a law without one."""
    return next((name for name in term_names(law) if name in law.names), "")


def frame(first: Variable, scene: LawScene) -> dict[str, Any]:
    """Return the curve and the present place."""
    law, symbol = scene.law, first.symbol
    low, high = scene.span(first)
    x = ops.logspace(low, high, KNOTS)
    floor = scene.coefficients[floor_of(law)]
    y, here = (scene.response(at, scene.coefficients) - floor for at in (scene.along(**{symbol: x}), scene.values))
    y, here = (ops.where(each > 0, each, NAN) for each in (y, here))
    bottom = ops.smallest(ops.where(ops.isfinite(y), y, float("inf")))
    top = ops.largest(ops.where(ops.isfinite(y), y, -float("inf")))
    known = bottom < top
    bottom, top = ops.where(known, bottom, 0.1), ops.where(known, top, 10.0)
    return {
        "tables": {"curve": {"x": x, "y": y}, "here": {"x": ops.stack(scene.values[symbol]), "y": ops.stack(here)}},
        "ranges": {"x": (low, high), "y": padded_log(bottom, top * 1.0001, 0.06)},
    }
