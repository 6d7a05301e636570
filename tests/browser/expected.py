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


def settled_text(page: Page, field: Locator) -> str:
    """Return what a field says once it has said it for a second."""
    seen: list[str] = []

    def steady() -> bool:
        page.wait_for_timeout(250)
        seen.append(field.input_value())
        return len(seen) > 4 and len(set(seen[-5:])) == 1

    until(page, steady, "the field to come to rest")
    return seen[-1]


def settled_at(page: Page, ex: Explorer, tolerance: float = 1e-9, views: tuple[str, ...] = tuple(SHOWN)) -> None:
    """Wait until charts and cards of the page show the plan of a state."""
    plan = ex.plan

    def shown() -> bool:
        found = columns(page, "*.allocation.plan")
        return found is not None and np.allclose(
            [found["N"][0], found["D"][0]], [plan.N, plan.D], rtol=tolerance, atol=0
        )

    until(page, shown, f"the plan N = {plan.N:.6g}, D = {plan.D:.6g}")
    frames = ex.frames()
    for view in views:
        table, names = SHOWN[view]
        found = columns(page, f"*.{view}.{table}")
        for name in names:
            np.testing.assert_allclose(found[name], np.atleast_1d(frames["tables"][view][table][name]), rtol=tolerance)
    beyond = float(frames["notes"]["beyond"])
    for card in CARDS[:5]:
        number = card_text(card, frames["cards"][card.name], beyond)
        if "±" in number or "(" in number:
            number = number.split(" ")[0]
        expect(page.locator(f'[data-card="{card.name}"] .sw-card-value').first).to_have_text(number)
    if ex.inference_tokens is None:
        direct = sw.plan(ex.fit, compute=ex.compute)
        assert abs(direct.N / plan.N - 1) < 1e-12
