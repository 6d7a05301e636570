"""The page of operations lists what exists, and every reduction means on nothing and on NaN what the page says."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.ops.dispatch import PRIMITIVES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "browser-ops.md"
EMPTY, ODD = np.zeros((2, 0)), np.array([3.0, math.nan, 1.0])


def test_the_table_names_every_operation_once() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert sorted(named) == sorted(PRIMITIVES)


@pytest.mark.parametrize(
    ("function", "of_nothing", "of_nan"),
    [
        (ops.total, 0.0, math.nan),
        (ops.mean, math.nan, math.nan),
        (ops.smallest, math.inf, math.nan),
        (ops.largest, -math.inf, math.nan),
        (ops.argmin, 0.0, 2.0),
        (ops.logsumexp, -math.inf, math.nan),
        (lambda x: ops.quantile(x, 0.5, axis=-1), math.nan, math.nan),
        (lambda x: ops.take(x, 0.0), math.nan, 3.0),
    ],
)
def test_numpy_gives_nothing_and_nan_one_meaning(function: object, of_nothing: float, of_nan: float) -> None:
    np.testing.assert_array_equal(function(EMPTY), [of_nothing, of_nothing])  # type: ignore[operator]
    np.testing.assert_array_equal(function(ODD), of_nan)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        ([1.0, 2.0, math.inf], 0.5, 2.0),
        ([1.0, 2.0, math.inf], 0.75, math.inf),
        ([-math.inf, 2.0, 5.0], 0.25, -math.inf),
        ([-math.inf, math.inf], 0.5, math.nan),
        ([math.inf, math.inf], 0.5, math.inf),
        ([1e308, -1e308], 0.5, 0.0),
    ],
)
def test_a_quantile_between_infinities_is_what_its_neighbours_say(
    values: list[float], q: float, expected: float
) -> None:
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ops.quantile(np.array(values), q), expected)


def test_a_quantile_of_ordinary_numbers_is_that_of_numpy() -> None:
    x = np.random.default_rng(0).normal(size=(201, 7))
    for q in (0.0, 0.025, 0.3, 0.5, 0.975, 1.0):
        np.testing.assert_allclose(ops.quantile(x, q), np.quantile(x, q, axis=0), rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize(("index", "expected"), [(math.inf, 7.0), (-math.inf, 5.0), (1.9, 6.0), (-0.5, 5.0)])
def test_an_index_beyond_an_end_takes_the_end(index: float, expected: float) -> None:
    assert ops.take(np.array([5.0, 6.0, 7.0]), index) == expected


def test_one_value_from_here_to_there_is_where_it_starts() -> None:
    np.testing.assert_array_equal(ops.linspace(2.0, 9.0, 1), [2.0])
