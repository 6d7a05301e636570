r"""`sw.suggest_runs`: which runs to add next, so that a chosen interval shrinks most.

To first order the variance of a quantity with gradient g is :math:`\sigma^2 g^T M^{-1} g`, with M the information of
the runs, the sum of :math:`j j^T` over the slopes j of their residuals. One more run with slopes j lowers it by

.. math:: \sigma^2 \frac{(g^T M^{-1} j)^2}{1 + j^T M^{-1} j}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import quantile
from scalewidgets.fitting.frontier import best
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.rebuilding import Rebuilt, rebuilt
from scalewidgets.fitting.spread import spread
from scalewidgets.fitting.tables import Table
from scalewidgets.formats import format_value
from scalewidgets.ops.derivatives import differentiate
from scalewidgets.ops.tracing import trace
from scalewidgets.units import parse_quantity

TARGETS = ("N_opt", "D_opt", "loss")
BUDGETS, SIZES = 9, 15
# How much flatter than the loss itself a valley may be before its bottom counts as undefined.
FLAT = 1e-9


@dataclass(frozen=True, repr=False)
class Suggestion(Table):
    """Hold the runs to add, in the order in which they help most.

    Parameters
    ----------
    title : str
    rows : tuple of dict
        ``N, D, C, tokens_per_param, loss`` (predicted) and the interval of the target once this run and those before
        it are added, ``low`` and ``high``.
    target : str
        "N_opt", "D_opt" or "loss".
    value : float
        The target by the fit.
    now, then : tuple of float
        Its 95 % interval by the runs there are, and with those suggested.
    shrinkage : float
        Width of the interval then over now, both in logarithms.
    notes : tuple of str
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    target: str
    value: float
    now: tuple[float, float]
    then: tuple[float, float]
    shrinkage: float
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the table and what it says as text."""
        return repr(self)


def suggest_runs(
    fit: Fit,
    *,
    compute: Any = None,
    target: str = "N_opt",
    count: int = 5,
    budget: Any = None,
    at: Mapping[str, Any] | None = None,
    noise: Any = None,
) -> Suggestion:
    """Suggest which runs to add next so that the interval of a quantity shrinks most.

    Candidates lie on isoFLOP lines within the compute, the sizes and the tokens per parameter of the runs. They are
    chosen one after the other (greedily), each at most once, as if they had the scatter of the runs there are.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs, of a law of N and D.
    compute : number or text, optional
        Budget of the optimum that is asked about, FLOP.
    target : {"N_opt", "D_opt", "loss"}
        Best size or token count for `compute`; or the loss there, or at `at`.
    count : int
        Runs to suggest.
    budget : number or text, optional
        FLOP for all suggested runs together; a run then costs at most an equal share of what is left. Without it, each
        costs at most as much as the dearest run so far.
    at : mapping, optional
        N and D at which the loss is asked about, in place of `compute`.
    noise : float or array_like, optional
        As given to `sw.fit`.

    Returns
    -------
    Suggestion

    Raises
    ------
    UnknownName
        For another target.
    FitError
        If the fit keeps no runs, its law is not one of N and D, or the question is incomplete.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> N, D = [[1e8], [3e8], [1e9]], [2e9, 8e9, 3e10]
    >>> runs = sw.simulate(sw.published("besiroglu2024"), N=N, D=D, noise=0.002, seed=1)
    >>> suggestion = sw.suggest_runs(sw.fit("chinchilla", runs, bootstrap=0), compute=1e22, count=3)
    >>> len(suggestion), suggestion.shrinkage < 0.9
    (3, True)
    """
    if target not in TARGETS:
        raise UnknownName.among("suggest_runs", "target", target, TARGETS)
    if not isinstance(count, int) or count < 1:
        raise FitError(f"count = {count!r} is not allowed; give a whole number of runs, 1 or more")
    made = rebuilt(fit, noise=noise)
    if set(fit.law.symbols) != {"N", "D"} or not fit.law.portable:
        raise FitError(f"suggest_runs needs a portable law of N and D; {fit.law.key!r} is one of {fit.law.symbols}")
    value, gradient, asked = _target(made, target, compute, at)
    most = None if budget is None else _number(budget, "budget")
    candidates = _candidates(made, most, count)
    chosen, shares = _greedy(made, gradient, candidates, count, most)
    known = spread(made)
    half = quantile(0.95, known.degrees) * float(np.sqrt(gradient @ known.covariance @ gradient))
    ends = [(float(value * np.exp(-half * share)), float(value * np.exp(half * share))) for share in (1.0, *shares)]
    rows = []
    for i, (low, high) in zip(chosen, ends[1:], strict=True):
        N, D = float(candidates["N"][i]), float(candidates["D"][i])
        loss = float(fit(N=N, D=D))
        rows.append({"N": N, "D": D, "C": 6 * N * D, "tokens_per_param": D / N, "loss": loss, "low": low, "high": high})
    key = "loss" if target == "loss" else "short"
    before, after = (" and ".join(format_value(end, key) for end in pair) for pair in (ends[0], ends[-1]))
    spent = format_value(sum(row["C"] for row in rows), "power")
    sentence = (
        f"{asked[0].upper()}{asked[1:]} is {format_value(value, key)}, between {before} (95 %); "
        f"with these {len(rows)} runs, {spent} FLOP in all, it would be known "
        f"between {after}, {shares[-1]:.2f} times as wide."
    )
    rests = "To first order, with the fitted law taken as the true form and the scatter of the runs there are."
    return Suggestion(
        f"Runs to add for {asked}", tuple(rows), target, value, ends[0], ends[-1], shares[-1], (sentence, rests)
    )


def _number(given: Any, name: str) -> float:
    number = float(parse_quantity(given, name))
    if not (np.isfinite(number) and number > 0):
        raise FitError(f"{name} = {given!r} is not allowed; it must be positive and finite")
    return number


def _target(made: Rebuilt, target: str, compute: Any, at: Mapping[str, Any] | None) -> tuple[float, np.ndarray, str]:
    """Return the target, the gradient of its logarithm in solver coordinates, and what to call it."""
    problem, fit = made.problem, made.fit
    if at is not None:
        if target != "loss" or set(at) != {"N", "D"} or compute is not None:
            raise FitError("at= is for target='loss' without compute, and holds N and D: at={'N': '70B', 'D': '1.4T'}")
        N, D = _number(at["N"], "N"), _number(at["D"], "D")
        asked = f"the loss at N {format_value(N, 'short')}, D {format_value(D, 'short')}"
        C = 6 * N * D
    elif compute is None:
        raise FitError("suggest_runs needs compute=, the budget whose optimum is asked about, as in compute=1e22")
    else:
        C = _number(compute, "compute")
        N = float(best(fit.law, fit.values, np.array([C]), "N")[0])
        words = {"N_opt": "the best N", "D_opt": "the best D", "loss": "the least loss"}
        asked = f"{words[target]} at {format_value(C, 'power')} FLOP"
    found = _slopes_along(problem, made.point, C, float(np.log(N)))
    if target == "loss":
        # at the optimum the loss does not change with N to first order, so the gradient is the same in both cases
        slopes = np.array([found.get(f"f@{name}", 0.0) for name in problem.free], dtype=float)
        return float(found["f"]), slopes / float(found["f"]), asked
    bend = float(found["f@u@u"])
    if not bend > FLAT * float(found["f"]):
        raise FitError(f"the fitted law has no optimum at {C:.3g} FLOP: loss does not bend up on either side")
    mixed = np.array([found.get(f"f@u@{name}", found.get(f"f@{name}@u", 0.0)) for name in problem.free], dtype=float)
    # where the slope in u = log N stays zero, u moves by minus mixed over bend
    return (N, -mixed / bend, asked) if target == "N_opt" else (C / (6 * N), mixed / bend, asked)


def _slopes_along(problem: Problem, point: np.ndarray, C: float, u: float) -> dict[str, Any]:
    """Return the loss on 6 N D = C at u = log N, with first and second derivatives in u and solver coordinates."""
    free, sources, logged = problem.free, problem.sources, dict(zip(problem.free, problem.logged, strict=True))

    def predict(**inputs: Any) -> dict[str, Any]:
        given = {name: ops.exp(inputs[name]) if logged[name] else inputs[name] for name in free}
        values = {name: given[source] if isinstance(source, str) else source for name, source in sources.items()}
        N = ops.exp(inputs["u"])
        return {"f": problem.law.evaluate({"N": N, "D": C / 6.0 / N}, values)}

    plain = trace(predict, {name: () for name in ("u", *free)})
    wanted = ("u", *free)
    twice = differentiate(differentiate(plain, wanted), wanted)
    return {path: float(value) for path, value in twice(u=u, **dict(zip(free, point, strict=True))).items()}


def _candidates(made: Rebuilt, budget: float | None, count: int) -> dict[str, np.ndarray]:
    runs = made.runs
    cost, ratio = 6 * runs.N * runs.D, runs.D / runs.N
    most = float(cost.max())
    if budget is not None:
        most = min(most, budget / count)
        if most < cost.min():
            raise FitError(
                f"budget = {budget:.3g} FLOP is too little for {count} runs of at least {cost.min():.3g}, "
                "the cheapest so far; give more, or a smaller count"
            )
    C, N = np.meshgrid(
        np.geomspace(cost.min(), most, BUDGETS), np.geomspace(runs.N.min(), runs.N.max(), SIZES), indexing="ij"
    )
    D = C / (6 * N)
    each = D / N
    inside = (each >= ratio.min() * (1 - 1e-9)) & (each <= ratio.max() * (1 + 1e-9))
    return {"N": N[inside], "D": D[inside]}


def _greedy(
    made: Rebuilt, gradient: np.ndarray, candidates: Mapping[str, np.ndarray], count: int, budget: float | None
) -> tuple[list[int], list[float]]:
    """Return which candidates to add, and the width of the interval after each as a share of that before any."""
    problem = made.problem
    typical = float(np.median(problem.noise))
    size = len(candidates["N"])
    added = replace(
        problem,
        columns=dict(candidates),
        observed=np.asarray(made.fit(**candidates), dtype=float),
        weights=np.ones(size),
        noise=np.full(size, typical),
    )
    weight = float(np.median(problem.weights[problem.weights > 0]))
    slopes = added.batch.jacobian(made.point) * np.sqrt(weight)
    rows = problem.batch.jacobian(made.point) * np.sqrt(problem.weights)[:, None]
    scale = np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    rows, slopes, along = rows / scale, slopes / scale, gradient / scale
    covariance = np.linalg.pinv(rows.T @ rows, rcond=1e-14, hermitian=True)
    first = variance = float(along @ covariance @ along)
    if not (np.isfinite(first) and first > 0):
        raise FitError("the runs don't determine the target at all, so no interval can shrink; vary the runs first")
    cost = 6 * candidates["N"] * candidates["D"]
    left = np.inf if budget is None else budget
    free = np.ones(size, dtype=bool)
    chosen: list[int] = []
    shares: list[float] = []
    for step in range(min(count, size)):
        moved = slopes @ covariance
        gain = (moved @ along) ** 2 / (1 + np.einsum("ij,ij->i", moved, slopes))
        gain[~free | (cost > left / (count - step) * (1 + 1e-9))] = -1.0
        pick = int(np.argmax(gain))
        if gain[pick] < 0:
            break
        variance -= gain[pick]
        covariance -= np.outer(moved[pick], moved[pick]) / (1 + moved[pick] @ slopes[pick])
        free[pick] = False
        left -= cost[pick]
        chosen.append(pick)
        shares.append(float(np.sqrt(max(variance, 0.0) / first)))
    return chosen, shares
