"""Choose the shares of a training mixture: of least weighted loss, also under limits on losses and on shares.

Coefficients come as arrays over domains, so that one search serves any number of them. Everything is portable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.laws import domain_training

__all__ = ["best_domain_share", "best_mixture", "domain_coefficients", "mixture_losses"]

_ROUNDS = 40
# parts of the first grid by number of domains: some thousand points
_FIRST_PARTS = {2: 1000, 3: 60, 4: 17, 5: 8, 6: 5, 7: 3}
_FEW = 5
_NOT_ALLOWED, _OUTSIDE, _ROUNDING = 1e6, 1e3, 1e-9


def domain_coefficients(*domains: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Stack the coefficients of one data-mixing law a domain, for `best_mixture`.

    Parameters
    ----------
    *domains : mapping of str to float
        Coefficients of the law "data-mixing-n", in the order in which results shall come.

    Returns
    -------
    dict
        ``c, k`` of shape (laws,) and ``t`` of shape (laws, domains).
    """
    slopes = [[value for name, value in each.items() if name.startswith("t_")] for each in domains]
    levels = {name: np.array([each[name] for each in domains]) for name in ("c", "k")}
    return {**levels, "t": np.array(slopes)}


def mixture_losses(r: Any, c: Any, k: Any, t: Any) -> Any:
    """Return the losses c + k exp(t r) of all laws, shape (laws,), at shares of shape (domains,)."""
    return c + k * ops.exp(ops.total(t * r))


def best_mixture(c: Any, k: Any, t: Any, *, weights: Any, limits: Any = None, most: Any = None) -> dict[str, Any]:
    """Find the shares of least weighted loss by the data-mixing laws.

    The losses are convex in the shares, so are the limits: a grid over the simplex finds the region, and a search among
    neighbours with a shrinking step finds the place in it: the weighted loss is exact to about 1e-8, and to about 1e-4
    where a limit on a loss binds.

    Parameters
    ----------
    c, k, t : array_like
        Coefficients, of shapes (laws,), (laws,) and (laws, domains); `domain_coefficients` stacks them.
    weights : array_like
        What a nat of each loss counts, shape (laws,).
    limits : array_like, optional
        The highest loss allowed of each law, infinite for no limit.
    most : array_like, optional
        The largest share allowed of each domain, shape (domains,).

    Returns
    -------
    dict
        Shares ``r``, ``losses`` of the laws, their weighted sum ``overall``, and ``excess``: by how much limits are
        exceeded, 0 where all can be kept.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> names = ("academic", "prose", "dialogue", "symbolic", "internet")
    >>> laws = domain_coefficients(*(sw.published(f"ye2024-5-{name}").values for name in names))
    >>> best = best_mixture(**laws, weights=np.full(5, 0.2))
    >>> [round(float(share), 2) for share in best["r"]], round(float(best["overall"]), 3)
    ([0.25, 0.21, 0.1, 0.15, 0.29], 2.937)
    """
    count = np.shape(t)[-1]
    slopes = [ops.take(t, float(j)) for j in range(count)]
    largest = [1.0 if most is None else ops.take(most, float(j)) for j in range(count)]
    highest = np.inf if limits is None else limits

    def judged(shares: list[Any]) -> tuple[Any, Any, Any]:
        exponent = sum((ops.column(share) * slope for share, slope in zip(shares, slopes, strict=True)), start=0.0)
        losses = c + k * ops.exp(exponent)
        excess = ops.total(ops.maximum(losses - highest, 0.0))
        for share, cap in zip(shares, largest, strict=True):
            excess = excess + _OUTSIDE * (ops.maximum(-share, 0.0) + ops.maximum(share - cap, 0.0))
        return losses, ops.total(weights * losses), excess

    def best_of(shares: list[Any]) -> Any:
        _, overall, excess = judged(shares)
        return ops.argmin(overall + ops.where(excess > _ROUNDING, _NOT_ALLOWED * (1 + excess), 0.0))

    # the first grid holds points off the simplex, too: their last share is negative, which is not allowed
    parts = _FIRST_PARTS.get(count, 2)
    grid = [digit / parts for digit in _digits(parts + 1, count - 1)]
    grid = [*grid, 1 - sum(grid, start=0.0)]
    first = best_of(grid)
    place = [ops.take(each, first) for each in grid]
    reach = 2 if count <= _FEW else 1
    moves = [digit - reach for digit in _digits(2 * reach + 1, count - 1)]
    moves = [*moves, -sum(moves, start=0.0)]
    step = 1 / parts
    for _ in range(_ROUNDS):
        chosen = best_of([share + step * move for share, move in zip(place, moves, strict=True)])
        place = [share + step * ops.take(move, chosen) for share, move in zip(place, moves, strict=True)]
        step = step * 0.7
    losses, overall, excess = judged(place)
    excess = ops.where(excess > _ROUNDING, excess, 0.0)
    return {"r": ops.stack(*place), "losses": losses, "overall": overall, "excess": excess}


def _digits(base: int, places: int) -> list[Any]:
    """Return the digits of 0, 1, ... base^places - 1, one array a place."""
    numbers = ops.arange(base**places)
    above = [ops.floor(numbers / float(base**j)) for j in range(places + 1)]
    return [one - base * next_one for one, next_one in zip(above, above[1:], strict=False)]


def best_domain_share(
    N: Any, D: Any, *, general: Mapping[str, Any], domain: Mapping[str, Any], limit: Any
) -> dict[str, Any]:
    """Find the domain share of least domain loss for which the general loss stays under a limit.

    Parameters
    ----------
    N, D : array_like
        Model size; tokens of continued pretraining.
    general, domain : mapping of str to array_like
        Coefficients of the law "d-cpt" for the general corpus and for the domain.
    limit : array_like
        The highest general loss, such as 1.03 times that at the start.

    Returns
    -------
    dict
        ``r`` of the domain, its ``loss``, the ``general_loss`` and the ``most`` that the limit allows: NaN where even
        no domain data keep it.
    """
    like = 0.0 * (N + D + limit)

    def general_loss(r: Any) -> Any:
        return domain_training.kernel(N, D, 1 - r, **general)

    def loss(r: Any) -> Any:
        held = {name: ops.align(value, r) for name, value in domain.items()}
        return domain_training.kernel(ops.align(N, r), ops.align(D, r), r, **held)

    most = ops.solve(lambda r: general_loss(r) - limit, like, like + 1.0)
    most = ops.where(general_loss(like) <= limit, most, float("nan"))
    r = ops.minimise(loss, like, most)
    return {"r": r, "loss": domain_training.kernel(N, D, r, **domain), "general_loss": general_loss(r), "most": most}
