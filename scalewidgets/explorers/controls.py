"""Describe controls once, for every face: what they set, how far they reach, how they are written, what they feed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slider:
    """A number on a track, which also takes typed values.

    Parameters
    ----------
    name : str
        The parameter of the state that it sets.
    label, unit, help : str
    low, high : float
        Ends of the track.
    format : str
        Key of the formatter of its value.
    per_decade : int
        Steps of a logarithmic track in a factor of ten.
    scale : {"log", "linear"}
    count : int
        Steps of a linear track in all.
    feeds : str
        The input of the frames that takes its value; its own name if empty.
    off : float
        What that input takes when the value is None.
    resting : float, optional
        Where an optional slider stands before it was ever on; the middle of the track if left out.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    format: str
    help: str = ""
    per_decade: int = 50
    scale: str = "log"
    count: int = 100
    feeds: str = ""
    off: float = 0.0
    resting: float | None = None

    @property
    def input(self) -> str:
        """The input of the frames that takes its value."""
        return self.feeds or self.name

    @property
    def title(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def step(self) -> float:
        """One step of the track, in the units of `place`."""
        return 1 / self.per_decade if self.scale == "log" else (self.high - self.low) / self.count

    @property
    def ends(self) -> tuple[float, float]:
        """Where the track begins and ends, without rounding noise."""
        if self.scale == "linear":
            return self.low, self.high
        return round(math.log10(self.low), 9), round(math.log10(self.high), 9)

    @property
    def rest(self) -> float:
        """Where it stands before it was ever on."""
        return self.value_at(sum(self.ends) / 2) if self.resting is None else self.resting

    def place(self, value: float) -> float:
        """Return the place of a value on the track, the nearest end if it lies beyond."""
        low, high = self.ends
        if self.scale == "linear":
            return min(max(value, low), high)
        return low if value <= 0 else min(max(math.log10(value), low), high)

    def value_at(self, place: float) -> float:
        """Return the value at a place of the track."""
        return float(10.0**place if self.scale == "log" else place)


@dataclass(frozen=True)
class Choice:
    """One of several named values.

    Parameters
    ----------
    name, label, help : str
    options : mapping of str to object
        Text of each option, and the value it sets.
    feeds : str
        The input of the frames that takes the value, or the place of an option that is a text, counted from 0. Without
        it, each option is another set of inputs and texts, and may be another graph.
    """

    name: str
    label: str
    options: Mapping[str, Any]
    help: str = ""
    feeds: str = ""

    def chosen(self, value: Any) -> str:
        """Return the label of a value; the first label if it is none of the options."""
        for label, option in self.options.items():
            if option is value or option == value:
                return label
        return next(iter(self.options))

    def fed(self, label: str) -> float | None:
        """Return what its input takes when an option is chosen; None for a choice that feeds none."""
        value = self.options[label]
        if not self.feeds:
            return None
        return float(list(self.options).index(label)) if isinstance(value, str) else value

    @property
    def texts(self) -> bool:
        """Whether its values are texts."""
        return any(isinstance(value, str) for value in self.options.values())

    def keys(self) -> dict[str, str]:
        """Return a short unique text for each label, as an address or a browser names it."""
        found: dict[str, str] = {}
        for label, option in self.options.items():
            key = getattr(option, "key", None) if not isinstance(option, str) else option
            text = f"{option:g}" if isinstance(option, int | float) else str(key or label)
            found[label] = label if text in found.values() else text
        return found

    def key(self, value: Any) -> str:
        """Return the short text of a value."""
        return self.keys()[self.chosen(value)]

    def value_of(self, key: str) -> Any:
        """Return the value of a short text.

        Raises
        ------
        KeyError
            If no option has it.
        """
        return self.options[{short: label for label, short in self.keys().items()}[key]]


@dataclass(frozen=True)
class Group:
    """Controls that belong together.

    Parameters
    ----------
    key, title : str
    controls : tuple
    switch : str
        Name of a control of the group that is off when None; empty for a group that is always on.
    switch_label : str
        What switching it on means.
    """

    key: str
    title: str
    controls: tuple[Slider | Choice, ...]
    switch: str = ""
    switch_label: str = ""
