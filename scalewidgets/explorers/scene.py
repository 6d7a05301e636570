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
from scalewidgets.runs import Runs

MOST_DRAWS = 1000


@dataclass(frozen=True)
class Shown:
    """The runs that are drawn, and what a refit of them adds.

    Parameters
    ----------
    runs : Runs
        All of them.
    dropped : tuple of int
        Rows that the fit leaves out.
    pending : int
        Number of draws that are on their way; 0 if none.
    threshold : float
        Residual of the log loss beyond which the fit counts it linearly; NaN if it doesn't.
    other : Fit, optional
        Another method's power law of the best size.
    """

    runs: Runs
    dropped: tuple[int, ...] = ()
    pending: int = 0
    threshold: float = np.nan
    other: Fit | None = None


@dataclass(frozen=True)
class Setting:
    """What is fixed while sliders move; a change of it means another graph."""

    law: Law
    hold: str
    has_draws: bool
    has_noise: bool
    has_runs: bool
    has_other: bool = False

    @classmethod
    def of(cls, fit: Fit, hold: str, shown: Shown | None = None) -> Setting:
        """Return what is fixed for a fit, shown with these runs."""
        pending = shown is not None and shown.pending > 0
        return cls(
            fit.law,
            hold,
            fit.draws is not None or pending,
            fit.noise is not None or pending,
            shown is not None,
            shown is not None and shown.other is not None,
        )


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

    def bests(self, budgets: Any, drawn_budgets: Any) -> tuple[tuple[Any, Any], tuple[Any, Any] | None]:
        """Return the best (N, D) for budgets, and for others that of every draw, by row; None without draws."""
        drawn = None if self.drawn is None else self.drawn.best(ops.row(drawn_budgets))
        return self.surface.best(budgets), drawn

    def beyond(self, N: Any, D: Any) -> Any:
        """Return the largest factor by which N, D or 6 N D lies outside the range of the runs; at least 1."""
        factor = 1.0
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
    fit: Fit,
    shown: Shown | None = None,
    *,
    compute: float,
    inference_tokens: float,
    token_weight: float,
    tolerance: float,
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
    if shown is not None:
        if shown.pending and fit.draws is None:
            # as many as will come, so that they move the same charts
            missing = np.full(min(shown.pending, MOST_DRAWS), np.nan)
            inputs |= {f"draw.{name}": missing for name in (*fit.law.names, "noise")}
        inputs |= _inputs_of_runs(shown)
    return {name: np.asarray(value, dtype=float)[()] for name, value in inputs.items()}


def _inputs_of_runs(shown: Shown) -> dict[str, Any]:
    runs = shown.runs
    kept = np.ones(len(runs))
    kept[list(shown.dropped)] = 0.0
    C = runs["C"] if "C" in runs.columns else 6 * runs["N"] * runs["D"]
    inputs = {f"runs.{name}": runs[name] for name in ("N", "D", "loss")} | {"runs.C": C, "runs.kept": kept}
    inputs["threshold"] = shown.threshold
    if shown.other is not None:
        inputs |= {f"other.{name}": value for name, value in shown.other.values.items()}
        draws = shown.other.draws or {name: np.full(2, np.nan) for name in shown.other.values}
        inputs |= {f"other.draw.{name}": draw[:MOST_DRAWS] for name, draw in draws.items()}
    return inputs
