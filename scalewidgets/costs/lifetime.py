"""Price a given model over its life: training, reading prompts, writing tokens."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from scalewidgets.costs.demand import Demand, Hardware
from scalewidgets.costs.flops import serving_flop, training_flop
from scalewidgets.errors import DomainError
from scalewidgets.formats import format_value


@dataclass(frozen=True)
class Lifetime:
    """Cost of training a model of N parameters on D tokens and serving it.

    FLOP are those of 16 bits: an operation in a cheaper format counts as what it costs. `sweep_flop` is what the runs
    before the final one cost; it counts as training in hours, money and totals. GPU-hours are None without hardware,
    money is None without prices.
    """

    N: float
    D: float
    training_flop: float
    prefill_flop: float
    decode_flop: float
    training_hours: float | None = None
    serving_hours: float | None = None
    training_money: float | None = None
    serving_money: float | None = None
    sweep_flop: float = 0.0

    @property
    def serving_flop(self) -> float:
        """FLOP of reading and writing together."""
        return self.prefill_flop + self.decode_flop

    @property
    def total_flop(self) -> float:
        """FLOP of training and serving, and of the sweep before it."""
        return self.training_flop + self.sweep_flop + self.serving_flop

    @property
    def total_hours(self) -> float | None:
        """GPU-hours of training and serving."""
        return (
            None
            if self.training_hours is None or self.serving_hours is None
            else self.training_hours + self.serving_hours
        )

    @property
    def total_money(self) -> float | None:
        """Money for training and serving."""
        return (
            None
            if self.training_money is None or self.serving_money is None
            else self.training_money + self.serving_money
        )

    @property
    def total(self) -> float:
        """The cost in the best known unit: money, else GPU-hours, else FLOP."""
        if self.total_money is not None:
            return self.total_money
        return self.total_flop if self.total_hours is None else self.total_hours

    def rows(self) -> list[tuple[str, ...]]:
        """Return unit, training, serving and total as text, a row per known unit."""
        table: list[tuple[Any, ...]] = [
            ("FLOP", self.training_flop + self.sweep_flop, self.serving_flop, self.total_flop, "power")
        ]
        if self.total_hours is not None:
            table.append(("GPU-hours", self.training_hours, self.serving_hours, self.total_hours, "hours"))
        if self.total_money is not None:
            table.append(("money", self.training_money, self.serving_money, self.total_money, "money"))
        return [(unit, *(format_value(x, key) for x in numbers)) for unit, *numbers, key in table]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{h}</th>" for h in ("", "training", "serving", "total"))
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in self.rows())
        return f"<table><tr>{head}</tr>{body}</table>"


def lifetime(
    *,
    N: float,
    D: float,
    demand: Demand | None = None,
    hardware: Hardware | None = None,
    sweep_flop: float = 0.0,
    training_cost: float = 1.0,
    serving_cost: float = 1.0,
) -> Lifetime:
    r"""Price a given (N, D) over training and serving.

    .. math:: 6 N D + 2 N (\text{prompt tokens} + \text{generated tokens})

    Parameters
    ----------
    N, D : float
        Parameters and training tokens.
    demand : Demand, optional
        Nothing is served if left out.
    hardware : Hardware, optional
        Gives GPU-hours, and money if it has prices.
    sweep_flop : float
        FLOP of the runs that came before: scaling-law runs, searches for hyperparameters.
    training_cost, serving_cost : float
        What a FLOP of training and of serving costs in 16-bit FLOP, where they run in other formats.

    Raises
    ------
    DomainError
        If N or D is not positive, or the sweep is negative.

    Examples
    --------
    >>> cost = lifetime(N=30e9, D=1.556e12, demand=Demand(requests=1e9, prompt=500, generated=100))
    >>> f"{cost.total_flop:.4g}"
    '3.161e+23'
    """
    for name, value in (("N", N), ("D", D)):
        if not value > 0:
            raise DomainError(f"lifetime: {name} = {value!r} is not allowed; it must be positive")
    if not sweep_flop >= 0:
        raise DomainError(f"lifetime: sweep_flop = {sweep_flop!r} is not allowed; give zero or a positive number")
    training = training_cost * training_flop(N, D)
    prefill = serving_cost * serving_flop(N, demand.prompt_tokens) if demand else 0.0
    decode = serving_cost * serving_flop(N, demand.generated_tokens) if demand else 0.0
    if hardware is None:
        return Lifetime(N, D, training, prefill, decode, sweep_flop=sweep_flop)
    train_hours = hardware.train_hours(training + sweep_flop)
    serve_hours = hardware.prefill_hours(prefill) + hardware.decode_hours(decode)
    money: tuple[float | None, float | None] = (None, None)
    if hardware.train_price is not None and hardware.serve_price is not None:
        money = train_hours * hardware.train_price, serve_hours * hardware.serve_price
    return Lifetime(N, D, training, prefill, decode, train_hours, serve_hours, *money, sweep_flop=sweep_flop)
