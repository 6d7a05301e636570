"""Read quantities as people type them ("70B", "512 H100 for 30 days") and turn units and losses into plain floats."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

from scalewidgets.errors import QuantityError, UnknownName

__all__ = [
    "LOSS_UNITS",
    "UNITS",
    "Machines",
    "Unit",
    "loss_unit_named",
    "parse_quantity",
    "to_nats",
    "to_plain",
    "unit_named",
]

EXAMPLES = "70B, 1.4T, 350M, 6e23, 5.76e23 FLOP, 1,000,000, 1B x 800 or, as a training budget, 512 H100 for 30 days"
WORK_EXAMPLE = "512 H100 for 30 days at 40 %"


@dataclass(frozen=True)
class Unit:
    """Hold what one unit measures and how many plain units it is worth.

    Parameters
    ----------
    quantity : str
        What it measures; two units of the same quantity convert into each other.
    factor : float
        Plain units in one of it: parameters, tokens, FLOP, nats, hours, dollars.
    aliases : tuple of str
        Other ways to write it; letter case never matters.
    """

    quantity: str
    factor: float = 1.0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machines:
    """What can work for a time, so that "512 H100 for 30 days" is a number of FLOP.

    Parameters
    ----------
    peaks : mapping of str to float
        FLOP/s of one of each, by name.
    utilisation : float
        Share of the peak that is reached where the text states none.
    """

    peaks: Mapping[str, float]
    utilisation: float


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "": Unit("number"),
        "%": Unit("number", 0.01, ("percent",)),
        "parameters": Unit("parameters", 1.0, ("parameter", "params", "param")),
        "tokens": Unit("tokens", 1.0, ("token", "tok", "toks")),
        "requests": Unit("requests", 1.0, ("request", "req", "reqs")),
        "FLOP": Unit("FLOP", 1.0, ("FLOPs",)),
        "PF-days": Unit(
            "FLOP", 8.64e19, ("PF-day", "PFLOP/s-days", "PFLOP/s-day", "petaflop/s-days", "petaflop/s-day")
        ),
        "nats/token": Unit("nats/token", 1.0, ("nats", "nat", "nats per token")),
        "bits/token": Unit("nats/token", math.log(2), ("bits", "bit", "bits per token")),
        "nats/image": Unit("nats/image", 1.0, ("nats per image",)),
        "hours": Unit("hours", 1.0, ("hour", "h", "GPU-hours", "GPU-hour")),
        "days": Unit("hours", 24.0, ("day", "d")),
        "weeks": Unit("hours", 168.0, ("week",)),
        "USD": Unit("USD", 1.0, ("$", "dollars", "dollar")),
    }
)

LOSS_UNITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nats": ("nat", "nats/token", "nats per token"),
        "bits": ("bit", "bits/token", "bits per token"),
        "bits per byte": ("bpb", "bits-per-byte", "bits/byte"),
        "perplexity": ("ppl",),
    }
)


def _folded(unit: str) -> str:
    return re.sub(r"[\s_]+", " ", unit.strip()).casefold()


_UNITS = {_folded(name): unit for key, unit in UNITS.items() for name in (key, *unit.aliases)}
_LOSS_UNITS = {_folded(name): key for key, aliases in LOSS_UNITS.items() for name in (key, *aliases)}

_SUFFIXES = {"k": "e3", "m": "e6", "b": "e9", "g": "e9", "t": "e12", "p": "e15"}
_WORDS = {"thousand": "e3", "million": "e6", "billion": "e9", "trillion": "e12"}
_MULTIPLES = _SUFFIXES | _WORDS | {"": ""}  # powers of ten as text, so that 72.4B is the float nearest 72.4e9
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_TIMES = re.compile(r"\s*(?:×|·|(?<!\*)\*(?!\*)|(?<!\b0)x)\s*(?=[$0-9.+\-])", re.IGNORECASE)
_WORK = re.compile(
    r"(?P<count>.*?[^\s×*])\s*(?:[×*]|\sx\s)?\s*(?<![a-z0-9])(?P<name>[a-z][a-z0-9]*?)s?"
    r"\s+for\s+(?P<time>.+?)(?:\s+at\s+(?P<share>.+))?",
    re.IGNORECASE,
)
_TERM = re.compile(
    r"""
    (?P<dollar>\$?)\s*
    (?P<sign>[+-]?)
    (?: 10 (?:\^|\*\*) (?P<power>[+-]?[0-9]{1,3})
      | (?P<digits> (?: [0-9]{1,3}(?:,[0-9]{3})+ | [0-9]+(?:_[0-9]+)* ) (?:\.[0-9]*)? | \.[0-9]+ )
        (?P<exponent>e[+-]?[0-9]+)?
    )
    \s* (?P<multiple>"""
    + "|".join([*_WORDS, *_SUFFIXES])
    + r""")?
    \s* (?P<unit>"""
    + "|".join(re.escape(unit).replace(r"\ ", r"\s+") for unit in sorted(_UNITS, key=len, reverse=True) if unit)
    + r""")?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _shown(typed: object) -> str:
    if isinstance(typed, int) and typed.bit_length() > 1024:
        return "a number of more than 300 digits"
    text = repr(typed)
    return text if len(text) <= 60 else text[:57] + "..."


