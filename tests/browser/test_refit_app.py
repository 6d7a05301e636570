"""The user's runs in the served app: uploaded, dropped by a click and brought back, refitted, and never lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from scalewidgets.explorers.explorer import Explorer

from .expected import settled_at
from .figures import columns, settled_pixels
from .refits import UPLOAD, refitted, settled_on
from .servers import Server
from .tapping import tap

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def app(served_app: Callable[..., Server]) -> Server:
    return served_app()


def open_app(page: Page, app: Server) -> None:
    page.goto(app.url)
    page.locator(".sw-card-value").first.wait_for()


def upload(page: Page, file: dict) -> None:
    page.locator("input[type=file]").wait_for()
    page.locator("input[type=file]").set_input_files([file])


def field(page: Page, label: str):
    return page.get_by_label(label).and_(page.locator("input"))


def enter(page: Page, label: str, text: str) -> None:
    field(page, label).fill(text)
    field(page, label).press("Enter")


def test_a_click_drops_a_run_and_another_brings_it_back(page: Page, app: Server) -> None:
    open_app(page, app)
    upload(page, UPLOAD)
    settled_on(page, refitted())
    residuals, plan = page.get_by_role("button", name="Residuals"), page.get_by_role("button", name="Plan", exact=True)
    residuals.click()
    before = settled_pixels(page, "*.residuals_D")
    tap(page, "*.residuals_D", "*.residuals.D_kept", "D", "residual", 3)
    expect(field(page, "Left out")).to_have_value("3")
    settled_pixels(page, "*.residuals_D", before)
    plan.click()
    settled_on(page, refitted((3,)), (3,))
    residuals.click()
    tap(page, "*.residuals_D", "*.residuals.D_dropped", "D", "residual", 3)
    plan.click()
    settled_on(page, refitted())
    page.get_by_role("button", name="Undo run change").click()
    settled_on(page, refitted((3,)), (3,))
    page.get_by_role("button", name="Restore all").click()
    settled_on(page, refitted())


def test_a_run_of_the_nearest_budget_is_dropped_in_the_bowl(page: Page, app: Server) -> None:
    open_app(page, app)
    upload(page, UPLOAD)
    settled_on(page, refitted())
    runs = columns(page, "*.allocation.runs")
    row = int(np.flatnonzero(runs["opacity"] > 0.5)[0])
    tap(page, "*.allocation", "*.allocation.runs", "N", "loss", row)
    settled_on(page, refitted((row,)), (row,))


def test_delta_and_objective_are_followed_and_a_bad_value_leaves_them(page: Page, app: Server) -> None:
    open_app(page, app)
    upload(page, UPLOAD)
    settled_on(page, refitted())
    enter(page, "Huber delta", "0.02")
    settled_on(page, refitted(delta=0.02))
    enter(page, "Huber delta", "wide")
    expect(page.get_by_role("alert").filter(has_text="wide")).to_be_visible()
    expect(field(page, "Huber delta")).to_have_value("0.02")
    page.get_by_label("Objective").select_option("squares")
    settled_on(page, refitted(objective="squared"))


def test_a_bad_file_says_why_and_takes_nothing_away(page: Page, app: Server) -> None:
    open_app(page, app)
    upload(page, {**UPLOAD, "name": "first.csv", "buffer": b"N,D,loss\n1e8,x,3\n"})
    expect(page.get_by_role("alert").filter(has_text="first.csv, row 1")).to_be_visible()
    settled_at(page, Explorer(), views=("allocation", "lifetime"))
    upload(page, UPLOAD)
    settled_on(page, refitted())
    enter(page, "Left out", "3")
    settled_on(page, refitted((3,)), (3,))
    upload(page, {**UPLOAD, "name": "other.csv", "buffer": UPLOAD["buffer"].replace(b"loss", b"quality")})
    expect(page.get_by_role("alert").filter(has_text="loss=")).to_be_visible()
    settled_on(page, refitted((3,)), (3,))
    enter(page, "How to read it", "loss=quality")
    settled_on(page, refitted())
    expect(page.get_by_role("alert")).to_have_count(0)


def test_nothing_is_wider_than_a_phone(new_page: Callable[..., Page], app: Server) -> None:
    page = new_page(viewport={"width": 400, "height": 900})
    open_app(page, app)
    page.get_by_role("button", name="Your runs").click()
    upload(page, UPLOAD)
    settled_on(page, refitted())
    page.get_by_role("button", name="Residuals").first.click()
    page.wait_for_function("document.documentElement.scrollWidth <= 400")
