"""An explorer of any law, made from its declaration: every variable and every coefficient gets a slider."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar, Self

import numpy as np
import param

from scalewidgets.declare import Law
from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers.base import Argument, BaseExplorer
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.explorer import given_away, showable
from scalewidgets.explorers.law_frames import doubled, frame
from scalewidgets.explorers.law_responses import DECLARED, EXPONENT, place_of, responses, titles
from scalewidgets.explorers.law_scene import LawSetting
from scalewidgets.explorers.law_tracks import (
    Number,
    Place,
    bounds,
    coefficient_track,
    family,
    illustrative,
    planes,
    published_of,
    span,
    stand,
)
from scalewidgets.explorers.law_view import views_of
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.fits.fit import Fit
from scalewidgets.published_fits.points import points_of
from scalewidgets.references import reference_models
from scalewidgets.registry import laws
from scalewidgets.runs import Runs

MOST_DRAWS = 200
# What the faces of an explorer, and `sw.explore`, call something else.
TAKEN = ("controls", "panel", "runs", "save", "self", "servable", "view", "views", "widget")


class FitOfLaw(param.Parameter):
    """A fit of the explorer's law, which can also be set by its key; its coefficients come with it."""

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str):
            if val not in (found := {fit.key or fit.name: fit for fit in obj.fits.values()}):
                raise UnknownName.among(f"law {obj.law.key!r}", "set of coefficients", val, found)
            val = found[val]
        if not isinstance(val, Fit):
            raise StateError(f"fit is a {type(val).__name__}; give a Fit, or the key of a published one")
        if val.law != obj.law:
            raise StateError(f"fit: {val.name} is a fit of law {val.law.key!r}; this explorer shows {obj.law.key!r}")
        super().__set__(obj, val)
        obj.param.update(**obj.taken)


