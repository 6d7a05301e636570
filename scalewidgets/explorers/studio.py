"""The Studio without a face: compute, inference, precision and schedule move one plan together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers import studio_schedule
from scalewidgets.explorers.base import Argument
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.explorer import OWN
from scalewidgets.explorers.plan_table import Row
from scalewidgets.explorers.quantity import Bits, Quantity
from scalewidgets.explorers.scene import Setting
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.explorers.studio_brief import as_html, brief
from scalewidgets.explorers.studio_frames import frames
from scalewidgets.explorers.studio_presets import PRESETS, Preset
from scalewidgets.explorers.studio_sentences import term_sentences
from scalewidgets.explorers.studio_task_state import TaskExplorer
from scalewidgets.fitting.tables import Table
from scalewidgets.planning.bits import FULL_BITS
from scalewidgets.planning.composition import ASSUMPTIONS, POST_TRAINING, TRAINING_BITS, best_bits
from scalewidgets.planning.feasibility import feasibility
from scalewidgets.planning.plan import Plan, plan
from scalewidgets.published_fits.loading import published

SHAPE_LABELS: dict[str, object] = {
    "a line": studio_schedule.SHAPES["linear"],
    "1 − √": studio_schedule.SHAPES["1-sqrt"],
    "half a cosine": studio_schedule.SHAPES["cosine"],
}
COUNTED: dict[str, object] = {"not in the plan, only drawn": 0.0, "as more tokens of the plan": 1.0}


@cache
def _best_bits() -> float:
    return best_bits(published(TRAINING_BITS).values)


class Shape(Quantity):
    """The shape of a cooldown, by its name or by the number that stands for it."""

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str):
            if val not in studio_schedule.SHAPES:
                raise StateError(f"decay = {val!r} is not known; use one of {', '.join(studio_schedule.SHAPES)}")
            val = studio_schedule.SHAPES[val]
        super().__set__(obj, val)


class Switch(Quantity):
    """Yes or no as 1 or 0, so that it can be an input of the frames."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, float(val) if isinstance(val, bool) else val)


