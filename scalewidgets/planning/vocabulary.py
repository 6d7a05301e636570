"""Choose the vocabulary size for a model and its training compute, by the three approaches of Tao et al. 2024.

Coefficients come as a mapping: a fit's ``values``, draws, or traced values. Everything is portable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import vocabulary

__all__ = ["budget_of_size", "cheapest_vocabulary", "embedding_width", "vocabulary_of_loss", "vocabulary_of_power"]

# largest size without embedding (inclusive) and the width the authors give it
_WIDTHS = (
    (50e6, 512.0), (200e6, 768.0), (500e6, 1024.0), (1e9, 1536.0), (2e9, 2048.0), (5e9, 3200.0), (10e9, 4096.0),
    (20e9, 5120.0), (50e9, 6048.0), (100e9, 8192.0), (200e9, 12288.0), (500e9, 16384.0), (1e12, 20480.0),
)  # fmt: skip
_WIDEST = 24576.0
_SMALLEST, _LARGEST = 256.0, 1e8


def embedding_width(N_nv: Any) -> Any:
    """Return the embedding width that the authors' table gives a size.

    Parameters
    ----------
    N_nv : array_like
        Parameters without the embedding; a bound belongs to the narrower width.

    Examples
    --------
    >>> float(embedding_width(7e9)), float(embedding_width(10.1e9))
    (4096.0, 5120.0)
    """
    width = 0.0 * N_nv + _WIDEST
    for bound, narrower in reversed(_WIDTHS):
        width = ops.where(N_nv <= bound, narrower, width)
    return width


def budget_of_size(N_nv: Any, values: Mapping[str, Any]) -> Any:
    """Return the training FLOP for which a size is the best by approach 1.

    Parameters
    ----------
    N_nv : array_like
        Parameters without the embedding.
    values : mapping of str to array_like
        Coefficients of the law "other-parameters-of-compute".

    Examples
    --------
    >>> import scalewidgets as sw
    >>> f"{float(budget_of_size(7e9, sw.published('tao2024-other-parameters').values)):.2e}"
    '7.05e+21'
    """
    return (N_nv / values["k"]) ** (1 / values["gamma"])


def vocabulary_of_power(x: Any, d: Any, values: Mapping[str, Any]) -> Any:
    """Return the vocabulary size of approaches 1 and 2: the embedding's parameters over its width.

    Parameters
    ----------
    x : array_like
        Training FLOP for the law "vocabulary-of-compute", parameters without embedding for "vocabulary-of-size".
    d : array_like
        Embedding width.
    values : mapping of str to array_like
        Coefficients of that law.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> int(vocabulary_of_power(7e9, 4096.0, sw.published("tao2024-derivative").values))
    67450
    """
    return values["k"] * x ** values["gamma"] / d


def vocabulary_of_loss(N_nv: Any, d: Any, compute: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Find the vocabulary of least loss on 6 (N_nv + V d) D = compute by approach 3, with true tokens.

    Parameters
    ----------
    N_nv, d, compute : array_like
        Parameters without embedding, embedding width, training FLOP.
    values : mapping of str to array_like
        Coefficients of the law "vocabulary-loss".

    Returns
    -------
    dict
        Vocabulary ``V``, ``N_v`` embedding parameters and their ``share`` of all, tokens ``D``, characters ``H`` of
        text, ``loss`` against unigrams.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = vocabulary_of_loss(7e9, 4096.0, 7.05e21, sw.published("tao2024-loss").values)
    >>> round(float(best["V"]), -3), round(float(best["share"]), 3)
    (60000.0, 0.034)
    """
    like = 0.0 * (N_nv + d + compute)

    def tokens(V: Any) -> Any:
        return ops.align(compute, V) / (6 * (ops.align(N_nv, V) + V * ops.align(d, V)))

    def loss(t: Any) -> Any:
        V = ops.exp(t)
        held = {name: ops.align(value, t) for name, value in values.items()}
        return vocabulary.kernel(ops.align(N_nv, t), V * ops.align(d, t), tokens(V), **held)

    t = ops.minimise(loss, like + ops.log(_SMALLEST), like + ops.log(_LARGEST))
    V = ops.exp(t)
    per_character = vocabulary.tokens_kernel(V, a=vocabulary.F_A, b=vocabulary.F_B, c=vocabulary.F_C)
    D, N_v = tokens(V), V * d
    return {"V": V, "N_v": N_v, "share": N_v / (N_v + N_nv), "D": D, "H": D / per_character, "loss": loss(t)}


def cheapest_vocabulary(N_nv: Any, d: Any, values: Mapping[str, Any]) -> Any:
    """Return the vocabulary with which the same text costs the fewest FLOP: the idea of approach 2.

    A larger vocabulary needs fewer tokens and a larger embedding: (N_nv + V d) f(V) is least. The authors solve this at
    seven sizes and take only the exponent; the level comes from their anchor.

    Parameters
    ----------
    N_nv, d : array_like
        Parameters without embedding, embedding width.
    values : mapping of str to array_like
        Coefficients of the law "tokens-per-character".

    Examples
    --------
    >>> import scalewidgets as sw
    >>> f = sw.published("tao2024-tokens-per-character").values
    >>> bool(cheapest_vocabulary(7e9, 4096.0, f) > cheapest_vocabulary(1e9, 2048.0, f))
    True
    """
    like = 0.0 * (N_nv + d)

    def cost(t: Any) -> Any:
        V = ops.exp(t)
        held = {name: ops.align(value, t) for name, value in values.items()}
        return (ops.align(N_nv, t) + V * ops.align(d, t)) * vocabulary.tokens_kernel(V, **held)

    return ops.exp(ops.minimise(cost, like + ops.log(_SMALLEST), like + ops.log(_LARGEST)))
