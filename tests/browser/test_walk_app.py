"""An app follows hundreds of moves with the library's numbers, tells Python the last one, and obeys Python."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.live.program import state_of

from .driving import drive, same, state_in
from .expected import settled_at
from .figures import columns, drag, step, until
from .served import ELSEWHERE, START, own
from .servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

KEEP = {"fit": ["besiroglu2024", "hoffmann2022", "sardana2024-all"]}


@pytest.fixture(scope="module")
def served(served_app: Callable[..., Server]) -> Server:
    return served_app([sys.executable, "-m", "tests.browser.served", "{port}"])


def visit(page: Page, served: Server, path: str = "") -> None:
    page.goto(served.url + path)
    page.locator(".sw-card-value").first.wait_for()


def heard(page: Page) -> dict:
    return state_in(page.locator(".heard").inner_text())


def test_a_random_walk_shows_the_numbers_of_the_library_and_python_hears_its_end(page: Page, served: Server) -> None:
    ex = Explorer(**START)
    visit(page, served)
    settled_at(page, ex, views=("allocation",))
    assert drive(page, ex, 0, 515, KEEP, notebook=False) >= 500
    until(page, lambda: same(heard(page), state_of(ex)), "Python to hear the last state")


def test_a_drag_ends_in_the_state_of_the_slider_here_and_in_python(page: Page, served: Server) -> None:
    visit(page, served)
    settled_at(page, Explorer(**START))
    handle = page.locator(".noUi-handle").first
    drag(page, handle, 70, 40)
    place = page.evaluate("() => globalThis.__figures__.find('compute.slider').value")
    assert place > 22.5
    settled_at(page, Explorer(**{**START, "compute": 10**place}))
    until(page, lambda: heard(page)["compute"] == pytest.approx(10**place, rel=1e-12), "Python to hear of the drag")


def test_python_moves_sliders_charts_and_cards(page: Page, served: Server) -> None:
    visit(page, served)
    step(page.locator(".noUi-handle").first, "ArrowRight", 2)
    page.get_by_role("button", name="Move from Python").click()
    settled_at(page, Explorer(**ELSEWHERE))
    find = "globalThis.__figures__.find"
    found = page.evaluate(f"() => [{find}('compute.slider').value, {find}('inference_tokens.switch').active]")
    assert found == [24, False]
    expect(page.get_by_label("Training budget").and_(page.locator("input"))).to_have_value("1e24")


def test_handles_are_named_and_shift_takes_ten_steps(page: Page, served: Server) -> None:
    visit(page, served)
    budget = page.get_by_role("slider", name="Training budget: 1e22 FLOP")
    # an app in a page of the user's own starts when it is shown, not at the first move
    expect(budget).to_have_count(1)
    budget.press("Shift+ArrowRight")
    settled_at(page, Explorer(**{**START, "compute": 10**22.2}))
    expect(page.get_by_role("slider", name="Training budget: 1.58e22 FLOP")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("Model size")
    # a click on the words of a switch moves it
    served_too = page.get_by_label("Weigh serving against training")
    before = served_too.is_checked()
    page.get_by_text("Weigh serving against training", exact=True).click()
    assert served_too.is_checked() is not before


def test_two_controls_moved_first_of_all_both_stay(page: Page, served: Server) -> None:
    visit(page, served)
    page.wait_for_function("globalThis.__scalewidgetsApps__ != null")
    for handle in (0, 1):
        page.locator(".noUi-handle").nth(handle).press("ArrowRight")
    moved = {name: 10 ** (math.log10(value) + 0.02) for name, value in START.items()}
    settled_at(page, Explorer(**moved))
    until(page, lambda: same(heard(page), state_of(Explorer(**moved))), "Python to hear of both")


def test_a_law_that_only_python_computes_works_and_says_so(page: Page, served: Server) -> None:
    ex = own()
    assert ex.why_not_portable
    visit(page, served, "own")
    name, control = next((n, c) for n, c in ex.controls_by_name.items() if hasattr(c, "place"))
    columns(page, "")
    drag(page, page.locator(".noUi-handle").first, 20)
    expect(page.locator(".sw-sentences")).to_contain_text("Computed in Python at every move")
    place = page.evaluate(f"() => globalThis.__figures__.find('{name}.slider').value")
    assert place != control.place(getattr(ex, name))
    setattr(ex, name, 10**place if control.scale == "log" else place)
    view, tables = next(iter(ex.frames()["tables"].items()))
    table, wanted = next((t, c) for t, c in tables.items() if np.isfinite(next(iter(c.values()))).all())

    def shown() -> bool:
        found = columns(page, f"*.{view}.{table}")
        return all(
            found[c].shape == np.shape(v) and np.allclose(found[c], v, rtol=1e-9, atol=0, equal_nan=True)
            for c, v in wanted.items()
            if c in found
        )

    until(page, shown, f"{view}/{table} of the last place")
