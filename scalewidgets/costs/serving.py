"""How long reading prompts and writing tokens takes: arithmetic for prompts, memory traffic for single tokens.

Portable. `peak` is FLOP/s and `bandwidth` bytes/s of all chips that serve one copy of the model.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.costs.flops import serving_flop
from scalewidgets.costs.memory import weight_bytes


def prefill_seconds(N: Any, tokens: Any, *, peak: Any, utilisation: Any) -> Any:
    """Return the time to read `tokens` prompt tokens, 2 N FLOP each."""
    return serving_flop(N, tokens) / (peak * utilisation)


def decode_seconds(
    N: Any, *, batch: Any, peak: Any, bandwidth: Any, bits: Any = 16, context: Any = 0, cache: Any = 0
) -> Any:
    r"""Return the time in which each of `batch` sequences gets its next token.

    .. math:: \frac{\text{batch} \cdot \text{cache}}{\text{bandwidth}}
       + \max\left(\frac{2 N\, \text{batch}}{\text{peak}}, \frac{\text{weights}}{\text{bandwidth}}\right)

    Parameters
    ----------
    N : number
        Parameters read for every token.
    batch : number
        Sequences written at once.
    bits : number
        Of a weight.
    context, cache : number
        Tokens in the cache of each sequence, and bytes per token.
    """
    reading = batch * context * cache / bandwidth
    return reading + ops.maximum(serving_flop(N, batch) / peak, weight_bytes(N, bits) / bandwidth)


def decode_utilisation(
    N: Any, *, batch: Any, peak: Any, bandwidth: Any, bits: Any = 16, context: Any = 0, cache: Any = 0
) -> Any:
    """Return the share of the peak that writing tokens reaches at a batch, for `Hardware.decode_utilisation`."""
    seconds = decode_seconds(N, batch=batch, peak=peak, bandwidth=bandwidth, bits=bits, context=context, cache=cache)
    return serving_flop(N, batch) / (seconds * peak)


def arithmetic_batch(*, peak: Any, bandwidth: Any, bits: Any = 16) -> Any:
    """Return the batch from which arithmetic, not the reading of weights, sets the pace of writing."""
    return peak / bandwidth * bits / 16


def money_per_million_tokens(price: Any, tokens_per_second: Any) -> Any:
    """Return the price of a million tokens, from money per hour of all the chips that serve and what they write."""
    return price / 3600 / tokens_per_second * 1e6
