"""Pairs of loss and score in the served app: a file makes the card, a bad one takes nothing away, and it goes again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from scalewidgets.explorers.cards import TASK_CARD
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.texts import card_text, value_and_bounds

from .servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAIRS = [(2.1, 0.57), (2.5, 0.46), (3.0, 0.37), (3.5, 0.29), (4.0, 0.25), (4.6, 0.22)]
CSV = "loss,score\n" + "".join(f"{loss},{score}\n" for loss, score in PAIRS)
FILE = {"name": "mine.csv", "mimeType": "text/csv", "buffer": CSV.encode()}


@pytest.fixture(scope="module")
def app(served_app: Callable[..., Server]) -> Server:
    return served_app()


def upload(page: Page, file: dict) -> None:
    page.get_by_label("Table of pairs").and_(page.locator("input[type=file]")).set_input_files([file])


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label).and_(page.locator("input"))


def shows(page: Page, ex: Studio) -> None:
    """Wait until the card is that of a state with the user's pairs."""
    frames = ex.frames()
    text = card_text(TASK_CARD, frames["cards"][TASK_CARD.name], float(frames["notes"]["beyond"]))
    value = page.locator(f'[data-card="{TASK_CARD.name}"] .sw-card-value').first
    expect(value).to_be_visible()
    expect(value).to_have_text(value_and_bounds(text)[0])


def test_a_file_of_pairs_makes_the_card_which_follows_until_it_is_removed(page: Page, app: Server) -> None:
    page.goto(f"{app.url}?fit=hoffmann2022&C=1e22")
    page.get_by_role("slider", name="Training budget").wait_for()
    page.get_by_label("Task error").and_(page.locator("select")).select_option("by your own pairs")
    upload(page, FILE)
    ex = Studio("hoffmann2022", compute=1e22, task_scores=PAIRS, tasks="own")
    shows(page, ex)
    expect(page.get_by_text("6 of 6 pairs used, none left out · mine.csv")).to_be_visible()

    upload(page, {**FILE, "name": "bad.csv", "buffer": CSV.replace("0.37", "37").encode()})
    expect(page.get_by_role("alert").filter(has_text="bad.csv, row 3 (line 4), column 'score'")).to_be_visible()
    shows(page, ex)
    field(page, "Pairs left out").fill("1")
    field(page, "Pairs left out").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    ex.task_scores([pair for row, pair in enumerate(PAIRS) if row != 1])
    # in the browser, without Python
    field(page, "Training budget").fill("1e23")
    field(page, "Training budget").press("Enter")
    ex.compute = 1e23
    shows(page, ex)

    page.get_by_role("button", name="Remove the pairs").click()
    expect(page.locator(f'[data-card="{TASK_CARD.name}"]')).to_have_count(0)
    upload(page, FILE)
    ex.task_scores(PAIRS)
    shows(page, ex)
