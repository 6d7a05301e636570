"""Split training compute between pretraining and the datastore of a retrieval model (Shao et al. 2024). Portable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets import ops

__all__ = ["datastore_flop", "datastore_split", "datastore_tokens"]

_LEAST = 1e-6


def datastore_flop(tokens: Any, retriever: Any) -> Any:
    """Return the FLOP of embedding a datastore once, 2 per token and parameter of the retriever.

    Examples
    --------
    >>> round(float(datastore_flop(1.4e12, 177e6)) / 1e20, 3)
    4.956
    """
    return 2 * retriever * tokens


def datastore_tokens(flop: Any, retriever: Any) -> Any:
    """Return the tokens that so many FLOP put into a datastore."""
    return flop / (2 * retriever)


def datastore_split(
    compute: Any, N: Any, *, retriever: float, loss: Callable[[Any, Any], Any], most: float = 0.999
) -> dict[str, Any]:
    """Find the share of the compute for the datastore with the least loss.

    Parameters
    ----------
    compute : array_like
        FLOP for pretraining 6 N D and for embedding the datastore.
    N : array_like
        Parameters of the language model.
    retriever : float
        Parameters of the retriever.
    loss : callable
        ``loss(D, D_s)`` after D tokens of pretraining with a datastore of D_s tokens.
    most : float
        The largest share tried.

    Returns
    -------
    dict
        ``share`` of the datastore, pretraining tokens ``D``, datastore tokens ``D_s``, ``loss``.

    Examples
    --------
    >>> best = datastore_split(1e22, 1e9, retriever=177e6, loss=lambda D, D_s: D**-0.3 * D_s**-0.1)
    >>> round(float(best["share"]), 4)
    0.25
    """
    like = 0.0 * (compute + N)

    def split(share: Any) -> tuple[Any, Any]:
        C = ops.align(compute, share)
        return (1 - share) * C / (6 * ops.align(N, share)), datastore_tokens(share * C, retriever)

    # over the logarithm of the odds, since small shares matter
    t = ops.minimise(
        lambda t: loss(*split(1 / (1 + ops.exp(-t)))), like + ops.log(_LEAST), like + ops.log(most / (1 - most))
    )
    share = 1 / (1 + ops.exp(-t))
    D, D_s = split(share)
    return {"share": share, "D": D, "D_s": D_s, "loss": loss(D, D_s)}
