"""Between a typed or dragged value and the state, for every face: parse, refuse with a reason, format."""

from __future__ import annotations

import math
from typing import Any

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.formats import format_value

# What an optional slider stands at before it was ever on.
RESTING = {"inference_tokens": 2e12}


def shown(slider: Slider, value: float | None) -> str:
    """Return the text of a value in its field."""
    return "off" if value is None else format_value(value, slider.format)


def track(slider: Slider, value: float) -> float:
    """Return the place of a value on the slider's track: its decimal logarithm, moved to the nearest end."""
    return min(max(math.log10(value), math.log10(slider.low)), math.log10(slider.high))


def end(value: float) -> float:
    """Return where a track ends, as a power of ten without rounding noise."""
    return round(math.log10(value), 9)


def step(slider: Slider) -> float:
    """Return one step of the track."""
    return 1 / slider.per_decade


def moved(slider: Slider, value: float, now: float | None) -> bool:
    """Tell whether a slider's new value is a move rather than the old one rounded to its track by the page."""
    return now is not None and abs(math.log10(value) - track(slider, now)) > 0.51 * step(slider)


def chosen(control: Choice, value: Any) -> str:
    """Return the label of a value, or the first label."""
    for label, option in control.options.items():
        if option is value or option == value:
            return label
    return next(iter(control.options))


def enter(ex: Explorer, name: str, value: Any) -> str:
    """Set one setting and return the reason if it was refused; the old value then stays."""
    before = getattr(ex, name)
    try:
        setattr(ex, name, value)
    except ScalewidgetsError as error:
        with_old = getattr(ex, name)
        if with_old is not before:
            setattr(ex, name, before)
        return str(error)
    except ValueError as error:
        return f"{name}: {error}"
    return ""
