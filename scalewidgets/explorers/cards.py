"""Headline numbers: what they are called, how they are written, when they are shown; and those of an allocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import serving_flop, training_flop
from scalewidgets.explorers.scene import Scene


@dataclass(frozen=True)
class Card:
    """A headline number.

    Parameters
    ----------
    name, label, unit, format : str
    help : str
        One sentence for hovering.
    when : str
        Path of a number of the frame (``"notes/served"``) that must be positive for it to be shown; always if empty.
    """

    name: str
    label: str
    unit: str
    format: str
    help: str
    when: str = ""


SERVED = "notes/served"
NONE: Mapping[str, Any] = MappingProxyType({})
CARDS = (
    Card("N", "Model size", "parameters", "short", "Parameters of the planned model."),
    Card("D", "Training tokens", "tokens", "short", "Tokens it is trained on."),
    Card("tokens_per_param", "Tokens per parameter", "", "ratio", "Training tokens over parameters."),
    Card("loss", "Loss", "nats/token", "loss", "Predicted final loss."),
    Card("training_flop", "Training", "FLOP", "power", "6 x parameters x tokens."),
    Card("serving_flop", "Serving", "FLOP", "power", "2 x parameters for every token served.", SERVED),
    Card(
        "saved",
        "Saved",
        "of lifetime cost",
        "percent",
        "Against the best size for training alone at the same quality.",
        SERVED,
    ),
)
TASK_ERROR = "task_error"
TASK_CARD = Card(
    TASK_ERROR, "Task error", "of answers", "percent", "Share of wrong answers that this loss comes with.", "notes/task"
)


def values(plan: Any, tokens: Any) -> dict[str, Any]:
    """Return the numbers behind the cards from an allocation, but for the saving."""
    return {
        "N": plan["N"],
        "D": plan["D"],
        "tokens_per_param": plan["D"] / plan["N"],
        "loss": plan["loss"],
        "training_flop": training_flop(plan["N"], plan["D"]),
        "serving_flop": serving_flop(plan["N"], tokens),
    }


def draws(scene: Scene, costs: Mapping[str, Any] = NONE) -> dict[str, Any]:
    """Return the draws of every card that has any; `costs` are factors on some of them."""
    if scene.drawn_plan is None:
        return {}
    found = values(scene.drawn_plan, scene.inputs["inference_tokens"])
    return {name: value * costs[name] if name in costs else value for name, value in found.items()}


def frame(scene: Scene, saved: Any, drawn: Mapping[str, Any], costs: Mapping[str, Any] = NONE) -> dict[str, Any]:
    """Return value and 95 % bounds of every card from its draws; the bounds are NaN for a point estimate."""
    point = values(scene.plan, scene.inputs["inference_tokens"])
    point = {name: value * costs[name] if name in costs else value for name, value in point.items()}
    nan = 0.0 * scene.compute + float("nan")
    return {
        name: {
            "value": value,
            "low": ops.quantile(drawn[name], 0.025) if name in drawn else nan,
            "high": ops.quantile(drawn[name], 0.975) if name in drawn else nan,
        }
        for name, value in {**point, "saved": saved}.items()
    }
