"""Choose how sparse and how fine-grained a mixture of experts should be for a budget of training compute.

Coefficients come as a mapping: a fit's ``values``, draws, or traced values. Everything is portable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops
from scalewidgets.laws import experts_and_data, fine_grained, routed, sparsity

__all__ = [
    "best_granularity",
    "best_size_with_experts",
    "best_sparsity",
    "dense_equivalent",
    "dense_twin",
    "mixture_sparsity",
    "size_for_reasoning",
]

SPARSEST, FINEST = 0.98, 64.0
SMALLEST, LARGEST = 1e3, 1e18


def best_sparsity(compute: Any, N: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Find the sparsity of least loss for a model of N parameters at fixed compute 6 N (1 - S) D.

    Parameters
    ----------
    compute : array_like
        Training FLOP.
    N : array_like
        All parameters.
    values : mapping of str to array_like
        Coefficients of the law "sparsity" (Abnar et al. 2025).

    Returns
    -------
    dict
        Sparsity ``S`` up to 0.98, tokens ``D``, ``loss``, and the dense model of the same size and compute:
        ``dense_D, dense_loss``.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = best_sparsity(1e21, 1e9, sw.published("abnar2025").values)
    >>> round(float(best["S"]), 3), round(float(best["loss"]), 5), round(float(best["dense_loss"]), 5)
    (0.623, 2.27835, 2.30396)
    """
    like = 0.0 * (compute + N)

    def tokens(S: Any) -> Any:
        return ops.align(compute, S) / (6 * ops.align(N, S) * (1 - S))

    def loss(S: Any) -> Any:
        held = {name: ops.align(value, S) for name, value in values.items()}
        return sparsity.kernel(ops.align(N, S), tokens(S), S, **held)

    S = ops.minimise(loss, like, like + SPARSEST)
    return {"S": S, "D": tokens(S), "loss": loss(S), "dense_D": tokens(like), "dense_loss": loss(like)}


def dense_equivalent(N: Any, D: Any, S: Any, values: Mapping[str, Any]) -> Any:
    """Return the size of the dense model with the loss of a sparse one trained on as many tokens.

    Parameters
    ----------
    N, D, S : array_like
        All parameters, training tokens, sparsity.
    values : mapping of str to array_like
        Coefficients of the law "sparsity".

    Returns
    -------
    array
        Parameters, up to 1e18 where no dense model is as good. For the law "routed", whose form has no D,
        `scalewidgets.laws.routed.dense_equivalent` is its closed form.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> float(round(dense_equivalent(10e9, 100e9, 0.0, sw.published("abnar2025").values) / 1e9, 6))
    10.0
    """
    goal = sparsity.kernel(N, D, S, **values)
    like = 0.0 * goal

    def short(t: Any) -> Any:
        return goal - sparsity.kernel(ops.exp(t), D, like, **values)

    return ops.exp(ops.solve(short, like + ops.log(SMALLEST), like + ops.log(LARGEST)))


def best_granularity(
    compute: Any, width: Any, blocks: Any, values: Mapping[str, Any], *, experts: float = 64.0
) -> dict[str, Any]:
    """Find the granularity of least loss at fixed compute; finer experts cost more routing.

    A block holds 4 width^2 attention and 8 width^2 feed-forward parameters, the latter once per expert.

    Parameters
    ----------
    compute : array_like
        Training FLOP.
    width, blocks : array_like
        Model width and number of transformer blocks.
    values : mapping of str to array_like
        Coefficients of the law "fine-grained" (Krajewski et al. 2024).
    experts : float
        Experts of full width per block; the law's own coefficients belong to 64.

    Returns
    -------
    dict
        Granularity ``G`` between 1 and 64, all parameters ``N``, ``active`` parameters, tokens ``D``, ``loss``, and
        ``coarse_loss``, the loss at G = 1.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = best_granularity(1e20, 1024, 16, sw.published("krajewski2024").values)
    >>> float(best["N"] / best["active"]), bool(best["loss"] < best["coarse_loss"])
    (43.0, True)
    """
    N = blocks * width**2 * (4 + 8 * experts)
    like = 0.0 * (compute + N)

    def tokens(t: Any) -> Any:
        shape = (ops.align(width, t), ops.align(blocks, t))
        return ops.align(compute, t) / fine_grained.flop_per_token(*shape, experts, ops.exp(t))

    def loss(t: Any) -> Any:
        held = {name: ops.align(value, t) for name, value in values.items()}
        return fine_grained.kernel(ops.align(N, t), tokens(t), ops.exp(t), **held)

    t = ops.minimise(loss, like, like + ops.log(FINEST))
    active = 12 * blocks * width**2
    return {"G": ops.exp(t), "N": N, "active": active, "D": tokens(t), "loss": loss(t), "coarse_loss": loss(like)}


def best_size_with_experts(compute: Any, E: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return active size and tokens of least loss on 6 N D = compute with E experts, in closed form.

    Parameters
    ----------
    compute, E : array_like
        Training FLOP; experts.
    values : mapping of str to array_like
        Coefficients of the law "experts-and-data" (Ludziejewski et al. 2025).

    Returns
    -------
    dict
        ``N`` active parameters, ``D`` tokens, ``loss``.
    """
    N, D = experts_and_data.best(compute, E, **{name: value for name, value in values.items() if name != "c"})
    return {"N": N, "D": D, "loss": experts_and_data.kernel(N, D, E, **values)}


def dense_twin(N: Any, E: Any, values: Mapping[str, Any]) -> Any:
    """Return the size of the model with one expert that reaches the loss of size N with E experts.

    Parameters
    ----------
    N, E : array_like
        Parameters of the dense model that one expert per layer makes; experts.
    values : mapping of str to array_like
        Coefficients of the law "routed" (Clark et al. 2022).

    Examples
    --------
    >>> import scalewidgets as sw
    >>> round(float(dense_twin(5e6, 128.0, sw.published("clark2022-s-base").values)) / 1e6, 1)
    51.8
    """
    return routed.dense_equivalent(N, E, **{name: value for name, value in values.items() if name != "d"})


def mixture_sparsity(experts: Any, active: Any) -> Any:
    """Return the share of experts that a token does not use.

    Parameters
    ----------
    experts, active : array_like
        Experts per layer, and how many of them each token is sent to.

    Examples
    --------
    >>> mixture_sparsity(128, 2)
    0.984375
    """
    return 1 - active / experts


def size_for_reasoning(D: Any, tokens_per_parameter: Any = 20.0) -> Any:
    """Return the total parameters at which reasoning tasks do best with D training tokens.

    Nakamura et al. 2025 (arXiv 2508.18672) print no law. They find that accuracy on reasoning peaks near 20 tokens per
    *total* parameter, experts that rest included, while recall of facts still gains from more parameters; that number
    is second-hand, from runs of 125 billion tokens.

    Parameters
    ----------
    D : array_like
        Training tokens.
    tokens_per_parameter : array_like
        Where the peak is taken to lie.

    Examples
    --------
    >>> size_for_reasoning(125e9)
    6250000000.0
    """
    return D / tokens_per_parameter
