"""The explorer in a real JupyterLab notebook, without a network: sliders, typed values, Python and picture in step."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scalewidgets.explorers.explorer import Explorer

from .expected import settled_at, settled_text
from .figures import drag, settled_pixels, step

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]

RunNotebook = Callable[[Page, list[str]], None]
# Figures behind a button are drawn when they are first shown.
FIRST = ("allocation",)
IMPORT = "import scalewidgets as sw"


def fields(page: Page):
    return page.locator(".widget-text input")


def handles(page: Page):
    return page.locator(".widget-slider .noUi-handle")


def test_keys_mouse_and_typed_values_move_the_plot_and_the_cards(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [IMPORT, "ex = sw.explore(compute='1e21', inference_tokens='1T'); ex"])
    settled_at(page, Explorer(compute=1e21, inference_tokens=1e12), views=FIRST)
    before = settled_pixels(page, "*.allocation")
    step(handles(page).first, "ArrowRight", 5)
    settled_at(page, Explorer(compute=10**21.1, inference_tokens=1e12), 1e-8, FIRST)
    settled_pixels(page, "*.allocation", before)
    drag(page, handles(page).first, 30)
    shown = float(settled_text(page, fields(page).first, handles(page).first))
    assert shown > 1.5e21
    moved = 10 ** (round(math.log10(shown) * 50) / 50)
    settled_at(page, Explorer(compute=moved, inference_tokens=1e12), 1e-8, FIRST)
    fields(page).nth(1).fill("70B")
    fields(page).nth(1).press("Enter")
    settled_at(page, Explorer(compute=moved, inference_tokens=70e9), 1e-8, FIRST)
    page.get_by_role("tab", name="Lifetime cost").click()
    settled_at(page, Explorer(compute=moved, inference_tokens=70e9), 1e-8, ("lifetime",))


def test_python_moves_the_display_and_a_bad_value_is_refused_beside_its_field(
    page: Page, run_notebook: RunNotebook
) -> None:
    cells = [
        IMPORT,
        "ex = sw.explore('hoffmann2022'); ex",
        "ex.compute = 1e23; ex.inference_tokens = '2T'; ex.hold = 'total'",
    ]
    run_notebook(page, cells)
    settled_at(page, Explorer("hoffmann2022", compute=1e23, inference_tokens=2e12, hold="total"), views=FIRST)
    expect(fields(page).first).to_have_value("1e23")
    fields(page).first.fill("plenty")
    fields(page).first.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="plenty")).to_be_visible()
    expect(fields(page).first).to_have_value("1e23")


def test_two_explorers_of_a_notebook_do_not_disturb_each_other(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [IMPORT, "one = sw.explore(compute=1e20); one", "two = sw.explore(compute=1e22); two"])
    settled_at_last = Explorer(compute=1e22)
    page.locator(".sw-card-value").nth(9).wait_for()
    names = page.locator('[data-card="N"] .sw-card-value')
    expect(names).to_have_count(2)
    expect(names).to_have_text([re.compile(".+")] * 2)
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    assert first != second
    step(handles(page).first, "ArrowRight", 3)
    expect(names.nth(0)).not_to_have_text(first)
    expect(names.nth(1)).to_have_text(second)
    settled_at_last.inference_tokens = None
    assert second == f"{settled_at_last.plan.N / 1e9:.2f}B"
