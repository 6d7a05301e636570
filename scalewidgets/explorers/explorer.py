"""The allocation explorer without a face: a state that can be set, observed, saved and turned into code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Self

import numpy as np
import param

from scalewidgets.costs import Demand, Hardware, typical_utilisation
from scalewidgets.costs.demand import weighed_tokens
from scalewidgets.declare import Law
from scalewidgets.errors import StateError
from scalewidgets.explorers.base import Argument
from scalewidgets.explorers.cards import CARDS, Card
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.frames import frames
from scalewidgets.explorers.pinning import COMPARISONS, Pinning, mark
from scalewidgets.explorers.plan_table import Numbers, Row, as_table, rows_of
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.refit import Refit
from scalewidgets.explorers.scene import Setting, Shown, inputs_of
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.explorers.texts import numbered
from scalewidgets.fits.fit import Fit
from scalewidgets.formats import format_pm
from scalewidgets.laws.common import LOSS
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.planning.plan import Plan, plan
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.runs import Runs

DEFAULT_FIT = "besiroglu2024"
POINT_ESTIMATE = "hoffmann2022"
# Inside the range of the default fit's runs.
DEFAULT_COMPUTE = 3e21
DEFAULT_TOKENS = 2e12
TOLERANCES: dict[str, object] = {"1 %": 0.01, "2 %": 0.02, "5 %": 0.05}
HOLD_LABELS: dict[str, object] = {
    "the quality this budget buys": "quality",
    "the training budget": "training",
    "training and serving together": "total",
}


BUDGET_HELP = (
    "6 x parameters x tokens; may be typed as 512 H100 for 30 days, at the utilisation of the hardware chosen, without "
    f"one at {typical_utilisation():.3g} of the dense 16-bit peak, or at what is said: 512 H100 for 30 days at 40 %."
)

# Seconds that a new explorer waits for the fit of its runs; it follows later if it takes longer.
FIRST_FIT = 10.0
# What the fit that follows the user's runs is called among the coefficients.
OWN = "Your runs"


def plannable(fit: Fit) -> bool:
    """Tell whether the allocation explorer can show a fit."""
    return showable(fit.law)


def showable(law: Law) -> bool:
    """Tell whether the allocation explorer can show fits of a law: of the loss, over N and D."""
    return set(law.symbols) == {"N", "D"} and law.response.symbol == LOSS.symbol


@cache
def _shown(keys: tuple[str, ...]) -> dict[str, Fit]:
    """Return those of the published fits that can be shown; a served app asks for them at every message."""
    return {fit.name: fit for fit in map(published, keys) if plannable(fit)}


def _usable(fit: Any) -> Fit:
    fit = published(fit) if isinstance(fit, str) else fit
    if not isinstance(fit, Fit):
        raise StateError(f"fit is a {type(fit).__name__}; give a Fit, or the key of a published one")
    if not plannable(fit):
        raise StateError(
            f"fit: {fit.name} is a law of {', '.join(fit.law.symbols)}; this explorer needs one of N and D, "
            f"such as {DEFAULT_FIT!r}"
        )
    return fit


def given_away(fit: Fit, include_runs: bool, draws: int | None) -> Fit:
    """Return a fit for others: without its runs unless asked, with at most so many draws."""
    kept = {name: draw[:draws] for name, draw in fit.draws.items()} if fit.draws is not None and draws != 0 else None
    noise = fit.noise[:draws] if fit.noise is not None and kept else None
    return replace(fit, runs=fit.runs if include_runs else None, draws=kept, noise=noise)


class FitParameter(param.Parameter):
    """A fit, which can also be set by the key of a published one or by a name the explorer offers."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, _usable(obj.fits.get(val, val) if isinstance(val, str) else val))


