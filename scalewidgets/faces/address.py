"""The state of the served Studio in the address of its page: short names, numbers and keys only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets.errors import ScalewidgetsError, UnknownName
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.fields import labelled

# Settings by the short name that the address has for them.
ADDRESS = {
    "fit": "fit",
    "compute": "C",
    "near_optimal": "near",
    "inference_tokens": "inference",
    "hold": "hold",
    "bits": "bits",
    "deploy_bits": "deploy",
    "cooldown": "cooldown",
    "decay": "decay",
    "steps": "steps",
    "counted": "counted",
    "tasks": "tasks",
}
# Digits of numbers in the address while one works; a link that is shared has all of them.
SHORT = ".6g"


def text_in(query: Mapping[str, Any], name: str) -> str:
    """Return the first value of a name in a query, which a server gives as lists of bytes; empty if there is none."""
    values = query.get(name, "")
    text = values[0] if isinstance(values, list) else values
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def from_address(ex: Explorer, query: Mapping[str, Any]) -> list[str]:
    """Apply the settings of an address; return what was refused and why."""
    refused = []
    for name, short in ADDRESS.items():
        if short not in query:
            continue
        try:
            ex.apply({name: _number_or_text(text_in(query, short))})
        except UnknownName:
            refused.append(f"{text_in(query, short)!r} is not known here; choose one under “{_label(ex, name)}”")
        except (ScalewidgetsError, ValueError) as error:
            refused.append(labelled(f"{error}", ex.controls_by_name.values()))
    return refused


def to_address(ex: Explorer, digits: str = SHORT) -> dict[str, str]:
    """Return the settings that the address carries."""
    found = {ADDRESS[name]: value for name, value in ex.settings().items() if name in ADDRESS}
    if not ex.fit.key:
        found.pop("fit")
    return {short: f"{value:{digits}}" if isinstance(value, float) else str(value) for short, value in found.items()}


def _label(ex: Explorer, name: str) -> str:
    return ex.controls_by_name[name].label


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
