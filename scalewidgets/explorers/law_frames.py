"""Frame of a law's explorer: the response against each of its variables, a family of curves, a band, residuals.

Everything is computed for every variable at once, so that one graph serves all choices of axis and family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.axes import padded, padded_log
from scalewidgets.explorers.law_responses import (
    DECLARED,
    EXCESS,
    EXPONENT,
    floor_of,
    formed,
    forms,
    measured,
    pick,
    place_of,
    responses,
    shown,
)
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_tracks import FAMILY
from scalewidgets.explorers.law_view import views_of

KNOTS = 60


def frame(setting: LawSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables, ranges, cards and notes for one state."""
    scene = LawScene(setting, inputs)
    here = scene.response(scene.values, scene.coefficients)
    chosen = inputs["response"] + 0.0 * here
    tables, ranges, missing = {}, {}, 0.0
    for variable in setting.law.variables:
        view, parts = f"by {variable.symbol}", _against(scene, variable, here)
        tables[view], ranges[view] = parts["tables"], parts["ranges"]
        missing = missing + parts["missing"]
    if setting.has_runs:
        for variable in setting.law.variables:
            parts = _residuals(scene, variable)
            tables[f"residuals {variable.symbol}"] = parts["tables"]
            ranges[f"residuals {variable.symbol}"] = parts["ranges"]
    for each in views_of(setting):
        parts = each.frame(scene)
        tables[each.key], ranges[each.key] = parts["tables"], parts["ranges"]
    beyond = scene.beyond()
    return {
        "tables": tables,
        "ranges": {
            view: {axis: {"low": low, "high": high} for axis, (low, high) in axes.items()}
            for view, axes in ranges.items()
        },
        "cards": _cards(scene, here),
        "notes": {
            "beyond": beyond,
            "extrapolated": ops.where(beyond > 1.0 + 1e-9, 1.0, 0.0),
            "moved": scene.moved,
            "referred": _count(inputs["points.value"]) if "points.value" in inputs else 0.0 * here,
            "missing": missing,
            "nowhere": ops.where(ops.isfinite(here), 0.0, 1.0),
            **_notes(scene, chosen),
        },
    }


def _notes(scene: LawScene, chosen: Any) -> dict[str, Any]:
    """Return which form of the response is chosen: by its place, and by the key of each that there is."""
    keys = [each.key for each in responses(scene.law)]
    shows = {f"shows {key}": ops.where(ops.equal(chosen, float(place)), 1.0, 0.0) for place, key in enumerate(keys)}
    return {"response": chosen, **shows, "converted": ops.where(chosen > 0, 1.0, 0.0)}


def _count(values: Any) -> Any:
    """Return how many values there are."""
    return ops.total(ops.where(ops.isfinite(values), 1.0, 0.0))


def grid(variable: Variable, low: Any, high: Any) -> Any:
    """Return the places of a curve."""
    return ops.logspace(low, high, KNOTS) if variable.scale == "log" else ops.linspace(low, high, KNOTS)


def _against(scene: LawScene, variable: Variable, here: Any) -> dict[str, Any]:
    """Return the columns and ranges of the chart over one variable."""
    symbol, values = variable.symbol, scene.values
    low, high = scene.span(variable)
    x = grid(variable, low, high)
    along = scene.along(**{symbol: x})
    declared = scene.response(along, scene.coefficients)
    y = shown(scene, variable, along, declared)
    here = shown(scene, variable, values, here)
    inside = scene.within(along)
    each, bundle = _family(scene, variable, x)
    tables: dict[str, Any] = {
        "curve": {"x": x, "y": ops.where(inside, y, NAN)},
        "beyond": {"x": x, "y": _outside(inside, y, KNOTS)},
        "here": {"x": ops.stack(values[symbol]), "y": ops.stack(here)},
        "band": _band(scene, variable, x),
        **each,
    }
    if "points.value" in scene.inputs:
        points = measured(scene, scene.inputs["points.value"])
        tables["points"] = {"x": scene.inputs[f"points.{symbol}"], "y": points}
        seen = ops.logical_and(tables["points"]["x"] >= low, tables["points"]["x"] <= high)
        bundle = ops.concatenate(bundle, ops.where(seen, tables["points"]["y"], NAN))
    if scene.setting.has_runs:
        runs = measured(scene, scene.inputs["runs.response"])
        tables["runs"] = {"x": scene.inputs[f"runs.{symbol}"], "y": runs}
    missing = KNOTS - _count(declared)
    return {"tables": tables, "ranges": {"x": (low, high), "y": _height(scene, y, bundle, here)}, "missing": missing}