class LawExplorer(BaseExplorer):
    """Hold the state of the explorer of a law; `law_explorer` makes the class of a law.

    Parameters
    ----------
    fit : Fit or str, optional
        A fit of the law, or the key of a published one; the first published, or illustrative values.
    runs : Runs, optional
        Runs to compare with; those of the fit if left out.
    axis : str
        Symbol of the variable whose chart comes first.
    curves : str
        Symbol of the variable that differs among a family of curves; empty for none.
    plane : str
        Symbols of the two variables of the heat map, such as "N D"; empty for a law of one variable.
    response : str
        What the charts show of the response: "declared", or as far as the law has them "excess" (above its irreducible
        coefficient), "bits", "perplexity", "exponent" (slope on logarithmic axes).
    **settings
        A value of each variable by its symbol, and of each coefficient by its name. A name that means something else
        to an explorer gets an underscore behind it.

    Raises
    ------
    StateError, UnknownName, QuantityError
        Naming the setting, what it was given and what it takes.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> ex = law_explorer(sw.law("kaplan-n"))(N="1e9")
    >>> ex.alpha_N = 0.08
    >>> ex.settings()["alpha_N"]
    0.08
    """

    board = "law_board"
    shown_always = ("fit",)

    law: ClassVar[Law]
    default: ClassVar[Fit]
    names_of: ClassVar[Mapping[str, str]]

    fit = FitOfLaw(default=None, doc="Coefficients and their uncertainty.")
    axis = param.Selector(default="", objects=[""], doc="Whose chart comes first.")
    curves = param.Selector(default="", objects=[""], doc="What differs among a family of curves.")
    plane = param.Selector(default="", objects=[""], doc="The two variables of the heat map.")
    response = param.Selector(default=DECLARED, objects=[DECLARED], doc="What charts show of the response.")

    def __init__(self, fit: Fit | str | None = None, *, runs: Runs | None = None, **settings: Any) -> None:
        self._check_names(settings)
        first = self.default if fit is None else fit
        self.given = first if isinstance(first, Fit) else self.default
        self.offered: dict[str, Fit] = {}
        super().__init__()
        self.runs = runs
        self.fit = first
        self.param.update(**settings)
        if self.runs is None:
            self.runs = self.fit.runs
        self._check_runs()

    def _check_runs(self) -> None:
        if self.runs is None:
            return
        if missing := [symbol for symbol in self.law.symbols if symbol not in self.runs.columns]:
            raise StateError(f"runs have no column {', '.join(missing)}, which law {self.law.key!r} needs")

    @property
    def title(self) -> str:  # type: ignore[override]  # of all others it is the class's
        """What a page is called."""
        return self.law.title or self.law.key or "A law of your own"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the settings; coefficients come after the fit that they differ from."""
        return ("fit", "axis", "curves", "plane", "response", *self.names_of.values())

    @property
    def taken(self) -> dict[str, float]:
        """The settings that a set of coefficients brings with it."""
        return {self.names_of[name]: value for name, value in self.fit.values.items()}

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Change several settings at once; views follow once, and nothing changes if one of them is refused."""
        # a fit brings its coefficients, and those that are set with it count
        super().apply({name: settings[name] for name in sorted(settings, key=lambda name: name != "fit")})

    def twin(self, **changed: Any) -> Self:
        """Return another explorer in the same state but for what is named, with the same runs and fits on offer."""
        made = type(self)()
        made.given, made.runs, made.offered = self.given, self.runs, self.offered
        made.param.update(**{name: getattr(self, name) for name in self.names} | changed)
        return made

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> Self:
        """Return a twin for others: without the user's runs unless asked, with at most so many draws a fit."""
        made, kept = self.twin(), {name: getattr(self, name) for name in self.names}
        chosen = next((label for label, fit in self.fits.items() if fit is self.fit), self.fit.name)
        fits = {chosen: self.fit, **self.fits}
        made.offered = {label: given_away(fit, include_runs, draws) for label, fit in fits.items()}
        made.given = made.offered[chosen]
        made.runs = self.runs if include_runs else None
        made.param.update(**kept | {"fit": made.given})
        made.param.update(**{name: value for name, value in kept.items() if name != "fit"})
        return made

    @property
    def fits(self) -> dict[str, Fit]:
        """The sets of coefficients that can be chosen, by title."""
        if self.offered:
            return self.offered
        known = {fit.name: fit for fit in published_of(self.law)}
        return {self.given.name: self.given, **known}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        choices = [Choice("fit", "Coefficients", self.fits, "Which values of the coefficients to use.")]
        if len(self.law.symbols) > 1:
            options = {"none": "", **{f"over {v.label.lower()} ({v.symbol})": v.symbol for v in self.law.variables}}
            choices.append(Choice("curves", "Family of curves", options, "Further curves at fixed values of it."))
        if len(forms := titles(self.law)) > 1:
            words = " ".join(f"{each.label}: {each.help}" for each in responses(self.law)[1:])
            choices.append(Choice("response", "Response", forms, words, feeds="response"))
        variables = [
            Slider(
                self.names_of[v.symbol],
                v.label if v.symbol in v.label else f"{v.label} {v.symbol}",
                "" if v.axis == v.label else v.unit,
                v.low,
                v.high,
                v.format,
                f"{v.label}; {v.allowed}.",
                scale=v.scale,
                feeds=f"variable.{v.symbol}",
            )
            for v in self.law.variables
        ]
        fits = list(self.fits.values())
        coefficients = []
        for each in self.law.coefficients:
            low, high, scale = coefficient_track(each, fits)
            label, words = each.name, f"{each.kind.capitalize()}{f', in {each.unit}' if each.unit else ''}."
            coefficients.append(
                Slider(
                    self.names_of[each.name],
                    label,
                    "",
                    low,
                    high,
                    "formula",
                    words,
                    scale=scale,
                    count=200,
                    feeds=f"coefficient.{each.name}",
                )
            )
        return (
            Group("law", "Law", tuple(choices)),
            Group("variables", "Variables", tuple(variables)),
            Group("coefficients", "Coefficients", tuple(coefficients)),
        )

    @property
    def setting(self) -> LawSetting:
        """What is fixed while sliders move."""
        return LawSetting(self.law, self.fit.draws is not None, self.runs is not None, tuple(self.plane.split()))

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """The arrays that the frames are computed from."""
        law, fit = self.law, self.fit
        found: dict[str, Any] = {
            "curves": law.symbols.index(self.curves) if self.curves else -1,
            "response": place_of(law, self.response),
        }
        for variable in law.variables:
            symbol = variable.symbol
            found[f"variable.{symbol}"] = getattr(self, self.names_of[symbol])
            found[f"span.{symbol}.low"], found[f"span.{symbol}.high"] = span(variable, fit)
            found[f"family.{symbol}"] = family(variable)
        for symbol in dict.fromkeys((*law.symbols, *(("C",) if {"N", "D"} <= set(law.symbols) else ()))):
            low, high = fit.source.ranges.get(symbol, (-np.inf, np.inf))
            found[f"range.{symbol}.low"], found[f"range.{symbol}.high"] = low, high
        found |= {f"coefficient.{name}": getattr(self, self.names_of[name]) for name in law.names}
        found |= {f"given.{name}": value for name, value in fit.values.items()}
        if fit.draws is not None:
            found |= {f"draw.{name}": draw[:MOST_DRAWS] for name, draw in fit.draws.items()}
        if points := points_of(law):
            found |= {f"points.{symbol}": [point.at[symbol] for point in points] for symbol in law.symbols}
            found["points.value"] = [point.value if point.fit == fit.key else np.nan for point in points]
        if self.plane == "N D":
            for name, total in (("models", True), ("hollow", False)):
                rows = [model for model in reference_models() if (model.N_convention == "total") == total]
                found |= {f"{name}.{symbol}": [getattr(model, symbol) for model in rows] for symbol in ("N", "D")}
        if self.runs is not None:
            found |= {f"runs.{symbol}": self.runs[symbol] for symbol in law.symbols}
            found["runs.response"] = self.runs["loss"]
        return {name: np.asarray(value, dtype=float)[()] for name, value in found.items()}

    @staticmethod
    def frame_function(setting: LawSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays."""
        return frame(setting, inputs)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The response where the sliders stand, and what doubling each variable does to it."""
        response = self.law.response
        first = Card("response", response.label, response.unit, response.format, "Where the sliders stand.")
        shares = (
            Card(f"share {symbol}", self.law.variable(symbol).label, "", "percent", "Of the whole, as it is used.")
            for symbol in self.law.simplex
        )
        forms = (
            Card(f"as {each.key}", each.label, each.unit, each.format, each.help, when=f"notes/shows {each.key}")
            for each in responses(self.law)[1:]
            if each.key != EXPONENT
        )
        slopes = (
            Card(
                f"{EXPONENT} {variable.symbol}",
                f"{each.label} in {variable.symbol}",
                each.axis_over(self.law, variable),
                each.format,
                each.help,
                when=f"notes/shows {EXPONENT}",
            )
            for each in responses(self.law)
            if each.key == EXPONENT
            for variable in self.law.variables
        )
        return (
            first,
            *forms,
            *slopes,
            *shares,
            *(
                Card(
                    f"twice {v.symbol}",
                    f"Twice the {v.label.lower()}",
                    f"change of {response.symbol}",
                    "percent",
                    f"What doubling {v.symbol} does, all else equal.",
                )
                for v in doubled(self.law)
            ),
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        fit, response = self.fit, self.law.response
        found = [
            Sentence(
                f"{{factor}} beyond the runs behind {fit.name}: dashed curves are extrapolated.",
                {"factor": ("notes/beyond", "factor")},
                when="notes/extrapolated",
            ),
            Sentence(f"Coefficients set by hand: they are no longer those of {fit.name}.", when="notes/moved"),
            Sentence(
                f"With these values the law gives no {response.label.lower()} that makes sense.", when="notes/nowhere"
            ),
            Sentence(
                f"Curves have gaps where the law gives no {response.label.lower()} that is {response.allowed}.",
                when="notes/missing",
            ),
        ]
        if self.law.simplex:
            found.append(Sentence("The shares are taken in proportion, so that they always make up the whole."))
        if fit.source.verified == "illustrative":
            found.append(Sentence("Illustrative coefficients, from no paper: they show the form only."))
        elif fit.draws is None:
            found.append(
                Sentence("Point estimate: these coefficients come without joint draws, so no interval is shown.")
            )
        found.append(Sentence("Squares are reference values, at values of their own.", when="notes/referred"))
        if any(each.key == EXPONENT for each in responses(self.law)):
            words = "A slope belongs to the law alone: reference values, runs and bands have none and are not shown."
            found.append(Sentence(words, when=f"notes/shows {EXPONENT}"))
        if len(responses(self.law)) > 1:
            words = f"Maps, bars and residuals stay those of the {response.label.lower()} as declared."
            found.append(Sentence(words, when="notes/converted"))
        legends = (view.legend for view in views_of(self.setting) if view.legend)
        return (*found, *(Sentence(str(warning)) for warning in fit.warnings), *map(Sentence, legends))

    @property
    def formula(self) -> str:
        """The law with the present coefficients, as MathML."""
        return _formula(self.law, tuple((name, getattr(self, self.names_of[name])) for name in self.law.names))

    @property
    def sources(self) -> tuple[str, ...]:
        """Where form and coefficients come from, and the traps of both."""
        form = f"Form: {self.law.citation}."
        if self.fit.source.verified == "illustrative":
            return (form, *self.law.notes)
        return (form, *self.fit.source.sentences(), *self.law.notes)

    @property
    def look(self) -> tuple[str, ...]:
        """Whose chart comes first, and what the heat map lies over."""
        # the words of a chart follow the state where the page computes, and are drawn where it does not
        return (self.axis, self.plane, self.law.key, "" if self.law.portable else self.response)

    def settings(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, and the fit."""
        given = {name: self.param[name].default for name in self.names} | self.taken
        return {name: self._plain(name) for name in self.names if name == "fit" or getattr(self, name) != given[name]}

    def _plain(self, name: str) -> Any:
        return (self.fit.key or self.fit.name) if name == "fit" else getattr(self, name)

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        lines, first = "import scalewidgets as sw\n\n", repr(self.fit.key)
        if self.fit is self.default and not self.fit.key:
            known = laws().get(self.law.key) is self.law
            first = repr(self.law.key) if known else "law"
            lines += "" if known else "# law is the one you declared\n"
        elif not self.fit.key:
            lines, first = lines + 'fit = sw.Fit.load("fit.json")  # saved with fit.save("fit.json")\n', "fit"
        view = ("view='law'",) if showable(self.law) else ()
        taken = self.taken
        rest = tuple(
            Argument(part.name, part.always, taken.get(part.name)) if isinstance(part, Argument) else part
            for part in self._arguments(self.names[1:])
        )
        return f"{lines}ex = sw.explore(", (first, *view, *rest)


@lru_cache(maxsize=256)
def _formula(law: Law, values: tuple[tuple[str, float], ...]) -> str:
    from scalewidgets.formula import mathml

    return mathml(law, dict(values))


@cache
def law_explorer(law: Law) -> type[LawExplorer]:
    """Return the class of explorer of a law, with a setting for each of its variables and coefficients.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> law_explorer(sw.law("henighan-c"))().names[5:]
    ('C', 'L_inf', 'C_0', 'alpha')
    """
    fits = published_of(law) or (illustrative(law),)
    names = {name: _setting_name(name) for name in (*law.symbols, *law.names)}
    made: dict[str, Any] = {
        "__doc__": LawExplorer.__doc__,
        "law": law,
        "default": fits[0],
        "names_of": names,
        "axis": param.Selector(default=law.symbols[0], objects=list(law.symbols)),
        "curves": param.Selector(default="", objects=["", *law.symbols]),
        "plane": param.Selector(default=planes(law)[0], objects=list(planes(law))),
        "response": param.Selector(default=DECLARED, objects=[each.key for each in responses(law)]),
    }
    for variable in law.variables:
        made[names[variable.symbol]] = Place(
            variable, default=stand(variable, fits), bounds=bounds(variable), doc=variable.axis
        )
    for coefficient in law.coefficients:
        made[names[coefficient.name]] = Number(
            default=fits[0].values[coefficient.name],
            bounds=(coefficient.low, coefficient.high),
            doc=coefficient.kind,
        )
    return type("LawExplorer", (LawExplorer,), made)


def _setting_name(name: str) -> str:
    """Return a name that an explorer has free."""
    return f"{name}_" if hasattr(LawExplorer, name) or name in TAKEN or keyword.iskeyword(name) else name
