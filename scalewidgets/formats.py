"""Turn numbers into the short text that cards, hovers and tables show: one table of formats, each a few plain facts.

Rounding is exact decimal rounding with halves away from zero, which is what JavaScript's ``toExponential`` and
``toFixed`` do, so the same table can be read there and give the same text. Nothing depends on the locale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType

from scalewidgets.errors import UnknownName

__all__ = ["FORMATS", "Format", "as_code", "format_pm", "format_value"]

MINUS = "−"
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)  # our own, since a caller may have changed the thread's
SI = ((12, "T"), (9, "B"), (6, "M"), (3, "k"))


def _significant(value: float, digits: int) -> tuple[str, int]:
    """Round a positive number to so many digits: ("724", 10) stands for 7.24e10."""
    mantissa, _, exponent = format(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value), "e").partition(
        "e"
    )
    return mantissa.replace(".", "").ljust(digits, "0"), int(exponent)


def _fixed(value: float, places: int) -> str:
    return format(Decimal(value).quantize(Decimal(1).scaleb(-places), context=EXACT), "f")


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _placed(figures: str, exponent: int) -> str:
    """Write digits with their decimal point: ("724", 1) is 72.4 and ("724", -2) is 0.0724."""
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + figures
    whole, rest = figures[: exponent + 1].ljust(exponent + 1, "0"), figures[exponent + 1 :]
    return f"{whole}.{rest}" if rest else whole


def _power(value: float, digits: int, keep_zeros: bool = False) -> str:
    if value == 0:
        return "0"
    figures, exponent = _significant(value, digits)
    mantissa = _placed(figures, 0)
    return f"{mantissa if keep_zeros else _strip(mantissa)}e{exponent}"


def _grouped(value: float, digits: int, keep_zeros: bool = False) -> str:
    return f"{int(_fixed(value, 0)):,}" if value < 1e15 else _power(value, digits)


def _plain(value: float, digits: int, keep_zeros: bool = False) -> str:
    if value == 0:
        return "0"
    figures, exponent = _significant(value, digits)
    if exponent < -4 or exponent >= 6:
        return _power(value, digits)
    if exponent >= 3:
        return _grouped(value, digits)
    text = _placed(figures, exponent)
    return text if keep_zeros else _strip(text)


def _ungrouped(value: float, digits: int, keep_zeros: bool = False) -> str:
    return _plain(value, digits, keep_zeros).replace(",", "")


def _si(value: float, digits: int, keep_zeros: bool = False) -> str:
    if value == 0:
        return "0"
    figures, exponent = _significant(value, digits)
    if exponent >= 15:
        return _power(value, digits)
    for power, suffix in SI:
        if exponent >= power:
            text = _placed(figures, exponent - power)
            return (text if keep_zeros else _strip(text)) + suffix
    return _plain(value, digits)


def _decimals(value: float, digits: int, keep_zeros: bool = False) -> str:
    return _fixed(value, digits) if value < 1e6 else _power(value, digits)


def _days(value: float, digits: int, keep_zeros: bool = False) -> str:
    if value >= 1e6:
        return _power(value, digits)
    tenths = _fixed(value, 1)
    if tenths == "0.0":
        return _plain(value, 1)
    return tenths if len(tenths) == 3 else _grouped(value, digits)


STYLES: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "days": _days,
        "decimals": _decimals,
        "grouped": _grouped,
        "plain": _plain,
        "ungrouped": _ungrouped,
        "power": _power,
        "si": _si,
    }
)


@dataclass(frozen=True)
class Format:
    """Say how one kind of number is written; call it on a number to write it.

    Parameters
    ----------
    style : str
        A key of ``STYLES``.
    digits : int
        Significant digits, or decimals for the style ``decimals``.
    keep_zeros : bool
        Whether trailing zeros stay, so that a card keeps its width.
    scale : float
        Factor applied first.
    prefix, suffix : str
        Text around the number.
    spread : str
        Style of the ± half-width beside such a number.
    """

    style: str
    digits: int = 3
    keep_zeros: bool = False
    scale: float = 1.0
    prefix: str = ""
    suffix: str = ""
    spread: str = "plain"

    def __call__(self, value: float) -> str:
        """Write a number."""
        return self._write(value, self.style, self.digits, self.keep_zeros, self.prefix)

    def half(self, value: float) -> str:
        """Write the half-width of an interval around such a number, in two digits."""
        return self._write(value, self.spread, 2, False, "" if self.prefix == "×" else self.prefix)

    def _write(self, value: float, style: str, digits: int, keep_zeros: bool, prefix: str) -> str:
        number = float(value) * self.scale
        if math.isnan(number):
            return "–"
        if math.isinf(number):
            return "∞" if number > 0 else MINUS + "∞"
        text = STYLES[style](abs(number), digits, keep_zeros)
        shows_zero = not text.strip("0.")
        sign = MINUS if number < 0 and not shows_zero else ""
        return f"{sign}{prefix}{text}{self.suffix}"


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "short": Format("si", keep_zeros=True, spread="si"),
        "tick": Format("si", spread="si"),
        "power": Format("power", spread="power"),
        "loss": Format("decimals"),
        "ratio": Format("plain", keep_zeros=True),
        "percent": Format("plain", scale=100.0, suffix=" %"),
        "factor": Format("plain", keep_zeros=True, prefix="×"),
        "hours": Format("si", spread="si"),
        "days": Format("days", suffix=" d"),
        "money": Format("si", prefix="$", spread="si"),
        "count": Format("grouped", spread="grouped"),
        "plain": Format("plain"),
        "formula": Format("ungrouped", digits=4),
        "table": Format("plain", digits=6),
    }
)


def _format(key: str) -> Format:
    try:
        return FORMATS[key]
    except KeyError:
        raise UnknownName.among("the table of formats", "format", key, FORMATS) from None


def format_value(value: float, key: str) -> str:
    """Write a number in one of the formats.

    Parameters
    ----------
    value : float
        The number, in plain units.
    key : str
        A key of ``FORMATS``.

    Raises
    ------
    UnknownName
        If there is no such format.

    Examples
    --------
    >>> format_value(72.4e9, "short"), format_value(999.96e9, "short"), format_value(5.76e23, "power")
    ('72.4B', '1.00T', '5.76e23')
    >>> format_value(0.174, "percent"), format_value(1875, "ratio"), format_value(1.9e6, "money")
    ('17.4 %', '1,875', '$1.9M')
    """
    return _format(key)(value)


def as_code(value: object) -> str:
    """Write a value as Python, and a number as a person would: exactly, and in as few signs as are easily read.

    Examples
    --------
    >>> as_code(1e12), as_code(5.76e23), as_code(20000.0), as_code(0.35), as_code(-1234567.0), as_code("fp8")
    ('1e12', '5.76e23', '20000', '0.35', '-1234567', "'fp8'")
    """
    if not isinstance(value, float) or not math.isfinite(value):
        return repr(value)
    if value == 0:
        return "0"
    sign, digits, end = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(end, int)
    figures, exponent = "".join(map(str, digits)), len(digits) - 1 + end
    plain = _placed(figures, exponent)
    power = f"{_placed(figures, 0)}e{exponent}"
    return "-" * sign + (plain if -4 <= exponent <= 5 or len(plain) < len(power) else power)


def format_pm(value: float, low: float, high: float, key: str) -> str:
    """Write a number with its interval.

    Halves within 20 % of each other become one ±; otherwise both are shown. An interval that does not contain the
    number is written as a range, since a ± would be false, and a missing one leaves the number alone.

    Parameters
    ----------
    value, low, high : float
        The number and the ends of its interval, in plain units.
    key : str
        A key of ``FORMATS``.

    Raises
    ------
    UnknownName
        If there is no such format.

    Examples
    --------
    >>> format_pm(1.974, 1.964, 1.984, "loss")
    '1.974 ± 0.01'
    >>> format_pm(72.4e9, 68.2e9, 77.5e9, "short")
    '72.4B (+5.1B −4.2B)'
    """
    write = _format(key)
    text = write(value)
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return text
    if not low <= value <= high:
        return f"{text} ({write(low)} to {write(high)})"
    down, up = (0.0 if value == end else abs(end - value) for end in (low, high))
    if up == down or (math.isfinite(up + down) and max(up, down) <= 1.2 * min(up, down)):
        return f"{text} ± {write.half(up / 2 + down / 2)}"
    return f"{text} (+{write.half(up)} {MINUS}{write.half(down)})"
