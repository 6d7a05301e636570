"""The page reads typed quantities as Python does: the same number, or a refusal in both."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from scalewidgets.errors import QuantityError
from scalewidgets.faces.page import _units
from scalewidgets.units import UNITS, Machines, parse_quantity

from .scripts import LIVE, node

IMPORT = f'import {{ parseQuantity }} from "{LIVE}/quantities.mjs"\n'
READ = """
answer(given.texts.map((text) => {
  try { return [parseQuantity(text, "compute", given.units, given.expected), ""] }
  catch (error) { return [null, error.message] }
}))"""
MACHINES = Machines({"H100": 989e12, "MI300X": 1307.4e12}, 0.4)

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
    *("constructor", "5 __proto__", "5 toString", "512 H100", "6 for 7", "H100 for 3 days"),
]  # fmt: skip
WORK = ["512 H100 for 30 days", "512 h100s for 30 days at 50%", "512 × H100 for 4 weeks", "512 x H100 for 4 weeks"]
WORK += ["8 x 64 H100 for 720 h", "1k MI300X for 2 weeks at 0.45", "512 * H100 for 1 day", "1,024 H100s for 0.5 days"]
WORK += ["5.76e23 FLOP", "1e22", "1 PF-day"]
NO_WORK = [
    "512 H100 for 30",
    "512 H900 for 3 days",
    "512 H100 for 30 days at 40",
    "3 days for 5 days",
    "-5 H100 for 3 days",
]
NO_WORK += [
    "512 H100 for 3 tokens",
    "512 H100 for -3 days",
    "512 H100 for 3 days at 0",
    "512 H100 for",
    "70B tokens",
    "2 h",
]
NO_WORK += ["512 tokens H100 for 3 days", "512 constructor for 3 days", "512 H100 for 3 days at 5 hours"]


@pytest.fixture(scope="module")
def read() -> dict[str, list[Any]]:
    """Give what JavaScript makes of every text; Node starts once."""
    texts = [*GOOD, *BAD]
    return dict(zip(texts, node(IMPORT + READ, {"texts": texts, "units": _units(), "expected": {}}), strict=True))


@pytest.fixture(scope="module")
def worked() -> dict[str, list[Any]]:
    """Give what JavaScript makes of texts where FLOP are expected, and chips may be said to work for a time."""
    texts = [*WORK, *NO_WORK]
    expected = {"unit": "FLOP", "machines": asdict(MACHINES)}
    return dict(zip(texts, node(IMPORT + READ, {"texts": texts, "units": _units(), "expected": expected}), strict=True))


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


@pytest.mark.parametrize("text", WORK)
def test_chips_that_work_for_a_time_are_the_same_flop(text: str, worked: dict[str, list[Any]]) -> None:
    value, why = worked[text]
    assert why == ""
    np.testing.assert_allclose(float(value), parse_quantity(text, unit="FLOP", machines=MACHINES), rtol=1e-15)


@pytest.mark.parametrize("text", NO_WORK)
def test_what_is_no_work_is_refused_in_both_for_the_same_reason(text: str, worked: dict[str, list[Any]]) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, "compute", unit="FLOP", machines=MACHINES)
    assert worked[text] == [None, str(caught.value)]


def test_where_a_plain_number_is_expected_a_unit_is_refused_in_both_for_the_same_reason() -> None:
    texts = ["2 hours", "70B tokens", "8", "40 %", "8 x 8"]
    given = {"texts": texts, "units": _units(), "expected": {"unit": "%"}}
    for text, (value, why) in zip(texts, node(IMPORT + READ, given), strict=True):
        if why:
            with pytest.raises(QuantityError, match=f"^{re.escape(why)}$"):
                parse_quantity(text, "compute", unit="%")
        else:
            assert float(value) == parse_quantity(text, "compute", unit="%")
    assert [bool(why) for _, why in node(IMPORT + READ, given)] == [True, True, False, False, False]