class Explorer(Pinning):
    """Hold the state of the allocation explorer and what follows from it.

    Parameters
    ----------
    fit : Fit or str
        A fit of a law of N and D, or the key of a published one.
    compute : float or str
        Training budget in FLOP.
    inference_tokens : float, str or None
        Tokens served over the model's life; None for no serving.
    hold : {"quality", "training", "total"}
        What stays fixed where there is serving, as in `scalewidgets.plan`.
    near_optimal : float
        Extra cost that counts as near the optimum.
    prompt_share : float
        Share of the served tokens that is read rather than written; matters with hardware only.
    hardware : Hardware or None
    runs : Runs, optional
        Runs to fit; `fit` then only says where to begin.

    Attributes
    ----------
    refit : Refit
        The user's runs and how they are fitted; its fit is this explorer's whenever it is made anew.

    Raises
    ------
    StateError, UnknownName, QuantityError
        Naming the setting, what it was given and what it takes.

    Examples
    --------
    >>> ex = Explorer(compute="1e21")
    >>> ex.inference_tokens = "2T"
    >>> ex.settings()["inference_tokens"]
    2000000000000.0
    """

    fit = FitParameter(default=None, doc="Coefficients and their uncertainty.")
    compute = Quantity(unit="FLOP", default=DEFAULT_COMPUTE, bounds=(1e10, 1e35), doc="Training budget in FLOP.")
    inference_tokens = Quantity(
        unit="tokens", default=None, allow_None=True, bounds=(0.0, 1e20), doc="Tokens served in all."
    )
    hold = param.Selector(default="quality", objects=list(HOLDS), doc="What stays fixed where there is serving.")
    near_optimal = Quantity(default=0.01, bounds=(1e-4, 0.5), doc="Extra cost near the optimum.")
    prompt_share = Quantity(default=0.0, bounds=(0.0, 1.0), doc="Share of served tokens that is read.")
    hardware = param.ClassSelector(default=None, class_=Hardware, allow_None=True, doc="GPUs and prices.")

    shown_always = ("fit", "compute")

    def __init__(self, fit: Fit | str | None = None, *, runs: Runs | None = None, **settings: Any) -> None:
        self._check_names(settings)
        self.given = _usable(DEFAULT_FIT if fit is None else fit)
        self.offered: dict[str, Fit] = {}
        self.refit = Refit(shows=showable)
        super().__init__(fit=self.given, **settings)
        self._fit_set()
        self.param.watch(self._fit_set, "fit")
        self.refit.param.watch(self._refitted, ["fit", "runs", "frontier", "drawing", "busy"])
        if runs is not None:
            if not self.refit.take(runs):
                raise StateError(self.refit.error)
            self.refit.wait(FIRST_FIT)

    def _fit_set(self, *_: Any) -> None:
        """Have the runs of a fit that was set from outside refitted from now on."""
        record = self.fit.record
        if self.fit is not self.refit.fit and self.fit.runs is not None and record and record.method == "surface":
            self.refit.adopt(self.fit)

    def _refitted(self, *events: Any) -> None:
        changed = {event.name: event.new for event in events}
        if changed.get("fit") not in (None, self.fit):
            self.fit = changed["fit"]
        elif set(changed) != {"busy"} or not self.refit.busy:
            # what is dropped shows with the fit that follows; where none comes, at the end of the attempt
            self.param.trigger("fit")

    def twin(self, **changed: Any) -> Self:
        """Return another explorer in the same state but for what is named, with the same runs and fits on offer."""
        if isinstance(changed.get("fit"), str):
            changed["fit"] = self.fits.get(changed["fit"], changed["fit"])
        made = super().twin(**changed)
        made.refit, made.given, made.offered = self.refit, self.given, self.offered
        return made

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> Self:
        """Return a twin for others: without the user's runs unless asked, with at most so many draws a fit."""
        fits = {label: given_away(fit, include_runs, draws) for label, fit in self.fits.items()}
        chosen = next((label for label, fit in self.fits.items() if fit is self.fit), "")
        if not chosen:
            chosen = self.fit.name
            fits = {chosen: given_away(self.fit, include_runs, draws), **fits}
        made = type(self)()
        made.offered, made.given = fits, fits[chosen]
        made.param.update(**{name: getattr(self, name) for name in self.names} | {"fit": fits[chosen], "pinned": None})
        if self.pinned is not None:
            fit = self.pinned.explorer.fit
            label = next((label for label, known in self.fits.items() if known is fit), chosen)
            same = fits[label] if fit is self.fit or label != chosen else given_away(fit, include_runs, draws)
            made.pinned = {**self.pinned, "fit": same}
        return made

    @property
    def fits(self) -> dict[str, Fit]:
        """The fits that can be chosen, by title: that of the user's runs or the given one, then every published one."""
        if self.offered:
            return self.offered
        known = _shown(tuple(published_fits()))
        own = {} if self.refit.fit is None else {OWN: self.refit.fit}
        # a given fit whose runs are refitted goes on as theirs
        given = {} if own and self.given.runs is self.refit.runs else {self.given.name: self.given}
        return {**own, **given, **known}

    @property
    def shown(self) -> Shown | None:
        """The runs that are drawn; None if there are none."""
        refit = self.refit
        if refit.runs is None:
            return None if self.fit.runs is None else Shown(self.fit.runs)
        if self.fit is not refit.fit:
            return Shown(refit.runs, refit.dropped)
        bends = refit.objective in ("huber", "envelope") and refit.settings.get("residual", "log") == "log"
        return Shown(
            refit.runs,
            refit.dropped,
            pending=refit.bootstrap if refit.drawing else 0,
            threshold=refit.delta if bends else float("nan"),
            other=refit.frontier,
        )

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        return (
            Group(
                "compute",
                "Compute",
                (
                    Slider("compute", "Training budget", "FLOP", 1e18, 1e27, "power", BUDGET_HELP),
                    Choice("fit", "Coefficients", self.fits, "Which fit of the law to use."),
                    Choice(
                        "near_optimal",
                        "Near-optimal range",
                        TOLERANCES,
                        "Extra cost that still counts as near.",
                        "tolerance",
                    ),
                ),
            ),
            Group(
                "inference",
                "Inference",
                (
                    Slider(
                        "inference_tokens",
                        "Tokens served",
                        "tokens",
                        1e9,
                        1e16,
                        "tick",
                        "Over the model's life; may be typed as 1B requests × 800 tokens.",
                        resting=DEFAULT_TOKENS,
                    ),
                    Choice("hold", "Hold fixed", HOLD_LABELS, "What stays as it is while serving is added."),
                ),
                switch="inference_tokens",
                switch_label="Weigh serving against training",
            ),
        )

    @property
    def demand(self) -> Demand | None:
        """The demand, split into prompt and generated tokens; None without serving."""
        if not self.inference_tokens:
            return None
        return Demand(self.inference_tokens, self.prompt_share, 1 - self.prompt_share)

    @property
    def setting(self) -> Setting:
        """What is fixed while sliders move."""
        return Setting.of(self.fit, self.hold, self.shown)

    @property
    def own_inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from, but for those of a pinned scenario."""
        one = Demand(1.0, self.prompt_share, 1 - self.prompt_share)
        inputs = inputs_of(
            self.fit,
            self.shown,
            compute=self.compute,
            inference_tokens=self.inference_tokens or 0.0,
            token_weight=weighed_tokens(one, self.hardware),
            tolerance=self.near_optimal,
        )
        return {**inputs, **self._marks}

    @property
    def _marks(self) -> dict[str, Any]:
        """Numbers that tell fits and corpora apart; a corpus that is not stated is the runs', or nobody else's."""
        fit, source = self.fit, self.fit.source
        found = mark(fit.law.key, list(fit.values.values()), *(fit.draws or {}).values())
        corpus = found
        if source.corpus:
            corpus = mark(source.corpus, source.tokenizer, fit.law.response.unit)
        elif self.shown is not None:
            corpus = mark(self.shown.runs["loss"])
        return {"mark.fit": np.float64(found), "mark.corpus": np.float64(corpus)}

    @classmethod
    def plainest(cls) -> Self:
        """Return an explorer of point estimates: its frame is quickly made."""
        return cls(POINT_ESTIMATE)

    @staticmethod
    def frame_function(setting: Setting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays."""
        return frames(setting, inputs)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The headline numbers."""
        unit = self.fit.law.response.unit
        return tuple(replace(card, unit=unit) if card.name == "loss" else card for card in CARDS)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What the table of the plan holds."""
        ends = (("Smallest", "near_low"), ("Largest", "near_high"))
        near = (Row(f"{which} near-optimal size", "parameters", f"notes/{note}") for which, note in ends)
        return (*rows_of(self.cards), *near, Row("Beyond the runs", "", "notes/beyond", format="factor"))

    @property
    def table(self) -> Numbers:
        """The numbers of this state as a table."""
        return as_table("The plan", self.rows, numbered(self, self.frames()))

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        found = [
            Sentence(
                f"{{factor}} beyond the runs behind {self.fit.name}: dashed curves are extrapolated.",
                {"factor": ("notes/beyond", "factor")},
                when="notes/extrapolated",
            )
        ]
        if self.fit.draws is None:
            found.append(
                Sentence("Point estimate: these coefficients come without joint draws, so no interval is shown.")
            )
        if self.hold == "quality":
            found.append(
                Sentence(
                    "At the quality that {compute} FLOP buys, the cheapest model over training and serving trains "
                    "{over} beyond that budget.",
                    {"compute": ("inputs/compute", "power"), "over": ("notes/over", "percent")},
                    when="notes/served",
                )
            )
        found.append(
            Sentence("No inference demand: switch it on to weigh serving against training.", when="notes/unserved")
        )
        found += COMPARISONS
        other = None if self.shown is None else self.shown.other
        if other is not None:
            bounds = other.interval()["a"] if other.draws else (float("nan"), float("nan"))
            growth = format_pm(other.values["a"], *bounds, "ratio")
            found.append(Sentence(f"{other.name}: it grows as C to the {growth} (the line in the chart of sizes)."))
            found += [Sentence(str(warning)) for warning in other.warnings if warning not in self.fit.warnings]
        return (*found, *(Sentence(str(warning)) for warning in self.fit.warnings))

    @property
    def formula(self) -> str:
        """The law with the present coefficients, as MathML."""
        from scalewidgets.formula import mathml

        return mathml(self.fit.law, self.fit.values)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the coefficients come from, and the conventions of cost."""
        convention = "Training costs 6 x parameters x tokens, serving 2 x parameters for each token."
        return (*self.fit.source.sentences(), convention)

    @property
    def board(self) -> str:
        """The charts; with runs, their residuals too."""
        return "allocation_board" if self.shown is None else "runs_board"

    @property
    def look(self) -> tuple[str, ...]:
        """What the axis of the loss says."""
        return (self.fit.law.response.axis,)

    @property
    def plan(self) -> Plan:
        """The plan of this state."""
        return plan(
            self.fit,
            compute=self.compute,
            demand=self.demand,
            hardware=self.hardware,
            hold=self.hold,
            near_optimal=self.near_optimal,
        )

    def _plain(self, name: str) -> Any:
        if name != "fit":
            return getattr(self, name)
        return self.fit.key or (OWN if self.fit is self.refit.fit else self.fit.name)

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        lines, first = "import scalewidgets as sw\n\n", repr(self.fit.key)
        if self.fit is self.refit.fit and self.fit is not self.given:
            lines, first = self.refit.code() + "\n", "fit"
        elif not self.fit.key:
            lines, first = lines + 'fit = sw.Fit.load("fit.json")  # saved with fit.save("fit.json")\n', "fit"
        named = self._arguments(("compute", "inference_tokens", "hold", "near_optimal", "prompt_share", "hardware"))
        arguments = tuple(
            text.replace("hardware=", "hardware=sw.", 1)
            if isinstance(text, str) and text.startswith("hardware=")
            else text
            for text in named
        )
        return f"{lines}ex = sw.explore(", (first, *arguments, Argument("pinned", rest=self._rest(self.settings())))
