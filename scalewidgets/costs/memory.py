"""Bytes of weights, of the optimiser's state and of the cache of keys and values, by bits; portable."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops


def weight_bytes(N: Any, bits: Any = 16) -> Any:
    """Return the bytes of N parameters."""
    return N * bits / 8


def training_bytes(
    N: Any, *, weights: Any = 16, gradients: Any = 16, master: Any = 32, moments: Any = 32, number_of_moments: Any = 2
) -> Any:
    """Return the bytes of weights, gradients and the optimiser's state, activations not counted.

    The defaults are those of Adam in mixed precision, 16 bytes a parameter: 2 of weights, 2 of gradients, 4 of a
    32-bit copy of the weights and 4 for each of two moments. All arguments but N are bits, and 0 for what is not kept.
    """
    return N * (weights + gradients + master + number_of_moments * moments) / 8


def low_rank_training_bytes(
    rows: Any,
    columns: Any,
    rank: Any,
    *,
    weights: Any = 16,
    gradients: Any = 16,
    master: Any = 32,
    moments: Any = 32,
    number_of_moments: Any = 2,
    projection: Any = 16,
) -> Any:
    """Return the bytes of training one matrix when the optimiser keeps its moments in a space of low rank.

    Weights, gradients and master copy stay whole. The moments shrink from rows x columns to rank x the longer side,
    and a projection of rank x the shorter side is kept beside them (0 bits where it is drawn again from a seed).

    Parameters
    ----------
    rows, columns, rank : number
        Of the matrix, and of the space; the rank is at most the shorter side.
    weights, gradients, master, moments, projection : number
        Bits of each, 0 for what is not kept.
    number_of_moments : number

    Examples
    --------
    >>> whole = training_bytes(4096 * 4096)
    >>> round(float(low_rank_training_bytes(4096, 4096, 128) / whole), 3)
    0.52
    """
    short, long = ops.minimum(rows, columns), ops.maximum(rows, columns)
    kept = training_bytes(
        rows * columns, weights=weights, gradients=gradients, master=master, moments=0, number_of_moments=0
    )
    return kept + (number_of_moments * rank * long * moments + rank * short * projection) / 8


def cache_bytes_per_token(*, layers: Any, kv_heads: Any, head_width: Any, bits: Any = 16) -> Any:
    """Return the bytes of keys and values that one token leaves in all layers.

    Examples
    --------
    >>> cache_bytes_per_token(layers=32, kv_heads=8, head_width=128)
    131072.0
    """
    return 2 * layers * kv_heads * head_width * bits / 8


def serving_bytes(N: Any, *, bits: Any = 16, batch: Any = 1, context: Any = 0, cache: Any = 0) -> Any:
    """Return the bytes of the weights and of the cache of `batch` sequences of `context` tokens.

    `cache` is in bytes per token, from `cache_bytes_per_token`.
    """
    return weight_bytes(N, bits) + batch * context * cache
