"""What an explorer must show in a state: the library's own numbers, in the forms of the cards."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator, Page, expect

import scalewidgets as sw
from scalewidgets.explorers.cards import CARDS
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import card_text

from .figures import columns, until

SHOWN = {
    "allocation": ("plan", ("N", "D", "loss")),
    "frontier": ("sizes_plan", ("C", "N")),
    "lifetime": ("cheapest", ("N", "cost")),
}


def settled_text(page: Page, field: Locator, handle: Locator) -> str:
    """Return what a field says once it says what its slider's handle stands at."""
    until(page, lambda: same_words(field.input_value(), handle), "the field to follow its slider")
    return field.input_value()


def same_words(text: str, handle: Locator) -> bool:
    """Tell whether a handle is described by a text, up to its unit."""
    told = handle.get_attribute("aria-valuetext")
    return told is not None and told.split(" ")[0] == text


def settled_at(page: Page, ex: Explorer, tolerance: float = 1e-9, views: tuple[str, ...] = tuple(SHOWN)) -> None:
    """Wait until charts and cards of the page show the plan of a state."""
    plan, frames = ex.plan, ex.frames()
    wanted = [("*.allocation.plan", {"N": plan.N, "D": plan.D})]
    for view in views:
        table, names = SHOWN[view]
        wanted.append((f"*.{view}.{table}", {name: frames["tables"][view][table][name] for name in names}))

    def shown() -> bool:
        for source, values in wanted:
            found = columns(page, source)
            if found is None or not all(
                np.allclose(found[name], np.atleast_1d(value), rtol=tolerance, atol=0, equal_nan=True)
                for name, value in values.items()
            ):
                return False
        return True

    until(page, shown, f"the plan N = {plan.N:.6g}, D = {plan.D:.6g} in {', '.join(views)}")
    beyond = float(frames["notes"]["beyond"])
    for card in CARDS[:5]:
        number = card_text(card, frames["cards"][card.name], beyond)
        if "±" in number or "(" in number:
            number = number.split(" ")[0]
        expect(page.locator(f'[data-card="{card.name}"] .sw-card-value').first).to_have_text(number)
    if ex.inference_tokens is None:
        direct = sw.plan(ex.fit, compute=ex.compute)
        assert abs(direct.N / plan.N - 1) < 1e-12
