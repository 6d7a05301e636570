"""Read the style sheets and modules that lie beside the faces."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def text_of(name: str) -> str:
    """Return the text of a file of this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
