"""Trade parameters for compute at test time: matched FLOP, samples for a coverage, and a budget over stages.

The first follows Snell et al. 2024 (arXiv 2408.03314), the others Brown et al. 2024. Everything is portable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops

__all__ = ["best_split", "inference_multiple", "pass_at_k", "samples_for_coverage"]

_FEWEST, _MOST = -40.0, 80.0


def inference_multiple(size_ratio: Any, inference_tokens: Any, training_tokens: Any, *, per_token: float = 2.0) -> Any:
    r"""Return how many times as much inference a small model may do for the FLOP of a larger one on the same data.

    .. math:: M + \frac{6}{p} \, \frac{D_\mathrm{pre}}{D_\mathrm{inf}} \, (M - 1)

    Parameters
    ----------
    size_ratio : array_like
        M, parameters of the large model over those of the small.
    inference_tokens, training_tokens : array_like
        Tokens generated in the larger model's life, and of its pretraining.
    per_token : float
        FLOP per parameter and generated token: 2, or 4 where a verifier of the same size reads along.

    Examples
    --------
    >>> round(float(inference_multiple(14.0, 0.79, 1.0)), 3), round(float(inference_multiple(14.0, 22.0, 1.0)), 3)
    (63.367, 15.773)
    """
    return size_ratio + 6 / per_token * training_tokens / inference_tokens * (size_ratio - 1)


def samples_for_coverage(coverage: Any, values: Mapping[str, Any]) -> Any:
    """Return the samples a problem needed for a share of problems solved.

    Parameters
    ----------
    coverage : array_like
        Between 0 and 1.
    values : mapping of str to array_like
        Coefficients of the law "coverage".

    Examples
    --------
    >>> import scalewidgets as sw
    >>> round(float(samples_for_coverage(0.9, sw.published("brown2024-llama-3-8b-math").values)))
    364
    """
    return (values["a"] / -ops.log(coverage)) ** (1 / values["b"])


def pass_at_k(samples: int, correct: Any, k: int) -> Any:
    r"""Estimate without bias the chance that one of k samples is right, from more samples of which some are right.

    .. math:: 1 - \binom{n - c}{k} \Big/ \binom{n}{k}

    Parameters
    ----------
    samples : int
        n, samples drawn of a problem, at least k.
    correct : array_like
        c, how many of them are right.
    k : int

    Examples
    --------
    >>> round(float(pass_at_k(10, 3, 1)), 12), round(float(pass_at_k(5, 2, 2)), 12)
    (0.3, 0.7)
    """
    missed = 1.0 + 0.0 * correct
    for drawn in range(k):
        missed = missed * ops.maximum(samples - correct - drawn, 0.0) / (samples - drawn)
    return 1 - missed


def best_split(budget: Any, *, a: Any, b: Any, cost: Any) -> dict[str, Any]:
    r"""Split a budget of test-time compute over stages that all have to succeed.

    Each stage follows the law "coverage" and their coverages multiply, so :math:`\sum_i a_i k_i^{-b_i}` is to be least
    under :math:`\sum_i c_i k_i` = budget. Samples are not rounded.

    Parameters
    ----------
    budget : float
        In the unit of the costs.
    a, b, cost : array_like
        Coefficients and cost of a sample of each stage, shape (stages,).

    Returns
    -------
    dict
        ``k`` samples of each stage, its ``coverage``, and ``overall``, their product.

    Examples
    --------
    >>> import numpy as np
    >>> split = best_split(100.0, a=np.array([1.0, 1.0]), b=np.array([0.5, 0.5]), cost=np.array([1.0, 1.0]))
    >>> [round(float(k), 6) for k in split["k"]]
    [50.0, 50.0]
    """
    like = 0.0 * budget

    def samples(price: Any) -> Any:
        # where a nat of log coverage costs the same in every stage
        return ops.exp((ops.log(a * b) - ops.log(cost) - ops.column(price)) / (1 + b))

    price = ops.solve(lambda p: budget - ops.total(cost * samples(p)), like + _FEWEST, like + _MOST, steps=80)
    k = samples(price)
    logs = -a * ops.exp(-b * ops.log(k))
    return {"k": k, "coverage": ops.exp(logs), "overall": ops.exp(ops.total(logs))}
