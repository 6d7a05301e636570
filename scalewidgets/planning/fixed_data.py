"""Get more out of fixed data: what a better recipe is worth in tokens, and how many models an ensemble needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import billions

__all__ = ["data_efficiency", "members_for"]


def _tokens_for(loss: Any, A: Any, alpha: Any, E: Any) -> Any:
    left = loss - E
    return ops.where(left > 0, billions.BILLION * (A / left) ** (1 / alpha), float("inf"))


def data_efficiency(D: Any, better: Mapping[str, Any], worse: Mapping[str, Any]) -> Any:
    """Return how many times the data the worse recipe needs for the loss the better one reaches with D tokens.

    Parameters
    ----------
    D : array_like
        Unique tokens.
    better, worse : mapping of str to array_like
        Coefficients of the law "fixed-data-d" (Kim et al. 2025).

    Returns
    -------
    array
        Infinite where the worse recipe never gets there. With one alpha and E for both it is
        (A_worse / A_better)^(1 / alpha) whatever D is.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> regular, standard = (sw.published(f"kim2025-{key}").values for key in ("regularized", "standard"))
    >>> round(float(data_efficiency(209.7e6, regular, standard)), 1)
    2.2
    """
    return _tokens_for(billions.data_kernel(D, **better), **worse) / D


def members_for(loss: Any, A: Any, alpha: Any, E: Any) -> Any:
    """Return how many models an ensemble needs to reach a loss.

    Parameters
    ----------
    loss : array_like
        Nats per token.
    A, alpha, E : array_like
        Coefficients of the law "ensemble".

    Returns
    -------
    array
        Members, at least 1 and not rounded; infinite for a loss no ensemble reaches.

    Examples
    --------
    >>> float(members_for(3.39, A=0.25, alpha=1.0, E=3.34).round(6))
    5.0
    """
    left = loss - E
    return ops.where(left > 0, ops.maximum((A / left) ** (1 / alpha), 1.0), float("inf"))
