"""Plan pruning during training: average size, the density at every step, and the dense model that costs the same."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.laws.pruned import average_density

__all__ = ["density", "pruning_plan"]


def _phases(s: Any, start: Any, end: Any) -> tuple[Any, Any]:
    """Return the shares of steps at which pruning starts and ends."""
    average = average_density(s, start, end)
    first = start * average
    return first, first - (end - start) * average * ops.log1p(-s) / s


def density(step: Any, s: Any, start: Any = 0.25, end: Any = 0.75) -> Any:
    """Return the share of parameters left at a share of the steps.

    Parameters
    ----------
    step : array_like
        Share of training steps, 0 to 1.
    s : array_like
        Final sparsity, above 0 and below 1.
    start, end : array_like
        Where pruning starts and ends, as shares of training compute.

    Examples
    --------
    >>> [round(float(density(x, 0.8)), 3) for x in (0.0, 0.3, 1.0)]
    [1.0, 0.448, 0.2]
    """
    first, last = _phases(s, start, end)
    progress = ops.minimum(ops.maximum((step - first) / (last - first), 0.0), 1.0)
    return ops.exp(progress * ops.log1p(-s))


def pruning_plan(N: Any, D: Any, s: Any, start: Any = 0.25, end: Any = 0.75) -> dict[str, Any]:
    """Return what pruning to sparsity s during training amounts to.

    Parameters
    ----------
    N : array_like
        Prunable parameters before pruning.
    D : array_like
        Training tokens.
    s : array_like
        Final sparsity.
    start, end : array_like
        Where pruning starts and ends, as shares of training compute.

    Returns
    -------
    dict
        ``average`` and ``final`` parameters; ``start_step`` and ``end_step``, shares of the steps; ``compute`` in
        FLOP, which is 6 D times the average; a dense model of the average size costs and, by the law, does the same.

    Examples
    --------
    >>> plan = pruning_plan(1.14e9, 200.4e9, 0.8)
    >>> round(float(plan["average"]) / 1e9, 3), round(float(plan["final"]) / 1e9, 3)
    (0.455, 0.228)
    """
    first, last = _phases(s, start, end)
    average = N * average_density(s, start, end)
    return {
        "average": average,
        "final": N * (1 - s),
        "start_step": first,
        "end_step": last,
        "compute": 6 * average * D,
    }
