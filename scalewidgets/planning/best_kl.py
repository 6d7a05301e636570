"""How far to optimise a proxy reward before the true one falls (Gao et al. 2022, arXiv 2210.10760). Portable."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops

__all__ = ["best_distance", "best_of_kl", "samples_for_kl"]

_MOST = 60.0


def best_of_kl(n: Any) -> Any:
    """Return the KL divergence in nats of the best of n samples from a single one, ln n - (n - 1) / n.

    Examples
    --------
    >>> round(float(best_of_kl(1000.0)), 6)
    5.908755
    """
    return ops.log(n) - (n - 1) / n


def samples_for_kl(kl: Any) -> Any:
    """Return the n whose best sample lies so many nats away.

    Examples
    --------
    >>> round(float(samples_for_kl(5.908755)))
    1000
    """
    like = 0.0 * kl
    return ops.exp(ops.solve(lambda t: t + ops.expm1(-t) - kl, like, like + _MOST, steps=80))


def best_distance(alpha: Any, beta: Any, *, trained: bool = True) -> dict[str, Any]:
    """Return where the gold reward is highest, and where it is gone.

    Parameters
    ----------
    alpha, beta : array_like
        Coefficients of the law "reward-trained", or of "reward-best-of" with `trained` false; beta positive.

    Returns
    -------
    dict
        ``d`` and the divergence ``kl`` = d squared in nats, the gold ``reward`` there, and ``zero``, the distance at
        which nothing is left of it.

    Examples
    --------
    >>> best = best_distance(1.0, 0.3)
    >>> round(float(best["d"]), 4), round(float(best["reward"]), 5)
    (10.3123, 3.09368)
    """
    ratio = alpha / beta
    d = ops.exp(ratio - 1) if trained else ratio / 2
    return {
        "d": d,
        "kl": d * d,
        "reward": beta * d * (1 if trained else d),
        "zero": ops.exp(ratio) if trained else ratio,
    }
