"""What a frame of a law's explorer is computed from: the setting, and the inputs with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Law, Variable

NAN = float("nan")


@dataclass(frozen=True)
class LawSetting:
    """What is fixed while sliders move; `plane` names the two variables of the heat map."""

    law: Law
    has_draws: bool
    has_runs: bool
    plane: tuple[str, ...] = ()


@dataclass(frozen=True)
class LawScene:
    """The inputs of a frame with names."""

    setting: LawSetting
    inputs: Mapping[str, Any]

    @property
    def law(self) -> Law:
        """The law that is shown."""
        return self.setting.law

    @property
    def values(self) -> dict[str, Any]:
        """Where the sliders of the variables stand; shares of a whole are taken in proportion."""
        values = {symbol: self.inputs[f"variable.{symbol}"] for symbol in self.law.symbols}
        shares = self.law.simplex
        whole = reduce(lambda a, b: a + b, (values[symbol] for symbol in shares), 0.0)
        for symbol in shares:
            values[symbol] = ops.where(whole > 0, values[symbol] / whole, 1.0 / len(shares))
        return values

    def along(self, **moved: Any) -> dict[str, Any]:
        """Return the values with some of them elsewhere; what shares are left then make up the whole."""
        values = {**self.values, **moved}
        rest = [symbol for symbol in self.law.simplex if symbol not in moved]
        if rest and len(rest) < len(self.law.simplex):
            taken = reduce(lambda a, b: a + b, (moved[symbol] for symbol in self.law.simplex if symbol in moved))
            left = ops.where(taken <= 1.0 + 1e-12, ops.maximum(1.0 - taken, 0.0), NAN)
            whole = reduce(lambda a, b: a + b, (values[symbol] for symbol in rest))
            for symbol in rest:
                values[symbol] = left * ops.where(whole > 0, values[symbol] / whole, 1.0 / len(rest))
        return values

    @property
    def coefficients(self) -> dict[str, Any]:
        """The coefficients in force."""
        return {name: self.inputs[f"coefficient.{name}"] for name in self.law.names}

    @property
    def moved(self) -> Any:
        """Positive where a coefficient is no longer that of the fit."""
        same = [ops.equal(self.inputs[f"coefficient.{n}"], self.inputs[f"given.{n}"]) for n in self.law.names]
        return ops.where(reduce(ops.logical_and, same), 0.0, 1.0)

    def response(self, variables: Mapping[str, Any], coefficients: Mapping[str, Any]) -> Any:
        """Return the response; NaN where the law gives no number that makes sense."""
        found = self.law.evaluate(variables, coefficients) + 0.0 * reduce(lambda a, b: a + b, variables.values())
        low, high = self.law.response.domain
        allowed = ops.isfinite(found)
        if low > -float("inf"):
            allowed = ops.logical_and(allowed, found >= low if self.law.response.closed else found > low)
        if high < float("inf"):
            allowed = ops.logical_and(allowed, found <= high if self.law.response.closed else found < high)
        return ops.where(allowed, found, NAN)

    def within(self, variables: Mapping[str, Any]) -> Any:
        """Tell where all variables, and the 6 N D of a law of both, lie within the runs behind the fit."""
        values = dict(variables)
        if {"N", "D"} <= set(values) and "C" not in values:
            values["C"] = 6 * values["N"] * values["D"]
        inside = None
        for symbol, value in values.items():
            low, high = self.inputs[f"range.{symbol}.low"], self.inputs[f"range.{symbol}.high"]
            each = ops.logical_and(value >= low, value <= high)
            inside = each if inside is None else ops.logical_and(inside, each)
        return inside

    def beyond(self) -> Any:
        """Return the largest factor by which a slider stands outside the runs; at least 1."""
        values = self.values
        if {"N", "D"} <= set(values) and "C" not in values:
            values["C"] = 6 * values["N"] * values["D"]
        factor = 1.0
        for symbol, value in values.items():
            low, high = self.inputs[f"range.{symbol}.low"], self.inputs[f"range.{symbol}.high"]
            each = ops.maximum(low / value, value / high)
            factor = ops.maximum(factor, ops.where(value > 0, each, 1.0))
        return factor

    def span(self, variable: Variable) -> tuple[Any, Any]:
        """Return how far a chart over a variable reaches, where its slider stands included."""
        symbol = variable.symbol
        here = self.values[symbol]
        low, high = self.inputs[f"span.{symbol}.low"], self.inputs[f"span.{symbol}.high"]
        return ops.minimum(low, here), ops.maximum(high, here)
