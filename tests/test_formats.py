"""Numbers are written as this field writes them, the same on every machine."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalewidgets.errors import UnknownName
from scalewidgets.formats import FORMATS, format_pm, format_value
from scalewidgets.units import parse_quantity

WRITTEN = {
    "short": [
        (72.4e9, "72.4B"),
        (1.33e12, "1.33T"),
        (999.4e9, "999B"),
        (999.96e9, "1.00T"),
        (999.6, "1.00k"),
        (999.6e12, "1e15"),
        (5.76e23, "5.76e23"),
        (812, "812"),
        (812.5, "813"),
        (0, "0"),
        (0.5, "0.5"),
        (70e9, "70.0B"),
        (-5.1e9, "−5.10B"),
        (1e-9, "1e-9"),
    ],
    "tick": [(70e9, "70B"), (1.4e12, "1.4T"), (1e12, "1T"), (1e22, "1e22"), (812, "812")],
    "power": [
        (5.76e23, "5.76e23"),
        (1e22, "1e22"),
        (9.996e22, "1e23"),
        (1.5e-7, "1.5e-7"),
        (0, "0"),
        (72.4e9, "7.24e10"),
    ],
    "loss": [(1.974, "1.974"), (1.97351, "1.974"), (2, "2.000"), (0, "0.000"), (-0.0001, "0.000"), (3e7, "3e7")],
    "ratio": [
        (18.3, "18.3"),
        (18.349, "18.3"),
        (20, "20.0"),
        (1875, "1,875"),
        (999.6, "1,000"),
        (3e7, "3e7"),
        (0, "0"),
    ],
    "percent": [(0.174, "17.4 %"), (1, "100 %"), (0.00123, "0.123 %"), (0, "0 %"), (-0.05, "−5 %")],
    "factor": [(1.08, "×1.08"), (1, "×1.00"), (12.34, "×12.3"), (1875, "×1,875")],
    "hours": [(404123, "404k"), (40.4e6, "40.4M"), (812, "812")],
    "days": [
        (16, "16 d"),
        (16.4, "16 d"),
        (1.6, "1.6 d"),
        (0.4, "0.4 d"),
        (9.96, "10 d"),
        (1, "1.0 d"),
        (0.04, "0.04 d"),
        (1234, "1,234 d"),
        (0, "0 d"),
        (3e7, "3e7 d"),
    ],
    "money": [(1.9e6, "$1.9M"), (812, "$812"), (2.5, "$2.5"), (3.2e9, "$3.2B"), (-1.9e6, "−$1.9M")],
    "count": [(1234567, "1,234,567"), (12.5, "13"), (0, "0"), (1e15, "1e15")],
    "plain": [
        (406.4, "406"),
        (2085.43, "2,085"),
        (0.3478, "0.348"),
        (1.5e-5, "1.5e-5"),
        (1.5e-4, "0.00015"),
        (1e10, "1e10"),
        (999999.7, "1e6"),
    ],
}

WRITTEN["table"] = [
    (72.356453e9, "7.23565e10"),
    (18.3365065, "18.3365"),
    (123456.7, "123,457"),
    (0.18993, "0.18993"),
]
WRITTEN["formula"] = [
    (1.81686, "1.817"),
    (482.0057, "482"),
    (2085.434, "2085"),
    (0.347813, "0.3478"),
    (1.23e8, "1.23e8"),
    (0, "0"),
]
ROWS = [(key, value, text) for key, rows in WRITTEN.items() for value, text in rows]


@pytest.mark.parametrize(("key", "value", "text"), ROWS)
def test_a_number_is_written_in_its_format(key: str, value: float, text: str) -> None:
    assert format_value(value, key) == text


def test_every_format_has_rows_in_this_table() -> None:
    assert set(WRITTEN) == set(FORMATS)


@pytest.mark.parametrize("key", FORMATS)
def test_what_is_not_a_finite_number_has_a_sign_of_its_own(key: str) -> None:
    assert [format_value(each, key) for each in (math.nan, math.inf, -math.inf)] == ["–", "∞", "−∞"]


@pytest.mark.parametrize("key", FORMATS)
def test_zero_has_no_sign(key: str) -> None:
    assert format_value(-0.0, key) == format_value(0.0, key)


def test_an_unknown_format_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="has no format 'shrot'; it has count, .* Did you mean 'short'"):
        format_value(1.0, "shrot")
    with pytest.raises(UnknownName, match="percent"):
        format_pm(1.0, 0.9, 1.1, "per cent")


def test_halves_round_away_from_zero_as_in_javascript() -> None:
    assert [format_value(each, "count") for each in (0.5, 1.5, 2.5, -2.5)] == ["1", "2", "3", "−3"]
    assert format_value(1.0625, "loss") == "1.063"
    assert format_value(1.125, "plain") == "1.13"


def test_a_changed_decimal_context_changes_nothing() -> None:
    with decimal.localcontext() as context:
        context.prec, context.rounding = 2, decimal.ROUND_DOWN
        assert [format_value(value, key) for key, value, _ in ROWS] == [text for *_, text in ROWS]


def test_numpy_scalars_are_written_like_floats() -> None:
    assert format_value(np.float64(72.4e9), "short") == "72.4B"
    assert format_value(np.int64(812), "count") == "812"


@pytest.mark.parametrize("key", ["short", "tick", "power", "hours", "money", "plain", "ratio"])
@given(value=st.floats(min_value=1e-12, max_value=1e30))
def test_what_is_written_is_read_back_within_half_a_percent(key: str, value: float) -> None:
    assert parse_quantity(format_value(value, key)) == pytest.approx(value, rel=0.005001)


@pytest.mark.parametrize("key", FORMATS)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_written_with_e_plus_or_more_than_a_card_holds(key: str, value: float) -> None:
    text = format_value(value, key)
    assert "e+" not in text
    assert len(text) <= 20


@given(st.lists(st.floats(min_value=1e-3, max_value=1e14), min_size=2, max_size=2))
def test_a_larger_number_never_reads_smaller(pair: list[float]) -> None:
    low, high = sorted(pair)
    assert parse_quantity(format_value(low, "short")) <= parse_quantity(format_value(high, "short"))


@pytest.mark.parametrize(
    ("value", "low", "high", "key", "text"),
    [
        (1.974, 1.964, 1.984, "loss", "1.974 ± 0.01"),
        (1.974, 1.9736, 1.9744, "loss", "1.974 ± 0.0004"),
        (72.4e9, 68.2e9, 77.5e9, "short", "72.4B (+5.1B −4.2B)"),
        (72.4e9, 68e9, 77e9, "short", "72.4B ± 4.5B"),
        (5.76e23, 5e23, 6.5e23, "power", "5.76e23 ± 7.5e22"),
        (1.08, 1.05, 1.11, "factor", "×1.08 ± 0.03"),
        (16, 14, 18, "days", "16 d ± 2 d"),
        (1.9e6, 1.7e6, 2.1e6, "money", "$1.9M ± $200k"),
        (0.174, 0.16, 0.188, "percent", "17.4 % ± 1.4 %"),
        (18.3, 18.3, 18.3, "ratio", "18.3 ± 0"),
        (18.3, 17.3, math.inf, "ratio", "18.3 (+∞ −1)"),
        (5, 6, 7, "plain", "5 (6 to 7)"),
        (18.3, math.nan, 19, "ratio", "18.3"),
        (math.nan, 17, 19, "ratio", "–"),
        (math.inf, math.inf, math.inf, "short", "∞ ± 0"),
    ],
)
def test_an_interval_is_written_beside_its_number(value: float, low: float, high: float, key: str, text: str) -> None:
    assert format_pm(value, low, high, key) == text


@pytest.mark.parametrize(("high", "joined"), [(119, True), (121, False)])
def test_halves_that_differ_by_more_than_a_fifth_are_shown_apart(high: float, joined: bool) -> None:
    assert ("±" in format_pm(0, -100, high, "plain")) is joined
