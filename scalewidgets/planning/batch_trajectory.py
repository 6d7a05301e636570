r"""The loss of a run at every step and any batch size, and what a target loss takes in steps and tokens.

.. math::

   L = \left(\frac{N_c}{N}\right)^{\alpha_N} + \left[\frac{S_c}{S}\left(1 + \frac{B_*}{B L^{1 / \alpha_B}}\right)
   \right]^{\alpha_S}

The right side falls with L, so that there is one solution. `steps` holds N_c, alpha_N, S_c, alpha_S of the law "steps"
and `critical` B_star, alpha_B of "critical-batch" (Kaplan et al. 2020; Su et al. 2024 fit their own to small models).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import batch_size

__all__ = ["loss_at_compute", "loss_at_step", "steps_and_tokens"]

# a loss beyond e^10 nats per token is that of no model with a vocabulary in use
MOST = 10.0


def loss_at_step(N: Any, S: Any, B: Any, steps: Mapping[str, Any], critical: Mapping[str, Any]) -> Any:
    """Return the loss of size N after S steps at a batch of B tokens.

    Parameters
    ----------
    N, S, B : array_like
        Non-embedding parameters, optimiser steps, tokens per batch.
    steps, critical : mapping of str to array_like
        Coefficients of the laws "steps" and "critical-batch".

    Examples
    --------
    >>> import scalewidgets as sw
    >>> kaplan = [sw.published(f"kaplan2020-{key}").values for key in ("steps", "critical-batch")]
    >>> small, large = (float(loss_at_step(1e8, 1e5, B, *kaplan)) for B in (1e5, 1e7))
    >>> round(small, 3), round(large, 3)
    (3.137, 2.888)
    """
    like = 0.0 * (N + S + B)

    def excess(t: Any) -> Any:
        least = S / (1 + batch_size.critical_kernel(ops.exp(t), **critical) / B)
        return ops.exp(t) - batch_size.steps_kernel(N, least, **steps)

    return ops.exp(ops.solve(excess, like - MOST, like + MOST))


def steps_and_tokens(
    loss: Any, N: Any, B: Any, steps: Mapping[str, Any], critical: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the steps and tokens in which size N reaches a loss at batches of B tokens, and the least of each.

    Parameters
    ----------
    loss, N, B : array_like
        Nats per token, non-embedding parameters, tokens per batch.
    steps, critical : mapping of str to array_like
        Coefficients of the laws "steps" and "critical-batch".

    Returns
    -------
    dict
        ``steps``, ``tokens``, ``least_steps`` (huge batches), ``least_tokens`` (tiny batches) and
        ``critical_batch``; (steps / least_steps - 1) (tokens / least_tokens - 1) = 1. Infinite for a loss that no
        number of steps reaches.
    """
    size = batch_size.steps_kernel(N, float("inf"), **steps)
    left = loss - size
    positive = ops.where(left > 0, left, 1.0)
    least = ops.where(left > 0, steps["S_c"] * positive ** (-1 / steps["alpha_S"]), float("inf"))
    crit = batch_size.critical_kernel(loss, **critical)
    taken = least * (1 + crit / B)
    return {
        "steps": taken,
        "tokens": taken * B,
        "least_steps": least,
        "least_tokens": least * crit,
        "critical_batch": crit,
    }


def loss_at_compute(N: Any, C: Any, steps: Mapping[str, Any], critical: Mapping[str, Any]) -> Any:
    """Return the loss of size N when the least compute 6 N B_crit S_min is C, in FLOP.

    Parameters
    ----------
    N, C : array_like
        Non-embedding parameters and training compute.
    steps, critical : mapping of str to array_like
        Coefficients of the laws "steps" and "critical-batch".
    """
    like = 0.0 * (N + C)

    def excess(t: Any) -> Any:
        least = C / (6 * N * batch_size.critical_kernel(ops.exp(t), **critical))
        return ops.exp(t) - batch_size.steps_kernel(N, least, **steps)

    return ops.exp(ops.solve(excess, like - MOST, like + MOST))
