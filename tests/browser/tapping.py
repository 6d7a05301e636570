"""Taps runs in the charts of a page, as a reader does."""

from __future__ import annotations

from playwright.sync_api import Page

from .figures import columns, settled_pixels, until

# Where a row of a source lies on the screen, asked of the figure's view.
_PLACE = """([figure, source, x, y, row]) => {
  const { data } = globalThis.__figures__.find(source);
  const column = (name) => (data instanceof Map ? data.get(name) : data[name]);
  const view = globalThis.__figures__.viewOf(globalThis.__figures__.find(figure));
  const { left, top } = view.el.getBoundingClientRect();
  return [left + view.frame.x_scale.compute(column(x)[row]), top + view.frame.y_scale.compute(column(y)[row])];
}"""


def tap(page: Page, figure: str, source: str, x: str, y: str, row: int) -> None:
    """Click on the mark of a row."""
    until(page, lambda: (found := columns(page, source)) is not None and row < len(found[x]), f"row {row} of {source}")
    places: list[list[float]] = []

    def steady() -> bool:
        page.wait_for_timeout(50)
        places.append(page.evaluate(_PLACE, [figure, source, x, y, row]))
        return len(places) > 3 and all(place == places[-1] for place in places[-4:])

    settled_pixels(page, figure)
    until(page, steady, f"row {row} of {source} to stay where it is")
    page.mouse.click(*places[-1])
