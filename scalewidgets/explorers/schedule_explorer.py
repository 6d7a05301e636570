"""The schedule explorer without a face: draw a schedule, see the loss along it, and where its cooldown is best."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

import numpy as np
import param

from scalewidgets.errors import StateError
from scalewidgets.explorers.base import Argument, BaseExplorer
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.explorer import OWN, given_away
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.schedule_frames import FEWEST, FINER, ScheduleSetting, frames
from scalewidgets.explorers.schedule_shapes import CUSTOM, SHAPES, made
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.fits.fit import Fit
from scalewidgets.laws.common import LOSS
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.schedules.areas import MOMENTUM
from scalewidgets.schedules.law import ScheduleLaw, momentum_with
from scalewidgets.schedules.making import custom as custom_schedule
from scalewidgets.schedules.measured import measured
from scalewidgets.schedules.schedule import Schedule
from scalewidgets.schedules.setup import setup_of

DEFAULT_FIT = "luo2025-400m"
# Where the runs behind a fit have no known peak.
USUAL_PEAK = 3e-4
MOST_DRAWS, MOST_KNOTS, MOST_POINTS_IN_CODE = 100, 400, 40
# Every measured row with a linear fall to 0, and those without a fall; the table that has many shares.
MEASURED = "schaipp2025"


def shows(fit: Any) -> bool:
    """Tell whether the schedule explorer can show a fit."""
    return isinstance(fit, Fit) and isinstance(fit.law, ScheduleLaw)


def _usable(fit: Any) -> Fit:
    fit = published(fit) if isinstance(fit, str) else fit
    if not shows(fit):
        name = fit.name if isinstance(fit, Fit) else type(fit).__name__
        raise StateError(f"fit: {name} is no fit of a law over schedules; give one such as {DEFAULT_FIT!r}")
    return fit


class ScheduleFit(param.Parameter):
    """A fit of a schedule law, which can also be set by the key of a published one."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, _usable(val))


class DrawnSchedule(param.Parameter):
    """A schedule of the user's own: a `Schedule`, the rate of every step, or pairs of step and rate; or None."""

    def __set__(self, obj: Any, val: Any) -> None:
        if val is not None and not isinstance(val, Schedule):
            table = np.asarray(val, dtype=float)
            val = custom_schedule(points=table) if table.ndim == 2 else custom_schedule(table)
        super().__set__(obj, val)


