"""Refit while looking: the user's runs, which of them count, how they are fitted, and the fit that follows.

Whoever shows a refit watches its parameters. Fits are made in a thread; `deliver` brings their results to where the
parameters may be set.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import param

from scalewidgets.declare import Law
from scalewidgets.errors import ScalewidgetsError, StateError
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.latest import Cancelled, Latest
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.question import CHOICES, Question, law_of, rows_of
from scalewidgets.explorers.upload import read_upload
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.methods import METHODS
from scalewidgets.fitting.objectives import NAMES
from scalewidgets.registry import laws
from scalewidgets.runs import Runs

DRAWS, MOST_DRAWS = 200, 100_000
# Share of the work after which progress is told again.
STEP = 0.02
USUAL = "chinchilla"
OBJECTIVES = {
    "Huber": "huber",
    "squares": "squared",
    "absolute deviations": "absolute",
    "envelope of the best runs": "envelope",
}
WAYS = {
    "the surface (approach 3)": "surface",
    "isoFLOP parabolas (approach 2)": "isoflop",
    "envelope of curves (approach 1)": "envelope",
}


class LawParameter(param.Parameter):
    """A law, which can also be set by its key."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, law_of(val))


class Dropped(param.Parameter):
    """Rows left out, counted from 0: numbers, or text such as "3, 17"."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, rows_of(val, obj.runs))


class Refit(param.Parameterized):
    """Hold runs and how they are fitted, and keep a fit that follows every change.

    Parameters
    ----------
    given : Runs or Fit, optional
        Runs to fit, or a fit of `sw.fit`, which is shown as it is until something changes.
    shows : callable, optional
        Tells whether a law can be shown; laws it refuses are not offered.
    **choices
        ``law``, ``objective``, ``delta``, ``method``, ``bootstrap``, ``dropped``.

    Attributes
    ----------
    fit : Fit or None
        The last fit that succeeded, of the runs that are kept. First as a point estimate, then with draws.
    frontier : Fit or None
        With another method than the surface: its power law of the best size, beside `fit`.
    drawing : bool
        Whether `fit` is a point estimate whose draws are on their way.
    busy : bool
    progress : float
        Share of the present work that is done.
    error : str
        Why the last change could not be carried out, and what to do; empty if it was.
    deliver : callable
        Called from the thread with a function to run where the parameters may be set.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> runs = sw.simulate(sw.published("hoffmann2022"), N=[[1e8], [1e9], [1e10]], D=[1e10, 1e11, 1e12])
    >>> refit = Refit(runs, bootstrap=0)
    >>> refit.toggle(4)
    >>> refit.wait()
    True
    >>> len(refit.fit.runs), refit.dropped
    (8, (4,))
    """

    runs = param.ClassSelector(default=None, class_=Runs, allow_None=True, doc="All runs, also those left out.")
    dropped = Dropped(default=(), doc="Rows left out of the fit, counted from 0.")
    law = LawParameter(default=None, doc="The law that is fitted.")
    objective = param.Selector(default="huber", objects=list(NAMES), doc="Function of the residual that is summed.")
    delta = Quantity(default=1e-3, bounds=(1e-8, 10.0), doc="Residual beyond which the Huber loss is linear.")
    method = param.Selector(default="surface", objects=["surface", *METHODS], doc="How the best size is found.")
    bootstrap = param.Integer(default=DRAWS, bounds=(0, MOST_DRAWS), doc="Resamples behind the bands; 0 for none.")
    fit = param.ClassSelector(default=None, class_=Fit, allow_None=True, doc="The last fit that succeeded.")
    frontier = param.ClassSelector(default=None, class_=Fit, allow_None=True, doc="The other method's power law.")
    drawing = param.Boolean(default=False, doc="Whether draws are on their way.")
    busy = param.Boolean(default=False, doc="Whether a fit is being made.")
    progress = param.Number(default=0.0, bounds=(0.0, 1.0), doc="Share of the work that is done.")
    error = param.String(default="", doc="Why the last change could not be carried out.")

    def __init__(
        self, given: Runs | Fit | None = None, *, shows: Callable[[Law], bool] | None = None, **choices: Any
    ) -> None:
        self.shows = shows or (lambda law: True)
        self.deliver: Callable[[Callable[[], None]], Any] = _at_once
        self.origin = ""
        self.how: Mapping[str, object] = {}
        self.settings: Mapping[str, Any] = {}
        self._latest = Latest()
        self._past: list[tuple[int, ...]] = []
        self._results: deque[Callable[[], None]] = deque()
        super().__init__()
        self.param.watch(self._changed, ["runs", *CHOICES])
        if given is None and choices:
            raise StateError(f"{', '.join(choices)}: there are no runs to fit; give runs=...")
        if isinstance(given, Fit):
            self.adopt(given)
            if choices:
                self.param.update(**choices)
        elif given is not None:
            law = law_of(choices.pop("law", None)) or next(iter(self._fitting(given)), None)
            if law is None:
                columns = ", ".join(given.columns)
                raise StateError(f"runs: no law that can be shown here is one of {columns}; give columns for N and D")
            self.param.update(**{"runs": given, "law": law, **choices})

    @property
    def question(self) -> Question | None:
        """What the present choices ask for; None without runs."""
        if self.runs is None:
            return None
        return Question(self.runs, **{name: getattr(self, name) for name in CHOICES}, settings=self.settings)

    @property
    def kept(self) -> int:
        """How many runs count."""
        return 0 if self.runs is None else len(self.runs) - len(self.dropped)

    @property
    def choosable(self) -> dict[str, Law]:
        """The laws that these runs can be fitted to and that can be shown, by title."""
        found = [] if self.runs is None else self._fitting(self.runs)
        own = [] if self.law is None or self.law in found else [self.law]  # one that is not in the catalogue
        return {law.title or law.key: law for law in [*own, *found]}

    @property
    def controls(self) -> tuple[Choice | Slider, ...]:
        """What can be chosen about the fit."""
        return (
            Choice("law", "Law", self.choosable, "The law that is fitted, of those that need no other column."),
            Choice("objective", "Objective", OBJECTIVES, "What the fit makes small, summed over the runs."),
            Slider(
                "delta", "Huber delta", "", 1e-5, 1.0, "plain", "Residuals beyond it count linearly.", per_decade=20
            ),
            Choice("method", "Best size by", WAYS, "Another method's power law is drawn beside the surface's."),
        )

    def _fitting(self, runs: Runs) -> list[Law]:
        """Return the laws that runs can be fitted to and that can be shown, the usual one first."""
        found = [law for law in laws().values() if set(law.symbols) <= set(runs.columns) and self.shows(law)]
        return sorted(found, key=lambda law: law.key != USUAL)

    def adopt(self, fit: Fit) -> None:
        """Take over a fit with its runs and the way it was made; it is not fitted again.

        Raises
        ------
        StateError
            If it keeps no runs, or was not fitted here.
        """
        asked = Question.of(fit)
        self._latest.cancel()
        self._past.clear()
        self.origin, self.how, self.settings = "", {}, asked.settings
        known = {name: getattr(asked, name) for name in CHOICES}
        with param.parameterized.discard_events(self):
            self.param.update(runs=asked.runs, fit=fit, frontier=None, drawing=False, busy=False, error="", **known)

    def load(self, name: str, content: bytes, how: str = "") -> bool:
        """Take over the runs of an uploaded file; tell whether that succeeded.

        Parameters
        ----------
        name : str
            Of the file; its ending says what it is.
        content : bytes
        how : str
            What `sw.read_runs` should know, as one would write it there: ``loss=eval_loss, checkpoints=last``.
        """
        try:
            runs, named = read_upload(name, content, how)
        except ScalewidgetsError as problem:
            self.error = str(problem)
            return False
        return self.take(runs, origin=name, how=named)

    def take(self, runs: Runs, *, origin: str = "", how: Mapping[str, object] | None = None) -> bool:
        """Take over a table of runs and fit it, with the present choices as far as they apply; tell whether it can be.

        Parameters
        ----------
        runs : Runs
        origin : str
            File that they are from.
        how : mapping, optional
            Arguments of `sw.read_runs` that it was read with.
        """
        law = self.law
        if law is None or not set(law.symbols) <= set(runs.columns):
            law = next(iter(self._fitting(runs)), None)
        if law is None:
            self.error = (
                f"{origin or 'the runs'}: no law that can be shown here is one of {', '.join(runs.columns)}; "
                "name a column for N and one for D, as in N=size, D=tokens"
            )
            return False
        self._past.clear()
        self.origin, self.how = origin, dict(how or {})
        self.param.update(runs=runs, dropped=(), law=law, error="")
        return True

    def toggle(self, row: int) -> None:
        """Drop a run, or bring it back."""
        self.drop(set(self.dropped) ^ {int(row)})

    def drop(self, rows: Iterable[int] | str) -> None:
        """Leave out these rows and no others."""
        before = self.dropped
        self.dropped = rows
        if self.dropped != before:
            self._past.append(before)

    def restore(self) -> None:
        """Bring all runs back."""
        self.drop(())

    def undo(self) -> None:
        """Take back the last dropping or restoring."""
        if self._past:
            self.dropped = self._past.pop()

    @property
    def undoable(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    def resample(self, count: int | str) -> None:
        """Set the number of resamples from a number or from text.

        Raises
        ------
        StateError
            If it is no whole number from 0, or 1, which says nothing about a spread.
        """
        text = str(count).strip().replace(",", "")
        if not text.isdigit() or text == "1" or int(text) > MOST_DRAWS:
            raise StateError(f"{count!r} resamples are not possible; give 0 for none, or 2 to {MOST_DRAWS:,}")
        self.bootstrap = int(text)

    def cancel(self) -> None:
        """Stop the fit under way; the last one stays."""
        self._latest.cancel()
        if self.busy:
            told = "The fit was cancelled; the curves show the last one. Change something to fit again."
            self.param.update(busy=False, drawing=False, error=told)

    def wait(self, seconds: float | None = 60.0) -> bool:
        """Wait for the fit under way and take its result; tell whether it came in time."""
        came = self._latest.wait(seconds)
        self._take_results()
        return came

    def code(self) -> str:
        """Return the lines of Python that repeat the fit that is asked for."""
        question = self.question
        if question is None:
            raise StateError("there are no runs to write code for; load runs first")
        return question.code(self.origin, self.how)

    def _changed(self, *events: Any) -> None:
        question = self.question
        if question is None or question.law is None:
            return
        self._latest.cancel()
        self.param.update(busy=True, progress=0.0)
        self._latest.ask(partial(self._work, question))

    def _work(self, question: Question, cancelled: Cancelled) -> None:
        """Fit in the thread: first the point, then the draws."""

        def tell(**changes: Any) -> None:
            self._results.append(lambda: None if cancelled() else self.param.update(**changes))
            self.deliver(self._take_results)

        def report(done: int, total: int) -> None:
            share = done / max(total, 1)
            # a few dozen steps are all that can be seen
            if share - told[0] >= STEP or share >= 1:
                told[0] = share
                tell(progress=share)

        told = [0.0]
        try:
            fit = question.point(cancelled)
            if question.bootstrap:
                tell(fit=fit, frontier=None, drawing=True, error="")
                fit = question.drawn(cancelled, report)
            tell(fit=fit, frontier=None, drawing=False, error="")
            if question.method != "surface":
                tell(frontier=question.sizes())
        except Exception as problem:
            tell(error=self._told(problem), drawing=False)
            if not isinstance(problem, ScalewidgetsError):
                raise
        finally:
            tell(busy=False)

    def _take_results(self) -> None:
        while self._results:
            self._results.popleft()()

    def _told(self, problem: Exception) -> str:
        if self.fit is None:
            return f"These runs could not be fitted: {problem}."
        return f"{problem}. The curves still show the fit of {len(self.fit.runs or ())} runs."


def _at_once(call: Callable[[], None]) -> None:
    call()
