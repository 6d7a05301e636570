"""Task error in the Studio: the share of wrong answers that a loss comes with, where a law of both is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import StateError
from scalewidgets.explorers.cards import TASK_ERROR
from scalewidgets.explorers.controls import Choice
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.explorers.studio_task_fits import ERROR, TASKS, all_in_size_and_data, published_error
from scalewidgets.fits.fit import Fit
from scalewidgets.registry import law

OFF, OWN = 0.0, 1.0
OWN_NAME = "own"
# Every source of the coefficients has a place in the inputs, the user's own pairs the last.
PLACES = (*map(float, TASKS), OWN)
CONTROL = Choice(
    "tasks",
    "Task error",
    {
        "not shown": OFF,
        **{f"on {count} tasks, fits of Gadre et al.": float(count) for count in TASKS},
        "by your own pairs": OWN,
    },
    "Error belongs to one corpus: it is shown for the fits of Gadre et al., or by pairs of loss and score of your own.",
    feeds="tasks",
)


class Tasks(Quantity):
    """The tasks whose error is shown, by their number; 0 for none, "own" or 1 for the user's own pairs."""

    def __set__(self, obj: Any, val: Any) -> None:
        found = OWN if val == OWN_NAME else val
        if found not in (OFF, *PLACES):
            known = ", ".join(f"{count}" for count in TASKS)
            raise StateError(f"tasks = {val!r} is not known; use {known}, {OWN_NAME!r}, or 0 for none")
        super().__set__(obj, found)


def coefficients(corpus: str, own: Fit | None) -> tuple[Fit | None, ...]:
    """Return the fit behind each of `PLACES` where there is one."""
    return (*(published_error(corpus, count) for count in TASKS), own)


def inputs_of(tasks: float, found: tuple[Fit | None, ...], count: int | None) -> dict[str, Any]:
    """Return the arrays that the task error is computed from.

    Parameters
    ----------
    tasks : float
    found : tuple of Fit or None
        Of `coefficients`.
    count : int or None
        Draws of the fit of the loss.
    """
    own, nothing = found[-1], (np.nan, np.nan)
    ranges = [nothing if fit is None else fit.source.ranges.get("L", nothing) for fit in found]
    inputs: dict[str, Any] = {
        "tasks": tasks,
        "tasks.low": [low for low, _ in ranges],
        "tasks.high": [high for _, high in ranges],
    }
    for name in law(ERROR).names:
        inputs[f"tasks.{name}"] = [np.nan if fit is None else fit.values[name] for fit in found]
        if own is not None and own.draws is not None:
            # the draws of both are independent, so any pairing will do
            inputs[f"tasks.draw.{name}"] = np.resize(own.draws[name], len(own.draws[name]) if count is None else count)
    return {name: np.asarray(value, dtype=float)[()] for name, value in inputs.items()}


@dataclass(frozen=True)
class Seen:
    """The task error at a loss: zero where `shown` is not positive. `mark` differs where laws do."""

    loss: Any
    error: Any
    drawn: Any
    shown: Any
    mark: Any
    beyond: Any
    "Positive outside the losses behind the law."

    @property
    def draws(self) -> dict[str, Any]:
        """The draws of the card; empty if there are none."""
        return {} if self.drawn is None else {TASK_ERROR: self.drawn}

    @property
    def card(self) -> dict[str, Any]:
        """Value and 95 % bounds."""
        low, high = ((self.error + float("nan"),) * 2) if self.drawn is None else map(self._quantile, (0.025, 0.975))
        return {"value": self.error, "low": low, "high": high}

    def _quantile(self, share: float) -> Any:
        return ops.quantile(self.drawn, share)


def seen(inputs: Mapping[str, Any], loss: Any, drawn_loss: Any | None) -> Seen:
    """Return the task error at a loss, and at its draws where there are any; portable."""
    tasks = inputs["tasks"]
    form = law(ERROR)
    place = 0.0 * tasks
    for at, value in enumerate(PLACES):
        place = ops.where(ops.equal(tasks, value), float(at), place)
    chosen = {name: ops.take(inputs[f"tasks.{name}"], place) for name in form.names}
    last = form.names[-1]
    shown = ops.where(tasks > 0, ops.where(ops.isfinite(chosen[last]), 1.0, 0.0), 0.0) + 0.0 * loss
    error = ops.where(shown > 0, form.evaluate({"L": loss}, chosen), 0.0)
    drawn = None
    has_own = f"tasks.draw.{last}" in inputs
    if drawn_loss is not None or has_own:
        own = ops.equal(tasks, OWN)
        of_draws = {n: ops.where(own, inputs[f"tasks.draw.{n}"], chosen[n]) if has_own else chosen[n] for n in chosen}
        errors = form.evaluate({"L": loss if drawn_loss is None else drawn_loss}, of_draws)
        drawn = ops.where(shown > 0, errors, 0.0)
    low, high = (ops.take(inputs[f"tasks.{end}"], place) for end in ("low", "high"))
    beyond = ops.where(shown > 0, ops.maximum(low - loss, loss - high), -1.0)
    return Seen(loss, error, drawn, shown, ops.where(shown > 0, chosen[last], 0.0), beyond)


