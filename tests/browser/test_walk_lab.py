"""A notebook follows long walks over its controls with the library's numbers, and Python is in the last state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Slider
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_schedule import worth
from scalewidgets.live.program import state_of

from .driving import drive, same, state_in
from .expected import settled_at
from .figures import columns, drag, step, until
from .notebooks import ask_kernel
from .served import START, own

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(600)]

RunNotebook = Callable[[Page, list[str]], None]
KEEP = {"fit": ["besiroglu2024", "hoffmann2022"]}
IMPORT = "import scalewidgets as sw"


def heard(page: Page) -> dict:
    return state_in(ask_kernel(page, "", "ex.code()").strip("'\"").replace("\\n", "\n").replace("\\'", "'"))


def place_of(page: Page, slider: int) -> float:
    return float(page.locator(".sw-controls .noUi-target").nth(slider).evaluate("(el) => el.noUiSlider.get()"))


def hears(page: Page, ex: BaseExplorer) -> None:
    until(page, lambda: same(heard(page), state_of(ex)), "Python to be in the last state")


def test_a_random_walk_shows_the_numbers_of_the_library_and_python_hears_its_end(
    page: Page, run_notebook: RunNotebook
) -> None:
    ex = Explorer(**START)
    run_notebook(page, [IMPORT, f"ex = sw.explore(**{START!r}); ex"])
    settled_at(page, ex, views=("allocation",))
    assert drive(page, ex, 1, 520, KEEP, notebook=True) >= 500
    hears(page, ex)


# Places of the Studio's sliders among those of the notebook.
SLIDERS = {
    name: place
    for place, name in enumerate(n for n, control in Studio().controls_by_name.items() if isinstance(control, Slider))
}
# Each slider of the Studio, and what `sw.plan` is then asked.
ASKED = {
    "compute": lambda value: {"compute": value},
    "inference_tokens": lambda value: {"inference_tokens": value},
    "bits": lambda value: {"bits": value},
    "cooldown": lambda value: {"schedule": worth(20_000, value, 0.0)},
}


def test_each_slider_of_the_studio_is_dragged_to_the_plan_of_the_library(page: Page, run_notebook: RunNotebook) -> None:
    start = {**START, "cooldown": 0.2, "counted": True, "bits": 12}
    ex = Studio(**start)
    asked = {name: asks(getattr(ex, name)) for name, asks in ASKED.items()}
    run_notebook(page, [IMPORT, f"ex = sw.studio(**{start!r}); ex"])
    settled_at(page, ex, views=("allocation",))
    for name, asks in ASKED.items():
        control = ex.controls_by_name[name]
        handle = page.locator(".sw-controls .widget-slider .noUi-handle").nth(SLIDERS[name])
        before = getattr(ex, name)
        drag(page, handle, -25)
        place = float(
            page.locator(".sw-controls .noUi-target").nth(SLIDERS[name]).evaluate("(el) => el.noUiSlider.get()")
        )
        setattr(ex, name, 10**place if control.scale == "log" else place)
        assert getattr(ex, name) < before
        asked[name] = asks(getattr(ex, name))
        settled_at(page, ex, 1e-8, ("allocation",))
        plan = sw.plan(ex.fit, **{key: value for given in asked.values() for key, value in given.items()})
        found = columns(page, "*.allocation.plan")
        np.testing.assert_allclose([found["N"][0], found["D"][0]], [plan.N, plan.D], rtol=1e-8)
    hears(page, ex)


def test_what_was_moved_while_python_was_busy_stays(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [IMPORT, f"ex = sw.explore(**{START!r}); ex"])
    settled_at(page, Explorer(**START), views=("allocation",))
    page.evaluate(
        "() => void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import time; time.sleep(3)' })"
    )
    # Python answers the choice, by which time the budget is another
    page.locator(".sw-controls .widget-dropdown select").first.select_option("Hoffmann 2022, approach 3 (unrounded)")
    handle = page.locator(".widget-slider .noUi-handle").first
    handle.press("ArrowRight")
    ex = Explorer("hoffmann2022", **{**START, "compute": 10**22.02})
    settled_at(page, ex, 1e-8, ("allocation",))
    hears(page, ex)
    settled_at(page, ex, 1e-8, ("allocation",))


def test_a_law_that_only_python_computes_works_in_a_notebook_and_says_so(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [IMPORT, "from tests.browser.served import own", "ex = own(display=None); ex"])
    ex = own(display=None)
    expect(page.locator(".sw-sentences")).to_contain_text("Computed in Python at every move")
    expect(page.locator(".sw-formula")).to_contain_text("mine(N,D)")
    name = next(n for n, control in ex.controls_by_name.items() if isinstance(control, Slider))
    control = ex.controls_by_name[name]
    step(page.locator(".sw-controls .noUi-handle").first, "ArrowRight", 3)
    place = place_of(page, 0)
    assert place > control.place(getattr(ex, name))
    setattr(ex, name, 10**place if control.scale == "log" else place)
    frames = ex.frames()
    view, tables = next(iter(frames["tables"].items()))
    table, wanted = next((t, c) for t, c in tables.items() if np.isfinite(next(iter(c.values()))).all())

    def shown() -> bool:
        found = columns(page, f"*.{view}.{table}")
        return found is not None and all(
            found[c].shape == np.shape(v) and np.allclose(found[c], v, rtol=1e-8, atol=0, equal_nan=True)
            for c, v in wanted.items()
            if c in found
        )

    until(page, shown, f"{view}/{table} of the last place")
