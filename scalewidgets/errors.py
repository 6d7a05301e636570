"""Errors and cautions: every exception the library raises on purpose, and the note it attaches to a result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "Caution",
    "DataError",
    "DomainError",
    "FitCancelled",
    "FitError",
    "PlanError",
    "PortabilityError",
    "PublishedError",
    "QuantityError",
    "RunsError",
    "ScalewidgetsError",
    "StateError",
    "UnknownName",
]


class ScalewidgetsError(Exception):
    """Be the base of every error this library raises on purpose."""


class DomainError(ScalewidgetsError, ValueError):
    """Say that a value lies where a law or a formula is not defined."""


class QuantityError(ScalewidgetsError, ValueError):
    """Say that a typed quantity or a unit cannot be read."""


class RunsError(ScalewidgetsError, ValueError):
    """Say that a table of runs cannot be used as it stands."""


class DataError(ScalewidgetsError, OSError):
    """Say that a public data set cannot be had, or that a file is not the one declared."""


class FormulaError(ScalewidgetsError, ValueError):
    """Say where a typed formula can't be read, and what may stand there."""


class FitError(ScalewidgetsError, ValueError):
    """Say that a law cannot be fitted to these runs, or that a fit lacks what was asked of it."""


class FitCancelled(FitError):
    """Say that a fit was ended before it was done, because it was asked to."""


class PlanError(ScalewidgetsError, ValueError):
    """Say that no plan answers the question as it was put."""


class PublishedError(ScalewidgetsError, ValueError):
    """Say that a file of published coefficients is incomplete or inconsistent."""


class StateError(ScalewidgetsError, ValueError):
    """Say that saved or requested settings do not describe a valid state."""


class PortabilityError(ScalewidgetsError, TypeError):
    """Say that a function uses an operation that cannot be recorded and replayed."""


class UnknownName(ScalewidgetsError, KeyError):
    """Say that a name is not among those on offer, and list the ones that are.

    Examples
    --------
    >>> print(UnknownName.among("the registry", "law", "chinchila", ["kaplan", "chinchilla"]))
    the registry has no law 'chinchila'; it has chinchilla, kaplan. Did you mean 'chinchilla'?
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show the message quoted

    @classmethod
    def among(cls, owner: str, kind: str, name: object, known: Iterable[object]) -> UnknownName:
        """Build the error for a name that is missing from a set of known names.

        Parameters
        ----------
        owner : str
            What was asked, as the subject of the sentence: ``"the registry"``.
        kind : str
            What the name should have named: ``"law"``.
        name : object
            The name that was asked for.
        known : iterable
            The names on offer, in any order.
        """
        names = sorted({str(each) for each in known})
        listed = ", ".join(names) if names else "none"
        lowered = {each.lower(): each for each in reversed(names)}
        close = get_close_matches(str(name).lower(), lowered, n=1)
        hint = f". Did you mean {lowered[close[0]]!r}?" if close else ""
        return cls(f"{owner} has no {kind} {str(name)!r}; it has {listed}{hint}")


@dataclass(frozen=True)
class Caution:
    """Hold one thing a reader must know before relying on a result.

    Parameters
    ----------
    key : str
        A short stable name, for programs: ``"imputed"``.
    sentence : str
        What is the case, in one sentence.
    remedy : str, optional
        What to do about it.

    Examples
    --------
    >>> print(Caution("one-size", "All runs have one N.", "Add runs of another size."))
    All runs have one N. Add runs of another size.
    """

    key: str
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".rstrip()