def notes(found: Seen, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that say which sentence applies, and whether the card does."""
    tasks = inputs["tasks"]
    zero = 0.0 * found.loss
    missing = ops.where(found.shown > 0, 0.0, 1.0)
    own = ops.where(ops.equal(tasks, OWN), 1.0, 0.0)
    named = {_note(value): ops.where(ops.equal(tasks, value), found.shown, 0.0) for value in PLACES}
    return {
        "task": found.shown,
        **named,
        "task_refused": ops.where(tasks > 0, missing * (1.0 - own), 0.0) + zero,
        "task_pairless": missing * own + zero,
        "task_beyond": found.beyond,
        "loss": found.loss,
    }


def _note(value: float) -> str:
    return f"task_{value:g}"


def compared(frames: dict[str, Any], found: Seen, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Compare task errors of one law only: keep which it is, and take away a change between two."""
    frames["pins"] |= {"task": found.mark}
    if "pin.task" in inputs:
        same = ops.equal(inputs["pin.task"], found.mark)
        card = frames["cards"][TASK_ERROR]
        parts = {part: ops.where(same, card[part], float("nan")) for part in ("change", "change_low", "change_high")}
        frames["cards"][TASK_ERROR] = {**card, **parts}
    return frames


def sentences(base: Fit, found: tuple[Fit | None, ...], dropped: int = 0) -> tuple[Sentence, ...]:
    """Return what a reader of the card must know, and why there is none; `dropped` counts pairs that are left out."""
    *first, last = (f"“{name}”" for name in all_in_size_and_data())
    said = [
        Sentence(
            f"Task error is not shown, since a law of it holds on one corpus, and {base.name} is of another or names "
            f"none: choose {', '.join(first)} or {last} as coefficients, or give pairs of your own.",
            when="notes/task_refused",
        ),
        Sentence(
            "Task error is not shown: there are no pairs of loss and score of your own here. The served app takes them "
            "under “Your scores”, Python by ex.task_scores(table).",
            when="notes/task_pairless",
        ),
    ]
    known = [(each, fit) for each, fit in zip(PLACES, found, strict=True) if fit]
    said += [_about(each, fit, base.draws is not None, dropped) for each, fit in known]
    cautions = () if found[-1] is None else found[-1].warnings
    said += [Sentence(f"Your pairs: {caution}", when=f"notes/{_note(OWN)}") for caution in cautions]
    beyond = "The loss lies outside those behind the law of the task error: that number is extrapolated."
    return (*said, Sentence(beyond, when="notes/task_beyond"))


def _about(tasks: float, fit: Fit, drawn: bool, dropped: int) -> Sentence:
    """Say where the error of the card comes from, and what its interval covers."""
    low, high = (f"{end:.3g}" for end in fit.source.ranges.get("L", (np.nan, np.nan)))
    text = f"Task error is the mean over {tasks:g} tasks at a loss of {{loss}} ({fit.name}; losses"
    if tasks == OWN:
        pairs = "your pairs" if fit.record is None else f"your {fit.record.rows} pairs"
        left_out = f" ({dropped} left out)" if dropped else ""
        text = f"Task error comes from {pairs} of loss and score{left_out}, at a loss of {{loss}} (losses"
    covered = {
        (False, False): "it is a point estimate",
        (True, False): "its interval is that of the loss alone",
        (False, True): "its interval is that of the pairs alone",
        (True, True): "its interval is that of loss and pairs",
    }[drawn, tasks == OWN and fit.draws is not None]
    slots = {"loss": ("notes/loss", "loss")}
    return Sentence(f"{text} from {low} to {high}); {covered}.", slots, f"notes/{_note(tasks)}")
