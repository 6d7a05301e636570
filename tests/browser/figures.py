"""Reads the live figures of a page: columns, ranges, painted pixels, and how long a slider's move takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

PATIENCE = 60  # seconds

_SCRIPT = Path(__file__).with_name("figures.mjs").read_text(encoding="utf-8")


def _ask(page: Page, expression: str, *arguments: str):
    page.evaluate(f"() => {{ if (!globalThis.__figures__) {{ {_SCRIPT} }} }}")
    return page.evaluate(f"(given) => globalThis.__figures__.{expression}(...given)", list(arguments))


def columns(page: Page, source: str) -> dict[str, np.ndarray] | None:
    """Read the columns of the source of that name; None if the page has no such source (yet)."""
    found = _ask(page, "columns", source)
    return None if found is None else {name: _array(values) for name, values in found.items()}


def _array(values: list) -> np.ndarray:
    # whole numbers arrive as Python integers of any size
    return np.array(values, dtype=str if any(isinstance(value, str) for value in values) else float)


def limits(page: Page, name: str) -> dict[str, float]:
    """Read start, end, reset_start and reset_end of the range of that name."""
    return _ask(page, "range", name)


def until(page: Page, check: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a check holds."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        page.wait_for_timeout(20)


def settled_pixels(page: Page, figure: str, other_than: int | None = None) -> int:
    """Give the number of the picture once it is painted, differs from another and stopped changing."""
    seen: list[int] = []

    def steady() -> bool:
        page.wait_for_timeout(100)
        found = _ask(page, "pixels", figure)
        seen.append(found["hash"])
        return (
            found["painted"] > 0
            and found["idle"]
            and seen[-1] != other_than
            and len(seen) > 2
            and len(set(seen[-3:])) == 1
        )

    until(page, steady, f"figure {figure!r} to be painted anew and stop changing")
    return seen[-1]


def picture(page: Page, figure: str) -> int:
    """Give the number of the picture of a figure as it stands."""
    found = _ask(page, "pixels", figure)
    assert found["painted"] > 0, f"figure {figure!r} is empty"
    return found["hash"]


def step(handle: Locator, key: str = "ArrowRight", times: int = 1) -> None:
    """Move a focused slider by keys."""
    handle.focus()
    for _ in range(times):
        handle.press(key)


def drag(page: Page, handle: Locator, pixels_right: float, moves: int = 10) -> None:
    """Move a slider's handle by mouse."""
    x, y = grasped(page, handle)
    for move in range(1, moves + 1):
        page.mouse.move(x + pixels_right * move / moves, y)
        page.wait_for_timeout(16)
    page.mouse.up()


def grasped(page: Page, handle: Locator) -> tuple[float, float]:
    """Press the mouse on a handle and return where; a page that is still laid out may move it away meanwhile."""
    held = "(el) => el.classList.contains('noUi-active') || el.closest('.noUi-state-drag') != null"
    place = (0.0, 0.0)

    def holds() -> bool:
        nonlocal place
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box is not None, "the slider's handle is not visible"
        place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*place)
        if handle.bounding_box() != box:
            return False
        page.mouse.down()
        if not handle.evaluate(held):
            page.mouse.up()
            return False
        return True

    until(page, holds, "the slider's handle to be held")
    return place


def watch(page: Page, source: str, figure: str) -> None:
    """Begin to note inputs, changes of the source's columns and paintings of the figure."""
    _ask(page, "find", "")
    page.evaluate(
        "([s, f]) => { globalThis.__marks__ = globalThis.__figures__.watch(s, f); return null; }", [source, figure]
    )


def marks(page: Page) -> list[tuple[str, float]]:
    """Return what was noted, as "input", "columns" or "paint" with its milliseconds, and begin anew."""
    return page.evaluate("() => globalThis.__marks__.splice(0)")


def latency(page: Page, move: Callable[[], None], moves: int = 30) -> dict[str, np.ndarray]:
    """Measure milliseconds from a slider's event to its columns and to their painting, one row a move; watch first."""
    took: dict[str, list[float]] = {"columns": [], "paint": []}
    for _ in range(moves):
        marks(page)
        move()
        # a slow machine may take longer than one pause
        seen: list[tuple[str, float]] = []

        def painted(seen: list[tuple[str, float]] = seen) -> bool:
            page.wait_for_timeout(150)
            seen += marks(page)
            return any(what == "paint" for what, _ in seen[first_of(seen, "columns") :])

        until(page, painted, "the move to be painted")
        start = seen[first_of(seen, "input")][1]
        arrived = first_of(seen, "columns")
        took["columns"].append(seen[arrived][1] - start)
        took["paint"].append(seen[first_of(seen, "paint", arrived)][1] - start)
    return {what: np.array(times) for what, times in took.items()}


def first_of(seen: list[tuple[str, float]], what: str, after: int = 0) -> int:
    """Return the place of the first mark of a kind; the number of marks if there is none."""
    return next((i for i, (kind, _) in enumerate(seen) if i >= after and kind == what), len(seen))