def _refused(typed: object, what: str, why: str, examples: str = EXAMPLES) -> QuantityError:
    return QuantityError(f"{what}: {_shown(typed)} {why}; write it like {examples}")


def _checked(number: float, typed: object, what: str) -> float:
    if math.isnan(number):
        raise _refused(typed, what, "is not a number")
    if math.isinf(number):
        raise _refused(typed, what, "is infinite")
    if number < 0:
        raise _refused(typed, what, "is negative")
    return number + 0.0  # turns -0.0 into 0.0


def _parse_term(text: str, typed: str, what: str) -> tuple[float, Unit]:
    found = _TERM.fullmatch(text)
    if found is None:
        comma = "," in text and text.replace(",", "", 1).replace(".", "", 1).isdigit()
        why = "has a comma that does not separate thousands" if comma else "is not a quantity"
        raise _refused(typed, what, why)
    part = found.groupdict(default="")
    multiple = part["multiple"].casefold()
    if multiple and (part["exponent"] or part["power"]):
        raise _refused(typed, what, f"has both a power of ten and {part['multiple']!r}")
    if part["dollar"] and part["unit"]:
        raise _refused(typed, what, "has two units")
    number = f"1e{part['power']}" if part["power"] else part["digits"].replace(",", "") + part["exponent"]
    unit = _UNITS[_folded(part["dollar"] or part["unit"])]
    return float(part["sign"] + number + _MULTIPLES[multiple]) * unit.factor, unit


def _read(text: str, typed: str, what: str) -> tuple[float, str]:
    """Return a product of terms and what it measures."""
    terms = [_parse_term(term, typed, what) for term in _TIMES.split(text)]
    for number, _ in terms:
        _checked(number, typed, what)
    counts = {"number", "requests"} if len(terms) > 1 else {"number"}  # requests × tokens are tokens
    named = sorted({each.quantity for _, each in terms} - counts)
    if len(named) > 1:
        raise _refused(typed, what, f"mixes {' and '.join(named)}")
    return math.prod(number for number, _ in terms), named[0] if named else "number"


def _read_work(found: re.Match[str], machines: Machines, typed: str, what: str) -> float:
    """Return the FLOP of machines that work for a time."""
    name = {each.casefold(): each for each in machines.peaks}.get(found["name"].casefold())
    if name is None:
        why = f"names {found['name']!r}, which is none of {', '.join(machines.peaks)}"
        raise _refused(typed, what, why, WORK_EXAMPLE)
    count, count_of = _read(found["count"], typed, what)
    hours, time_of = _read(found["time"], typed, what)
    share, share_of = _read(found["share"] or repr(machines.utilisation), typed, what)
    if (count_of, time_of, share_of) != ("number", "hours", "number") or not 0 < share <= 1:
        raise _refused(typed, what, "is not so many chips for so long", WORK_EXAMPLE)
    return count * machines.peaks[name] * share * hours * 3600.0


def _parse_text(typed: str, what: str, unit: str, machines: Machines | None) -> float:
    text = _SUPERSCRIPT.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPTS), typed)
    text = text.replace("−", "-").strip()
    if not text:
        raise _refused(typed, what, "is empty")
    try:
        return float(text)  # the common case, and the one that names NaN and infinity
    except ValueError:
        work = _WORK.fullmatch(text) if machines is not None else None
    if work is not None and machines is not None:
        value, quantity = _read_work(work, machines, typed, what), "FLOP"
    else:
        value, quantity = _read(text, typed, what)
    if unit and quantity not in ("number", unit_named(unit).quantity):
        raise QuantityError(f"{what}: {_shown(typed)} is in {quantity}; expected {unit_named(unit).quantity}")
    return value


