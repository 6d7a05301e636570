"""What every frame of the allocation explorer reads: the loss surface, its draws, the state and the plan.

A scene is made from named arrays only, so that recording a frame makes all of them inputs of its graph: one graph
serves every coefficient set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.declare import Law
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.allocate import allocate
from scalewidgets.planning.surface import Surface

MOST_DRAWS = 1000


@dataclass(frozen=True)
class Setting:
    """What is fixed while sliders move; a change of it means another graph."""

    law: Law
    hold: str
    has_draws: bool
    has_noise: bool
    has_runs: bool

    @classmethod
    def of(cls, fit: Fit, hold: str) -> Setting:
        """Return what is fixed for a fit."""
        return cls(fit.law, hold, fit.draws is not None, fit.noise is not None, fit.runs is not None)


@dataclass(frozen=True)
class Scene:
    """The inputs of a frame with names, and the plan that follows from them."""

    setting: Setting
    inputs: Mapping[str, Any]
    surface: Surface
    drawn: Surface | None
    plan: Mapping[str, Any]
    drawn_plan: Mapping[str, Any] | None

    @property
    def compute(self) -> Any:
        """Training budget in FLOP."""
        return self.inputs["compute"]

    @property
    def served(self) -> Any:
        """Served tokens, weighed by cost."""
        return self.inputs["inference_tokens"] * self.inputs["token_weight"]

    def beyond(self, N: Any, D: Any) -> Any:
        """Return the largest factor by which N, D or 6 N D lies outside the range of the runs; at least 1."""
        factor = 1.0 + 0.0 * (N * D)
        for symbol, value in (("N", N), ("D", D), ("C", 6 * N * D)):
            low, high = self.inputs[f"range.{symbol}.low"], self.inputs[f"range.{symbol}.high"]
            factor = ops.maximum(factor, ops.maximum(low / value, value / high))
        return factor


def scene(setting: Setting, inputs: Mapping[str, Any]) -> Scene:
    """Build the scene from the arrays of `inputs_of`."""
    coefficients = {name: inputs[f"coefficient.{name}"] for name in setting.law.names}
    surface = Surface(setting.law, coefficients)
    served = inputs["inference_tokens"] * inputs["token_weight"]
    asked = {"compute": inputs["compute"], "served": served, "hold": setting.hold, "tolerance": inputs["tolerance"]}
    drawn = drawn_plan = None
    if setting.has_draws:
        drawn = Surface(setting.law, {name: inputs[f"draw.{name}"] for name in setting.law.names})
        drawn_plan = allocate(drawn, **asked)
    return Scene(setting, inputs, surface, drawn, allocate(surface, **asked), drawn_plan)


def inputs_of(
    fit: Fit, *, compute: float, inference_tokens: float, token_weight: float, tolerance: float
) -> dict[str, np.ndarray]:
    """Return the arrays that a frame needs, by name."""
    inputs: dict[str, Any] = {
        "compute": compute,
        "inference_tokens": inference_tokens,
        "token_weight": token_weight,
        "tolerance": tolerance,
    }
    inputs |= {f"coefficient.{name}": value for name, value in fit.values.items()}
    for symbol in ("N", "D", "C"):
        low, high = fit.source.ranges.get(symbol, (0.0, np.inf))
        inputs |= {f"range.{symbol}.low": low, f"range.{symbol}.high": high}
    if fit.draws is not None:
        inputs |= {f"draw.{name}": draw[:MOST_DRAWS] for name, draw in fit.draws.items()}
    if fit.noise is not None:
        inputs["draw.noise"] = fit.noise[:MOST_DRAWS]
    if fit.runs is not None:
        inputs |= {"runs.N": fit.runs["N"], "runs.D": fit.runs["D"], "runs.loss": fit.runs.loss}
    return {name: np.asarray(value, dtype=float)[()] for name, value in inputs.items()}
