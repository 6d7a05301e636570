"""Notebook widgets for neural scaling laws: fit, plan and explore, in Jupyter, as an app and as a page.

Names are loaded when first used, so that importing costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Citation": "scalewidgets.declare",
    "Coefficient": "scalewidgets.declare",
    "Curve": "scalewidgets.schedules.curve",
    "Demand": "scalewidgets.costs",
    "Fit": "scalewidgets.fits.fit",
    "Hardware": "scalewidgets.costs",
    "Law": "scalewidgets.declare",
    "Plan": "scalewidgets.planning.plan",
    "Runs": "scalewidgets.runs",
    "Variable": "scalewidgets.declare",
    "best_cooldown": "scalewidgets.planning.cooldown",
    "best_shape": "scalewidgets.planning.cooldown",
    "catalogue": "scalewidgets.catalog",
    "check": "scalewidgets.fitting.scoreboard",
    "compare": "scalewidgets.fitting.comparing",
    "critical_tokens": "scalewidgets.planning.bits",
    "delta_method": "scalewidgets.fitting.delta",
    "derived": "scalewidgets.planning.derived",
    "diagnose": "scalewidgets.fitting.diagnosis.thorough",
    "diff": "scalewidgets.planning.differing",
    "explore": "scalewidgets.faces.explore",
    "feasibility": "scalewidgets.planning.feasibility",
    "fit": "scalewidgets.fitting.surface",
    "fit_curves": "scalewidgets.fitting.schedule_fits",
    "forecast": "scalewidgets.fitting.forecasting",
    "influence": "scalewidgets.planning.influence",
    "law": "scalewidgets.registry",
    "law_from_formula": "scalewidgets.typed_law",
    "plan": "scalewidgets.planning.plan",
    "planner": "scalewidgets.planning.planner",
    "profile": "scalewidgets.fitting.profile",
    "published": "scalewidgets.published_fits.loading",
    "read_curves": "scalewidgets.fitting.loss_curves",
    "read_logs": "scalewidgets.runs",
    "read_runs": "scalewidgets.runs",
    "read_scores": "scalewidgets.runs",
    "reconcile": "scalewidgets.planning.reconciling",
    "simulate": "scalewidgets.runs",
    "studio": "scalewidgets.faces.explore",
    "suggest_runs": "scalewidgets.fitting.designing",
    "token_efficiency": "scalewidgets.planning.token_efficiency",
}
_MODULES = ("costs", "datasets", "ops", "schedules")

__all__ = ["__version__", *sorted([*_HOMES, *_MODULES])]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"scalewidgets.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'scalewidgets' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
