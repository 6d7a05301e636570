"""The served app: sliders by key and mouse, typed values, themes and widths, in real Chromium without a network."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scalewidgets.explorers.explorer import Explorer

from .expected import settled_at, settled_text
from .figures import drag, settled_pixels, step
from .servers import Server

# With the groups of precision and schedule off, the Studio shows the plan of the allocation explorer.
SEEN = ("allocation", "lifetime")

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def app(served_app: Callable[..., Server]) -> Server:
    return served_app()


def field(page: Page, label: str):
    return page.get_by_label(label).and_(page.locator("input"))


def open_app(page: Page, app: Server, query: str = "") -> None:
    page.goto(app.url + query)
    page.locator(".sw-card-value").first.wait_for()


def handles(page: Page):
    return page.locator(".noUi-handle")


def test_it_opens_on_the_default_fit_and_budget(page: Page, app: Server) -> None:
    open_app(page, app)
    settled_at(page, Explorer(), views=SEEN)


def test_keys_move_the_budget_the_picture_and_the_cards(page: Page, app: Server) -> None:
    open_app(page, app, "?C=1e21")
    settled_at(page, Explorer(compute=1e21), views=SEEN)
    before = settled_pixels(page, "*.allocation")
    step(handles(page).first, "ArrowRight", 5)
    settled_at(page, Explorer(compute=10**21.1), views=SEEN)
    settled_pixels(page, "*.allocation", before)


def test_the_mouse_moves_the_budget_to_what_its_field_then_says(page: Page, app: Server) -> None:
    open_app(page, app, "?C=1e20")
    settled_at(page, Explorer(compute=1e20), views=SEEN)
    drag(page, handles(page).first, 60)
    shown = settled_text(page, field(page, "Training budget"), handles(page).first)
    assert float(shown) > 1.5e20
    # the field has three digits, the track steps of a fiftieth of a decade
    settled_at(page, Explorer(compute=10 ** (round(math.log10(float(shown)) * 50) / 50)), views=SEEN)


@pytest.mark.parametrize(("typed", "value"), [("70B", 70e9), ("1.4T", 1.4e12), ("1B requests × 800 tokens", 8e11)])
def test_typed_quantities_are_read(page: Page, app: Server, typed: str, value: float) -> None:
    open_app(page, app, "?inference=1e12")
    tokens = field(page, "Tokens served")
    tokens.fill(typed)
    tokens.press("Enter")
    settled_at(page, Explorer(inference_tokens=value), views=SEEN)


def test_a_bad_value_leaves_the_old_one_in_force_and_says_what_was_expected(page: Page, app: Server) -> None:
    open_app(page, app, "?C=1e21")
    budget = field(page, "Training budget")
    budget.fill("plenty")
    budget.press("Enter")
    expect(page.locator(".sw-error").filter(has_text="plenty")).to_be_visible()
    settled_at(page, Explorer(compute=1e21), views=SEEN)
    expect(budget).to_have_value("1e21")
    budget.fill("512 H100 for 2 hours at 40 %")
    budget.press("Enter")
    settled_at(page, Explorer(compute="512 H100 for 2 hours at 40 %"), views=SEEN)
    expect(page.locator(".sw-error").filter(has_text="plenty")).to_have_count(0)


def test_switching_serving_on_and_choosing_what_is_held(page: Page, app: Server) -> None:
    open_app(page, app)
    page.get_by_role("checkbox").first.check()
    settled_at(page, Explorer(inference_tokens=2e12), views=SEEN)
    page.get_by_label("Hold fixed").select_option("training and serving together")
    settled_at(page, Explorer(inference_tokens=2e12, hold="total"), views=SEEN)


def test_coefficients_are_exchanged_and_bands_go_with_them(page: Page, app: Server) -> None:
    open_app(page, app)
    page.get_by_label("Coefficients").select_option("Hoffmann 2022, approach 3 (unrounded)")
    settled_at(page, Explorer("hoffmann2022"), views=SEEN)
    expect(page.get_by_text("Point estimate", exact=False).first).to_be_visible()


def test_the_address_carries_the_state(page: Page, app: Server) -> None:
    open_app(page, app, "?C=1e22&inference=5e11&hold=training&fit=sardana2024-all&who=me")
    entries = page.evaluate("history.length")
    settled_at(page, Explorer("sardana2024-all", compute=1e22, inference_tokens=5e11, hold="training"), views=SEEN)
    budget = field(page, "Training budget")
    budget.fill("3e22")
    budget.press("Enter")
    page.wait_for_function("location.search.includes('C=3e%2B22')")
    page.get_by_label("Hold fixed").select_option("the quality this budget buys")
    page.wait_for_function("!location.search.includes('hold')")
    assert page.url.removeprefix(app.url) == "?who=me&fit=sardana2024-all&C=3e%2B22&inference=5e%2B11"
    # a reader goes back to where they came from, not through every state
    assert page.evaluate("history.length") == entries
    page.goto("about:blank")
    page.go_back()
    settled_at(page, Explorer("sardana2024-all", compute=3e22, inference_tokens=5e11), views=SEEN)


def test_what_the_address_has_wrong_is_said(page: Page, app: Server) -> None:
    open_app(page, app, "?C=much&fit=nobody1999")
    expect(page.locator(".sw-error").filter(has_text="nobody1999")).to_be_visible()
    settled_at(page, Explorer(), views=SEEN)


@pytest.mark.parametrize("width", [400, 1024, 1600])
def test_nothing_is_wider_than_the_window(new_page: Callable[..., Page], app: Server, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    open_app(page, app, "?inference=2e12")
    settled_at(page, Explorer(inference_tokens=2e12), views=SEEN)
    page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")


def test_it_opens_dark_where_the_system_is_dark_and_switches(new_page: Callable[..., Page], app: Server) -> None:
    page = new_page(color_scheme="dark")
    open_app(page, app)
    page.locator("html.sw-dark").wait_for()
    dark = settled_pixels(page, "*.allocation")
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html.sw-dark")).to_have_count(0)
    settled_pixels(page, "*.allocation", dark)


def test_two_visitors_do_not_share_a_state(new_page: Callable[..., Page], app: Server) -> None:
    one, two = new_page(), new_page()
    open_app(one, app, "?C=1e20")
    open_app(two, app, "?C=1e22")
    settled_at(one, Explorer(compute=1e20), views=SEEN)
    settled_at(two, Explorer(compute=1e22), views=SEEN)
