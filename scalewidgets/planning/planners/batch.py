"""Loss at any batch size and step (Su et al. 2024), what a batch size costs in steps and tokens, and best settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Variable
from scalewidgets.laws import batch_size, hyperparameters
from scalewidgets.naming import LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning import batch_trajectory
from scalewidgets.planning.planner import Planner, constant
from scalewidgets.planning.training_settings import training_settings

_SU = Citation(
    "su2024",
    authors="Su et al.",
    title="Unraveling the Mystery of Scaling Laws: Part I",
    year=2024,
    arxiv="2403.06563",
)
_SIZE = replace(MODEL_SIZE, low=1e6, high=1e12, typical=1e9)
_STEPS = Variable("S", "Steps", "steps", 1e3, 1e7, typical=1e5)
_BATCH = Variable("B", "Batch size", "tokens", 1e4, 1e8, typical=1e6)
_CRITICAL = Variable("B_crit", "Critical batch size", "tokens", 1e3, 1e9, latex=r"B_{\mathrm{crit}}")
_COEFFICIENTS = (*batch_size.STEPS_LAW.coefficients, *batch_size.CRITICAL.coefficients)
_SETS = (("kaplan2020-steps", "kaplan2020-critical-batch"),)
_NOTES = (
    "The form is Kaplan's; the paper's own coefficients are not shipped: fit the laws steps and critical-batch.",
    "N counts non-embedding parameters.",
)


def _split(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the coefficients of the law of steps and those of the critical batch."""
    critical = ("B_star", "alpha_B")
    return {n: v for n, v in values.items() if n not in critical}, {n: values[n] for n in critical}


def _loss(S: Any, B: Any, N: Any, **values: Any) -> dict[str, Any]:
    steps, critical = _split(values)
    loss = batch_trajectory.loss_at_step(N, S, B, steps, critical)
    batch = batch_size.critical_kernel(loss, **critical)
    return {"L": loss, "B_crit": batch, "S_min": S / (1 + batch / B), "D": S * B + 0.0 * loss}


TRAJECTORY = Planner(
    _loss,
    "loss-at-step",
    "Loss along training at any batch size",
    (_STEPS, _BATCH, _SIZE),
    (
        LOSS,
        _CRITICAL,
        replace(_STEPS, symbol="S_min", label="Steps at a huge batch", low=1.0, latex=r"S_{\mathrm{min}}"),
        replace(TOKENS, low=1e7),
    ),
    _COEFFICIENTS,
    _SU,
    "hyperparameters",
    _SETS,
    ("The loss stands on both sides: the critical batch size depends on it, so it is solved for.", *_NOTES),
)


def _cost(B: Any, L: Any, N: Any, **values: Any) -> dict[str, Any]:
    found = batch_trajectory.steps_and_tokens(L, N, B, *_split(values))
    return {"D": found["tokens"], "S": found["steps"], "B_crit": found["critical_batch"]}


COST = Planner(
    _cost,
    "steps-and-tokens",
    "Tokens and steps to a loss by batch size",
    (_BATCH, replace(LOSS, low=2.0, high=6.0, typical=3.0), _SIZE),
    (replace(TOKENS, low=1e7), replace(_STEPS, low=1.0), _CRITICAL),
    _COEFFICIENTS,
    _SU,
    "hyperparameters",
    _SETS,
    ("At the critical batch size both are twice their least. Gaps: the size never reaches the loss.", *_NOTES),
    rises=("B",),
)


def _settings(D: Any, N: Any, *, context: Any, **values: Any) -> dict[str, Any]:
    rate = {name: values[name] for name in ("k_1", "a", "b")}
    found = training_settings(N, D, rate, {name: values[name] for name in ("k_2", "c")}, context=context)
    like = 0.0 * found["lr"]
    return {"lr": found["lr"], "B": found["tokens"] + like, "s": found["sequences"] + like, "S": found["steps"] + like}


SETTINGS = Planner(
    _settings,
    "training-settings",
    "Best learning rate, batch size and steps of a run",
    (replace(TOKENS, low=1e9, high=1e14, typical=1e11), replace(_SIZE, low=1e7)),
    (
        hyperparameters.LEARNING_RATE,
        hyperparameters.BATCH,
        Variable("s", "Batch size in sequences", "sequences", 1.0, 1e6),
        _STEPS,
    ),
    (
        *hyperparameters.RATE.coefficients,
        *hyperparameters.BATCH_LAW.coefficients,
        constant("context", 2048.0, "tokens"),
    ),
    hyperparameters.STEP_LAW,
    "hyperparameters",
    (("li2025-lr", "li2025-batch"),),
    ("N counts non-embedding parameters; the learning rate is the peak of the schedule.",),
    rises=("D",),
)
