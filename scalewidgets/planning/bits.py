r"""Choose bits: the best split of a floating-point format, critical tokens, best bits for a budget, total model bits.

The closed forms belong to the law of floating-point training (Sun et al. 2025) under the cost of the precision
papers, in which a FLOP of P bits costs P / 16:

.. math:: C = \tfrac{6}{16} P N D

Everything is portable; a coefficient may be a number or an array of draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.errors import DomainError
from scalewidgets.fits.fit import Fit
from scalewidgets.laws.float_quantization import coarseness
from scalewidgets.laws.precision import capacity
from scalewidgets.laws.quantization_aware import share_kernel, tokens_per_byte

FULL_BITS = 16
FLOP_PER_BIT = 6 / FULL_BITS
# Critical token counts are looked for between these.
FEWEST_TOKENS, MOST_TOKENS = 1e3, 1e30


def best_split(bits: Any, *, delta: Any, nu: Any) -> tuple[Any, Any]:
    r"""Return the exponent and mantissa bits, not rounded, that cost least in a format of so many bits.

    .. math:: P_e^* = \frac{\delta P}{\delta + \nu} - \frac12 \qquad P_m^* = \frac{\nu P}{\delta + \nu} - \frac12
    """
    return delta * bits / (delta + nu) - 0.5, nu * bits / (delta + nu) - 0.5


def best_layout(bits: int, *, delta: float, nu: float) -> tuple[int, int]:
    """Return the whole exponent and mantissa bits that cost least in a format of so many bits, one for the sign.

    Raises
    ------
    DomainError
        Below 2 bits, or for a number that is not whole.

    Examples
    --------
    >>> best_layout(8, delta=3.1926, nu=2.9543)
    (4, 3)
    """
    if bits != int(bits) or bits < 2:
        raise DomainError(f"best_layout: bits = {bits!r} is not allowed; give a whole number of 2 or more")
    layouts = [(exponent, int(bits) - 1 - exponent) for exponent in range(1, int(bits))]
    return max(layouts, key=lambda layout: (layout[0] + 0.5) ** delta * (layout[1] + 0.5) ** nu)


@dataclass(frozen=True)
class FloatFormat:
    """Describe a binary floating-point format by its exponent and mantissa bits.

    Parameters
    ----------
    exponent, mantissa : int
        Bits, without the sign.
    reserved : int
        Top exponents that stand for infinity and NaN: 1 in IEEE formats, 0 in the smallest ones.

    Examples
    --------
    >>> FloatFormat(5, 2).largest, FloatFormat(2, 1, reserved=0).largest
    (57344.0, 6.0)
    """

    exponent: int
    mantissa: int
    reserved: int = 1

    def __post_init__(self) -> None:
        if self.exponent < 1 or self.mantissa < 0:
            raise DomainError(
                f"a float format has at least 1 exponent bit and no negative number of mantissa bits; "
                f"got E{self.exponent}M{self.mantissa}"
            )

    def __str__(self) -> str:
        return f"E{self.exponent}M{self.mantissa}"

    @property
    def bits(self) -> int:
        """All bits, with the sign."""
        return 1 + self.exponent + self.mantissa

    @property
    def largest(self) -> float:
        """The largest finite value."""
        power = 2**self.exponent - 1 - self.reserved - self._bias
        return math.ldexp(2 - 2.0**-self.mantissa, power)

    @property
    def smallest(self) -> float:
        """The smallest positive value in full precision."""
        return math.ldexp(1.0, 1 - self._bias)

    @property
    def step(self) -> float:
        """The distance from 1 to the next value."""
        return 2.0**-self.mantissa

    @property
    def _bias(self) -> int:
        return 2 ** (self.exponent - 1) - 1


def critical_tokens(fit: Fit, *, penalty: Fit | None = None, **variables: float) -> float:
    """Return the training tokens beyond which more of them raise the loss.

    Parameters
    ----------
    fit : Fit
        A law with D, such as that of floating-point training.
    penalty : Fit, optional
        What quantising after training adds; its variables are given together with those of `fit`.
    **variables
        All variables except D.

    Returns
    -------
    float
        Tokens; infinite where the loss falls on and on.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> f"{critical_tokens(sw.published('sun2025'), N=1e9, P_e=4, P_m=3, G=128):.3e}"
    '2.733e+13'
    """
    parts = [each for each in (fit, penalty) if each is not None]
    for name in variables:
        if not any(name in part.law.symbols for part in parts):
            raise DomainError(f"critical_tokens: {name} is a variable of neither law; they take D and their own")

    def loss(log_tokens: Any) -> Any:
        tokens = ops.exp(log_tokens)
        given = [{s: tokens if s == "D" else variables[s] for s in part.law.symbols} for part in parts]
        return sum(part.law.evaluate(at, part.values) for part, at in zip(parts, given, strict=True))

    missing = [s for part in parts for s in part.law.symbols if s != "D" and s not in variables]
    if missing:
        raise DomainError(f"critical_tokens also needs {', '.join(dict.fromkeys(missing))}")
    top = math.log(MOST_TOKENS)
    # the minimum of a flat valley is found better in two steps than in one wide one
    rough = float(ops.minimise(loss, math.log(FEWEST_TOKENS), top))
    found = float(ops.minimise(loss, rough - 0.05, rough + 0.05))
    return math.inf if found > top - 0.1 else math.exp(found)


def best_qat_split(N: Any, D: Any, bits: Any, *, a: Any) -> tuple[Any, Any]:
    """Return the full-precision and the quantised tokens into which D tokens are best split (Dremov et al. 2025).

    NaN where there is no more than one token for each byte of quantised parameters.

    Examples
    --------
    >>> full, quantised = best_qat_split(1e9, 1e11, 4, a=6.7297)
    >>> round(float(quantised / 1e11), 4)
    0.2808
    """
    S = tokens_per_byte(N, D, bits)
    share = ops.where(S > 1, share_kernel(S, a=a), float("nan"))
    return (1 - share) * D, share * D


def share_of_capacity(bits: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return the share of the parameters that counts when weights, activations and cache all have so many bits.

    Parameters
    ----------
    bits : number or array
    coefficients : mapping
        Of a fit of law "precision".
    """
    c = coefficients
    shares = [capacity(bits, c[f"gamma_{part}"], c[f"n_{part}"]) for part in ("w", "a", "kv")]
    return shares[0] * shares[1] * shares[2]


