"""An explorer of any planner: its first answer is explored as a law is, the others have a card and a chart each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, ClassVar

import param

from scalewidgets import ops
from scalewidgets.declare import Variable
from scalewidgets.explorers.axes import padded, padded_log
from scalewidgets.explorers.base import Argument
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_frames import grid
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_view import LawView, Mark
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.planner import Planner


class PlannerExplorer(LawExplorer):
    """Hold the state of the explorer of a planner; `planner_explorer` makes the class of a planner.

    Parameters
    ----------
    fit : Fit or str, optional
        One of the planner's sets of coefficients; the first if left out.
    **settings
        ``axis``, ``curves``, each variable by its symbol and each coefficient by its name, as of `LawExplorer`.

    Examples
    --------
    >>> from scalewidgets.planning.planner import planner
    >>> ex = planner_explorer(planner("best-sparsity"))(C=1e21, N=1e9)
    >>> round(float(ex.frames()["cards"]["answer L"]["value"]), 5)
    2.27835
    """

    planner: ClassVar[Planner]
    sets: ClassVar[tuple[Fit, ...]]

    @property
    def fits(self) -> dict[str, Fit]:
        """The sets of coefficients that can be chosen, by title."""
        return self.offered or {fit.name: fit for fit in self.sets}

    @property
    def cards(self) -> tuple[Card, ...]:
        """The answers where the sliders stand."""
        own = (card for card in super().cards if kept(card.name))
        rest = self.planner.answers[1:]
        return (*own, *(Card(card_of(a), a.label, a.unit, a.format, "Where the sliders stand.") for a in rest))

    @staticmethod
    def frame_function(setting: LawSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show: the law's frame, with the cards of all answers."""
        found = LawExplorer.frame_function(setting, inputs)
        cards = {name: card for name, card in found["cards"].items() if kept(name)}
        for view in setting.law.views:
            # each is a partial of `answer_view`, which a law's declaration does not ask of its views
            planner, answer = (view.keywords[name] for name in ("planner", "answer"))  # type: ignore[attr-defined]
            scene = scene_of(planner, answer, LawScene(setting, inputs))
            here = scene.response(scene.values, scene.coefficients)
            cards[card_of(answer)] = {"value": here, "low": NAN * here, "high": NAN * here}
        return {**found, "cards": cards}

    @property
    def chosen(self) -> bool:
        """Whether another set of coefficients than the first is chosen."""
        same = self.fit.key == self.default.key and self.fit.source.verified == self.default.source.verified
        return self.fit is not self.default and not same

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        lines, (_, *rest) = super().code_template()
        rest = [each for each in rest if each != "view='law'"]
        key = repr(self.planner.key)
        if not self.chosen:
            return "import scalewidgets as sw\n\nex = sw.explore(", (key, *rest)
        # a fit of the user's own is loaded by the lines of a law's explorer
        first = repr(self.fit.key) if self.fit.key else "fit"
        return lines, (first, f"view={key}", *rest)


@cache
def planner_explorer(planner: Planner) -> type[PlannerExplorer]:
    """Return the class of explorer of a planner, with a setting for each of its variables and coefficients.

    Examples
    --------
    >>> from scalewidgets.planning.planner import planner
    >>> planner_explorer(planner("best-granularity"))().names[5:8]
    ('C', 'w', 'n')
    """
    views = tuple(partial(answer_view, planner=planner, answer=answer) for answer in planner.answers[1:])
    law = replace(planner.law, views=views)
    fits = planner.fits(law)
    # a map would take each answer for a loss, which has a least place
    plane = param.Selector(default="", objects=[""])
    made = {"planner": planner, "sets": fits, "default": fits[0], "plane": plane, "__doc__": PlannerExplorer.__doc__}
    return type("PlannerExplorer", (PlannerExplorer, law_explorer(law)), made)


def kept(card: str) -> bool:
    """Tell whether a card of a law's explorer suits an answer: what doubling does to it is seen on its charts."""
    return not card.startswith("twice ")


def card_of(answer: Variable) -> str:
    """Return the name of the card of a further answer."""
    return f"answer {answer.symbol}"


def scene_of(planner: Planner, answer: Variable, scene: LawScene) -> LawScene:
    """Return the same scene of another answer."""
    return replace(scene, setting=replace(scene.setting, law=planner.forms[answer.symbol]))


def answer_view(setting: LawSetting, *, planner: Planner, answer: Variable) -> LawView:
    """Return the chart of a further answer, over the planner's first variable."""
    first = planner.variables[0]
    hover = ((answer.label, "y"), (first.label, "x"))
    return LawView(
        card_of(answer),
        answer.label,
        f"{answer.label} against {first.symbol}",
        partial(answer_frame, planner, answer),
        (Mark("curve", "curve", "same"), Mark("points", "here", "here", hover)),
        first,
        answer,
    )


def answer_frame(planner: Planner, answer: Variable, first: LawScene) -> dict[str, Any]:
    """Return the curve of a further answer, and where the sliders stand."""
    scene, variable = scene_of(planner, answer, first), planner.variables[0]
    low, high = scene.span(variable)
    x = grid(variable, low, high)
    y = scene.response(scene.along(**{variable.symbol: x}), scene.coefficients)
    here = scene.response(scene.values, scene.coefficients)
    known = ops.isfinite(y)
    bottom, top = ops.smallest(ops.where(known, y, float("inf"))), ops.largest(ops.where(known, y, -float("inf")))
    sane = bottom < top
    bottom, top = ops.where(sane, bottom, answer.low), ops.where(sane, top, answer.high)
    pad = padded_log if answer.scale == "log" else padded
    return {
        "tables": {
            "curve": {"x": x, "y": y},
            "here": {"x": ops.stack(scene.values[variable.symbol]), "y": ops.stack(here)},
        },
        "ranges": {"x": (low, high), "y": pad(bottom, top, 0.06)},
    }
