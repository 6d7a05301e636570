"""The user's runs in a real JupyterLab notebook: dropped by a click, changed from Python, uploaded in a widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .figures import settled_pixels
from .refits import CSV, UPLOAD, refitted, settled_on
from .servers import Server
from .tapping import tap

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]

RunNotebook = Callable[[Page, list[str]], None]


def upload(page: Page, file: dict) -> None:
    with page.expect_file_chooser() as chosen:
        page.locator(".widget-upload").click()
    chosen.value.set_files([file])


def test_runs_given_in_python_are_dropped_by_a_click_and_by_python(
    page: Page, lab: Server, run_notebook: RunNotebook
) -> None:
    (Path(lab.log).parent / "notebooks" / "mine.csv").write_text(CSV)
    run_notebook(page, ["import scalewidgets as sw", "ex = sw.explore(runs='mine.csv'); ex"])
    settled_on(page, refitted())
    page.get_by_role("tab", name="Residuals against D").click()
    settled_pixels(page, "*.residuals_D")
    tap(page, "*.residuals_D", "*.residuals.D_kept", "D", "residual", 3)
    page.get_by_role("tab", name="Budget").click()
    settled_on(page, refitted((3,)), (3,))
    page.get_by_role("button", name="Restore all").click()
    settled_on(page, refitted())


def test_a_file_is_uploaded_in_the_notebook_and_a_bad_one_is_refused(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, ["import scalewidgets as sw", "ex = sw.explore(); ex"])
    page.locator(".sw-card-value").first.wait_for()
    upload(page, {**UPLOAD, "name": "bad.csv", "buffer": b"N,loss\n1,x\n"})
    expect(page.get_by_role("alert").filter(has_text="bad.csv")).to_be_visible()
    upload(page, UPLOAD)
    settled_on(page, refitted())