def _family(scene: LawScene, variable: Variable, x: Any) -> tuple[dict[str, Any], Any]:
    """Return the family as one curve with gaps, and its names; all NaN where no family over this axis is chosen."""
    law, chosen = scene.law, scene.inputs["curves"]
    count = len(FAMILY)
    gapped = ops.concatenate(x, ops.stack(NAN * ops.take(x, 0)))
    places = ops.concatenate(*[gapped] * count)
    along = scene.along(**{variable.symbol: places})
    on = 0.0 * chosen
    for index, other in enumerate(law.variables):
        if other is variable:
            continue
        lit = ops.equal(chosen, float(index))
        on = ops.where(lit, 1.0, on)
        levels = ops.concatenate(
            *[ops.take(scene.inputs[f"family.{other.symbol}"], float(k)) + 0.0 * gapped for k in range(count)]
        )
        moved = scene.along(**{variable.symbol: places, other.symbol: levels})
        if law.simplex:
            along = {symbol: ops.where(lit, moved[symbol], along[symbol]) for symbol in along}
        else:
            along[other.symbol] = ops.where(lit, levels, along[other.symbol])
    seen = ops.logical_and(ops.isfinite(places), on > 0)
    y = shown(scene, variable, along, ops.where(seen, scene.response(along, scene.coefficients), NAN))
    inside = scene.within(along)
    at_x, at_y = _ends(x, y)
    tables: dict[str, Any] = {
        "family": {"x": places, "y": ops.where(inside, y, NAN)},
        "family beyond": {"x": places, "y": _outside(inside, y, count * (KNOTS + 1))},
    }
    # each possible family has names of its own, since texts do not move
    names_x, names_y = [], []
    for index, other in enumerate(law.variables):
        if other is not variable:
            lit = ops.equal(chosen, float(index))
            names_x.append(at_x)
            names_y.append(ops.where(lit, at_y, NAN))
    if names_x:
        tables["names"] = {"x": ops.concatenate(*names_x), "y": ops.concatenate(*names_y)}
    return tables, y


def _outside(inside: Any, y: Any, count: int) -> Any:
    """Return a curve where it lies outside the runs, and the points beside it, so that both parts meet."""
    here = ops.where(inside, 1.0, 0.0)
    before = ops.concatenate(ops.part(here, 0, 1), ops.part(here, 0, count - 1))
    after = ops.concatenate(ops.part(here, 1, count), ops.part(here, count - 1, count))
    return ops.where(here * before * after > 0, NAN, y)


def _ends(x: Any, y: Any) -> tuple[Any, Any]:
    """Return where the names of a family stand: one beside the other, so that they part where curves do not."""
    at = [k * (KNOTS + 1) + KNOTS - 5 - 11 * k for k in range(len(FAMILY))]
    return ops.stack(*[ops.take(x, float(i % (KNOTS + 1))) for i in at]), ops.stack(
        *[ops.take(y, float(i)) for i in at]
    )


def _band(scene: LawScene, variable: Variable, x: Any) -> dict[str, Any]:
    """Return the 95 % interval along the curve; NaN without draws, or where coefficients were set by hand."""
    if not scene.setting.has_draws:
        return {"x": x, "low": NAN * x, "high": NAN * x}
    drawn = {name: ops.column(scene.inputs[f"draw.{name}"]) for name in scene.law.names}
    y = scene.law.evaluate(scene.along(**{variable.symbol: ops.row(x)}), drawn)
    if floor := floor_of(scene.law):
        # each draw has a floor of its own; the other forms only rise with the response, so that quantiles go with them
        lifted = ops.equal(scene.inputs["response"], float(place_of(scene.law, EXCESS)))
        y = y - ops.where(lifted, drawn[floor], 0.0)
    low, high = (ops.quantile(y, q) for q in (0.025, 0.975))
    # draws of a slope would take three times as long
    low, high = (pick(scene, forms(scene, end, end if floor else None, NAN * end)) for end in (low, high))
    known = ops.equal(scene.moved, 0.0)
    return {"x": x, "low": ops.where(known, low, NAN), "high": ops.where(known, high, NAN)}


def _height(scene: LawScene, y: Any, bundle: Any, here: Any) -> tuple[Any, Any]:
    """Return the range of the response: what is drawn, without the heights where a law runs away."""
    response = scene.law.response
    lowest, highest = (
        pick(scene, {each.key: getattr(each, end) for each in responses(scene.law)}) for end in ("low", "high")
    )
    every = ops.concatenate(y, bundle)
    finite = ops.isfinite(every)
    bottom = ops.smallest(ops.where(finite, every, float("inf")))
    top = ops.largest(ops.where(finite, every, -float("inf")))
    known = ops.isfinite(here)
    top = ops.minimum(top, ops.maximum(highest, ops.where(known, here, highest)))
    bottom = ops.maximum(bottom, ops.minimum(lowest, ops.where(known, here, lowest)))
    bottom, top = _roomy(scene, here, bottom, top)
    sane = bottom < top
    middle = ops.where(ops.isfinite(bottom), bottom, lowest)
    if response.scale == "log":
        low, high = ops.where(sane, bottom, middle / 2), ops.where(sane, top, middle * 2)
        return padded_log(low, high * 1.0001, 0.06)
    room = ops.absolute(middle) * 0.1 + 1e-9
    return padded(ops.where(sane, bottom, middle - room), ops.where(sane, top, middle + room), 0.06)


