"""What each number format costs: bars of the response added by its exponent and mantissa bits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.law_scene import NAN, LawScene, LawSetting
from scalewidgets.explorers.law_view import LawView, Mark

# Exponent and mantissa bits of the formats in use: OCP microscaling and 8-bit formats, half precision, bfloat16.
FORMATS = {
    "FP4": (2, 1),
    "FP6 fine": (2, 3),
    "FP6 wide": (3, 2),
    "FP8 fine": (4, 3),
    "FP8 wide": (5, 2),
    "FP16": (5, 10),
    "BF16": (8, 7),
}
BITS = "bits"
HALF = 0.28


def view(setting: LawSetting) -> LawView | None:
    """Return the bars; None for a law without exponent and mantissa bits."""
    law = setting.law
    bits = bits_of(law)
    if bits is None or not law.response.positive:
        return None
    label = law.response.label
    said = (("", "name"), (f"{label} added", "added"), (label, "value"))
    names = tuple(f"{name}: 1 + {e} + {m} bits" for name, (e, m) in FORMATS.items())
    return LawView(
        "formats",
        "Formats",
        f"{label} added by the number format",
        partial(frame, *bits),
        (
            Mark("bars", "here", "part 2", (("Where the sliders stand", ""), *said[1:])),
            Mark("bars", "formats", "part 1", said, {"name": names}),
            Mark("names", "states", "state", texts={"text": ("here", *names)}),
        ),
        replace(law.response, scale="linear", label=f"{label} over that of the widest format"),
        legend=f"Bars of formats tell their bits of sign, exponent and mantissa, and what each adds to the "
        f"{label.lower()} of the widest format of the sliders.",
    )


def bits_of(law: Law) -> tuple[Variable, Variable] | None:
    """Return the variables that count exponent and mantissa bits; None for a law without both."""
    found = {variable.label.split()[0].lower(): variable for variable in law.variables if variable.unit == BITS}
    exponent, mantissa = found.get("exponent"), found.get("mantissa")
    return None if exponent is None or mantissa is None else (exponent, mantissa)


def frame(exponent: Variable, mantissa: Variable, scene: LawScene) -> dict[str, Any]:
    """Return a bar for each format, the present one at the top."""
    zero = 0.0 * scene.values[exponent.symbol]
    e, m = (ops.stack(*(zero + float(format_[i]) for format_ in FORMATS.values())) for i in (0, 1))
    widest = scene.along(**{each.symbol: zero + each.high for each in (exponent, mantissa)})
    least = scene.response(widest, scene.coefficients)
    each = scene.response(scene.along(**{exponent.symbol: e, mantissa.symbol: m}), scene.coefficients)
    here = ops.stack(scene.response(scene.values, scene.coefficients))
    lines = 0.0 * here, -1.0 - ops.arange(len(FORMATS)) + zero
    tables = {"here": _bars(lines[0], here, least), "formats": _bars(lines[1], each, least)}
    added = ops.concatenate(tables["here"]["added"], tables["formats"]["added"])
    longest = ops.maximum(ops.largest(ops.where(ops.isfinite(added), added, 0.0)), 1e-9)
    tables["states"] = {"x": 0.0 * ops.concatenate(*lines), "y": ops.concatenate(*lines) + HALF}
    return {
        "tables": tables,
        "ranges": {
            "x": (-0.01 * longest, 1.12 * longest),
            "y": (-len(FORMATS) - 0.6 + 0.0 * longest, 0.75 + 0.0 * longest),
        },
    }


def _bars(line: Any, value: Any, least: Any) -> dict[str, Any]:
    added = ops.where(value >= least, value - least, NAN)
    corners = {"left": 0.0 * added, "bottom": line - HALF, "right": added, "top": line + HALF}
    return {**corners, "value": value, "added": added}