def best_training_bits(coefficients: Mapping[str, Any], low: float = 2.0, high: float = 16.0) -> Any:
    """Return the bits at which a budget trains most capacity, when a FLOP of P bits costs P / 16.

    They maximise `share_of_capacity` / P, so they depend on neither the budget nor the rest of the law.
    """
    zero = sum((0.0 * coefficients[f"gamma_{part}"] for part in ("w", "a", "kv")), 0.0)

    def cost(bits: Any) -> Any:
        share = share_of_capacity(bits, {name: ops.align(value, bits) for name, value in coefficients.items()})
        return ops.where(share > 0, bits / share, float("inf"))

    return ops.minimise(cost, low + zero, high + zero)


def compute_gain(bits: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return by what factor bits instead of 16 stretch a budget, when a FLOP of P bits costs P / 16."""
    full = share_of_capacity(FULL_BITS, coefficients) / FULL_BITS
    return share_of_capacity(bits, coefficients) / bits / full


def _fineness(c: Mapping[str, Any]) -> Any:
    """Return gamma_rho: with the best split, the penalty is D^beta / N^alpha log2(G) / (gamma_rho P^(delta + nu))."""
    delta, nu = c["delta"], c["nu"]
    return c["gamma"] * delta**delta * nu**nu / (delta + nu) ** (delta + nu)


def _growth(c: Mapping[str, Any]) -> Any:
    """Return gamma_D of the best bits at a token count."""
    return (c["delta"] + c["nu"] - c["alpha"]) / (c["A"] * c["alpha"] * _fineness(c))


def best_float_bits_at_tokens(D: Any, G: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return the bits of least loss for D tokens in blocks of G, at a fixed cost P N D (Sun et al., Eq. 46)."""
    c = coefficients
    return (_growth(c) * D ** c["beta"] * _log2(G)) ** (1 / (c["delta"] + c["nu"]))


def best_float_bits_at_size(N: Any, C: Any, G: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return the bits of least loss for a model of N parameters on a budget in 16-bit FLOP."""
    c = coefficients
    rho, twice = c["delta"] + c["nu"], 2 * c["beta"]
    growth = (c["beta"] + rho) / (c["B"] * c["beta"] * _fineness(c))
    spent = (C / FLOP_PER_BIT) ** twice * N ** -(c["alpha"] + twice)
    return (growth * spent * _log2(G)) ** (1 / (rho + twice))


def best_float_bits(C: Any, G: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return the bits of least loss for a budget in 16-bit FLOP, size and tokens chosen with them (Eq. 54)."""
    c = coefficients
    alpha, beta, rho = c["alpha"], c["beta"], c["delta"] + c["nu"]
    right = (
        (_growth(c) * _log2(G)) ** ((alpha + beta) / beta)
        * (rho - alpha)
        / (rho + beta)
        * c["B"]
        * beta
        / (c["A"] * alpha)
        * (C / FLOP_PER_BIT) ** alpha
    )
    return right ** (1 / (rho * (alpha + beta) / beta + alpha))


def effective_float_size(N: Any, D: Any, P_e: Any, P_m: Any, G: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return the 16-bit-like size that a model trained in a floating-point format counts as."""
    c = coefficients
    penalty = D ** c["beta"] * coarseness(P_e, P_m, G, gamma=c["gamma"], delta=c["delta"], nu=c["nu"])
    return N * (1 + penalty / c["A"]) ** (-1 / c["alpha"])


def _log2(value: Any) -> Any:
    return ops.log(value) / math.log(2)


def over_total_bits(
    loss: Callable[[Any, float], Any], total_bits: Any, widths: Sequence[float]
) -> tuple[list[Any], Any, Any]:
    """Compare bit widths at equal bits of the whole model, N x bits.

    Parameters
    ----------
    loss : callable
        ``loss(N, bits)``; NaN where bits leave nothing.
    total_bits : number or array
    widths : sequence of float
        The bit widths to compare.

    Returns
    -------
    losses : list
        For each width, the loss at total_bits / width parameters.
    best : array
        The least of them.
    width : array
        The width that has it; NaN where none has a value.
    """
    losses = [loss(total_bits / width, width) for width in widths]
    best = 0.0 * total_bits + float("inf")
    chosen = 0.0 * total_bits + float("nan")
    for width, value in zip(widths, losses, strict=True):
        better = value < best
        best, chosen = ops.where(better, value, best), ops.where(better, width, chosen)
    return losses, best, chosen
