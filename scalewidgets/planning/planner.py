"""Declare a planner: a question about a setting, whose answer is drawn, fitted with numbers and explored as a law is.

A module of `scalewidgets.planning.planners` that holds a `Planner` adds one; nothing else is edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.errors import UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.published_fits.loading import published

__all__ = ["Planner", "constant", "numbered", "part", "planner", "planners"]

# What parts the key of a fit from the mark of its coefficients.
MARK = "@"


@dataclass(frozen=True, repr=False)
class Planner:
    """Describe what is asked, what is answered, and which numbers the answer rests on.

    Parameters
    ----------
    function : callable
        ``function(C, N, *, alpha, ...)`` returns a mapping with the symbol of every answer; variables are positional,
        coefficients keywords, and everything is written with `scalewidgets.ops`. It takes numbers and arrays of one
        axis that broadcast.
    key, title : str
    variables : tuple of Variable
        What is asked for. Charts of the further answers lie over the first.
    answers : tuple of Variable
        The first is drawn and put on the first card, the others have a card and a chart each.
    coefficients : tuple of Coefficient
        Of the laws behind it, and constants that a reader may want to move.
    sets : tuple of tuple of str
        Sets of coefficients: the keys of published fits that together give them. Behind "@" stands what
        `numbered` put behind their names. Coefficients that none of them has keep their typical value.
    citation : Citation
    topic : str
    notes : tuple of str
        What a reader of the answer should know.
    rises : tuple of str
        Symbols of the variables with which the first answer rises.

    Examples
    --------
    >>> found = planner("best-sparsity").answer(C=1e21, N=1e9)
    >>> round(float(found["S"]), 3), round(float(found["L"]), 5)
    (0.623, 2.27835)
    """

    function: Callable[..., Mapping[str, Any]]
    key: str
    title: str
    variables: tuple[Variable, ...]
    answers: tuple[Variable, ...]
    coefficients: tuple[Coefficient, ...]
    citation: Citation
    topic: str
    sets: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    rises: tuple[str, ...] = ()

    def __repr__(self) -> str:
        given = ", ".join(variable.symbol for variable in self.variables)
        return f"Planner({self.key!r}: {', '.join(answer.symbol for answer in self.answers)} for {given})"

    @cached_property
    def forms(self) -> dict[str, Law]:
        """Each answer as a law of what is asked for, by its symbol."""
        return {answer.symbol: self._form(answer) for answer in self.answers}

    @property
    def law(self) -> Law:
        """The first answer as a law."""
        return self.forms[self.answers[0].symbol]

    def _form(self, answer: Variable) -> Law:
        def kernel(*given: Any, **coefficients: Any) -> Any:
            # the factor keeps an answer that is a sum from being taken for a law of several terms
            return 1.0 * self.function(*given, **coefficients)[answer.symbol]

        kernel.__name__ = self.key
        return Law(
            kernel,
            self.key,
            response=answer,
            variables=self.variables,
            coefficients=self.coefficients,
            citation=self.citation,
            title=self.title,
            rises=self.rises,
            bends=tuple(v.symbol for v in self.variables if v.symbol not in self.rises),
            notes=self.notes,
            topic=self.topic,
        )

    def fits(self, law: Law) -> tuple[Fit, ...]:
        """Return the sets of coefficients as fits of a form of this planner, or neutral ones where it has no set."""
        if not self.sets:
            neutral = {each.name: each.illustrative for each in self.coefficients}
            return (Fit(law, neutral, Source(self.citation, "illustrative"), title="Illustrative values"),)
        return tuple(self.taking(law, {key: published(key.partition(MARK)[0]) for key in keys}) for keys in self.sets)

    def taking(self, law: Law, parts: Mapping[str, Fit]) -> Fit:
        """Return fits, such as your own, as one fit of a form of this planner; after "@" in a key stands the mark.

        Raises
        ------
        UnknownName
            For a fit of a law that is not behind this planner.
        """
        known = {_marked(name, key): value for key, each in parts.items() for name, value in each.values.items()}
        for name in known:
            if name not in law.names:
                raise UnknownName.among(f"planner {self.key!r}", "coefficient", name, law.names)
        own = [each.name for each in self.coefficients if each.name not in known]
        first, *_ = parts.values()
        notes = tuple(dict.fromkeys(note for each in parts.values() for note in each.source.notes))
        if own:
            notes += (f"No paper's, set to show the form: {', '.join(own)}.",)
        return Fit(
            law,
            {each.name: known.get(each.name, each.illustrative) for each in self.coefficients},
            # the ranges of the runs are of the law's variables, which a planner may not have
            replace(first.source, ranges={}, notes=notes),
            key="+".join(key for key in parts if key),
            title="; ".join(dict.fromkeys(each.name for each in parts.values())),
        )

    def answer(self, **given: Any) -> dict[str, Any]:
        """Answer: every variable by keyword, coefficients where they differ from the first set.

        Raises
        ------
        UnknownName, DomainError
            As a call of a law does.
        """
        known = {**self.fits(self.law)[0].values, **given}
        # the law's own call refuses what makes no sense
        self.law(**known)
        variables = [known[variable.symbol] for variable in self.variables]
        return dict(self.function(*variables, **{each.name: known[each.name] for each in self.coefficients}))


@cache
def planners() -> dict[str, Planner]:
    """Return every planner by key, in alphabetical order."""
    package = importlib.import_module("scalewidgets.planning.planners")
    modules = (
        importlib.import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    )
    found = {each.key: each for module in modules for each in vars(module).values() if isinstance(each, Planner)}
    return {key: found[key] for key in sorted(found)}


def planner(key: str) -> Planner:
    """Return one planner by key.

    Raises
    ------
    UnknownName
        Listing what there is.

    Examples
    --------
    >>> planner("best-sparsity").answers[0].label
    'Best sparsity'
    """
    if key not in planners():
        raise UnknownName.among("the catalogue", "planner", key, planners())
    return planners()[key]


def constant(name: str, typical: float, unit: str = "", kind: str = "scale") -> Coefficient:
    """Return a number behind an answer that no law has, which a reader may move; "fraction" lies between 0 and 1."""
    if kind == "fraction":
        return Coefficient(name, kind, 0.0, 1.0, (typical / 2, (1 + typical) / 2), unit=unit, typical=typical)
    return Coefficient(
        name, kind, typical * 1e-9, typical * 1e9, (typical / 3, typical * 3), unit=unit, typical=typical
    )


def numbered(coefficients: tuple[Coefficient, ...], mark: str) -> tuple[Coefficient, ...]:
    """Return the coefficients of a law that is there more than once, with a mark behind each name.

    Examples
    --------
    >>> from scalewidgets.laws.coverage import LAW
    >>> [each.name for each in numbered(LAW.coefficients, "2")]
    ['a_2', 'b_2']
    """
    return tuple(replace(each, name=f"{each.name}_{mark}", latex="") for each in coefficients)


def part(values: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Return the values of the coefficients with this mark, without it.

    Examples
    --------
    >>> part({"a_1": 1.0, "a_2": 2.0}, "2")
    {'a': 2.0}
    """
    end = f"_{mark}"
    return {name.removesuffix(end): value for name, value in values.items() if name.endswith(end)}


def _marked(name: str, key: str) -> str:
    mark = key.partition(MARK)[2]
    return f"{name}_{mark}" if mark else name
