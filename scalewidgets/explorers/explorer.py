"""The allocation explorer without a face: a state that can be set, observed, saved and turned into code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import param

from scalewidgets.costs import Demand, Hardware
from scalewidgets.costs.demand import weighed_tokens
from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.frames import compute_frames
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.scene import Setting, inputs_of
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.planning.plan import Plan, plan
from scalewidgets.published_fits.loading import published, published_fits

DEFAULT_FIT = "besiroglu2024"
# Inside the range of the default fit's runs.
DEFAULT_COMPUTE = 3e21
DEFAULT_TOKENS = 2e12
TOLERANCES: dict[str, object] = {"1 %": 0.01, "2 %": 0.02, "5 %": 0.05}
HOLD_LABELS: dict[str, object] = {
    "the quality this budget buys": "quality",
    "the training budget": "training",
    "training and serving together": "total",
}


def plannable(fit: Fit) -> bool:
    """Tell whether the allocation explorer can show a fit."""
    return set(fit.law.symbols) == {"N", "D"}


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


class FitParameter(param.Parameter):
    """A fit, which can also be set by the key of a published one or by a name the explorer offers."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, _usable(obj.fits.get(val, val) if isinstance(val, str) else val))


class Explorer(param.Parameterized):
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
    compute = Quantity(default=DEFAULT_COMPUTE, bounds=(1e10, 1e35), doc="Training budget in FLOP.")
    inference_tokens = Quantity(default=None, allow_None=True, bounds=(0.0, 1e20), doc="Tokens served in all.")
    hold = param.Selector(default="quality", objects=list(HOLDS), doc="What stays fixed where there is serving.")
    near_optimal = Quantity(default=0.01, bounds=(1e-4, 0.5), doc="Extra cost near the optimum.")
    prompt_share = Quantity(default=0.0, bounds=(0.0, 1.0), doc="Share of served tokens that is read.")
    hardware = param.ClassSelector(default=None, class_=Hardware, allow_None=True, doc="GPUs and prices.")

    def __init__(self, fit: Fit | str | None = None, **settings: Any) -> None:
        for name in settings:
            if name not in self.param or name == "name":
                raise UnknownName.among("the explorer", "setting", name, [p for p in self.param if p != "name"])
        self.given = _usable(DEFAULT_FIT if fit is None else fit)
        super().__init__(fit=self.given, **settings)

    @cached_property
    def fits(self) -> dict[str, Fit]:
        """The fits that can be chosen, by title: the given one first, then every published one."""
        known = {fit.name: fit for fit in published_fits().values() if plannable(fit)}
        return {self.given.name: self.given, **known}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        return (
            Group(
                "compute",
                "Compute",
                (
                    Slider("compute", "Training budget", "FLOP", 1e18, 1e27, "power", "6 x parameters x tokens."),
                    Choice("fit", "Coefficients", self.fits, "Which fit of the law to use."),
                    Choice("near_optimal", "Near-optimal range", TOLERANCES, "Extra cost that still counts as near."),
                ),
            ),
            Group(
                "inference",
                "Inference",
                (
                    Slider("inference_tokens", "Tokens served", "tokens", 1e9, 1e16, "tick", "Over the model's life."),
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
        return Setting.of(self.fit, self.hold)

    @property
    def inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from."""
        one = Demand(1.0, self.prompt_share, 1 - self.prompt_share)
        return inputs_of(
            self.fit,
            compute=self.compute,
            inference_tokens=self.inference_tokens or 0.0,
            token_weight=weighed_tokens(one, self.hardware),
            tolerance=self.near_optimal,
        )

    def frames(self) -> dict[str, Any]:
        """Return everything the views show in this state."""
        return compute_frames(self.setting, self.inputs)

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

    def settings(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, and the fit and budget always."""
        found: dict[str, Any] = {"fit": self.fit.key or self.fit.name, "compute": self.compute}
        for name in ("inference_tokens", "hold", "near_optimal", "prompt_share", "hardware"):
            if getattr(self, name) != self.param[name].default:
                found[name] = getattr(self, name)
        return found

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Change several settings at once; views follow once, and nothing changes if one of them is refused."""
        for name in settings:
            if name not in self.param or name == "name":
                raise UnknownName.among("the explorer", "setting", name, [p for p in self.param if p != "name"])
        # param sets one after the other: a state of its own meets a refusal first
        Explorer(self.given).param.update(**settings)
        self.param.update(**settings)

    def code(self) -> str:
        """Return the lines of Python that recreate this state."""
        if self.fit.key:
            lines, first = [], repr(self.fit.key)
        else:
            lines, first = ['fit = sw.Fit.load("fit.json")  # saved with fit.save("fit.json")'], "fit"
        named = {name: value for name, value in self.settings().items() if name != "fit"}
        prefix = "sw." if self.hardware else ""
        arguments = [
            first,
            *(f"{name}={prefix if name == 'hardware' else ''}{value!r}" for name, value in named.items()),
        ]
        return "\n".join(["import scalewidgets as sw", "", *lines, f"ex = sw.explore({', '.join(arguments)})"])
