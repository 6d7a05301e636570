"""State parameters that accept what people type: "70B", "6e23", or nothing for off."""

from __future__ import annotations

import re
from typing import Any

import param

from scalewidgets.costs.budget import machines_for
from scalewidgets.errors import StateError
from scalewidgets.formats import as_code
from scalewidgets.units import Machines, parse_quantity

# What the table of units has for plain numbers.
PLAIN = "%"


def bits_alone(text: str) -> str:
    """Return the text of a number of bits without that word: bits of a loss are another unit.

    >>> bits_alone("8 bits"), bits_alone("16-bit"), bits_alone("8 tokens")
    ('8', '16', '8 tokens')
    """
    return re.sub(r"(?i)(?<=\d)[\s-]*bits?\s*$", "", text)


class Quantity(param.Number):
    """A positive number that can be set from text, or None where that is allowed.

    `unit` is the one expected: text in another is refused. FLOP may be told as chips that work for a time, at the
    utilisation of the hardware of the explorer, or at the typical one.
    """

    __slots__ = ["unit"]

    def __init__(self, *, unit: str = "", **settings: Any) -> None:
        self.unit = unit
        super().__init__(**settings)

    def machines(self, obj: Any) -> Machines | None:
        """Return what may be said to work for a time; None where no FLOP are expected."""
        if self.unit != "FLOP":
            return None
        return machines_for(getattr(obj, "hardware", None))

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str) or (val is not None and not isinstance(val, int | float)):
            val = parse_quantity(val, self.name, unit=self.unit, machines=self.machines(obj))
        super().__set__(obj, None if val is None else float(val))

    def _validate_bounds(self, val: Any, bounds: Any, inclusive_bounds: Any) -> None:
        if val is None or bounds is None:
            return
        low, high = bounds
        if not low <= val <= high:
            raise StateError(
                f"{self.name} = {as_code(float(val))} is outside {as_code(float(low))} to {as_code(float(high))}"
            )


class Bits(Quantity):
    """A number of bits, with that word or without: any other unit is refused."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(unit=PLAIN, **settings)

    __slots__: list[str] = []

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, bits_alone(val) if isinstance(val, str) else val)
