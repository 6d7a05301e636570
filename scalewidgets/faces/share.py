"""Links that can be passed on: the whole state, what it gave, and from which coefficients and version.

Whoever opens a link is told where its numbers differ by now, and where it needs a file.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.address import text_in, to_address
from scalewidgets.fits.fit import Fit
from scalewidgets.formats import format_value

# Every digit of a number.
FULL = ".17g"
# What a link has besides the state: version, hash of the coefficients, headline numbers, file of runs, pinned state.
VERSION, HASH, GAVE, FILE, PINNED = "v", "h", "gave", "file", "A"
EXTRA = (VERSION, HASH, GAVE, FILE, PINNED)
HEADLINES = {"N": "{} parameters", "D": "{} training tokens", "loss": "a loss of {}"}
# Numbers of another machine or version may differ by rounding.
SAME = 1e-6
UNNAMED = "a fit of your own"


def digest(fit: Fit) -> str:
    """Return a hash of a fit's law and coefficients."""
    values = ",".join(f"{name}={float(value)!r}" for name, value in sorted(fit.values.items()))
    return hashlib.sha256(f"{fit.law.key}:{values}".encode()).hexdigest()[:12]


def headlines(ex: Explorer) -> list[float]:
    """Return the numbers that a link is checked by."""
    shown = ex.frames()["cards"]
    return [float(shown[name]["value"]) for name in HEADLINES]


def link(ex: Explorer, carried: Mapping[str, str]) -> str:
    """Return the query of a link to this state, with what else it carries."""
    from scalewidgets import __version__

    found = to_address(ex, FULL) | dict(carried)
    found |= {VERSION: __version__, HASH: digest(ex.fit), GAVE: ",".join(f"{x:.9g}" for x in headlines(ex))}
    if not ex.fit.key:
        found[FILE] = ex.refit.origin or UNNAMED
    pinned = ex.settings().get("pinned")
    if pinned:
        found[PINNED] = json.dumps(pinned, separators=(",", ":"))
    return "?" + urlencode(found)


def pin_from(ex: Explorer, query: Mapping[str, Any]) -> list[str]:
    """Pin what a link had pinned; return what was refused and why."""
    if PINNED not in query:
        return []
    try:
        ex.apply({"pinned": json.loads(text_in(query, PINNED))})
    except (ScalewidgetsError, ValueError, TypeError) as error:
        return [f"The pinned scenario of this link can't be shown. {error}"]
    return []


def opened(ex: Explorer, query: Mapping[str, Any]) -> list[str]:
    """Say what a link gives otherwise than it did, once all that it carries is taken."""
    if HASH not in query:
        return []
    same_fit = text_in(query, HASH) == digest(ex.fit)
    try:
        gave = dict(zip(HEADLINES, map(float, text_in(query, GAVE).split(",")), strict=True))
    except ValueError:
        return ["What this link gave can't be read; ask for it again."]
    if FILE in query and not same_fit:
        return [
            f"This link needs a file: it was made with {text_in(query, FILE)}, which stays with whoever made it. "
            f"Upload it under “Your runs”. It gave {_written(gave)}; what you see is {ex.fit.name}.",
        ]
    now = dict(zip(HEADLINES, headlines(ex), strict=True))
    if all(math.isclose(gave[name], now[name], rel_tol=SAME) for name in HEADLINES):
        return []
    why = "the coefficients are the same" if same_fit else f"the coefficients of {ex.fit.name} are others by now"
    return [
        f"With scalewidgets {text_in(query, VERSION)} this link gave {_written(gave)}; now it gives {_written(now)} "
        f"({why}).",
    ]


def _written(numbers: Mapping[str, float]) -> str:
    parts = [text.format(_number(name, numbers[name])) for name, text in HEADLINES.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _number(name: str, value: float) -> str:
    shown = format_value(value, "loss" if name == "loss" else "short")
    return f"{shown} ({value:.7g})"
