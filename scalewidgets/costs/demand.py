"""What will be served, and on what: frozen values with no default that could pass for a fact."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from scalewidgets.errors import DomainError


@dataclass(frozen=True)
class Demand:
    """Describe what a model will serve over its life.

    Parameters
    ----------
    requests : float
        Number of requests.
    prompt, generated : float
        Tokens read and tokens written per request.

    Raises
    ------
    DomainError
        For a negative or non-finite number.

    Examples
    --------
    >>> Demand(requests=1e9, prompt=500, generated=100).inference_tokens
    600000000000.0
    """

    requests: float
    prompt: float = 0.0
    generated: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not (math.isfinite(value) and value >= 0):
                raise DomainError(f"Demand: {item.name} = {value!r} is not allowed; give zero or a positive number")

    @property
    def prompt_tokens(self) -> float:
        """All tokens read."""
        return self.requests * self.prompt

    @property
    def generated_tokens(self) -> float:
        """All tokens written."""
        return self.requests * self.generated

    @property
    def inference_tokens(self) -> float:
        """All tokens, read and written."""
        return self.prompt_tokens + self.generated_tokens


@dataclass(frozen=True)
class Hardware:
    """Describe the GPUs of training and of serving.

    Parameters
    ----------
    train_peak, serve_peak : float
        Dense peak of one GPU in FLOP/s, in the number format that is used. `serve_peak` is `train_peak` if left out.
    train_utilisation, prefill_utilisation, decode_utilisation : float
        Share of the peak that is achieved, above 0 and at most 1.
    train_price, serve_price : float, optional
        Money per GPU-hour. Without both, costs are in GPU-hours.
    name : str
        Shown beside the numbers ("H100").
    goodput : float
        Share of the time of training that is not lost to failures, restarts and waiting.
    memory, bandwidth : float, optional
        Bytes of one GPU, and bytes/s of its memory.
    speeds : mapping of float to float
        How many times faster than 16 bits the chip computes in other bits, as far as is achieved. For a plan with
        ``bits=``, which takes the peaks above as those of 16 bits.

    Raises
    ------
    DomainError
        For a number outside its range, or one price without the other.
    """

    train_peak: float
    train_utilisation: float
    prefill_utilisation: float
    decode_utilisation: float
    serve_peak: float | None = None
    train_price: float | None = None
    serve_price: float | None = None
    name: str = "GPU"
    goodput: float = 1.0
    memory: float | None = None
    bandwidth: float | None = None
    speeds: Mapping[float, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("train_peak", "serve_peak", "train_price", "serve_price", "memory", "bandwidth"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise DomainError(f"Hardware: {name} = {value!r} is not allowed; give a positive number")
        for name in ("train_utilisation", "prefill_utilisation", "decode_utilisation", "goodput"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise DomainError(f"Hardware: {name} = {value!r} is not allowed; give a share above 0 and at most 1")
        for bits, speed in self.speeds.items():
            if not (math.isfinite(speed) and speed > 0):
                raise DomainError(f"Hardware: speeds[{bits:g}] = {speed!r} is not allowed; give a positive number")
        if (self.train_price is None) != (self.serve_price is None):
            raise DomainError("Hardware: one price is given without the other; give both, or neither for GPU-hours")

    @property
    def priced(self) -> bool:
        """Whether costs can be given in money."""
        return self.train_price is not None

    def train_hours(self, flop: float) -> float:
        """Return the GPU-hours of training FLOP, the time lost included."""
        return flop / (self.train_peak * self.train_utilisation * self.goodput * 3600)

    def prefill_hours(self, flop: float) -> float:
        """Return the GPU-hours of reading prompts."""
        return flop / ((self.serve_peak or self.train_peak) * self.prefill_utilisation * 3600)

    def decode_hours(self, flop: float) -> float:
        """Return the GPU-hours of writing tokens."""
        return flop / ((self.serve_peak or self.train_peak) * self.decode_utilisation * 3600)


def weighed_tokens(demand: Demand, hardware: Hardware | None) -> float:
    """Return the served tokens, each weighed by what its FLOP costs relative to a training FLOP.

    The cheapest (N, D) depends on the demand through this one number: the cost is proportional to
    N (6 D + 2 x weighed tokens), whatever it is paid in.
    """
    if hardware is None:
        return demand.inference_tokens
    ratio = (hardware.serve_price or 1.0) / (hardware.train_price or 1.0) / hardware.train_hours(1.0)
    return ratio * (hardware.prefill_hours(demand.prompt_tokens) + hardware.decode_hours(demand.generated_tokens))
