"""What people type is read as they meant it, and what cannot be meant is refused with a reason."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalewidgets.errors import QuantityError, ScalewidgetsError, UnknownName
from scalewidgets.units import (
    LOSS_UNITS,
    UNITS,
    Machines,
    loss_unit_named,
    parse_quantity,
    to_nats,
    to_plain,
    unit_named,
)

READ = [
    ("70B", 70e9),
    ("70b", 70e9),
    ("70 B params", 70e9),
    ("70G", 70e9),
    ("72.4B", 72.4e9),
    ("1.4T", 1.4e12),
    ("350M", 350e6),
    ("350m", 350e6),
    ("5k", 5e3),
    ("5K", 5e3),
    ("1.5 billion parameters", 1.5e9),
    ("2 trillion tokens", 2e12),
    ("6e23", 6e23),
    ("5.76E23 FLOP", 5.76e23),
    ("5.76e23 flops", 5.76e23),
    ("5 PFLOP", 5e15),
    ("1 PF-day", 8.64e19),
    ("2 petaflop/s-days", 1.728e20),
    ("10^22", 1e22),
    ("10²²", 1e22),
    ("10**22", 1e22),
    ("6 x 10^22", 6e22),
    ("6×10²²", 6e22),
    ("1_000", 1e3),
    ("1,000,000", 1e6),
    ("1,234.5", 1234.5),
    (".5", 0.5),
    ("5.", 5.0),
    (" +5 ", 5.0),
    ("0", 0.0),
    ("1B x 800", 8e11),
    ("1Bx800", 8e11),
    ("1B*800", 8e11),
    ("1B requests × 800 tokens", 8e11),
    ("6 x 70B x 1.4T", 6 * 70e9 * 1.4e12),
    ("10x10", 100.0),
    ("$1.9M", 1.9e6),
    ("3 hours", 3.0),
    ("2 d", 48.0),
    ("17.4 %", 0.174),
    (7, 7.0),
    (1.5, 1.5),
    (np.float32(2.0), 2.0),
    (np.int64(3), 3.0),
    (np.array(4.0), 4.0),
    (Decimal("0.5"), 0.5),
]

REFUSED = [
    ("", "empty"),
    ("  ", "empty"),
    ("nan", "not a number"),
    ("inf", "infinite"),
    ("1e999", "infinite"),
    ("-5", "negative"),
    ("−5B", "negative"),
    ("-2 x -3", "negative"),
    ("seventy", "not a quantity"),
    ("70Q", "not a quantity"),
    ("70 BB", "not a quantity"),
    ("70B apples", "not a quantity"),
    ("1e9.5", "not a quantity"),
    ("3 2", "not a quantity"),
    ("x 5", "not a quantity"),
    ("5 x", "not a quantity"),
    ("0x10", "not a quantity"),
    ("1__0", "not a quantity"),
    ("$", "not a quantity"),
    ("1,5", "comma"),
    ("1,0000", "comma"),
    ("1e9B", "power of ten"),
    ("10^9 k", "power of ten"),
    ("$5 FLOP", "two units"),
    ("2 tokens x 3 FLOP", "mixes FLOP and tokens"),
    (True, "not a quantity"),
    (None, "not a quantity"),
    ([1.0], "not a quantity"),
    (b"5", "not a quantity"),
    (1j, "not a quantity"),
    (10**400, "too large"),
    pytest.param(10**5000, "too large", id="10**5000"),
    (-1.0, "negative"),
    (math.nan, "not a number"),
    (math.inf, "infinite"),
]


@pytest.mark.parametrize(("typed", "value"), READ, ids=str)
def test_a_quantity_is_read_as_it_was_meant(typed: object, value: float) -> None:
    assert parse_quantity(typed) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("typed", "reason"), REFUSED, ids=str)
def test_what_cannot_be_meant_is_refused_with_reason_and_examples(typed: object, reason: str) -> None:
    with pytest.raises(QuantityError, match=reason) as caught:
        parse_quantity(typed, "compute")
    assert str(caught.value).startswith("compute: ")
    assert "70B" in str(caught.value)


def test_the_suffix_gives_the_nearest_float() -> None:
    assert parse_quantity("72.4B") == 72.4e9
    assert parse_quantity("1.33T") == 1.33e12


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1.0, parse_quantity("-0")) == 1.0


@pytest.mark.parametrize("typed", ["70B tokens", "1B requests"])
def test_a_quantity_of_another_kind_than_expected_is_refused(typed: str) -> None:
    with pytest.raises(QuantityError, match="expected parameters"):
        parse_quantity(typed, "N", unit="parameters")


@pytest.mark.parametrize(("typed", "unit"), [("70B", "tokens"), ("1 PF-days", "FLOP"), ("1B requests x 2", "tokens")])
def test_a_quantity_of_the_expected_kind_or_without_unit_passes(typed: str, unit: str) -> None:
    assert parse_quantity(typed, unit=unit) > 0


@pytest.mark.parametrize(
    ("typed", "flop"),
    [
        ("512 H100 for 30 days", 512 * 989e12 * 0.4 * 30 * 86400),
        ("512 h100s for 30 days at 50%", 512 * 989e12 * 0.5 * 30 * 86400),
        ("8 × 64 H100 for 2 weeks", 512 * 989e12 * 0.4 * 14 * 86400),
    ],
)
def test_chips_that_work_for_a_time_are_flop(typed: str, flop: float) -> None:
    machines = Machines({"H100": 989e12}, utilisation=0.4)
    assert parse_quantity(typed, unit="FLOP", machines=machines) == pytest.approx(flop, rel=1e-14)
    with pytest.raises(QuantityError, match="not a quantity"):
        parse_quantity(typed)
    with pytest.raises(QuantityError, match="is in FLOP; expected tokens"):
        parse_quantity(typed, unit="tokens", machines=machines)


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_a_float_written_out_is_read_back_exactly(value: float) -> None:
    assert parse_quantity(repr(value)) == value


@given(st.text(max_size=20))
def test_any_text_gives_a_number_or_the_documented_error(text: str) -> None:
    try:
        value = parse_quantity(text)
    except QuantityError as problem:
        assert "value: " in str(problem)
    else:
        assert value >= 0
        assert math.isfinite(value)


@pytest.mark.parametrize(
    ("value", "unit", "plain"),
    [
        (1.69, "", 1.69),
        (3.1e8, "PF-days", 3.1e8 * 8.64e19),
        (1, "pf-day", 8.64e19),
        (8.8e13, "parameters", 8.8e13),
        (70, "1e9 parameters", 70e9),
        (1.4, "1e12 tokens", 1.4e12),
        (2, "bits/token", 2 * math.log(2)),
        (1.69, "nats/token", 1.69),
        (-1, "nats/image", -1),
        (2, "days", 48),
    ],
)
def test_a_printed_value_becomes_plain_units(value: float, unit: str, plain: float) -> None:
    assert to_plain(value, unit) == pytest.approx(plain, rel=1e-15)


@pytest.mark.parametrize("name", [alias for key, unit in UNITS.items() for alias in (key, *unit.aliases)])
def test_every_alias_names_its_unit_in_any_letter_case(name: str) -> None:
    assert unit_named(name) == unit_named(name.upper())


@pytest.mark.parametrize("unit", ["furlongs", "1e9 furlongs"])
def test_an_unknown_unit_is_told_with_the_known_ones(unit: str) -> None:
    with pytest.raises(UnknownName, match="PF-days"):
        to_plain(1.0, unit)


def test_a_number_before_the_unit_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(QuantityError, match="1e9x"):
        to_plain(1.0, "1e9x parameters")


@pytest.mark.parametrize(
    ("loss", "unit", "bytes_per_token", "nats"),
    [
        (2.0, "nats", None, 2.0),
        (2.0, "Nats/Token", None, 2.0),
        (2.0, "bits", None, 2 * math.log(2)),
        (1.0, "bpb", 4.2, 4.2 * math.log(2)),
        (1.0, "bits-per-byte", 4.2, 4.2 * math.log(2)),
        (1.0, "bits_per_byte", 4.2, 4.2 * math.log(2)),
        (math.e**2, "perplexity", None, 2.0),
        (1.0, "ppl", None, 0.0),
    ],
)
def test_a_loss_becomes_nats_per_token(loss: float, unit: str, bytes_per_token: float | None, nats: float) -> None:
    assert to_nats(loss, unit, bytes_per_token) == pytest.approx(nats, rel=1e-15)
    assert to_nats(np.array([loss, loss]), unit, bytes_per_token) == pytest.approx([nats, nats], rel=1e-15)


@pytest.mark.parametrize(
    ("loss", "unit", "bytes_per_token", "reason"),
    [
        (1.0, "bpb", None, "needs bytes_per_token"),
        (1.0, "bpb", 0, "not positive"),
        (1.0, "bpb", -4, "negative"),
        (1.0, "nats", 4.2, "leave it out"),
        (0.5, "perplexity", None, "at least 1"),
        (1.0, "bites", None, "Did you mean 'bits'"),
    ],
)
def test_a_loss_that_cannot_be_converted_is_refused(
    loss: float, unit: str, bytes_per_token: float | None, reason: str
) -> None:
    with pytest.raises(ScalewidgetsError, match=reason):
        to_nats(loss, unit, bytes_per_token)


def test_the_loss_is_copied_and_keeps_its_kind() -> None:
    loss = np.array([2.0])
    to_nats(loss)[0] = 9.0
    assert loss[0] == 2.0
    assert isinstance(to_nats(2.0, "bits"), float)


@pytest.mark.parametrize("key", LOSS_UNITS)
def test_every_loss_unit_knows_its_aliases(key: str) -> None:
    assert {loss_unit_named(alias) for alias in (key, *LOSS_UNITS[key])} == {key}
