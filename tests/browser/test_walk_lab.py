"""A notebook follows a long walk over its controls with the library's numbers, and Python is in the last state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.live.program import state_of

from .driving import drive, same, state_in
from .expected import settled_at
from .figures import until
from .notebooks import ask_kernel
from .served import START

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]


def test_a_random_walk_shows_the_numbers_of_the_library_and_python_hears_its_end(
    page: Page, run_notebook: Callable[[Page, list[str]], None]
) -> None:
    ex = Explorer(**START)
    run_notebook(page, ["import scalewidgets as sw", f"ex = sw.explore(**{START!r}); ex"])
    settled_at(page, ex, views=("allocation",))
    assert drive(page, ex, 1, 120, {"fit": ["besiroglu2024", "hoffmann2022"]}, notebook=True) >= 60

    def heard() -> bool:
        state = state_in(ask_kernel(page, "", "ex.code()").strip("'\"").replace("\\n", "\n").replace("\\'", "'"))
        return same(state, state_of(ex))

    until(page, heard, "Python to be in the last state")
