"""Real against generated training images: where their losses cross, and how many of one match the other. Portable.

Both follow the law "image-slope" (Fan et al. 2023, arXiv 2312.04567). The paper's slopes are shipped, its levels were
not found: the loss with a million images of each source is the user's own.
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.laws.images import FIRST


def crossing(k_1: Any, loss_1: Any, k_2: Any, loss_2: Any) -> Any:
    """Return the number of images at which two sources give the same loss.

    Parameters
    ----------
    k_1, k_2 : number
        Slopes of the sources.
    loss_1, loss_2 : number
        Loss with a million images of each.

    Returns
    -------
    number
        Below a million where they cross before, NaN where the slopes are equal.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> real, generated = (sw.published(f"fan2023-imagenet-{name}").values["k"] for name in ("real", "imagen"))
    >>> f"{float(crossing(real, 1.6, generated, 1.5)):.3g}"
    '1.28e+06'
    """
    slower = ops.equal(k_1, k_2)
    apart = ops.where(slower, 1.0, k_1 - k_2)
    return ops.where(slower, float("nan"), FIRST * ops.exp(ops.log(loss_1 / loss_2) / apart))


def matching_images(n: Any, k_1: Any, loss_1: Any, k_2: Any, loss_2: Any) -> Any:
    """Return how many images of the second source give the loss of n images of the first.

    Examples
    --------
    >>> f"{float(matching_images(1e8, 0.5, 1.0, 0.25, 1.0)):.3g}"
    '1e+10'
    """
    return FIRST * ops.exp((ops.log(loss_2 / loss_1) + k_1 * ops.log(n / FIRST)) / k_2)
