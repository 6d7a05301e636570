"""Rules across a whole chart, and words with a number that stand in its corner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets.views.elements import element, labels
from scalewidgets.views.style import REFERENCE

BEYOND, FLOOR = "beyond the runs: ×", "floor E = "
# Width of each, and of the longest number behind it, in px, and how far above the corner they stand.
WIDTHS = {BEYOND: 92, FLOOR: 46}
NUMBER, GAP, UP = 30, 4, 8


def rule(kind: type, view: str, table: str, columns: Mapping[str, Any], at: Any, *, dashed: bool = True) -> Any:
    """Return rules over the whole width or height: `kind` is ``hv.HLines`` or ``hv.VLines``."""
    style = {"color": REFERENCE, "line_width": 1, "line_dash": "dotted" if dashed else "solid"}
    # a rule that lies beyond the curves is no reason to show less of them
    return element(kind, view, table, columns, [at], [], **style, apply_ranges=False)


def corner(words: str, view: str, table: str, columns: Mapping[str, Any], place: list[Any], align: str = "left") -> Any:
    """Return words, one of `WIDTHS`, with the number in column ``text``, for a left or a right corner."""
    (number,) = np.atleast_1d(columns["text"])
    style = {"text_baseline": "alphabetic", "text_align": align, "apply_ranges": False}
    return labels(view, table, columns, place, [f"{words}{number:g}"], REFERENCE, **style)


def finish(figure: Any) -> None:
    """Part words from their numbers in a rendered figure: HoloViews makes texts of all, and a page moves numbers."""
    for renderer in list(figure.renderers):
        data, glyph = renderer.data_source.data, renderer.glyph
        said = list(data.get("text", ()))
        words = next((each for each in WIDTHS if len(said) == 1 and said[0].startswith(each)), None)
        if words is None:
            continue
        data["text"] = np.array([float(said[0].removeprefix(words))])
        start = -GAP - NUMBER if glyph.text_align == "right" else GAP + WIDTHS[words]
        glyph.update(x_offset=start, y_offset=-UP, text_align="left")
        before = glyph.clone()
        before.update(text={"value": words}, text_align="right")
        figure.add_glyph(renderer.data_source, before)
