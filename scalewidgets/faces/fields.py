"""Between a typed or dragged value and the state, for every face: refuse with a reason, format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.quantity import bits_alone
from scalewidgets.formats import format_value


def shown(slider: Slider, value: float | None) -> str:
    """Return the text of a value in its field."""
    return "off" if value is None else format_value(value, slider.format)


def moved(slider: Slider, value: float, now: float | None) -> bool:
    """Tell whether a slider's new value is a move rather than the old one rounded to its track by the page."""
    return now is not None and abs(slider.place(value) - slider.place(now)) > 0.51 * slider.step


def typed(control: Slider | Choice, text: str, optional: bool) -> str | None:
    """Return what was typed without the control's own unit behind it, None for off.

    >>> typed(Slider("bits", "Bits of training", "bits", 4, 16, "plain"), "8 bits", optional=False)
    '8'
    """
    if optional and text.strip().lower() in ("", "off"):
        return None
    return bits_alone(text) if isinstance(control, Slider) and control.unit == "bits" else text


def enter(ex: BaseExplorer, name: str, value: Any) -> str:
    """Set one setting and return the reason if it was refused; the old value then stays."""
    before = getattr(ex, name)
    try:
        setattr(ex, name, value)
    except ScalewidgetsError as error:
        with_old = getattr(ex, name)
        if with_old is not before:
            setattr(ex, name, before)
        return labelled(str(error), ex.controls_by_name.values())
    except ValueError as error:
        return labelled(f"{name}: {error}", ex.controls_by_name.values())
    return ""


def refused(change: Callable[[], object], known: Iterable[Slider | Choice] = ()) -> str:
    """Make a change and return the reason if it was refused, with the labels of the controls that are known."""
    try:
        change()
    except (ScalewidgetsError, ValueError) as error:
        return labelled(str(error), known)
    return ""


def labelled(reason: str, known: Iterable[Slider | Choice]) -> str:
    """Return a reason that begins with the name of a setting with the label that a reader sees before it.

    >>> labelled("compute: 'plenty' is not a quantity", [Slider("compute", "Training budget", "FLOP", 1, 2, "power")])
    "Training budget (compute): 'plenty' is not a quantity"
    """
    for control in known:
        rest = reason.removeprefix(control.name)
        if rest != reason and rest[:1] in (":", " "):
            return f"{control.label} ({control.name}){rest}"
    return reason
