"""Sentences as data: a text with slots for numbers of the frame, and the number that says whether it applies.

A browser can fill them without Python: a text is a pure function of its declaration and of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scalewidgets.formats import format_value

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sentence:
    """A sentence that a reader must know when it applies.

    Parameters
    ----------
    text : str
        With ``{name}`` where a number goes. Names that `slots` lacks stay as they are.
    slots : mapping of str to (str, str)
        Path of each number and the key of its format: ``{"factor": ("notes/beyond", "factor")}``.
    when : str
        Path of a number that must be positive; always if empty.

    Examples
    --------
    >>> over = Sentence("{factor} beyond the runs.", {"factor": ("notes/beyond", "factor")}, when="notes/beyond")
    >>> over.written({"notes": {"beyond": 12.0}})
    '×12.0 beyond the runs.'
    """

    text: str
    slots: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    when: str = ""

    def applies(self, frames: Mapping[str, Any]) -> bool:
        """Tell whether it applies to a frame."""
        return not self.when or number_at(frames, self.when) > 0

    def written(self, frames: Mapping[str, Any]) -> str:
        """Return it with the numbers of a frame."""

        def fill(found: re.Match[str]) -> str:
            if found[1] not in self.slots:
                return found[0]
            path, key = self.slots[found[1]]
            return format_value(number_at(frames, path), key)

        return _SLOT.sub(fill, self.text)


def number_at(frames: Mapping[str, Any], path: str) -> float:
    """Return the number at a path of a frame, such as ``"notes/beyond"`` or ``"cards/N/value"``."""
    value: Any = frames
    for name in path.split("/"):
        value = value[name]
    return float(value)
