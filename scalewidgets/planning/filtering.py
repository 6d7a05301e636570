r"""Choose how much of the data to keep when good samples are few and seeing them again helps less (Goyal et al. 2024).

After k passes through a pool, with n_j samples seen by the end of pass j,

.. math:: y = \left(\frac{a n_1}{10^5}\right)^{-b} \prod_{j=2}^{k} \left(\frac{n_j}{n_{j-1}}\right)^{-b_j} + d,
   \qquad b_j = b \, 2^{-(j - 1) / \tau}

Everything is portable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.laws.data_utility import UNIT

__all__ = ["best_pool", "error_after", "error_after_as_coded", "error_of_pools"]

PASSES = 200


def _passes(n: Any, pool: Any) -> tuple[Any, Any]:
    """Return the logarithms of n_j / n_(j-1) from the second pass on, and the number of the pass less one."""
    earlier = ops.arange(PASSES - 1) + 1
    start = ops.column(pool) * earlier
    seen = ops.minimum(ops.maximum(ops.column(n), start), start + ops.column(pool))
    return ops.log(seen / start), earlier


def error_after(n: Any, *, pool: Any, a: Any, b: Any, tau: Any, d: Any) -> Any:
    """Return the error after n samples of a pool, with the floor added last as the paper prints it.

    Parameters
    ----------
    n, pool : array_like
        Samples seen, up to 200 passes of the pool; samples in it.
    a, b, d : array_like
        Coefficients of the law "data-utility".
    tau : array_like
        Half-life of the utility, in passes.

    Examples
    --------
    >>> round(float(error_after(64e6, pool=12.8e6, a=0.022, b=0.131, tau=3.0, d=0.1)), 6)
    0.862158
    """
    return _powers(n, pool, a, b, tau) + d


def error_after_as_coded(n: Any, *, pool: Any, a: Any, b: Any, tau: Any, d: Any) -> Any:
    """Return the error as the authors' scripts compute it: the floor is added before the later passes multiply.

    Examples
    --------
    >>> round(float(error_after_as_coded(64e6, pool=12.8e6, a=0.022, b=0.131, tau=3.0, d=0.1)), 6)
    0.849445
    """
    first = (a * ops.minimum(n, pool) / UNIT) ** -b
    return _powers(n, pool, a, b, tau) * (1 + d / first)


def _powers(n: Any, pool: Any, a: Any, b: Any, tau: Any) -> Any:
    ratios, earlier = _passes(n, pool)
    later = ops.total(ratios * ops.exp(-ops.log(2.0) * earlier / ops.column(tau + 0.0 * n)))
    return ops.exp(-b * (ops.log(a * ops.minimum(n, pool) / UNIT) + later))


def best_pool(n: Any, *, bucket: Any, b: Any, tau: Any, a: Any, d: Any) -> dict[str, Any]:
    """Find how many buckets to keep, best first, for a number of samples seen.

    Keeping p buckets of equal size averages their utilities and, as the paper has it, makes each half-life p times as
    many passes.

    Parameters
    ----------
    n : float
        Samples seen in training.
    bucket : float
        Samples of one bucket.
    b, tau : array_like
        Utility (positive) and half-life in passes of each bucket, best first, shape (buckets,).
    a, d : float
        Shared coefficients of the law "data-utility".

    Returns
    -------
    dict
        ``keep`` buckets, their ``error``, and ``errors`` for keeping one, two, ... of them.

    Examples
    --------
    >>> import numpy as np
    >>> pools = dict(bucket=12.8e6, b=np.array([0.15, 0.12, 0.06]), tau=np.array([2.0, 3.0, 4.0]), a=0.022, d=0.1)
    >>> [int(best_pool(n, **pools)["keep"]) for n in (1e7, 1e8, 5e9)]
    [1, 2, 3]
    """
    count = np.shape(b)[-1]
    errors = [error_of_pools(n, bucket, ops.part(b, 0, p), ops.part(tau, 0, p), a, d, p) for p in range(1, count + 1)]
    stacked = ops.stack(*errors)
    return {"keep": ops.argmin(stacked) + 1, "error": ops.smallest(stacked), "errors": stacked}


def error_of_pools(n: Any, bucket: Any, b: Any, tau: Any, a: Any, d: Any, count: int) -> Any:
    """Return the error of training on all these buckets together."""
    pool = bucket * count
    ratios, earlier = _passes(n, pool)
    # rows are buckets, columns passes
    halved = ops.exp(-ops.log(2.0) * earlier / ops.column(tau * count))
    utility = ops.mean(ops.column(b) * halved, axis=0)
    first = ops.mean(b)
    return ops.exp(-first * ops.log(a * ops.minimum(n, pool) / UNIT) - ops.total(ratios * utility)) + d
