"""Variables and coefficient makers that many laws share."""

from __future__ import annotations

from scalewidgets.declare import Coefficient
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE, TOKENS, UNIQUE_TOKENS

__all__ = [
    "COMPUTE",
    "LOSS",
    "MODEL_SIZE",
    "TOKENS",
    "UNIQUE_TOKENS",
    "amplitude",
    "exponent",
    "irreducible",
    "scale",
]


# Neutral values that show a form where no paper's number is known: a loss of 2 to 3 nats at 1e9 parameters.
FLOOR, FACTOR, POWER = 1.7, 400.0, 0.3


def irreducible(name: str = "E", latex: str = "", typical: float = FLOOR) -> Coefficient:
    """Return the loss that remains with infinite size and data, in the unit of the response."""
    return Coefficient(
        name, "irreducible", 0.0, 20.0, (0.3, 3.0), latex, linear=True, unit="nats/token", typical=typical
    )


def amplitude(name: str, latex: str = "", *, linear: bool = True, typical: float = FACTOR) -> Coefficient:
    """Return a positive factor before a power, whose unit follows from the exponent.

    Say `linear=False` where the law also uses it inside, as in the best size for a token count.
    """
    return Coefficient(name, "amplitude", 1e-12, 1e18, (1e-1, 1e10), latex, linear=linear, typical=typical)


def exponent(name: str, latex: str = "", low: float = 0.0, high: float = 3.0, typical: float = POWER) -> Coefficient:
    """Return a positive exponent; the law writes the minus sign."""
    return Coefficient(name, "exponent", low, high, (0.02, 1.2), latex or rf"\{name}", typical=typical)


def scale(name: str, unit: str, latex: str = "", start: tuple[float, float] = (1e3, 1e16)) -> Coefficient:
    """Return the size at which a power reaches one, in the unit of its variable."""
    return Coefficient(name, "scale", 1e-12, 1e40, start, latex, unit=unit)
