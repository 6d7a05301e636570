"""What of a law's response a reader can ask for: as declared, above its floor, in bits, as perplexity, or its slope.

All follow from the declaration: nats become bits, a loss a token is the logarithm of a perplexity, and a coefficient
that is a term by itself and irreducible is a floor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.families.terms import terms
from scalewidgets.explorers.law_scene import NAN, LawScene
from scalewidgets.naming import LOSS

DECLARED, EXCESS, BITS, PERPLEXITY, EXPONENT = "declared", "excess", "bits", "perplexity", "exponent"
# How far a place is moved to both sides for a slope, as a share: what is left out is its square.
STEP = 1e-3
# A perplexity above is off the chart, unless the sliders stand there: it rises without end where a model is small.
HIGHEST_PERPLEXITY = 100.0


@dataclass(frozen=True)
class Response:
    """One form of a response.

    Parameters
    ----------
    key : str
        What the control is set to.
    label, unit, format : str
    help : str
        What it is, in a sentence.
    low, high : float
        Heights beyond which a curve leaves its chart, unless the sliders stand there.
    """

    key: str
    label: str
    unit: str
    format: str
    help: str
    low: float
    high: float

    @property
    def axis(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def axis_over(self, law: Law, variable: Variable) -> str:
        """Label of the axis of a chart over a variable: a slope is another one for each."""
        if self.key == DECLARED:
            return law.response.axis
        if self.key != EXPONENT:
            return self.axis
        sign = "" if variable.symbol in law.rises else "\N{MINUS SIGN}"
        floor = floor_of(law)
        height = f"({law.response.symbol} \N{MINUS SIGN} {floor})" if floor else law.response.symbol
        return f"{sign}d log {height} / d log {variable.symbol}"


@cache
def floor_of(law: Law) -> str:
    """Return the irreducible coefficient that is a term by itself; empty for a law without one."""
    found, inputs = terms(law), list(terms(law).inputs)
    irreducible = {each.name for each in law.coefficients if each.kind == "irreducible"}
    return next((inputs[i] for i in found.outputs.values() if i < len(inputs) and inputs[i] in irreducible), "")


@cache
def responses(law: Law) -> tuple[Response, ...]:
    """Return the forms that the response of a law can be shown in, as declared first."""
    declared, floor = law.response, floor_of(law)
    low, high = declared.low, declared.high
    found = [Response(DECLARED, declared.label, declared.unit, declared.format, "As the law gives it.", low, high)]
    lower = declared.label[:1].lower() + declared.label[1:]
    if floor:
        # on a logarithmic axis nothing is no height
        least = low * 1e-6 if declared.scale == "log" else 0.0
        label, words = (
            f"{declared.label} above {floor}",
            f"What more of everything could still remove: {lower} less {floor}.",
        )
        found.append(Response(EXCESS, label, declared.unit, declared.format, words, least, high))
    if declared.unit.startswith("nats"):
        unit, rate = "bits" + declared.unit.removeprefix("nats"), 1 / math.log(2)
        words = f"The {lower} in bits: a bit is ln 2 nats."
        found.append(Response(BITS, declared.label, unit, declared.format, words, low * rate, high * rate))
    if (declared.symbol, declared.unit) == (LOSS.symbol, LOSS.unit):
        words = "exp of the loss: as many tokens, equally likely, would be as hard to tell apart."
        found.append(Response(PERPLEXITY, "Perplexity", "", "plain", words, 1.0, HIGHEST_PERPLEXITY))
    if declared.positive and any(variable.scale == "log" for variable in law.variables):
        above = f"{lower} above {floor}" if floor else lower
        words = f"Slope of the {above} on logarithmic axes: the exponent of the power law that is nearest there."
        least = 1e-3 if declared.scale == "log" else -10.0
        found.append(Response(EXPONENT, "Local exponent", "", "plain", words, least, 10.0))
    return tuple(found)


def titles(law: Law) -> dict[str, str]:
    """Return the key of each form by what the control says."""
    return {each.label if each.key == EXPONENT else each.axis: each.key for each in responses(law)}


def place_of(law: Law, key: str) -> int:
    """Return which of the forms a key stands for, counted from 0; a law without it shows it as declared."""
    return next((i for i, each in enumerate(responses(law)) if each.key == key), 0)


def pick(scene: LawScene, options: Mapping[str, Any]) -> Any:
    """Return the option of the form that is chosen, by its key."""
    found, chosen = options[DECLARED], scene.inputs["response"]
    for place, each in enumerate(responses(scene.law)):
        if place:
            found = ops.where(ops.equal(chosen, float(place)), options[each.key], found)
    return found


def forms(scene: LawScene, y: Any, above: Any, slope: Any) -> dict[str, Any]:
    """Return a response in all forms, from itself, what of it lies above the floor, and its slope."""
    if slope is not None and scene.law.response.scale == "log":
        # a slope of the other sign has no place on such an axis
        slope = ops.where(slope > 0, slope, NAN)
    found = {
        DECLARED: y,
        EXCESS: None if above is None else ops.where(above > 0, above, NAN),
        BITS: y / math.log(2),
        PERPLEXITY: ops.exp(y) if PERPLEXITY in _keys(scene.law) else None,
        EXPONENT: slope,
    }
    return {key: found[key] for key in _keys(scene.law)}


def measured(scene: LawScene, y: Any) -> Any:
    """Return what was measured in the form that is chosen: without a slope, since single values have none."""
    floor = floor_of(scene.law)
    above = y - scene.coefficients[floor] if floor else None
    return pick(scene, forms(scene, y, above, NAN * y))


def shown(scene: LawScene, variable: Variable, at: Mapping[str, Any], y: Any) -> Any:
    """Return the response `y` at some places in the form that is chosen, over a variable."""
    if len(responses(scene.law)) == 1:
        return y
    return pick(scene, formed(scene, variable, at, y))


def formed(scene: LawScene, variable: Variable, at: Mapping[str, Any], y: Any) -> dict[str, Any]:
    """Return the response `y` at some places in all forms, over a variable."""
    known = ops.isfinite(y)
    above = ops.where(known, _above(scene, at), NAN) if floor_of(scene.law) else None
    slope = ops.where(known, exponent(scene, variable, at), NAN) if EXPONENT in _keys(scene.law) else None
    return forms(scene, y, above, slope)


def exponent(scene: LawScene, variable: Variable, at: Mapping[str, Any]) -> Any:
    """Return the slope on logarithmic axes at some places, positive where the response does as declared."""
    symbol = variable.symbol
    sides = (_above(scene, {**at, symbol: factor * at[symbol]}) for factor in (math.exp(STEP), math.exp(-STEP)))
    right, left = (ops.where(side > 0, side, NAN) for side in sides)
    slope = (ops.log(right) - ops.log(left)) / (2 * STEP)
    return slope if symbol in scene.law.rises else -slope


def _above(scene: LawScene, at: Mapping[str, Any]) -> Any:
    """Return what of the response lies above its floor, as a sum without it: nothing cancels there."""
    law, floor = scene.law, floor_of(scene.law)
    if not floor:
        return law.evaluate(at, scene.coefficients)
    found = terms(law)
    kept = {name: value for name, value in found.outputs.items() if value != list(found.inputs).index(floor)}
    parts = type(found)(found.inputs, found.nodes, kept)(**at, **scene.coefficients)
    first, *others = parts.values()
    return sum(others, first)


def _keys(law: Law) -> tuple[str, ...]:
    return tuple(each.key for each in responses(law))
