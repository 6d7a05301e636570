"""What uneven load on experts costs: all wait for the busiest one, or it drops what is above its capacity. Portable."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops


def imbalance(loads: Any) -> Any:
    """Return the load of the busiest expert over the mean load, 1 where all are alike.

    Parameters
    ----------
    loads : array_like
        Tokens, or any share of them, that go to each expert: shape (..., experts).

    Examples
    --------
    >>> import numpy as np
    >>> float(imbalance(np.array([30.0, 20.0, 10.0, 20.0])))
    1.5
    """
    return ops.largest(loads) / ops.mean(loads)


def throughput_factor(loads: Any, expert_share: Any = 1.0) -> Any:
    """Return by what factor uneven load slows a step down, when each expert has a device of its own.

    The part of a step that experts take lasts as long as the busiest of them; the rest is not touched.

    Parameters
    ----------
    loads : array_like
        Of each expert: shape (..., experts).
    expert_share : number
        Share of the time of a balanced step that experts take, 0 to 1.

    Returns
    -------
    number
        Throughput over that of balanced experts, at most 1.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(throughput_factor(np.array([30.0, 20.0, 10.0, 20.0]), expert_share=0.5)), 3)
    0.8
    """
    return 1 / (1 - expert_share + expert_share * imbalance(loads))


def dropped_share(loads: Any, capacity: Any) -> Any:
    """Return the share of tokens that find their expert full, when each takes at most `capacity` times the mean load.

    Examples
    --------
    >>> import numpy as np
    >>> float(dropped_share(np.array([30.0, 20.0, 10.0, 20.0]), capacity=1.25))
    0.0625
    """
    full = ops.column(capacity * ops.mean(loads))
    return ops.total(ops.maximum(loads - full, 0.0)) / ops.total(loads)
