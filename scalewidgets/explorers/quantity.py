"""State parameters that accept what people type: "70B", "6e23", or nothing for off."""

from __future__ import annotations

from typing import Any

import param

from scalewidgets.errors import StateError
from scalewidgets.units import parse_quantity


class Quantity(param.Number):
    """A positive number that can be set from text, or None where that is allowed."""

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str) or (val is not None and not isinstance(val, int | float)):
            val = parse_quantity(val, self.name)
        super().__set__(obj, None if val is None else float(val))

    def _validate_bounds(self, val: Any, bounds: Any, inclusive_bounds: Any) -> None:
        if val is None or bounds is None:
            return
        low, high = bounds
        if not low <= val <= high:
            raise StateError(f"{self.name} = {val:g} is outside {low:g} to {high:g}")
