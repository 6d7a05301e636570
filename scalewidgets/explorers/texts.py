"""Turn declarations and the numbers of a frame into escaped HTML, with marks by which a page finds what it changes.

What changes without Python bears a mark: ``data-card``, ``data-sentence``, ``data-coefficient``, ``data-code``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.plan_table import FIXED, table_html
from scalewidgets.explorers.sentences import number_at
from scalewidgets.formats import format_pm, format_value

# So far beyond the runs the interval leads.
FAR = 100


def card_text(card: Card, numbers: Mapping[str, Any], beyond: float) -> str:
    """Return the number of a card with its interval, if it has one.

    Far beyond the runs the interval leads, since the value alone would say more than is known.
    """
    value, low, high = (float(numbers[name]) for name in ("value", "low", "high"))
    if not np.isfinite([low, high]).all() or high - low <= FIXED * abs(value):
        return format_value(value, card.format)
    if beyond > FAR:
        return f"{format_value(low, card.format)} to {format_value(high, card.format)}"
    return format_pm(value, low, high, card.format)


def change_text(card: Card, numbers: Mapping[str, Any], paired: bool) -> str:
    """Return what a card says of the pinned scenario, A: its number, and the change against it with an interval."""
    pinned, change, low, high = (float(numbers[name]) for name in ("pinned", "change", "change_low", "change_high"))
    if np.isnan(pinned):
        return ""
    a = f"A {format_value(pinned, card.format)}"
    if np.isnan(change):
        return f"{a}, not comparable"
    least = FIXED * abs(pinned)
    fixed = not np.isfinite([low, high]).all() or high - low <= least
    if fixed and abs(change) <= least:
        return f"{a}, no change"
    sign = "+" if change > 0 else ""
    if fixed:
        return f"{a}, {sign}{format_value(change, card.format)}"
    return f"{a}, {sign}{format_pm(change, low, high, card.format)}{'' if paired else ', unpaired'}"


def numbered(ex: BaseExplorer, frames: Mapping[str, Any]) -> dict[str, Any]:
    """Return a frame together with its inputs, where the paths of sentences and cards lead."""
    return {**frames, "inputs": ex.inputs}


def value_and_bounds(text: str) -> tuple[str, str]:
    """Return what is set large on a card, the value, and what stands below it, its bounds."""
    value, *rest = re.split(r" (?=[±(])", text, maxsplit=1)
    return value, "".join(rest)


def cards_html(ex: BaseExplorer, frames: Mapping[str, Any]) -> str:
    """Return the headline cards."""
    beyond = float(frames["notes"].get("beyond", 1.0))
    numbers = numbered(ex, frames)
    parts = []
    for card in ex.cards:
        text = card_text(card, frames["cards"][card.name], beyond)
        value, rest = value_and_bounds(text)
        change = ""
        if ex.pinnable:
            change = change_text(card, frames["cards"][card.name], not float(frames["notes"]["unpaired"]) > 0)
            change = f'<div class="sw-card-change"{"" if change else " hidden"}>{escape(change)}</div>'
        hidden = " hidden" if card.when and not number_at(numbers, card.when) > 0 else ""
        parts.append(
            f'<div class="sw-card" data-card="{escape(card.name)}" title="{escape(card.help)}"{hidden}>'
            f'<div class="sw-card-name">{escape(card.label)}</div>'
            f'<div class="sw-card-value">{escape(value)}</div>'
            f'<div class="sw-card-note">{escape(" ".join(filter(None, [rest, card.unit])))}</div>{change}</div>'
        )
    return f'<div class="sw-cards">{"".join(parts)}</div>'


def formula_html(ex: BaseExplorer) -> str:
    """Return the formula with the current numbers."""
    return f'<div class="sw-formula">{ex.formula}</div>'


def sentences(ex: BaseExplorer, frames: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know in this state, most important first."""
    numbers = numbered(ex, frames)
    return [sentence.written(numbers) for sentence in ex.sentences if sentence.applies(numbers)]


def notes_html(ex: BaseExplorer, frames: Mapping[str, Any], more: Sequence[str] = ()) -> str:
    """Return sentences, `more` of them behind, and sources."""
    numbers = numbered(ex, frames)
    lines = "".join(
        f'<li data-sentence="{i}"{"" if sentence.applies(numbers) else " hidden"}>'
        f"{escape(sentence.written(numbers))}</li>"
        for i, sentence in enumerate(ex.sentences)
    )
    lines += "".join(f"<li>{escape(line)}</li>" for line in more)
    sources = "".join(f"<li>{escape(line)}</li>" for line in ex.sources)
    table = ""
    if ex.rows:
        table = f"<details><summary>The plan as a table</summary>{table_html(ex.rows, numbers)}</details>"
    return (
        f'<div class="sw-notes"><ul class="sw-sentences">{lines}</ul>{table}'
        f"<details open><summary>Sources and assumptions</summary><ul>{sources}</ul></details>"
        f"<details><summary>Code for this state</summary><pre data-code>{escape(ex.code())}</pre></details></div>"
    )


def texts(ex: BaseExplorer, frames: Mapping[str, Any]) -> dict[str, str]:
    """Return the HTML of every slot."""
    return {"cards": cards_html(ex, frames), "formula": formula_html(ex), "notes": notes_html(ex, frames)}