def parse_quantity(quantity: object, what: str = "value", *, unit: str = "", machines: Machines | None = None) -> float:
    """Read a non-negative quantity from a number or from text as people type it.

    Text may carry a thousands separator (``1,000`` or ``1_000``), a suffix (k, M, B or G, T, P, or the words), a power
    of ten, a unit of ``UNITS``, and products (``1B requests × 800 tokens``). Letter case does not matter.

    Parameters
    ----------
    quantity : str or number
        What was typed.
    what : str, optional
        What it is, for the error.
    unit : str, optional
        The unit expected: text that names a unit of another quantity is refused. Off when empty.
    machines : Machines, optional
        What may be said to work for a time: ``512 H100 for 30 days``, ``64 A100 for 2 weeks at 40 %``.

    Returns
    -------
    float
        The quantity in plain units: parameters, tokens, FLOP, hours, dollars.

    Raises
    ------
    QuantityError
        If it cannot be read, or is negative, infinite or NaN.

    Examples
    --------
    >>> parse_quantity("70B"), parse_quantity("5.76e23 FLOP"), parse_quantity("1B requests × 800 tokens")
    (70000000000.0, 5.76e+23, 800000000000.0)
    >>> parse_quantity("512 H100 for 1 day at 50 %", machines=Machines({"H100": 1e15}, utilisation=0.4))
    2.21184e+22
    """
    if isinstance(quantity, str):
        return _checked(_parse_text(quantity, what, unit, machines), quantity, what)
    if isinstance(quantity, np.ndarray) and quantity.ndim == 0:
        quantity = quantity[()]
    if isinstance(quantity, bool | np.bool_) or not isinstance(quantity, Real | Decimal):
        raise _refused(quantity, what, "is not a quantity")
    try:
        return _checked(float(quantity), quantity, what)
    except OverflowError:
        raise _refused(quantity, what, "is too large") from None


def unit_named(name: str) -> Unit:
    """Return the unit that a name or an alias of ``UNITS`` stands for.

    Raises
    ------
    UnknownName
        If there is no such unit.

    Examples
    --------
    >>> unit_named("pf-days").factor
    8.64e+19
    """
    try:
        return _UNITS[_folded(name)]
    except KeyError:
        raise UnknownName.among("the table of units", "unit", name, filter(None, UNITS)) from None


def to_plain(value: float, unit: str = "") -> float:
    """Convert a value printed in some unit to plain units.

    Parameters
    ----------
    value : float
        The number as printed; any sign.
    unit : str
        A unit of ``UNITS``, optionally after a number: ``"PF-days"``, ``"1e9 parameters"``. Empty means no unit.

    Returns
    -------
    float
        The value in parameters, tokens, FLOP, nats, hours or dollars.

    Raises
    ------
    UnknownName
        If there is no such unit.
    QuantityError
        If the number before the unit cannot be read.

    Examples
    --------
    >>> to_plain(3.1e8, "PF-days"), to_plain(70, "1e9 parameters")
    (2.6784e+28, 70000000000.0)
    """
    text = unit.strip()
    if text[:1].isdigit():
        number, _, name = text.partition(" ")
        return float(value) * parse_quantity(number, "unit") * unit_named(name).factor
    return float(value) * unit_named(text).factor


def loss_unit_named(name: str) -> str:
    """Return the key of ``LOSS_UNITS`` that a name or an alias stands for.

    Raises
    ------
    UnknownName
        If there is no such unit.

    Examples
    --------
    >>> loss_unit_named("bpb")
    'bits per byte'
    """
    try:
        return _LOSS_UNITS[_folded(name)]
    except KeyError:
        raise UnknownName.among("the table of loss units", "unit", name, LOSS_UNITS) from None


def to_nats(loss: Any, unit: str = "nats", bytes_per_token: float | None = None) -> Any:
    r"""Convert a loss to nats per token.

    .. math:: L = \ln 2\, L_\mathrm{bits} = \ln 2\, b\, L_\mathrm{bpb} = \ln(\mathrm{perplexity})

    Parameters
    ----------
    loss : float or array
        Loss in ``unit``.
    unit : str
        ``"nats"``, ``"bits"``, ``"bits per byte"`` (``"bpb"``) or ``"perplexity"`` (``"ppl"``).
    bytes_per_token : float, optional
        Mean bytes a token stands for, :math:`b`; needed for bits per byte, refused otherwise.

    Returns
    -------
    float or array
        Loss in nats per token, shaped as it came.

    Raises
    ------
    UnknownName
        If there is no such unit.
    QuantityError
        If ``bytes_per_token`` is missing, superfluous or not positive, or a perplexity is below 1.

    Examples
    --------
    >>> round(to_nats(1.0, "bits per byte", bytes_per_token=4.0), 4)
    2.7726
    """
    name = loss_unit_named(unit)
    values = np.asarray(loss, dtype=np.float64)
    if name != "bits per byte" and bytes_per_token is not None:
        raise QuantityError(
            f"bytes_per_token goes with a loss in bits per byte, and the unit is {unit!r}; leave it out"
        )
    if name == "nats":
        nats = values.copy()
    elif name == "bits":
        nats = values * math.log(2)
    elif name == "perplexity":
        if np.any(values < 1):
            raise QuantityError(f"a perplexity is at least 1, not {values[values < 1].flat[0]:g}; is the loss in nats?")
        nats = np.log(values)
    else:
        if bytes_per_token is None:
            raise QuantityError("a loss in bits per byte needs bytes_per_token, the mean bytes of a token, such as 4.2")
        mean_bytes = parse_quantity(bytes_per_token, "bytes_per_token")
        if mean_bytes == 0:
            raise QuantityError("bytes_per_token: 0 is not positive")
        nats = values * math.log(2) * mean_bytes
    return nats if np.ndim(loss) else float(nats)