class ScheduleExplorer(BaseExplorer):
    """Hold the state of the schedule explorer and what follows from it.

    Parameters
    ----------
    fit : Fit or str
        A fit of a schedule law, or the key of a published one. It brings the momentum of its annealing area.
    shape : str
        A key of `SHAPES`; "custom" shows `custom`.
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
        self.given = _usable(DEFAULT_FIT if fit is None else fit)
        if settings.get("custom") is not None:
            settings = {"shape": CUSTOM, **settings}
        super().__init__(fit=self.given, **settings)

    def twin(self) -> ScheduleExplorer:
        """Return another explorer in the same state."""
        made_again = super().twin()
        made_again.given = self.given  # type: ignore[attr-defined]
        return made_again  # type: ignore[return-value]

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> ScheduleExplorer:
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
        return made(
            "constant" if self.shape == CUSTOM else self.shape,
            steps=floor(self.steps + 0.5),
            peak=self.peak or self._own_peak,
            warmup=floor(self.warmup + 0.5),
            cooldown=self.cooldown,
            end=self.end,
        )

    @property
    def loss(self) -> float:
        """Loss at the last step; NaN where the law can't say."""
        return float(self.frames()["cards"]["loss"]["value"])

    @property
    def best_cooldown(self) -> float:
        """Share of the steps that a cooldown of this shape should take; NaN where the law can't say."""
        return float(self.frames()["cards"]["share"]["value"])

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
        (low, high), fit = self._peaks, self.fit
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
            "area_high": fit.source.ranges.get("S1", (0.0, 1e12))[1],
        }
        found |= {f"coefficient.{name}": fit.values[name] for name in fit.law.names}
        if fit.draws is not None:
            every = {name: np.atleast_1d(draw)[:MOST_DRAWS] for name, draw in fit.draws.items()}
            count = max(len(draw) for draw in every.values())
            for name in fit.law.names:
                found[f"draw.{name}"] = every.get(name, np.full(count, fit.values[name]))
        table: Any = measured(MEASURED)
        rows = [row for row in table.rows if row["decay"] in ("", "linear")]
        found |= {
            "measured.share": [row["cooldown"] for row in rows],
            "measured.peak": [row["peak"] for row in rows],
            "measured.loss": [row["loss"] for row in rows],
        }
        if self.setting.shape == CUSTOM:
            found |= self._drawn_inputs()
        return {name: np.asarray(value, dtype=float) for name, value in found.items()}

    def _drawn_inputs(self) -> dict[str, Any]:
        assert self.custom is not None
        counted = self.custom.at_peak() if self.setting.law.warmup == "peak" else self.custom
        paths = {
            "custom": _thinned(counted, MOST_KNOTS),
            "custom.few": _thinned(counted, 4 * FEWEST),
            "custom.many": _thinned(counted, FINER * MOST_KNOTS),
            "custom.drawn": _thinned(self.custom, MOST_KNOTS),
        }
        found: dict[str, Any] = {
            "custom.length": self.custom.steps,
            "custom.peak": self.custom.peak,
            "custom.warmup": self.custom.warmup,
        }
        for name, (steps, rates) in paths.items():
            found |= {f"{name}.steps": steps, f"{name}.rates": rates}
        return found

    @staticmethod
    def frame_function(setting: ScheduleSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays."""
        return frames(setting, inputs)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The headline numbers."""
        unit = LOSS.unit
        return (
            Card("loss", "End loss", unit, "loss", "Predicted loss at the last step."),
            Card("gain", "Below cosine", unit, "loss", "Against a cosine of the same steps, peak and end."),
            Card("share", "Best cooldown", "of the steps", "percent", "Share of least end loss for this shape."),
            Card("best_loss", "Loss there", unit, "loss", "End loss with the best share."),
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        low, high = self._peaks
        peaks = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        found = [
            Sentence(
                f"No loss is shown: the peak is {{peak}} and {self.fit.name} was fitted to runs of peak {peaks}. "
                "Schedule laws say nothing about another peak; switch it off, or fit the law to loss curves of yours.",
                {"peak": ("notes/peak", "power")},
                when="notes/refused_peak",
            ),
            Sentence(
                "No loss is shown: from step {step} of {steps} on the rate is next to 0. Nothing trains there, yet "
                "schedule laws go on changing the loss; end the schedule there.",
                {"step": ("notes/idle_from", "count"), "steps": ("notes/steps", "count")},
                when="notes/refused_tail",
            ),
            Sentence(
                "No loss is shown: the warm-up takes all {steps} steps; shorten it.",
                {"steps": ("notes/steps", "count")},
                when="notes/refused_warmup",
            ),
            Sentence(
                "No loss is shown: an exponential cooldown never reaches 0; choose an end above 0, or another shape.",
                when="notes/refused_end",
            ),
            Sentence(
                "No loss is shown: the jumps need steps before and after them; choose another share.",
                when="notes/refused_jump",
            ),
            Sentence(
                f"{{factor}} beyond the runs behind {self.fit.name}: the dashed curve is extrapolated.",
                {"factor": ("notes/beyond", "factor")},
                when="notes/extrapolated",
            ),
        ]
        if self.fit.draws is None:
            found.append(
                Sentence("Point estimate: these coefficients come without joint draws, so no interval is shown.")
            )
        if self.setting.law.with_momentum and self._momentum_unknown:
            found.append(
                Sentence(
                    f"The fit does not say which momentum its annealing area has; {MOMENTUM:g} is taken, as usual."
                )
            )
        found.append(
            Sentence(
                "Drawn on {knots} of the steps, which moves the end loss by about {error} nats.",
                {"knots": ("notes/knots", "count"), "error": ("notes/thinning", "power")},
            )
        )
        if self.setting.shape == CUSTOM:
            found.append(
                Sentence(
                    "Your schedule has its own steps and rates; the share and the end are those of the references."
                )
            )
        found.append(
            Sentence(
                "Diamonds are measured end losses of another model (124M, 50,000 steps, linear falls to 0, peak "
                "{peak}), moved so that their least lies at the curve's: they show the best share, not a loss.",
                {"peak": ("notes/measured_peak", "power")},
                when="notes/measured",
            )
        )
        return (*found, *(Sentence(str(warning)) for warning in self.fit.warnings))

    @property
    def formula(self) -> str:
        """The law with the present coefficients, as MathML."""
        from scalewidgets.formula import mathml

        return mathml(self.fit.law, self.fit.values)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the coefficients and the measured losses come from, and how the areas are taken."""
        law = self.setting.law
        table: Any = measured(MEASURED)
        counted = "as if it were at the peak" if law.warmup == "peak" else "with its rising rates"
        convention = f"The warm-up counts {counted}."
        if law.with_momentum:
            convention += f" The annealing area has momentum λ = {self.momentum:g}."
        return (
            *self.fit.source.sentences(),
            convention,
            *law.notes,
            f"Measured: {table.title}. {table.source} ({table.verified}).",
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


def _thinned(schedule: Schedule, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return knots of a schedule drawn by hand, no more than `most`."""
    for count in (384, 96, 48, 24, 12, 6, 3):
        steps, rates = schedule.knots(count)
        if len(steps) <= most:
            return steps, rates
    places = np.unique(np.round(np.linspace(0, len(steps) - 1, most)).astype(int))
    return steps[places], rates[places]
