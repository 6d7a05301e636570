"""Learning rate, batch size and number of steps for a run of a given size and length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets.laws import hyperparameters

__all__ = ["training_settings"]


def training_settings(
    N: Any, D: Any, rate: Mapping[str, Any], batch: Mapping[str, Any], *, context: float = 2048.0
) -> dict[str, Any]:
    """Return the settings that the step law recommends.

    Parameters
    ----------
    N, D : array_like
        Non-embedding parameters and training tokens.
    rate, batch : mapping of str to array_like
        Coefficients of the laws "step-law-lr" and "step-law-batch" (Li et al. 2025).
    context : float
        Tokens in a sequence.

    Returns
    -------
    dict
        Peak learning rate ``lr``; batch size in ``tokens`` and in ``sequences``; optimiser ``steps``.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = training_settings(1e9, 1e11, sw.published("li2025-lr").values, sw.published("li2025-batch").values)
    >>> {name: float(f"{value:.4g}") for name, value in best.items()}
    {'lr': 0.001662, 'tokens': 1107000.0, 'sequences': 540.8, 'steps': 90300.0}
    """
    tokens = hyperparameters.batch_kernel(D, **batch)
    return {
        "lr": hyperparameters.rate_kernel(N, D, **rate),
        "tokens": tokens,
        "sequences": tokens / context,
        "steps": D / tokens,
    }
