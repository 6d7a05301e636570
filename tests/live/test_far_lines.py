"""A line that runs far beyond its chart is cut to what can be seen of it, and to nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .scripts import LIVE, decoded, node

BOX = {"left": -10.0, "right": 300.0, "top": 5.0, "bottom": 200.0}
CORNERS = np.array([[BOX["left"], BOX["top"]], [BOX["right"], BOX["bottom"]]])


def lines() -> list[np.ndarray]:
    """Give seeded lines: within the box, around it, and far beyond it."""
    random = np.random.default_rng(0)
    inside = [random.uniform(*CORNERS, (6, 2)) for _ in range(20)]
    around = [random.uniform(-300, 600, (8, 2)) for _ in range(60)]
    beyond = [random.choice([-1, 1], (5, 2)) * 10 ** random.uniform(0, 8, (5, 2)) for _ in range(60)]
    return inside + around + beyond


def cut(given: list[Any]) -> list[np.ndarray]:
    """Return what JavaScript leaves of each line; a row of NaN stands between its parts."""
    script = f"""
import {{ cutLine }} from "{LIVE}/far_lines.mjs"
const number = (x) => typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x
const words = (line) => line.flat().map((x) => Number.isNaN(x) ? "nan" : x)
answer(given.lines.map((line) => ({{ at: words(cutLine(line.map((point) => point.map(number)), given.box)) }})))"""
    return [decoded(each)["at"].reshape(-1, 2) for each in node(script, {"lines": given, "box": BOX})]


def length_within(line: np.ndarray) -> float:
    """Return the length of a line within the box, from where each of its segments enters and leaves it."""
    starts, steps = line[:-1], np.diff(line, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.sort((CORNERS[:, None] - starts) / steps, axis=0)
    first = np.clip(np.nanmax(crossings[0], axis=1), 0, 1)
    last = np.clip(np.nanmin(crossings[1], axis=1), 0, 1)
    return float(np.sum(np.maximum(last - first, 0) * np.hypot(*steps.T)))


def test_the_part_of_a_line_within_the_box_stays_and_no_more() -> None:
    for line, left in zip(lines(), cut([line.tolist() for line in lines()]), strict=True):
        seen = left[~np.isnan(left).any(axis=1)]
        # what is far rounds to less than a hundredth of a pixel
        assert np.all((seen > CORNERS[0] - 0.01) & (seen < CORNERS[1] + 0.01))
        lengths = np.hypot(*np.diff(left, axis=0).T) if len(left) else np.zeros(0)
        assert np.nansum(lengths) == pytest.approx(length_within(line), rel=1e-6, abs=0.05)


def test_a_line_within_the_box_is_left_alone() -> None:
    inside = lines()[:20]
    for line, left in zip(inside, cut([line.tolist() for line in inside]), strict=True):
        np.testing.assert_array_equal(left, line)


@pytest.mark.parametrize("gap", [np.nan, np.inf, -np.inf])
def test_a_line_stays_broken_where_a_point_is_no_number(gap: float) -> None:
    [left] = cut([[[10, 10], [20, 20], [30, gap], [40, 40], [50, 50]]])
    np.testing.assert_array_equal(left, [[10, 10], [20, 20], [np.nan, np.nan], [40, 40], [50, 50]])


def test_nothing_is_left_of_a_line_beside_the_box_or_of_a_point() -> None:
    assert [len(left) for left in cut([[[400, 0], [900, 900]], [[20, 20]], []])] == [0, 0, 0]
