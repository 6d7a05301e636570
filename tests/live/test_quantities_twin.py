"""The page reads typed quantities as Python does: the same number, or a refusal in both."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from scalewidgets.errors import QuantityError
from scalewidgets.faces.page import _units
from scalewidgets.units import UNITS, parse_quantity

from .scripts import LIVE, node

IMPORT = f'import {{ parseQuantity }} from "{LIVE}/quantities.mjs"\n'
READ = """
answer(given.texts.map((text) => {
  try { return [parseQuantity(text, "compute", given.units), ""] } catch (error) { return [null, error.message] }
}))"""

NUMBERS = [
    "0",
    "7",
    "1.4",
    ".5",
    "5.",
    "72.4",
    "1,000",
    "1,234,567.5",
    "1_000",
    "+3",
    "6e23",
    "6E-3",
    "10^22",
    "10**22",
]
NUMBERS += ["10²²", "10⁻³", "5.76e23", "9007199254740993", "0.1", "123456789.123456789"]
MULTIPLES = ["", "k", "M", "m", "B", "G", " T", "P", " billion", " Million", "thousand"]
GOOD = [
    *(number + multiple for number in NUMBERS if not re.search("e|10", number, re.I) for multiple in MULTIPLES),
    *NUMBERS,
    *(f"2 {unit}" for unit in [*UNITS, *(alias for unit in UNITS.values() for alias in unit.aliases if alias != "$")]),
    *("1B x 800", "1Bx800", "1B*800", "1B × 800", "1B · 800", "6 x 70B x 1.4T", "6×10²²", "10x10", " 70  B   params "),
    *("1B requests × 800 tokens", "$1.9M", "$ 3", "17.4 %", "5 PFLOP", "2 petaflop/s-days", "1.5 GPU-hours"),
]
BAD = [
    *("", "  ", "nan", "inf", "-inf", "1e999", "-5", "−5B", "-2 x -3", "seventy", "70Q", "70 BB", "1e9.5"),
    *("3 2", "x 5", "5 x", "1e9B", "10^9 billion", "$5 USD", "1,00", "1,0000", "1_", "0x10", "1B tokens x 2 hours"),
    *("70B apples", "--5", "3 tokens x 4 FLOP", "1..5", "1.5.2", "e9", "10^", "**"),
    *("constructor", "5 __proto__", "5 toString"),
]  # fmt: skip


@pytest.fixture(scope="module")
def read() -> dict[str, list[Any]]:
    """Give what JavaScript makes of every text; Node starts once."""
    texts = [*GOOD, *BAD]
    return dict(zip(texts, node(IMPORT + READ, {"texts": texts, "units": _units()}), strict=True))


@pytest.mark.parametrize("text", GOOD)
def test_a_quantity_is_the_same_number(text: str, read: dict[str, list[Any]]) -> None:
    value, why = read[text]
    assert why == ""
    np.testing.assert_allclose(float(value), parse_quantity(text, "compute"), rtol=1e-15)


@pytest.mark.parametrize("text", BAD)
def test_what_is_none_is_refused_in_both_with_a_remedy(text: str, read: dict[str, list[Any]]) -> None:
    with pytest.raises(QuantityError, match="write it like 70B"):
        parse_quantity(text, "compute")
    value, why = read[text]
    assert value is None
    assert why.startswith("compute: '")
    assert "write it like 70B" in why
