"""Describe controls once, for every face: what they set, how far they reach, how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Slider:
    """A number on a logarithmic track, which also takes typed values.

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
        Steps of the track in a factor of ten.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    format: str
    help: str = ""
    per_decade: int = 50


@dataclass(frozen=True)
class Choice:
    """One of several named values."""

    name: str
    label: str
    options: Mapping[str, object]
    help: str = ""


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
