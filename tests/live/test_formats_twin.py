"""The JavaScript formats write every number as the Python formats do."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from scalewidgets.errors import UnknownName
from scalewidgets.formats import FORMATS, as_code, format_pm, format_value

from .scripts import LIVE, node

IMPORT = f'import {{ FORMATS, formatValue, formatPm }} from "{LIVE}/formats.mjs"\n'
NUMBER = (
    'const number = (x) => typeof x === "string" ? Number(x.replace("inf", "Infinity").replace("nan", "NaN")) : x\n'
)


def values() -> list[float]:
    """Give seeded numbers of every size, halves of every digit, and edges where the number of digits grows."""
    random = np.random.default_rng(0)
    spread = 10 ** random.uniform(-12, 32, 1500)
    halves = [(digits + 0.5) * 10.0**power for digits in (0, 1, 12, 99, 999, 1234, 9999) for power in range(-8, 20)]
    edges = [9.995, 99.95, 999.5, 999.4999, 0.9995, 0.09995, 0.00099995, 9.5, 0.05, 0.25, 0.35, 1e6 - 0.0004, 999999.5]
    grown = [edge * 10.0**power for edge in edges for power in range(-3, 16, 3)]
    # none below 1e-320: a half-width of two such numbers is rounded to the next of them, differently by a factor
    tails = [5e-320, 1e-300, 1e-5, 1e-4, 1e15, 999999999999999.5, 1e21, 1e22, 1e300, 1.7976931348623157e308, math.inf]
    positive = [*spread, *halves, *grown, *tails, 1.0, 2.0, 1000.0, 1875.0, 0.174]
    return [0.0, math.nan, *positive, *(-x for x in positive)]


def intervals() -> list[tuple[float, float, float]]:
    """Give numbers with intervals: even, uneven, one-sided, beside the number, missing, endless."""
    random = np.random.default_rng(1)
    found = []
    for value in random.choice([-1, 1], 600) * 10 ** random.uniform(-6, 30, 600):
        down, up = abs(value) * 10 ** random.uniform(-4, 1, 2)
        found += [(value, value - down, value + up), (value, value - down, value + 1.1 * down)]
        found += [(value, value, value + up), (value, value + up, value + 2 * up), (value, value - down, math.inf)]
    odd = [0.0, 1.0, -1.0, math.nan, math.inf, -math.inf]
    return found + [(value, low, high) for value in odd for low in odd for high in odd]


def test_both_tables_of_formats_are_the_same() -> None:
    python = {key: asdict(kind) for key, kind in FORMATS.items()}
    for kind in python.values():
        kind["keepZeros"] = kind.pop("keep_zeros")
    assert node(IMPORT + "answer(FORMATS)") == python


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """Give what JavaScript writes for every format, number and interval; Node starts once."""
    script = """
const write = (key) => [
  given.values.map((x) => formatValue(number(x), key)),
  given.intervals.map(([x, low, high]) => formatPm(number(x), number(low), number(high), key)),
]
answer(Object.fromEntries(given.keys.map((key) => [key, write(key)])))"""
    given = {"keys": list(FORMATS), "values": values(), "intervals": intervals()}
    return node(IMPORT + NUMBER + script, given)


@pytest.mark.parametrize("key", FORMATS)
def test_a_number_is_written_alike(key: str, written: dict[str, Any]) -> None:
    for value, text in zip(values(), written[key][0], strict=True):
        assert text == format_value(value, key), (key, value)


@pytest.mark.parametrize("key", FORMATS)
def test_an_interval_is_written_alike(key: str, written: dict[str, Any]) -> None:
    for (value, low, high), text in zip(intervals(), written[key][1], strict=True):
        assert text == format_pm(value, low, high, key), (key, value, low, high)


def test_a_number_in_code_is_written_alike_and_read_back_exactly() -> None:
    numbers = [value for value in values() if math.isfinite(value)] + [
        1e12,
        1.5e13,
        20000.0,
        123456.75,
        7e-5,
        8123456789.0,
    ]
    script = f'import {{ pythonNumber }} from "{LIVE}/texts.mjs"\nanswer(given.map(pythonNumber))'
    for value, text in zip(numbers, node(script, numbers), strict=True):
        assert text == as_code(value)
        assert float(text) == value


def test_an_unknown_format_is_refused_in_both() -> None:
    with pytest.raises(UnknownName, match="furlongs"):
        format_value(1.0, "furlongs")
    script = 'try { formatValue(1, "furlongs") } catch (error) { answer(error.message) }'
    assert 'no format "furlongs"; it has short, tick' in node(IMPORT + script)
