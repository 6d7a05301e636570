"""What every explorer is: a state that can be set, observed, saved and turned into code, and the frames that follow.

A subclass declares its settings as `param` parameters, its controls, and one function from named arrays to everything
that its views show. Faces need nothing more of it, in Python or in a browser.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import param

from scalewidgets.errors import PortabilityError, UnknownName
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.formats import as_code
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace

if TYPE_CHECKING:
    from scalewidgets.explorers.plan_table import Row
    from scalewidgets.explorers.studio_presets import Preset


@dataclass(frozen=True)
class Argument:
    """A setting in a line of code: ``name=value``, left out at its default unless `always`.

    `default` is that of the present state, where it isn't the setting's own. `rest` is the part of a pinned scenario
    that no control moves.
    """

    name: str
    always: bool = False
    default: float | None = None
    rest: str = ""


class BaseExplorer(param.Parameterized):
    """Hold the state of an explorer and what follows from it.

    Class attributes
    ----------------
    board : str
        Module of `scalewidgets.views` (or a dotted path) whose ``CHARTS`` show it.
    title : str
        What a page is called.
    shown_always : tuple of str
        Settings that `settings` and `code` name even at their defaults.

    A subclass overrides `groups`, `setting`, `inputs`, `frame_function`, and as far as it has them `cards`,
    `sentences`, `formula`, `sources`. Setting names are its parameters. Every frame has the same tables, whatever the
    setting: a table that does not apply holds NaN.
    """

    board: ClassVar[str] = ""
    title: ClassVar[str] = "scalewidgets"
    shown_always: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        self._check_names(settings)
        super().__init__(**settings)

    # What a subclass declares.

    @property
    def groups(self) -> tuple[Group, ...]:
        """The controls, in groups."""
        raise NotImplementedError

    @property
    def setting(self) -> Hashable:
        """What is fixed while controls that feed an input move; a change of it means another graph."""
        raise NotImplementedError

    @property
    def inputs(self) -> Mapping[str, np.ndarray]:
        """The arrays that the frames are computed from, by name."""
        raise NotImplementedError

    @staticmethod
    def frame_function(setting: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything the views show, from named arrays, with `scalewidgets.ops` only.

        Returns
        -------
        dict
            ``tables``: view, then table, then column. ``ranges``: view, then axis, then ``low`` and ``high``.
            ``cards``: name, then ``value, low, high``. ``notes``: numbers behind sentences; ``beyond`` is the factor
            beyond the runs.
        """
        raise NotImplementedError

    @property
    def cards(self) -> tuple[Card, ...]:
        """The headline numbers."""
        return ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What the table of the plan holds."""
        return ()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What a reader must know, most important first."""
        return ()

    @property
    def formula(self) -> str:
        """Formula as MathML, with ``data-coefficient`` on the numbers of inputs ``coefficient.<name>``."""
        return ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources and assumptions, as sentences."""
        return ()

    @property
    def look(self) -> Hashable:
        """What charts are drawn from besides columns and ranges, such as units; a change of it draws them anew."""
        return ()

    @property
    def taken(self) -> Mapping[str, float]:
        """The settings that a choice which feeds no input brings with it, when it is made."""
        return {}

    @property
    def pinnable(self) -> bool:
        """Whether a scenario can be pinned, to be compared with."""
        return False

    @property
    def presets(self) -> Mapping[str, Preset]:
        """Scenarios to begin with, by key."""
        return {}

    def twin(self, **changed: Any) -> Self:
        """Return another explorer in the same state, but for the settings that are named."""
        made = type(self)()
        made.param.update(**{name: getattr(self, name) for name in self.names} | changed)
        return made

    def giveaway(self, *, include_runs: bool = False, draws: int | None = None) -> Self:
        """Return a twin for others: without the user's runs unless asked, with at most so many draws a fit."""
        return self.twin()

    # What follows.

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the settings."""
        return tuple(name for name in self.param if name != "name")

    @property
    def controls_by_name(self) -> dict[str, Slider | Choice]:
        """The declared controls."""
        return {control.name: control for group in self.groups for control in group.controls}

    def frames(self) -> dict[str, Any]:
        """Return everything the views show in this state."""
        with np.errstate(all="ignore"):
            return self.frame_function(self.setting, self.inputs)

    def graph(self) -> Graph:
        """Return the frames as a graph with the names and shapes of `inputs`.

        Raises
        ------
        PortabilityError
            At the first step that is no portable operation.
        """
        setting, function = self.setting, self.frame_function
        return trace(
            lambda **named: function(setting, named), {name: np.shape(array) for name, array in self.inputs.items()}
        )

    @property
    def why_not_portable(self) -> str:
        """The sentence that says why this state can't run in a browser without Python; empty if it can."""
        try:
            self.graph()
        except PortabilityError as error:
            return str(error)
        return ""

    @property
    def home(self) -> dict[str, Any]:
        """Where each control goes when it is reset: its default, or what the chosen coefficients bring with them."""
        found: dict[str, Any] = {}
        for name, control in self.controls_by_name.items():
            home = self.taken.get(name, self.param[name].default)
            if isinstance(control, Choice):
                # a choice without a default begins at its first option
                home = control.options[control.chosen(home)]
            found[name] = home
        return found

    def reset(self, *names: str) -> None:
        """Take controls back to their defaults, all of them if none is named; views follow once.

        Raises
        ------
        UnknownName
            If there is no such control.
        """
        known = self.controls_by_name
        for name in names:
            if name not in known:
                raise UnknownName.among("the explorer", "control", name, known)
        with param.parameterized.batch_call_watchers(self):
            # choices first: coefficients follow them
            for kind in (Choice, Slider):
                home = self.home
                self.param.update(**{n: home[n] for n in names or known if isinstance(known[n], kind)})

    def settings(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, and those always shown."""
        return {
            name: self._plain(name)
            for name in self.names
            if name in self.shown_always or getattr(self, name) != self.param[name].default
        }

    def _plain(self, name: str) -> Any:
        """Return a setting in the form in which it is stored."""
        return getattr(self, name)

    def _written(self, name: str) -> str:
        """Return a setting as code."""
        return as_code(self._plain(name))

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Change several settings at once; views follow once, and nothing changes if one of them is refused."""
        self._check_names(settings)
        # param sets one after the other: a state of its own meets a refusal first
        self.twin().param.update(**settings)
        self.param.update(**settings)

    def _check_names(self, settings: Mapping[str, Any]) -> None:
        for name in settings:
            if name not in self.param or name == "name":
                raise UnknownName.among("the explorer", "setting", name, [p for p in self.param if p != "name"])

    def code_template(self) -> tuple[str, tuple[str | Argument, ...]]:
        """Return the lines before the call with its opening bracket, and the arguments in order.

        Arguments that no control moves are texts; the others are filled by `code`, or by a page.
        """
        return "import scalewidgets as sw\n\nex = sw.explore(", self._arguments(self.names)

    def _arguments(self, names: tuple[str, ...]) -> tuple[str | Argument, ...]:
        """Return what a call names: texts for what stays in a page, arguments for what its controls move."""
        moved = {
            name for name, control in self.controls_by_name.items() if isinstance(control, Slider) or control.feeds
        }
        shown = self.settings()
        return tuple(
            Argument(name, name in self.shown_always) if name in moved else f"{name}={as_code(shown[name])}"
            for name in names
            if name in moved or name in shown
        )

    def code(self) -> str:
        """Return the lines of Python that recreate this state."""
        before, arguments = self.code_template()
        shown = self.settings()
        parts = [
            argument if isinstance(argument, str) else f"{argument.name}={self._written(argument.name)}"
            for argument in arguments
            if isinstance(argument, str) or argument.name in shown
        ]
        return f"{before}{', '.join(parts)})"
