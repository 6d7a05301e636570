"""Pin a scenario, A, and compare the present one with it: the setting `pinned`, and the inputs that come of it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import numpy as np
import param

from scalewidgets.errors import StateError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Slider
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.formats import as_code

# What a reader of a comparison must know.
COMPARISONS = (
    Sentence(
        "A comes from another fit: the draws of both are independent, and the intervals of changes unpaired.",
        when="notes/unpaired",
    ),
    Sentence(
        "The losses are not compared: the fit of A is of another corpus, or one of the two does not name its own.",
        when="notes/other_corpus",
    ),
)


class Scenario(dict[str, Any]):
    """Settings of an explorer that was pinned, with the explorer itself: its fit may be gone from those on offer.

    Attributes
    ----------
    explorer : Pinning
        In the state of the settings, with nothing pinned.
    """

    def __init__(self, explorer: Pinning) -> None:
        super().__init__(explorer.settings())
        self.explorer = explorer

    @cached_property
    def pins(self) -> Mapping[str, np.ndarray]:
        """What is kept of its frame."""
        return _pins_of(self.explorer)


class Pinned(param.Parameter):
    """A scenario, set as a mapping of settings, or None. What it does not name is at its default, but for the fit."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, val if val is None or isinstance(val, Scenario) else obj.scenario(val))


def _pins_of(ex: Pinning) -> dict[str, np.ndarray]:
    """Return what is kept of a frame, computed without anything pinned."""
    with np.errstate(all="ignore"):
        found = ex.frame_function(ex.setting, ex.own_inputs)["pins"]
    return {name: np.asarray(value, dtype=float) for name, value in found.items()}


@cache
def _nothing(kind: type[Pinning]) -> Mapping[str, np.ndarray]:
    """Return what stands for a pinned frame where there is none: every array of one filled with NaN."""
    return {name: np.full(value.shape, np.nan)[()] for name, value in _pins_of(kind.plainest()).items()}


class Pinning(BaseExplorer):
    """An explorer whose present scenario can be pinned as A and compared with what follows.

    A subclass gives `own_inputs` and `plainest`, and sends its frames through `pins.compared`.
    """

    pinned = Pinned(default=None, doc="Settings of the scenario that the present one is compared with.")

    @property
    def pinnable(self) -> bool:
        """Whether a scenario can be pinned."""
        return True

    @property
    def own_inputs(self) -> dict[str, Any]:
        """The arrays that the frames are computed from, but for those of a pinned scenario."""
        raise NotImplementedError

    @classmethod
    def plainest(cls) -> Pinning:
        """Return an explorer of this kind whose frame is quickly made."""
        return cls()

    @property
    def inputs(self) -> Mapping[str, np.ndarray]:
        """The arrays that the frames are computed from."""
        return {**self.own_inputs, **{f"pin.{name}": value for name, value in self.pins.items()}}

    @property
    def pins(self) -> Mapping[str, np.ndarray]:
        """What is kept of the pinned scenario, by name; NaN while nothing is pinned."""
        return _nothing(type(self)) if self.pinned is None else self.pinned.pins

    def pin(self) -> None:
        """Compare what follows with the present state, as A."""
        self.pinned = Scenario(self.twin(pinned=None))

    def unpin(self) -> None:
        """Compare with nothing any more."""
        self.pinned = None

    def scenario(self, settings: Mapping[str, Any]) -> Scenario:
        """Return settings as a scenario to pin; what is not named is at its default, but a fit is the present one.

        Raises
        ------
        StateError, UnknownName, QuantityError
            If the explorer can't be in such a state.
        """
        if not isinstance(settings, Mapping):
            raise StateError(f"pinned is a {type(settings).__name__}; give a mapping of settings, or None")
        self._check_names(settings)
        defaults = {name: self.param[name].default for name in self.names if name != "fit"}
        return Scenario(self.twin(**{**defaults, **settings, "pinned": None}))

    def _written(self, name: str) -> str:
        """Return a setting as code; of a pinned scenario what its controls stand at, in their order, then the rest."""
        if name != "pinned" or self.pinned is None:
            return super()._written(name)
        items = []
        for control in self.controls_by_name.values():
            value = self.pinned.explorer._plain(control.name)
            moved = isinstance(control, Slider) or bool(control.feeds)
            shown = value != self.param[control.name].default if moved else True
            if shown and not (control.name == "fit" and value == self._plain("fit")):
                items.append(f"{control.name!r}: {as_code(value)}")
        return f"{{{', '.join([*items, *filter(None, [self._rest(self.pinned)])])}}}"

    def _rest(self, settings: Mapping[str, Any]) -> str:
        """Return the items of a dictionary of settings that no control moves."""
        left = {n: v for n, v in settings.items() if n not in self.controls_by_name and n != "pinned"}
        return ", ".join(
            f"{name!r}: {as_code(value)}".replace(": Hardware(", ": sw.Hardware(") for name, value in left.items()
        )


def mark(*parts: Any) -> float:
    """Return a number that differs where texts and arrays do."""
    found = 0
    for part in parts:
        found = zlib.crc32(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes(), found)
    return float(found)