def _roomy(scene: LawScene, here: Any, bottom: Any, top: Any) -> tuple[Any, Any]:
    """Widen the range of a slope around the present one: that of a power law is one number, and noise is no curve."""
    place = next((i for i, each in enumerate(responses(scene.law)) if each.key == EXPONENT), None)
    if place is None:
        return bottom, top
    on = ops.logical_and(ops.equal(scene.inputs["response"], float(place)), ops.isfinite(here))
    if scene.law.response.scale == "log":
        low, high = here / 2.0, here * 2.0
    else:
        low, high = here - 0.3 * ops.absolute(here), here + 0.3 * ops.absolute(here)
    return ops.where(on, ops.minimum(bottom, low), bottom), ops.where(on, ops.maximum(top, high), top)


def _residuals(scene: LawScene, variable: Variable) -> dict[str, Any]:
    """Return by how much each run lies above the law: in percent, or in the response's unit where it has a sign."""
    columns = {symbol: scene.inputs[f"runs.{symbol}"] for symbol in scene.law.symbols}
    x, observed = columns[variable.symbol], scene.inputs["runs.response"]
    expected = scene.law.evaluate(columns, scene.coefficients)
    residual = 100.0 * (observed / expected - 1.0) if scene.law.response.positive else observed - expected
    residual = ops.where(ops.isfinite(residual), residual, NAN)
    size = ops.largest(ops.where(ops.isfinite(residual), ops.absolute(residual), 0.0))
    reach = ops.maximum(size, 1e-9) * 1.1
    if variable.scale == "log":
        left, right = padded_log(ops.smallest(x), ops.largest(x) * 1.0001, 0.06)
    else:
        left, right = padded(ops.smallest(x), ops.largest(x) + 1e-9, 0.06)
    ends = ops.stack(left, right)
    return {
        "tables": {"points": {"x": x, "y": residual}, "zero": {"x": ends, "y": 0.0 * ends}},
        "ranges": {"x": (left, right), "y": (-reach, reach)},
    }


def _cards(scene: LawScene, here: Any) -> dict[str, Any]:
    """Return the response where the sliders stand, and what doubling each variable does to it."""
    nothing = NAN * here
    low = high = nothing
    ends: list[dict[str, Any]] = [{}, {}]
    if scene.setting.has_draws:
        drawn = {name: scene.inputs[f"draw.{name}"] for name in scene.law.names}
        y = scene.law.evaluate(scene.values, drawn)
        known = ops.equal(scene.moved, 0.0)
        low, high = (ops.where(known, ops.quantile(y, q), NAN) for q in (0.025, 0.975))
        floor = floor_of(scene.law)
        above = [ops.where(known, ops.quantile(y - drawn[floor], q), NAN) if floor else None for q in (0.025, 0.975)]
        ends = [forms(scene, end, lifted, nothing) for end, lifted in zip((low, high), above, strict=True)]
    cards = {"response": {"value": here, "low": low, "high": high}}
    for name, value in _formed(scene, here).items():
        least, most = (end.get(name.removeprefix("as "), nothing) for end in ends)
        cards[name] = {"value": value, "low": least, "high": most}
    for symbol in scene.law.simplex:
        cards[f"share {symbol}"] = {"value": scene.values[symbol], "low": nothing, "high": nothing}
    for variable in doubled(scene.law):
        twice = {**scene.values, variable.symbol: 2.0 * scene.values[variable.symbol]}
        change = scene.response(twice, scene.coefficients) / here - 1.0
        inside = 2.0 * scene.values[variable.symbol] < variable.domain[1]
        cards[f"twice {variable.symbol}"] = {
            "value": ops.where(inside, change, NAN),
            "low": nothing,
            "high": nothing,
        }
    return cards


def _formed(scene: LawScene, here: Any) -> dict[str, Any]:
    """Return the response where the sliders stand in the forms that have cards: a slope for each variable."""
    first, *others = scene.law.variables
    found = formed(scene, first, scene.values, here)
    slopes = {f"{EXPONENT} {first.symbol}": found.pop(EXPONENT)} if EXPONENT in found else {}
    for variable in others if slopes else ():
        slope = formed(scene, variable, scene.values, here)[EXPONENT]
        slopes[f"{EXPONENT} {variable.symbol}"] = slope
    return {f"as {key}": value for key, value in found.items() if key != DECLARED} | slopes


def doubled(law: Law) -> tuple[Variable, ...]:
    """Return the variables of which a doubling means something, for a response that has ratios."""
    if not law.response.positive:
        return ()
    return tuple(variable for variable in law.variables if variable.scale == "log")
