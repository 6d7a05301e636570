"""The explorer in a real JupyterLab notebook, without a network: sliders, typed values, Python and picture in step."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from scalewidgets.explorers.cards import CARDS
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import card_text

from .expected import settled_at, settled_text
from .figures import drag, settled_pixels, step, until
from .notebooks import ask_kernel, close_notebook, open_beside, open_notebook
from .servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]

RunNotebook = Callable[[Page, list[str]], None]
# Figures behind a button are drawn when they are first shown.
FIRST = ("allocation",)
IMPORT = "import scalewidgets as sw"


def fields(page: Page):
    return page.locator(".widget-text input")


def handles(page: Page | Locator):
    return page.locator(".widget-slider .noUi-handle")


def test_keys_mouse_and_typed_values_move_the_plot_and_the_cards(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [IMPORT, "ex = sw.explore(compute='1e21', inference_tokens='1T'); ex"])
    settled_at(page, Explorer(compute=1e21, inference_tokens=1e12), views=FIRST)
    before = settled_pixels(page, "*.allocation")
    step(handles(page).first, "ArrowRight", 5)
    settled_at(page, Explorer(compute=10**21.1, inference_tokens=1e12), 1e-8, FIRST)
    settled_pixels(page, "*.allocation", before)
    listen = "heard = []; ex.param.watch(lambda event: heard.append(event.new), 'compute')"
    assert ask_kernel(page, listen, "len(heard)") == "0"
    begin = time.monotonic()
    drag(page, handles(page).first, 30, moves=60)
    seconds = time.monotonic() - begin
    shown = float(settled_text(page, fields(page).first, handles(page).first))
    assert shown > 1.5e21
    until(page, lambda: math.isclose(float(ask_kernel(page, "", "ex.compute")), shown, rel_tol=1e-2), "Python to hear")
    # at the first move, twice a second, and when it is let go
    assert 1 <= int(ask_kernel(page, "", "len(heard)")) <= 2 * seconds + 2
    moved = 10 ** (round(math.log10(shown) * 50) / 50)
    settled_at(page, Explorer(compute=moved, inference_tokens=1e12), 1e-8, FIRST)
    fields(page).nth(1).fill("70B")
    fields(page).nth(1).press("Enter")
    settled_at(page, Explorer(compute=moved, inference_tokens=70e9), 1e-8, FIRST)
    page.get_by_role("tab", name="Lifetime cost").click()
    settled_at(page, Explorer(compute=moved, inference_tokens=70e9), 1e-8, ("lifetime",))
    page.get_by_title("Reset Training budget to the default").click()
    expect(fields(page).first).to_have_value("3e21")
    expect(page.get_by_title("Reset Training budget to the default")).to_be_hidden()
    # a slider can't stand there exactly, the plan does
    page.get_by_role("tab", name="Budget").click()
    settled_at(page, Explorer(inference_tokens=70e9), 1e-8, FIRST)


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


def plan_of(panel: Locator) -> float:
    """Return the model size of the plan in a notebook's chart; explorers of two kernels go by the same names."""
    return panel.evaluate(
        """(panel) => {
          const mine = ({ slot, element }) => slot === "allocation" && panel.contains(element);
          const { document } = globalThis.__scalewidgets__.documents.find(mine);
          const models = document.roots().flatMap((root) => [...root.references()]);
          const { data } = models.find(({ name }) => name?.endsWith(".allocation.plan"));
          return (data instanceof Map ? data.get("N") : data.N)[0];
        }"""
    )


def test_two_notebooks_of_a_window_do_not_disturb_each_other(new_page: Callable[..., Page], lab: Server) -> None:
    page = new_page(viewport={"width": 1800, "height": 900})
    stands = [10**20, 10**22]
    cells = [[IMPORT, f"ex = sw.explore(compute={float(compute)!r}); ex"] for compute in stands]
    panels = [open_notebook(page, lab, cells[0]), open_beside(page, lab, cells[1])]

    def agree(which: list[int]) -> None:
        for i in which:
            card = Explorer(compute=float(stands[i])).frames()["cards"]["N"]
            N, panel = float(card["value"]), panels[i]
            until(page, lambda N=N, panel=panel: math.isclose(plan_of(panel), N, rel_tol=1e-8), f"plan {i}")
            words = card_text(CARDS[0], card, 1.0).split(" ")[0]
            expect(panel.locator('[data-card="N"] .sw-card-value')).to_have_text(words)

    for panel in panels:
        panel.locator(".sw-card-value").first.wait_for()
        panel.locator(".sw-figure .bk-Figure").first.wait_for()
    agree([0, 1])
    for moved in (0, 1):
        step(handles(panels[moved]).first, "ArrowRight", 5)
        stands[moved] *= 10**0.1
        agree([moved, 1 - moved])
    close_notebook(page, panels[0])
    step(handles(panels[1]).first, "ArrowRight", 5)
    stands[1] *= 10**0.1
    agree([1])
    until(page, lambda: math.isclose(float(ask_kernel(page, "", "ex.compute")), stands[1], rel_tol=1e-8), "Python")
    assert page.evaluate("() => globalThis.__scalewidgets__.documents.every(({ element }) => element.isConnected)")