class Studio(TaskExplorer):
    """Hold the state of the Studio: that of the allocation explorer, with precision and schedule.

    Parameters
    ----------
    fit, runs, tasks, task_scores, **settings
        As in `scalewidgets.explore` and `TaskExplorer`, and further:
    bits : float or str
        Of training, also as "8 bits" or "8-bit"; 16 is off.
    deploy_bits : float, str or None
        Bits to which the model is quantised after training; None for as trained.
    cooldown : float or None
        Share of the steps over which the learning rate falls from its peak; None for the reference, a cosine to 10 %.
    decay : {"linear", "1-sqrt", "cosine"}
        Shape of the cooldown.
    steps : float
        At which the schedules are compared.
    counted : bool
        Whether what the schedule is worth counts as tokens of the plan.

    Examples
    --------
    >>> ex = Studio(compute="1e22", bits=8)
    >>> f"{ex.frames()['cards']['N']['value']:.4g}" == f"{ex.plan.N:.4g}"
    True
    """

    bits = Bits(default=float(FULL_BITS), bounds=(4.0, float(FULL_BITS)), doc="Bits of training.")
    deploy_bits = Bits(default=None, allow_None=True, bounds=(2.0, float(FULL_BITS)), doc="Bits of serving.")
    cooldown = Quantity(default=None, allow_None=True, bounds=(0.0, 1.0), doc="Share of the steps that cool down.")
    decay = Shape(default=0.0, bounds=(0.0, 2.0), doc="Shape of the cooldown.")
    steps = Quantity(default=20_000.0, bounds=(2e3, 1e6), doc="Steps at which schedules are compared.")
    counted = Switch(default=0.0, bounds=(0.0, 1.0), doc="Whether the schedule counts in the plan.")

    title = "scalewidgets Studio"

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in four groups."""
        return (*super().groups, self._precision, self._schedule)

    @property
    def _precision(self) -> Group:
        return Group(
            "precision",
            "Precision",
            (
                Slider("bits", "Bits of training", "bits", 4.0, 16.0, "plain", "16 is off.", scale="linear", count=48),
                Slider(
                    "deploy_bits",
                    "Bits of serving",
                    "bits",
                    2.0,
                    16.0,
                    "plain",
                    "Quantised after training.",
                    scale="linear",
                    count=56,
                    resting=4.0,
                ),
            ),
            switch="deploy_bits",
            switch_label="Quantise after training",
        )

    @property
    def _schedule(self) -> Group:
        return Group(
            "schedule",
            "Schedule",
            (
                Slider(
                    "cooldown",
                    "Cooldown",
                    "share of the steps",
                    0.0,
                    1.0,
                    "percent",
                    "A constant rate that falls to 10 % over the last steps, instead of a cosine.",
                    scale="linear",
                    off=studio_schedule.OFF,
                    resting=0.2,
                ),
                Choice("decay", "It falls as", SHAPE_LABELS, "Shape of the cooldown.", feeds="decay"),
                Slider("steps", "Steps", "", 2e3, 1e6, "short", "At which schedules are compared."),
                Choice("counted", "It counts", COUNTED, "Whether the plan counts it.", feeds="counted"),
            ),
            switch="cooldown",
            switch_label="Constant rate with a cooldown (WSD)",
        )

    @property
    def own_inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from, but for those of a pinned scenario."""
        more: dict[str, Any] = {
            "bits": self.bits,
            "deploy_bits": self.deploy_bits or 0.0,
            "cooldown": studio_schedule.OFF if self.cooldown is None else self.cooldown,
            "decay": self.decay,
            "steps": self.steps,
            "counted": self.counted,
            "best_bits": best_bits(published(TRAINING_BITS).values, self.hardware) if self._speeds else _best_bits(),
        }
        if self._speeds:
            more["formats.bits"] = list(self._speeds)
            more["formats.cost"] = [1 / speed for speed in self._speeds.values()]
        return {**super().own_inputs, **{name: np.asarray(value, dtype=float)[()] for name, value in more.items()}}

    @property
    def _speeds(self) -> Mapping[float, float]:
        return {} if self.hardware is None else self.hardware.speeds

    @staticmethod
    def frame_function(setting: Setting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays."""
        return frames(setting, inputs)

    @property
    def board(self) -> str:
        """The charts; with runs, their residuals too."""
        return "studio_board" if self.shown is None else "studio_runs_board"

    @property
    def rows(self) -> tuple[Row, ...]:
        """What the table of the plan holds."""
        more = (
            Row("Training, whatever the bits", "FLOP", "notes/raw_flop", when="notes/bits_on"),
            Row("Worth of training bits", "compute", "notes/bits_worth", when="notes/bits_on", format="factor"),
            Row("Quantising adds", self.fit.law.response.unit, "notes/added", when="notes/deployed"),
            Row("Worth of quantising", "compute", "notes/added_worth", when="notes/deployed", format="factor"),
            Row("Worth of the schedule", "tokens", "notes/token_worth", when="notes/schedule_counted", format="factor"),
            Row("Batch of the Step law", "tokens", "notes/batch"),
            Row("Steps at that batch", "", "notes/steps"),
        )
        return (*super().rows, *more)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        return (*term_sentences(self.fit.draws is not None), *super().sentences)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the coefficients come from, and the assumptions of the composition."""
        terms = [published(key).source.sentences()[0] for key in (TRAINING_BITS, POST_TRAINING, studio_schedule.LAW)]
        names = ("Bits of training", "Quantising after training", "Schedules")
        return (*super().sources, *ASSUMPTIONS, *(f"{n}. {term}" for n, term in zip(names, terms, strict=True)))

    @property
    def token_worth(self) -> float:
        """What the schedule is worth in tokens against the reference."""
        return studio_schedule.worth(self.steps, self.cooldown, self.decay)

    @property
    def plan(self) -> Plan:
        """The plan of this state; on a chip, in the nearest of its formats."""
        bits = self._format(self.bits)
        return plan(
            self.fit,
            compute=self.compute,
            demand=self.demand,
            hardware=self.hardware,
            bits=None if bits == FULL_BITS else bits,
            deploy_bits=None if self.deploy_bits is None else self._format(self.deploy_bits),
            schedule=self.token_worth if self.counted and self.cooldown is not None else None,
            hold=self.hold,
            near_optimal=self.near_optimal,
        )

    def _format(self, bits: float) -> float:
        return min(self._speeds, key=lambda width: abs(width - bits)) if self._speeds else bits

    @property
    def presets(self) -> Mapping[str, Preset]:
        """Scenarios to begin with, by key; with runs, the fit to them at their largest budget."""
        runs = self.refit.runs
        if runs is None or self.refit.fit is None:
            return PRESETS
        sentence = "The fit to your runs, at the largest budget among them: beyond it, everything is extrapolated."
        budget = float(f"{np.max(6 * runs['N'] * runs['D']):.3g}")
        return {"own": Preset("Your own fit", sentence, {"fit": OWN, "compute": budget}), **PRESETS}

    def preset(self, name: str) -> None:
        """Go to a scenario of `presets`: what it does not name goes back to its default, but fit, hardware and A.

        Raises
        ------
        UnknownName
        """
        if name not in self.presets:
            raise UnknownName.among("the Studio", "preset", name, self.presets)
        defaults = {each: self.param[each].default for each in self.names if each not in ("fit", "hardware", "pinned")}
        self.apply({**defaults, **self.presets[name].settings})

    def feasibility(self, **question: Any) -> Table:
        """Return the checks of the plan, as `scalewidgets.feasibility` makes them with the same arguments."""
        return feasibility(self.plan, **question)

    def brief(self, *, html: bool = False, **question: Any) -> str:
        """Return one page on this state as Markdown, or HTML; further arguments are those of `feasibility`."""
        text = brief(self, **question)
        return as_html(text) if html else text

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        before, arguments = super().code_template()
        more = self._arguments(("bits", "deploy_bits", "cooldown", "decay", "steps", "counted"))
        return before.replace("ex = sw.explore(", "ex = sw.studio("), (*arguments, *more)
