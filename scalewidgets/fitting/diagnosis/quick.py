"""Checks cheap enough for every fit: starts, bounds, flat directions, what the runs vary, residuals that bend."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scalewidgets.errors import Caution
from scalewidgets.fitting.diagnosis.observed import observed_cautions
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.solving import Optimum
from scalewidgets.runs import Runs

FEW_SIZES = 4
# Ratio of the least to the largest singular value of the scaled Jacobian below which a direction counts as flat.
FLAT = 1e-5
# A rank correlation is reported from this size on, if chance gives it to fewer than one in a thousand (z > 3.3).
TREND, CHANCE = 0.3, 3.3
# How much the objective may rise, relatively, for a point to count as fitting equally well.
EQUAL = 0.01
# The factor between values of a coefficient from which two optima are worth telling apart.
APART = 1.5


def cautions(problem: Problem, optimum: Optimum, runs: Runs) -> tuple[Caution, ...]:
    """Return the cautions of a fit, those of its runs included."""
    return (
        *runs.warnings,
        *_starts(optimum),
        *_bounds(problem, optimum),
        *_designs(problem, runs),
        *observed_cautions(problem, runs),
        *(tuple(_valley(problem, optimum)) or _rivals(problem, optimum)),
        *_trend(problem, optimum, runs),
    )


def _starts(optimum: Optimum) -> Iterator[Caution]:
    if optimum.agreeing < 2:
        yield Caution(
            "starts-disagree",
            f"Only {optimum.agreeing} of {optimum.starts} starts reached the best optimum found.",
            "Another seed may find a better one; the runs may not identify the law.",
        )


def _bounds(problem: Problem, optimum: Optimum) -> Iterator[Caution]:
    low, high = problem.bounds
    for name, value, lowest, highest in zip(problem.free, optimum.point, low, high, strict=True):
        if min(value - lowest, highest - value) < 1e-3:
            coefficient = problem.law.coefficient(name)
            below = value - lowest < highest - value
            edge = coefficient.low if below else coefficient.high
            yield Caution(
                "at-bound",
                f"{name} ended at the edge of what is allowed, {'least' if below else 'most'} {edge:g}.",
                f"The runs don't determine it; treat it as unknown, or hold it with fixed={{'{name}': ...}}.",
            )


def _designs(problem: Problem, runs: Runs) -> Iterator[Caution]:
    for symbol in problem.law.symbols:
        distinct = runs.distinct(symbol)
        if distinct < FEW_SIZES:
            yield Caution(
                "few-sizes",
                f"The runs have only {distinct} distinct values of {symbol}.",
                f"Add runs with other {symbol}.",
            )
    if not {"N", "D"} <= set(problem.law.symbols):
        return
    N, D = np.log(runs["N"]), np.log(runs["D"])
    ratio = float(np.exp(np.ptp(D - N)))
    if ratio < 2.0:
        yield Caution(
            "one-ratio",
            f"D/N differs between the runs by no more than a factor of {ratio:.3g}, so that N and D rise together.",
            "Their terms can't be told apart; add runs with fewer and with more tokens per parameter.",
        )
    else:
        budgets = len(np.unique(np.round((N + D) / np.log(1.1))))
        if budgets < FEW_SIZES:
            yield Caution(
                "few-budgets",
                f"The runs have only {budgets} distinct budgets N D.",
                "How the optimum moves with compute rests on few points; add runs with other budgets.",
            )


def _valley(problem: Problem, optimum: Optimum) -> Iterator[Caution]:
    jacobian = problem.batch.jacobian(optimum.point)
    size = np.linalg.norm(jacobian, axis=0)
    # whatever is not a number is not known to matter either
    flat = [name for name, length in zip(problem.free, size, strict=True) if not length >= 1e-9]
    if flat:
        yield Caution(
            "unidentified",
            f"The loss of these runs does not depend on {', '.join(flat)} at the optimum.",
            "Treat it as unknown; add runs that depend on it, or choose a law without it.",
        )
        return
    if not np.isfinite(jacobian).all():
        return
    _, values, directions = np.linalg.svd(jacobian / size, full_matrices=False)
    if len(values) == len(size) and values[-1] > FLAT * values[0]:
        return
    pair = sorted(np.argsort(-np.abs(directions[-1]))[:2])
    ranges = _equally_good(problem, optimum, directions[-1] / size)
    told = " with ".join(f"{problem.free[i]} from {ranges[i][0]:.3g} to {ranges[i][1]:.3g}" for i in pair)
    yield Caution(
        "flat-valley",
        f"{' and '.join(problem.free[i] for i in pair)} can hardly be told apart with these runs: {told} fits within "
        f"{100 * EQUAL:g} % of the same objective, along a straight line alone.",
        "Widen the range of the runs, or hold one of them with fixed=.",
    )


def _rivals(problem: Problem, optimum: Optimum) -> Iterator[Caution]:
    """Tell of another optimum that fits as well and lies elsewhere: a valley that is not straight has several."""
    # runs without any residual are described exactly, and what comes near differs by rounding
    if not len(optimum.others) or optimum.score <= 1e-18 * problem.batch.rows:
        return
    scores = problem.batch.score(optimum.others)
    near = scores <= optimum.score * (1 + EQUAL)
    best = problem.searched_values(optimum.point[None])[0]
    found = problem.searched_values(optimum.others[near])
    with np.errstate(all="ignore"):
        ratio = np.exp(np.abs(np.log(found / best)))
    # values of different sign, or none, are apart by any factor
    distance = np.where(np.isfinite(ratio), ratio, np.inf).max(axis=-1, initial=1.0)
    if not (distance > APART).any():
        return
    furthest = int(np.argmax(distance))
    told = ", ".join(f"{name} = {value:.4g}" for name, value in zip(problem.free, found[furthest], strict=True))
    more = 100 * (scores[near][furthest] / optimum.score - 1)
    yield Caution(
        "other-optimum",
        f"Another optimum fits as well: {told}, with an objective {more:.2g} % above the best.",
        "The runs hardly tell the two apart: report the range, or hold a coefficient with fixed=.",
    )


def _equally_good(problem: Problem, optimum: Optimum, direction: np.ndarray) -> np.ndarray:
    """Return the range of each coefficient along a line within which the objective hardly rises."""
    steps = np.geomspace(1e-6, 1e2, 60) / np.abs(direction).max()
    ends = []
    for sign in (-1, 1):
        line = np.clip(optimum.point + sign * steps[:, None] * direction, *problem.bounds)
        worse = problem.batch.score(line) > optimum.score * (1 + EQUAL) + 1e-18 * problem.batch.rows
        last = int(np.argmax(worse)) - 1 if worse.any() else len(steps) - 1
        ends.append(line[last] if last >= 0 else optimum.point)
    return np.sort(problem.searched_values(np.array(ends)), axis=0).T


def _trend(problem: Problem, optimum: Optimum, runs: Runs) -> Iterator[Caution]:
    residuals = problem.batch.residuals(optimum.point[None])[0]
    count = len(residuals)
    if count < 8 or np.ptp(residuals) < 1e-9 or not np.isfinite(residuals).all():
        return
    wanted = [symbol for symbol in dict.fromkeys((*problem.law.symbols, "C")) if symbol in runs.columns]
    found = []
    for symbol in wanted:
        # a share of 0 has no logarithm
        positive = bool((runs[symbol] > 0).all())
        place, name = (np.log(runs[symbol]), f"log {symbol}") if positive else (runs[symbol], symbol)
        away = np.abs(place - (place.min() + place.max()) / 2)
        found.append((rank_correlation(residuals, place), f"as {symbol} grows", name))
        found.append((rank_correlation(residuals, away), f"towards both ends of {symbol}", f"{name} off its middle"))
    strong = [each for each in found if abs(each[0]) >= TREND and abs(each[0]) * np.sqrt(count - 1) > CHANCE]
    if strong:
        rho, where, what = max(strong, key=lambda each: abs(each[0]))
        yield Caution(
            "residual-trend",
            f"The fit lies too {'high' if rho > 0 else 'low'} {where}: rank correlation of residual and {what} "
            f"{rho:.2f} ({TREND} and more is reported).",
            "The law bends otherwise than the runs; beware of extrapolating, and compare another law.",
        )


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation, ties ranked by their mean; 0 where one does not vary."""
    ranks = []
    for values in (one, other):
        _, member, count = np.unique(values, return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(count) - (count - 1) / 2)[member])
    with np.errstate(all="ignore"):
        rho = np.asarray(np.corrcoef(np.array(ranks)))[0, 1]
    return float(np.nan_to_num(rho))
