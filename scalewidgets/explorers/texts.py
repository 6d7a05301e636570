"""Turn frames into words: cards, formula, sentences and sources, as escaped HTML for every face."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from scalewidgets.explorers.cards import CARDS, Card
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.formats import format_pm, format_value
from scalewidgets.formula import mathml

SERVING_CARDS = ("serving_flop", "saved")
# Narrower than this, relative to the value, an interval is rounding noise of a number that is fixed.
FIXED = 1e-6


def card_text(card: Card, numbers: Mapping[str, Any], beyond: float) -> str:
    """Return the number of a card with its interval, if it has one.

    Far beyond the runs the interval leads, since the value alone would say more than is known.
    """
    value, low, high = (float(numbers[name]) for name in ("value", "low", "high"))
    if not np.isfinite([low, high]).all() or high - low <= FIXED * abs(value):
        return format_value(value, card.format)
    if beyond > 100:
        return f"{format_value(low, card.format)} to {format_value(high, card.format)}"
    return format_pm(value, low, high, card.format)


def cards_html(ex: Explorer, frames: Mapping[str, Any]) -> str:
    """Return the headline cards."""
    beyond = float(frames["notes"]["beyond"])
    parts = []
    for card in CARDS:
        if card.name in SERVING_CARDS and not ex.inference_tokens:
            continue
        text = card_text(card, frames["cards"][card.name], beyond)
        value, _, rest = text.partition(" ") if "±" in text or "(" in text else (text, "", "")
        unit = ex.fit.law.response.unit if card.name == "loss" else card.unit
        parts.append(
            f'<div class="sw-card" data-card="{card.name}" title="{escape(card.help)}">'
            f'<div class="sw-card-name">{escape(card.label)}</div>'
            f'<div class="sw-card-value">{escape(value)}</div>'
            f'<div class="sw-card-note">{escape(" ".join(filter(None, [rest, unit])))}</div></div>'
        )
    return f'<div class="sw-cards">{"".join(parts)}</div>'


def formula_html(ex: Explorer) -> str:
    """Return the formula with the current numbers."""
    return f'<div class="sw-formula" title="{escape(ex.fit.law.title)}">{mathml(ex.fit.law, ex.fit.values)}</div>'


def sentences(ex: Explorer, frames: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know in this state, most important first."""
    found = []
    beyond = float(frames["notes"]["beyond"])
    if beyond > 1.0 + 1e-9:
        found.append(
            f"{format_value(beyond, 'factor')} beyond the runs behind {ex.fit.name}: dashed curves are extrapolated."
        )
    if ex.fit.draws is None:
        found.append("Point estimate: these coefficients come without joint draws, so no interval is shown.")
    if ex.inference_tokens and ex.hold == "quality":
        over = float(frames["cards"]["training_flop"]["value"]) / ex.compute - 1
        found.append(
            f"At the quality that {format_value(ex.compute, 'power')} FLOP buys, the cheapest model over training and "
            f"serving trains {format_value(over, 'percent')} beyond that budget."
        )
    if not ex.inference_tokens:
        found.append("No inference demand: switch it on to weigh serving against training.")
    found += [f"{warning}" for warning in ex.fit.warnings]
    return found


def notes_html(ex: Explorer, frames: Mapping[str, Any]) -> str:
    """Return sentences and sources."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in sentences(ex, frames))
    sources = "".join(f"<li>{escape(line)}</li>" for line in ex.fit.source.sentences())
    code = escape(ex.code())
    return (
        f'<div class="sw-notes"><ul class="sw-sentences">{lines}</ul>'
        f"<details open><summary>Sources and assumptions</summary><ul>{sources}"
        "<li>Training costs 6 x parameters x tokens, serving 2 x parameters for each token.</li></ul></details>"
        f"<details><summary>Code for this state</summary><pre>{code}</pre></details></div>"
    )
