"""What the author of a page chooses: words, steps, questions, which controls readers get, how much data goes along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt

from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice
from scalewidgets.live.program import set_key, state_of
from scalewidgets.views.charts import charts_of

NOTE = "note"
ASKED = {"ask", "answer", "card", "state"}


@dataclass(frozen=True)
class Step:
    """A named state on the way through a page, with a note in Markdown."""

    name: str
    explorer: BaseExplorer
    note: str = ""


@dataclass(frozen=True)
class Question:
    """What a reader predicts before the page moves to the state and shows the card and the answer."""

    ask: str
    explorer: BaseExplorer
    card: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Options:
    """The choices of an author, checked against the explorer.

    Attributes
    ----------
    shown, free : frozenset of str
        Controls on the page, and those of them that can be moved.
    charts : tuple of str
    """

    title: str
    notes: str
    shown: frozenset[str]
    free: frozenset[str]
    charts: tuple[str, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    projector: bool


def options_of(
    ex: BaseExplorer,
    *,
    title: str | None = None,
    notes: str = "",
    show: Iterable[str] | None = None,
    lock: Iterable[str] = (),
    charts: Iterable[str] | None = None,
    steps: Mapping[str, Mapping[str, Any]] | None = None,
    questions: Iterable[Mapping[str, Any]] = (),
    projector: bool = False,
) -> Options:
    """Return the choices of an author (`scalewidgets.faces.page.save` says what each is).

    Raises
    ------
    StateError, UnknownName
        Naming what the explorer does not have.
    """
    shown = frozenset(ex.controls_by_name) if show is None else _controls(ex, "show", show)
    known = charts_of(ex)
    wanted = tuple(known) if charts is None else _texts("charts", charts)
    for name in wanted:
        if name not in known:
            raise UnknownName.among("charts: this explorer", "chart", name, list(known))
    return Options(
        title=ex.title if title is None else str(title),
        notes=notes,
        shown=shown,
        free=shown - _controls(ex, "lock", lock),
        charts=wanted,
        steps=tuple(_step(ex, str(name), settings) for name, settings in (steps or {}).items()),
        questions=tuple(_question(ex, number, each) for number, each in enumerate(questions, 1)),
        projector=bool(projector),
    )


def presets_of(ex: BaseExplorer, options: Options, held: Collection[str]) -> dict[str, BaseExplorer]:
    """Return the scenarios that a page can show, without those that move what readers can't; `held` are its sets."""
    found = {}
    for key, preset in ex.presets.items():
        if not set(preset.settings) <= options.free:
            continue
        twin: Any = ex.twin()
        twin.preset(key)
        locked = {name: getattr(ex, name) for name in ex.controls_by_name if name not in options.free}
        twin.param.update(**locked)
        if set_key(twin) in held:
            found[key] = twin
    return found


def markdown(text: str) -> str:
    r"""Return Markdown as HTML: HTML in it stays text, pictures are left out since a page fetches nothing.

    Examples
    --------
    >>> markdown("*more* <b>data</b>")
    '<p><em>more</em> &lt;b&gt;data&lt;/b&gt;</p>\n'
    """
    return str(_markdown().render(text))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _texts(option: str, names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise StateError(f"{option} = {names!r} is one text; give a list of names, such as [{names!r}]")
    return tuple(names)


def _controls(ex: BaseExplorer, option: str, names: Iterable[str]) -> frozenset[str]:
    """Return the controls of some names, each a control, or a group by its key or title.

    A control comes first where a group is called the same: the group still has its title.
    """
    known: dict[str, tuple[str, ...]] = {}
    for group in ex.groups:
        known[group.title] = known[group.key] = tuple(control.name for control in group.controls)
    known |= {name: (name,) for name in ex.controls_by_name}
    found: set[str] = set()
    for name in _texts(option, names):
        if name not in known:
            raise UnknownName.among(f"{option}: this explorer", "group or control", name, list(known))
        found.update(known[name])
    return frozenset(found)


def moved(ex: BaseExplorer, where: str, settings: Mapping[str, Any]) -> BaseExplorer:
    """Return the explorer after some moves of its controls; a choice also takes its short text."""
    values = {}
    for name, value in settings.items():
        if name not in ex.controls_by_name:
            raise UnknownName.among(where, "control", str(name), list(ex.controls_by_name))
        control = ex.controls_by_name[name]
        if isinstance(control, Choice) and isinstance(value, str) and value in control.keys().values():
            value = control.value_of(value)
        values[name] = value
    made = ex.twin()
    made.apply(values)
    state = state_of(made)
    for name in values:
        control = ex.controls_by_name[name]
        if isinstance(control, Choice) and control.value_of(state[name]) != getattr(made, name):
            raise UnknownName.among(where, name, str(settings[name]), list(control.keys().values()))
    return made


def _step(ex: BaseExplorer, name: str, settings: Mapping[str, Any]) -> Step:
    moves = {key: value for key, value in settings.items() if key != NOTE}
    return Step(name, moved(ex, f"step {name!r}", moves), str(settings.get(NOTE, "")))


def _question(ex: BaseExplorer, number: int, given: Mapping[str, Any]) -> Question:
    where = f"question {number}"
    for key in given:
        if key not in ASKED:
            raise UnknownName.among(where, "part", str(key), sorted(ASKED))
    if not given.get("ask"):
        raise StateError(f"{where} has no text; give it as 'ask'")
    card, cards = str(given.get("card", "")), [card.name for card in ex.cards]
    if card and card not in cards:
        raise UnknownName.among(where, "card", card, cards)
    if not card and not given.get("answer"):
        raise StateError(f"{where} reveals nothing; give an 'answer', or the 'card' that holds it: {', '.join(cards)}")
    return Question(str(given["ask"]), moved(ex, where, given.get("state", {})), card, str(given.get("answer", "")))
