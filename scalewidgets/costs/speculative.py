r"""Speculative decoding: a small model drafts tokens, the large one checks them all at once (Leviathan et al. 2022).

With drafts accepted independently with probability :math:`\alpha`, :math:`\gamma` of them at a time, each costing a
share c of a call of the large model. Portable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import DomainError

LONGEST_DRAFT = 64


def expected_tokens(acceptance: Any, drafts: Any) -> Any:
    r"""Return the tokens that a call of the large model yields on average, the one it adds itself counted.

    .. math:: \frac{1 - \alpha^{\gamma + 1}}{1 - \alpha}

    Examples
    --------
    >>> round(float(expected_tokens(0.8, 5)), 5)
    3.68928
    """
    # the limit at 1, reached through a stable ratio: -expm1((gamma + 1) log alpha) / (1 - alpha)
    sure = acceptance >= 1
    safe = ops.where(sure, 0.5, acceptance)
    return ops.where(sure, drafts + 1.0, -ops.expm1((drafts + 1) * ops.log(safe)) / (1 - safe))


def speedup(acceptance: Any, drafts: Any, cost: Any) -> Any:
    """Return how many times faster writing becomes when a draft costs a share `cost` of a call of the large model."""
    return expected_tokens(acceptance, drafts) / (drafts * cost + 1)


def operations(acceptance: Any, drafts: Any, cost: Any) -> Any:
    """Return by what factor the FLOP grow, all drafts and the checks of all of them counted."""
    return (drafts * cost + drafts + 1) / expected_tokens(acceptance, drafts)


def best_drafts(acceptance: float, cost: float) -> int:
    """Return the number of drafts with the largest speed-up; 0 where none helps, which is where acceptance <= cost.

    Raises
    ------
    DomainError
        If the acceptance does not lie within 0 to 1, or the cost is negative.

    Examples
    --------
    >>> best_drafts(0.8, 0.05)
    8
    """
    if not (0 <= acceptance <= 1 and cost >= 0):
        raise DomainError(
            f"best_drafts: acceptance = {acceptance!r} must lie within 0 to 1 and cost = {cost!r} be 0 or more"
        )
    drafts = np.arange(LONGEST_DRAFT + 1)
    return int(np.argmax(speedup(np.full(drafts.shape, max(acceptance, 1e-300)), drafts, cost)))
