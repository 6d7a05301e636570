"""Read a number as it is printed, with the tolerance that its digits claim; compute what papers print numbers for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from scalewidgets.fits.fit import Fit
from scalewidgets.laws.data_constrained import effective_tokens
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

SUFFIXES = {"M": 6, "B": 9, "T": 12, "%": -2}

# Coefficient sets that cards give reference values for and that are not shipped (see test_reference_left_out.py).
UNSHIPPED: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "besiroglu2024 as printed": ("chinchilla", dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)),
    "henighan2020 image 8x8": ("henighan-n", dict(L_inf=3.12, N_0=8.0e1, alpha=0.24)),
    "henighan2020 language": ("henighan-n", dict(L_inf=0.0, N_0=1.47e14, alpha=0.070)),
}


class Row(NamedTuple):
    """One printed number: the card, the coefficients, what it is, of what, as printed, and how well it is known."""

    card: str
    fit: str
    what: str
    inputs: Mapping[str, Any]
    printed: str
    level: str

    def __str__(self) -> str:
        given = ",".join(
            f"{name}={value}" if isinstance(value, str) else f"{name}={value:g}" for name, value in self.inputs.items()
        )
        return f"{self.card}-{self.fit}-{self.what}({given})={self.printed}"


def as_printed(text: str) -> tuple[float, float]:
    """Return the number and half a unit of its last digit, widened by what double precision can't hold."""
    power = SUFFIXES.get(text[-1], 0)
    digits = Decimal(text[:-1] if power else text).scaleb(power)
    value = float(digits)
    return value, float(Decimal(5).scaleb(int(digits.as_tuple().exponent) - 1)) + 4 * np.spacing(abs(value))


def agrees(value: float, text: str) -> bool:
    """Tell whether a value rounds to what is printed."""
    number, tolerance = as_printed(text)
    return abs(value - number) <= tolerance


def coefficients_of(key: str) -> tuple[str, Mapping[str, float]]:
    """Return the law and the values of a shipped set, or of one that only the cards hold."""
    if key in UNSHIPPED:
        return UNSHIPPED[key]
    fit: Fit = published(key)
    return fit.law.key, fit.values


def loss(key: str, **at: float) -> float:
    """Return L at the given variables."""
    form, values = coefficients_of(key)
    return float(law(form)(**at, **values))


def base(key: str) -> Mapping[str, float]:
    """Return the coefficients that the Chinchilla form has, for its closed forms."""
    _, values = coefficients_of(key)
    return {name: values[name] for name in law("chinchilla").names}


def best(key: str, C: float) -> tuple[float, float]:
    """Return the (N, D) of least loss on 6 N D = C."""
    optimum = law("chinchilla").optimum
    assert optimum is not None
    N, D = optimum(C, **base(key))
    return float(N), float(D)


def best_loss(key: str, C: float) -> float:
    """Return the least loss on 6 N D = C."""
    N, D = best(key, C)
    return float(law("chinchilla")(N=N, D=D, **base(key)))


def best_tokens(key: str, N: float) -> float:
    """Return the D with which N is the best size for its own budget 6 N D."""
    share = base(key)["beta"] / (base(key)["alpha"] + base(key)["beta"])
    return best(key, 6 * (N / best(key, 6.0)[0]) ** (1 / share))[1]


QUANTITIES: Mapping[str, Callable[..., float]] = {
    "L": loss,
    "coefficient": lambda key, name: coefficients_of(key)[1][name],
    "N*": lambda key, C: best(key, C)[0],
    "D*": lambda key, C: best(key, C)[1],
    "D*/N*": lambda key, C: best(key, C)[1] / best(key, C)[0],
    "L*": best_loss,
    "D* at size": best_tokens,
    "G": lambda key: best(key, 6.0)[0],
    "G^2": lambda key: best(key, 6.0)[0] ** 2,
    "exponent of N*": lambda key: float(np.log(best(key, 60.0)[0] / best(key, 6.0)[0]) / np.log(10)),
    "exponent of D*": lambda key: float(np.log(best(key, 60.0)[1] / best(key, 6.0)[1]) / np.log(10)),
    "most effective tokens": lambda key: float(effective_tokens(1e9, 1.0, coefficients_of(key)[1]["R_D"])),
}


def computed(row: Row) -> float:
    """Return what the library says where the row says what is printed."""
    return QUANTITIES[row.what](row.fit, **row.inputs)
