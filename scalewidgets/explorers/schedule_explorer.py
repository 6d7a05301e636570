"""The schedule explorer without a face: draw a schedule, see the loss along it, and where its cooldown is best."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any, Self

import numpy as np
import param

from scalewidgets.errors import PlanError
from scalewidgets.explorers.base import Argument, BaseExplorer
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.explorer import OWN, given_away
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.schedule_best import best_path, shapes_for
from scalewidgets.explorers.schedule_frames import ScheduleSetting, frames
from scalewidgets.explorers.schedule_inputs import coefficient_inputs, drawn_inputs, measured_inputs
from scalewidgets.explorers.schedule_settings import DEFAULT_FIT, DrawnSchedule, ScheduleFit, shows, usable
from scalewidgets.explorers.schedule_shapes import BEST, CUSTOM, SHAPES, Run, made
from scalewidgets.explorers.schedule_texts import CARDS, refusals, remarks
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.cooldown import BestShape, best_shape
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.schedules.areas import MOMENTUM
from scalewidgets.schedules.law import ScheduleLaw, momentum_with
from scalewidgets.schedules.making import custom as custom_schedule
from scalewidgets.schedules.measured import measured
from scalewidgets.schedules.schedule import Schedule
from scalewidgets.schedules.setup import setup_of

# Where the runs behind a fit have no known peak.
USUAL_PEAK = 3e-4
MOST_POINTS_IN_CODE = 40


class ScheduleExplorer(BaseExplorer):
    """Hold the state of the schedule explorer and what follows from it.

    Parameters
    ----------
    fit : Fit or str
        A fit of a schedule law, or the key of a published one. It brings the momentum of its annealing area.
    shape : str
        A key of `SHAPES`; "custom" shows `custom`, "best" what the Multi-Power law finds best.
    steps, warmup : float or str
        Whole steps.
    peak : float or None
        None is the peak of the runs behind the fit, the only one that the law holds for.
    cooldown : float
        Share of the steps that the cooldown takes, or the part after the first jump.
    end : float
        Last rate as a share of the peak.
    custom : Schedule, array_like or None
        A schedule of your own, as `sw.schedules.custom` takes rates or points.

    Raises
    ------
    StateError, DomainError, QuantityError, UnknownName

    Examples
    --------
    >>> ex = ScheduleExplorer("tissue2024", steps="20k", warmup=500, end=0)
    >>> ex.cooldown = 0.25
    >>> round(ex.loss, 3), ex.schedule.peak
    (2.778, 0.0002)
    """

    board = "schedule_board"
    title = "scalewidgets: schedules"
    shown_always = ("fit", "shape")

    fit = ScheduleFit(default=None, doc="Coefficients and their uncertainty.")
    shape = param.Selector(default="wsd-linear", objects=list(SHAPES), doc="How the rate goes.")
    steps = Quantity(default=24_000, bounds=(100, 1e7), doc="Last step.")
    warmup = Quantity(default=2000, bounds=(0, 1e6), doc="Steps of the warm-up.")
    peak = Quantity(default=None, allow_None=True, bounds=(1e-8, 1.0), doc="Largest rate.")
    cooldown = Quantity(default=0.2, bounds=(0.0, 1.0), doc="Share of the steps that the cooldown takes.")
    end = Quantity(default=0.1, bounds=(0.0, 1.0), doc="Last rate as a share of the peak.")
    custom = DrawnSchedule(default=None, doc="A schedule of your own.")

    def __init__(self, fit: Fit | str | None = None, **settings: Any) -> None:
        self._check_names(settings)
        self.given = usable(DEFAULT_FIT if fit is None else fit)
        if settings.get("custom") is not None:
            settings = {"shape": CUSTOM, **settings}
        super().__init__(fit=self.given, **settings)

    def twin(self, **changed: Any) -> Self:
        """Return another explorer in the same state, but for the settings that are named."""
        made_again = super().twin(**changed)
        made_again.given = self.given
        return made_again

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> Self:
        """Return a twin for others, with at most so many draws and without the losses behind a fit."""
        made_again = self.twin()
        made_again.given = _shared(self.given, include_runs, draws)
        made_again.fit = made_again.given if self.fit is self.given else _shared(self.fit, include_runs, draws)
        return made_again

    @property
    def fits(self) -> dict[str, Fit]:
        """The fits on offer: the one given first, then the published ones."""
        known = {fit.name: fit for fit in published_fits().values() if shows(fit)}
        own = {} if self.given.key in {fit.key for fit in known.values()} else {self.given.name or OWN: self.given}
        return {**own, **known}

    @property
    def momentum(self) -> float:
        """Momentum of the annealing area, which belongs to the coefficients; the authors' where they do not say it."""
        return MOMENTUM if self._momentum_unknown else momentum_with(self.fit)

    @property
    def _momentum_unknown(self) -> bool:
        return setup_of(self.fit).momentum is None

    @property
    def schedule(self) -> Schedule:
        """The schedule of this state.

        Raises
        ------
        DomainError
            If these settings make none.
        """
        if self.shape == CUSTOM and self.custom is not None:
            return self.custom
        steps, warmup, peak = floor(self.steps + 0.5), floor(self.warmup + 0.5), self.peak or self._own_peak
        if self.shape == BEST and warmup < steps:
            run = Run(float(steps), peak, float(warmup), self.cooldown, self.end)
            path = np.stack(best_path(run, 0.0, self._best["best.shapes"]), axis=-1)
            return custom_schedule(points=path[np.unique(path[:, 0], return_index=True)[1]], warmup=warmup)
        return made(
            "constant" if self.shape in (CUSTOM, BEST) else self.shape,
            steps=steps,
            peak=peak,
            warmup=warmup,
            cooldown=self.cooldown,
            end=self.end,
        )

    @property
    def _best(self) -> Mapping[str, np.ndarray]:
        return shapes_for(self.fit, self._own_peak, applies=not self.setting.law.with_momentum)

    def best_shape(self) -> BestShape:
        """Search the best schedule for this very run, by projected gradient; its end is at least 0.5 % of the peak.

        Raises
        ------
        PlanError
            Under the annealing law, whose best shape is no schedule.
        """
        if self.setting.law.with_momentum:
            raise PlanError(
                "the best shape of the annealing law jumps to the least rate and stays there, which trains next to "
                "nothing; take best_cooldown, or a fit of the Multi-Power law"
            )
        run = {"steps": floor(self.steps + 0.5), "warmup": floor(self.warmup + 0.5)}
        return best_shape(self.fit, **run, peak=self.peak or self._own_peak, end=min(max(self.end, 0.005), 0.999))

    @property
    def loss(self) -> float:
        """Loss at the last step; NaN where the law can't say."""
        return float(self.frames()["cards"]["loss"]["value"])

    @property
    def best_cooldown(self) -> float:
        """Share of the steps that a cooldown of this shape should take; NaN where the law can't say."""
        return float(self.frames()["cards"]["share"]["value"])

    @property
    def worth(self) -> float:
        """How much longer a cosine to a tenth of the peak would have to run; NaN where the law can't say."""
        return float(self.frames()["cards"]["worth"]["value"])

    @property
    def _peaks(self) -> tuple[float, float]:
        return setup_of(self.fit).peaks or (0.0, 1e9)

    @property
    def _own_peak(self) -> float:
        peaks = setup_of(self.fit).peaks
        return USUAL_PEAK if peaks is None else peaks[1]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        shapes: dict[str, object] = {
            shape.label: key for key, shape in SHAPES.items() if key != CUSTOM or self.custom is not None
        }
        return (
            Group(
                "schedule",
                "Schedule",
                (
                    Choice("shape", "Shape", shapes, "How the rate goes from the peak to the end."),
                    Slider("steps", "Steps", "", 1e3, 1e6, "tick", "Last step of the run."),
                    Slider("warmup", "Warm-up", "steps", 10, 1e5, "tick", "Steps up to the peak."),
                    Slider(
                        "cooldown",
                        "Cooldown",
                        "of the steps",
                        0,
                        1,
                        "percent",
                        "Share of all steps; for jumps, the share after the first.",
                        scale="linear",
                    ),
                    Slider("end", "End", "of the peak", 0, 1, "percent", "Rate at the last step.", scale="linear"),
                ),
            ),
            Group(
                "peak",
                "Peak",
                (
                    Slider(
                        "peak",
                        "Peak rate",
                        "",
                        1e-5,
                        1e-2,
                        "power",
                        "The laws hold for the peak of their runs alone.",
                        resting=self._own_peak,
                    ),
                ),
                switch="peak",
                switch_label="Another peak than that of the runs",
            ),
            Group(
                "law",
                "Law",
                (Choice("fit", "Coefficients", self.fits, "Which law, model and momentum (λ) of the annealing area."),),
            ),
        )

    @property
    def setting(self) -> ScheduleSetting:
        """What is fixed while sliders move."""
        assert isinstance(self.fit.law, ScheduleLaw)
        shape = "constant" if self.shape == CUSTOM and self.custom is None else self.shape
        return ScheduleSetting(self.fit.law, shape, self.fit.draws is not None)

    @property
    def inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from."""
        low, high = self._peaks
        found: dict[str, Any] = {
            "steps": self.steps,
            "warmup": self.warmup,
            "peak": self.peak or 0.0,
            "cooldown": self.cooldown,
            "end": self.end,
            "own_peak": self._own_peak,
            "peak_low": low,
            "peak_high": high,
            "momentum": self.momentum,
            "area_high": self.fit.source.ranges.get("S1", (0.0, 1e12))[1],
            **coefficient_inputs(self.fit),
            **measured_inputs(),
        }
        if self.setting.shape == CUSTOM:
            assert self.custom is not None
            found |= drawn_inputs(self.custom, self.setting.law)
        if self.setting.shape == BEST:
            found |= self._best
        return {name: np.asarray(value, dtype=float) for name, value in found.items()}

    @staticmethod
    def frame_function(setting: ScheduleSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays."""
        return frames(setting, inputs)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The headline numbers."""
        return CARDS

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        unknown = self.setting.law.with_momentum and self._momentum_unknown
        return (*refusals(self.fit, self._peaks), *remarks(self.fit, self.setting.shape, unknown))

    @property
    def formula(self) -> str:
        """The law with the present coefficients, as MathML."""
        from scalewidgets.formula import mathml

        return mathml(self.fit.law, self.fit.values)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the coefficients and the measured losses come from, and how the areas are taken."""
        law = self.setting.law
        tables: Any = measured()
        counted = "as if it were at the peak" if law.warmup == "peak" else "with its rising rates"
        convention = f"The warm-up counts {counted}."
        if law.with_momentum:
            convention += f" The annealing area has momentum λ = {self.momentum:g}."
        return (
            *self.fit.source.sentences(),
            convention,
            *law.notes,
            *(f"Measured: {table.title}. {table.source} ({table.verified})." for table in tables),
        )

    def _plain(self, name: str) -> Any:
        if name == "fit":
            return self.fit.key or self.fit.name or OWN
        return getattr(self, name)

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Change several settings at once; a fit may go by a name on offer."""
        given = dict(settings)
        if isinstance(given.get("fit"), str):
            given["fit"] = self.fits.get(given["fit"], given["fit"])
        super().apply(given)

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        lines, first = "import scalewidgets as sw\n\n", repr(self.fit.key)
        if not self.fit.key:
            lines, first = lines + 'fit = sw.Fit.load("fit.json")  # saved with fit.save("fit.json")\n', "fit"
        named = list(self._arguments(("shape", "steps", "warmup", "peak", "cooldown", "end")))
        if self.custom is not None:
            points = np.stack(self.custom.points if self.custom.points is not None else self.custom.knots(), axis=-1)
            if len(points) <= MOST_POINTS_IN_CODE:
                pairs = [(int(step), float(rate)) for step, rate in points]
                text = f"sw.schedules.custom(points={pairs!r}, warmup={self.custom.warmup})"
            else:
                lines += 'rates = np.loadtxt("rates.txt")  # the rate of every step, from ex.custom.rates\n'
                lines = lines.replace("import scalewidgets", "import numpy as np\nimport scalewidgets", 1)
                text = f"sw.schedules.custom(rates, warmup={self.custom.warmup})"
            named.append(f"custom={text}")
        return f"{lines}ex = sw.explore(", (first, *named)


def _shared(fit: Fit, include_runs: bool, draws: int | None) -> Fit:
    """Return a fit for others; one that has nothing to leave out stays the one on offer."""
    return fit if fit.runs is None and fit.draws is None else given_away(fit, include_runs, draws)
