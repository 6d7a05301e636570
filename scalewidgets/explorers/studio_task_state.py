"""The part of the Studio's state that says how often answers are wrong: whose tasks, and pairs of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

import param

from scalewidgets.errors import StateError
from scalewidgets.explorers import studio_task
from scalewidgets.explorers.base import Argument
from scalewidgets.explorers.cards import TASK_CARD, Card
from scalewidgets.explorers.controls import Group
from scalewidgets.explorers.explorer import Explorer, FitParameter, given_away
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.explorers.studio_task_fits import all_in_size_and_data, fit_of_pairs, in_size_and_data
from scalewidgets.explorers.studio_task_table import SAVED, TaskTable
from scalewidgets.fits.fit import Fit
from scalewidgets.runs import Runs


class AnyFit(FitParameter):
    """A fit as the allocation explorer takes it, or one of the loss over compute and tokens per parameter."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, in_size_and_data(val))


class TaskExplorer(Explorer):
    """Hold the state of the allocation explorer, and whose task error is shown beside the loss.

    Parameters
    ----------
    fit, runs, **settings
        As in `scalewidgets.explore`; `fit` may also be of the loss over compute and tokens per parameter.
    tasks : {0, 17, 46, "own"}
        Whose error is shown; 0 for none. The numbers are published, for the corpora of `gadre2024-c4` and its like.
    task_scores : table, optional
        Pairs of loss and score of your own, as the method of this name takes them; ``tasks="own"`` shows them.

    Attributes
    ----------
    task_pairs : Fit or None
        The law of error over loss that was fitted to the user's own pairs.
    task_table : TaskTable or None
        Those pairs, with the rows that are left out; None also where a fit was given.
    """

    fit = AnyFit(default=None, doc="Coefficients and their uncertainty.")
    tasks = studio_task.Tasks(default=studio_task.OFF, doc="Tasks whose error is shown.")

    def __init__(
        self, fit: Fit | str | None = None, *, runs: Runs | None = None, task_scores: Any = None, **settings: Any
    ) -> None:
        self.task_pairs: Fit | None = None
        self.task_table: TaskTable | None = None
        if task_scores is not None:
            self._take_pairs(task_scores)
        super().__init__(in_size_and_data(fit), runs=runs, **settings)

    def task_scores(self, table: Any) -> Fit:
        r"""Fit the law of error over loss to pairs of loss and score, and show the error that the plan comes to.

        .. math:: \mathrm{Err}(L) = \epsilon - k e^{-\gamma L}

        Parameters
        ----------
        table : path, data frame, mapping, list of (loss, score), Runs or Fit
            Columns ``loss``, on the corpus and with the tokenizer of this explorer's fit, and ``score`` or ``error``,
            shares of answers. A fit of the law is taken as it is.

        Returns
        -------
        Fit
            Also in `task_pairs`.

        Raises
        ------
        StateError, RunsError, FitError

        Examples
        --------
        >>> from scalewidgets.explorers.studio import Studio
        >>> ex = Studio("hoffmann2022", compute="1e22")
        >>> fit = ex.task_scores({"loss": [2.2, 2.6, 3.0, 3.5, 4.0], "score": [0.55, 0.44, 0.36, 0.29, 0.25]})
        >>> float(ex.frames()["cards"]["task_error"]["value"]) == float(fit(L=ex.plan.loss))
        True
        """
        return self._show_pairs(table)

    def task_upload(self, name: str, content: bytes, how: str = "") -> Fit:
        """Do as `task_scores` does with a text table that was uploaded; nothing changes if it is refused.

        Parameters
        ----------
        name : str
            Of the file.
        content : bytes
        how : str
            What `sw.read_scores` should know, as one would write it there: ``loss="eval loss", score=accuracy``.

        Raises
        ------
        StateError, RunsError, FitError
        """
        return self._show_pairs(TaskTable.uploaded(name, content, how))

    def task_drop(self, rows: Iterable[int] | str) -> Fit | None:
        """Leave out these rows of the user's pairs and no others, numbered from 0; text such as "3, 17" is read.

        Raises
        ------
        StateError, FitError
            If there are no such rows or no pairs, or too few would be left.
        """
        if self.task_table is None:
            raise StateError("there is no table of pairs to leave rows out of; give one to task_scores first")
        return self._show_pairs(self.task_table.without(rows))

    def task_forget(self) -> None:
        """Remove the user's own pairs, and with them the error that they gave."""
        self.task_pairs = self.task_table = None
        self.param.trigger("fit")

    def _show_pairs(self, given: Any) -> Fit:
        fit = self._take_pairs(given)
        with param.parameterized.batch_call_watchers(self):
            self.tasks = studio_task.OWN
            # whoever shows this explorer looks for other numbers when the fit is set
            self.param.trigger("fit")
        return fit

    def _take_pairs(self, given: Any) -> Fit:
        if isinstance(given, Fit):
            table, fit = None, fit_of_pairs(given)
        else:
            table = given if isinstance(given, TaskTable) else TaskTable.of(given)
            fit = table.fit()
        # both at once, when nothing can be refused any more
        self.task_table, self.task_pairs = table, fit
        return fit

    @property
    def task_fit(self) -> Fit | None:
        """The law that the task error shown comes from; None where none is shown."""
        return dict(zip(studio_task.PLACES, self._task_fits, strict=True)).get(self.tasks)

    @property
    def _task_fits(self) -> tuple[Fit | None, ...]:
        return studio_task.coefficients(self.fit.source.corpus, self.task_pairs)

    def twin(self, **changed: Any) -> Self:
        """Return another explorer in the same state but for what is named, with the same runs, fits and pairs."""
        made = super().twin(**changed)
        made.task_pairs, made.task_table = self.task_pairs, self.task_table
        return made

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> Self:
        """Return a twin for others: without the user's runs and pairs unless asked, with at most so many draws."""
        made = super().giveaway(include_runs=include_runs, draws=draws)
        if self.task_pairs is not None:
            made.task_pairs = given_away(self.task_pairs, include_runs, draws)
            # what is pinned was put together without them
            pinned = made.pinned
            made.pinned = None if pinned is None else {**pinned, "fit": pinned.explorer.fit}
        return made

    @property
    def fits(self) -> dict[str, Fit]:
        """The fits that can be chosen, by title; also those of loss over compute and tokens per parameter."""
        return self.offered or {**super().fits, **all_in_size_and_data()}

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        compute, *others = super().groups
        return (replace(compute, controls=(*compute.controls, studio_task.CONTROL)), *others)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The headline numbers; the task error, behind the loss, where a law of it is known."""
        if all(fit is None for fit in self._task_fits):
            return super().cards
        places = [(card, TASK_CARD) if card.name == "loss" else (card,) for card in super().cards]
        return tuple(card for place in places for card in place)

    @property
    def own_inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from, but for those of a pinned scenario."""
        found = super().own_inputs
        draws = next((len(values) for name, values in found.items() if name.startswith("draw.")), None)
        return {**found, **studio_task.inputs_of(self.tasks, self._task_fits, draws)}

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        dropped = 0 if self.task_table is None else len(self.task_table.dropped)
        return (*studio_task.sentences(self.fit, self._task_fits, dropped), *super().sentences)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the coefficients come from, those of the task error last."""
        return (*super().sources, *(f"{fit.name}. {fit.source.sentences()[0]}" for fit in self._task_fits if fit))

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call, and its arguments."""
        before, arguments = super().code_template()
        arguments = (*arguments, *self._arguments(("tasks",)))
        if self.task_pairs is None:
            return before, arguments
        pairs = SAVED if self.task_table is None else self.task_table.code()
        return before.replace("ex = sw.", f"{pairs}\nex = sw."), (*arguments, "task_scores=pairs")
