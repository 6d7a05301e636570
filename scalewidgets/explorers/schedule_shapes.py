"""The shapes that the schedule explorer offers, each made of the same few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops, schedules
from scalewidgets.schedules.making import MAKERS
from scalewidgets.schedules.schedule import DECAYS, Part, Schedule

# What the shape of a schedule that was drawn by hand is called.
CUSTOM = "custom"
# What the shape is called that the law itself finds best.
BEST = "best"


@dataclass(frozen=True)
class Shape:
    """Say what a shape is called, which maker makes it, and how its rate falls.

    Parameters
    ----------
    label, kind : str
    fall : str
        One of `DECAYS`, also for the chart of shares; "" where the rate jumps.
    shared : bool
        Whether the share of the cooldown is a setting of it.
    """

    label: str
    kind: str
    fall: str = ""
    shared: bool = False


SHAPES: Mapping[str, Shape] = {
    "constant": Shape("Constant", "constant", "linear"),
    "cosine": Shape("Cosine", "cosine", "cosine"),
    "linear": Shape("Linear", "linear", "linear"),
    **{f"wsd-{decay}": Shape(f"WSD, {decay} cooldown", "wsd", decay, True) for decay in DECAYS},
    "multistep": Shape("Multi-step", "multistep", "", True),
    "two-stage": Shape("Two-stage", "two_stage", "", True),
    BEST: Shape("Best found by the law", BEST, "linear"),
    CUSTOM: Shape("Drawn by hand", CUSTOM, "linear"),
}


@dataclass(frozen=True)
class Run:
    """The numbers that make a schedule: whole steps, a peak, and shares; plain or recorded values."""

    steps: Any
    peak: Any
    warmup: Any
    cooldown: Any
    end: Any

    def parts(self, shape: Shape, begin: Any) -> tuple[Part, ...]:
        """Return the parts of a schedule that begins at the rate `begin`."""
        start = {"constant": self.steps, "cosine": self.warmup, "linear": self.warmup}.get(shape.kind)
        return self._falling(shape, begin, self.cooldown if start is None else None, start)

    def rows(self, shape: Shape, begin: Any, cooldowns: Any) -> tuple[Part, ...]:
        """Return the parts of one schedule for each of several shares, a column."""
        return self._falling(shape, begin, cooldowns, None)

    def _falling(self, shape: Shape, begin: Any, cooldown: Any, start: Any) -> tuple[Part, ...]:
        head = Part(self.warmup, ops.where(self.warmup > 0, begin, self.peak), self.peak)
        if shape.fall:
            if start is None:
                start = ops.maximum(self.steps - ops.round_half_up(cooldown * self.steps), self.warmup)
            return (
                head,
                Part(start, self.peak, self.peak),
                Part(self.steps, self.peak, self.end * self.peak, shape.fall),
            )
        levels = (ops.sqrt(self.end), self.end) if shape.kind == "multistep" else (self.end,)
        starts = [
            ops.maximum(ops.round_half_up((1 - cooldown * (1 - i / len(levels))) * self.steps), self.warmup + 1 + i)
            for i in range(len(levels))
        ]
        stops = [*starts[1:], self.steps]
        jumps = [
            Part(stop, level * self.peak, level * self.peak, jump=True)
            for stop, level in zip(stops, levels, strict=True)
        ]
        return head, Part(starts[0], self.peak, self.peak), *jumps


def made(key: str, *, steps: int, peak: float, warmup: int, cooldown: float, end: float) -> Schedule:
    """Return the schedule of a shape as the library makes it.

    Raises
    ------
    DomainError
        If these numbers make none.

    Examples
    --------
    >>> made("multistep", steps=1000, peak=1.0, warmup=0, cooldown=0.2, end=0.1)([800, 900]).round(3)
    array([0.316, 0.1  ])
    """
    common: dict[str, Any] = {"steps": steps, "peak": peak, "warmup": warmup}
    shape = SHAPES[key]
    if shape.kind == "multistep":
        drops = ((1 - cooldown, end**0.5), (1 - cooldown / 2, end))
        return schedules.multistep(**common, drops=drops)
    if shape.kind == "two_stage":
        return schedules.two_stage(**common, at=1 - cooldown, second=end)
    if shape.kind == "wsd":
        return schedules.wsd(**common, cooldown=cooldown, decay=shape.fall, end=end)
    return MAKERS[shape.kind](**common, **({} if shape.kind == "constant" else {"end": end}))
