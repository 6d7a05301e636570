"""Judge a language model as a compressor whose own bytes count (Delétang et al. 2023, arXiv 2309.10668). Portable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import compression

__all__ = ["adjusted_rate", "best_compressor", "break_even", "compression_rate"]

_BITS_A_NAT = 1.4426950408889634


def compression_rate(loss: Any, bytes_per_token: Any = 1.0) -> Any:
    """Return compressed over raw bytes without the model, from a loss in nats per token.

    Examples
    --------
    >>> round(float(compression_rate(2.0, 4.0)), 6)
    0.090168
    """
    return loss * _BITS_A_NAT / bytes_per_token / 8


def adjusted_rate(rate: Any, N: Any, data: Any, *, bytes_per_parameter: Any = 2.0) -> Any:
    """Return compressed and model bytes over raw bytes.

    Examples
    --------
    >>> round(float(adjusted_rate(0.083, 70e9, 1e9)), 3)
    140.083
    """
    return rate + bytes_per_parameter * N / data


def break_even(rate: Any, N: Any, *, rival: Any = 1.0, bytes_per_parameter: Any = 2.0) -> Any:
    """Return the raw bytes from which on the model pays for itself against another codec's rate; infinite if never.

    Examples
    --------
    >>> round(float(break_even(0.083, 70e9)) / 1e9, 1), round(float(break_even(0.083, 70e9, rival=0.323)) / 1e9)
    (152.7, 583)
    """
    gained = rival - rate
    better = gained > 0
    return ops.where(better, bytes_per_parameter * N / ops.where(better, gained, 1.0), float("inf"))


def best_compressor(data: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the size of least adjusted rate for so many bytes of data; it grows with the data.

    Parameters
    ----------
    data : array_like
        Raw bytes.
    values : mapping of str to array_like
        Coefficients of the law "adjusted-compression".

    Returns
    -------
    dict
        ``N`` parameters, the adjusted ``rate``, and ``raw``, the rate without the model.
    """
    N = compression.best_size(data, **{name: values[name] for name in ("A", "alpha", "b")})
    rate = compression.kernel(N, data, **values)
    return {"N": N, "rate": rate, "raw": rate - values["b"] * N / data}
