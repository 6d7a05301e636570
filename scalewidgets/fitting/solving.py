"""Find the best optimum from several starts, and refit resamples from it, checking each against all the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scalewidgets.errors import FitError
from scalewidgets.fitting.newton import MOST_STEPS, NOTHING, Solution, solve
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.starts import starts

STARTS = 8
# Starts that have to agree before no more are tried, the second where more than `MANY` coefficients are searched; then
# how many are explored by least squares, and kept, each time.
ENOUGH_AGREE, ENOUGH_OF_MANY, MANY = 2, 4, 5
EXPLORED = ((64, 8), (256, 16), (512, 16))
EXPLORING_STEPS = 40
# Steps after which only those go on whose objective is within this share of the best.
SPRINT, IN_SIGHT = 40, 0.02
# How many go on in any case while no two have met.
CONTENDERS = 4
# The looser threshold at which starts meet, as a multiple of the first; steps there, how near counts as met, and how
# many times worse than the best a place may be there.
LOOSEST, MEETING_STEPS, SAME_PLACE, HOPEFUL = 100.0, 20, 1e-3, 3.0
# With so few coefficients starts also go straight to their ends: cheap, and it shows what other valleys there are.
FEW = 3
# Runs among which the optimum is looked for; with more, what is found is refined on all.
SEARCH_ROWS = 20_000
AGREE = 1e-7
# Share of the objective that rounding may make up.
ROUNDING = 1e-13
# Rounds in which resamples are handed better starting points by each other.
ROUNDS = 5
# Multiples of the Huber threshold that a checked resample is led through.
LOOSER = ((10.0,),)
# Steps taken at a looser threshold: it only has to point the way.
LOOSE_STEPS = 8


@dataclass(frozen=True)
class Optimum:
    """The best of several polished starts: where, how good, and how many ended there.

    Parameters
    ----------
    point : ndarray
        Solver coordinates.
    score : float
    starts, agreeing : int
    others : ndarray, shape (distinct, coefficients)
        Other local optima that were met.
    """

    point: np.ndarray
    score: float
    starts: int
    agreeing: int
    others: np.ndarray


def staged(
    problem: Problem,
    points: np.ndarray,
    weights: np.ndarray | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    shifts: np.ndarray | None = None,
    looser: tuple[float, ...] = (),
    most_steps: int = MOST_STEPS,
) -> Solution:
    """Minimise through the stages of the objective, from the loosest threshold to the last.

    `looser` thresholds, as multiples of the objective's, come first: they smooth small valleys away.
    """
    batch = problem.batch
    solution: Solution | None = None
    stages = problem.objective.stages()
    loose = [factor * stages[0] for factor in looser if np.isfinite(stages[0])]
    for threshold in (*loose, *stages):
        batch.threshold = threshold
        most = LOOSE_STEPS if threshold in loose else most_steps
        begin = points if solution is None else solution.points
        solution = solve(batch, begin, weights, shifts=shifts, most_steps=most, cancelled=cancelled)
    assert solution is not None
    scores = batch.score(solution.points, weights, shifts)
    return Solution(solution.points, scores, solution.settled, solution.steps)


def raced(problem: Problem, points: np.ndarray, cancelled: Callable[[], bool] | None = None) -> Solution:
    """Minimise from each start for some steps, and to the end those that may still win.

    They go through a looser threshold first, where valleys are few and wide, and most starts meet: from there one goes
    on for all, and from hopeless places none.
    """
    count = len(points)
    points, met = _met(problem, points, cancelled)
    begun = staged(problem, points, cancelled=cancelled, most_steps=SPRINT)
    open_ends = np.flatnonzero(~begun.settled & np.isfinite(begun.scores))
    open_ends = open_ends[np.argsort(begun.scores[open_ends], kind="stable")]
    near = begun.scores[open_ends] <= begun.scores.min() * (1 + IN_SIGHT)
    few = met[begun.settled][_agreeing(begun.scores[begun.settled], problem)].sum() < _enough(problem)
    slow = open_ends[near | (few & (np.arange(len(open_ends)) < CONTENDERS))]
    if len(slow):
        ended = staged(problem, begun.points[slow], cancelled=cancelled)
        begun.points[slow], begun.scores[slow], begun.settled[slow] = ended.points, ended.scores, ended.settled
    parts = [np.repeat(each, met, axis=0) for each in (begun.points, begun.scores, begun.settled)]
    left = count - len(parts[0])
    return Solution(
        np.concatenate([parts[0], parts[0][:1].repeat(left, axis=0)]),
        np.concatenate([parts[1], np.full(left, np.inf)]),
        np.concatenate([parts[2], np.zeros(left, dtype=bool)]),
        begun.steps,
    )


def _met(problem: Problem, points: np.ndarray, cancelled: Callable[[], bool] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return where starts get to at a looser threshold, each place once, and how many got there."""
    threshold = LOOSEST * problem.objective.stages()[0]
    if not np.isfinite(threshold):
        return points, np.ones(len(points), dtype=int)
    problem.batch.threshold = threshold
    found = solve(problem.batch, points, most_steps=MEETING_STEPS, cancelled=cancelled)
    order = np.argsort(found.scores, kind="stable")
    order = order[np.isfinite(found.scores[order])]
    kept: list[int] = []
    met: list[int] = []
    for i in order:
        apart = np.abs(found.points[kept] - found.points[i]).max(axis=1, initial=0.0)
        if kept and apart.min() <= SAME_PLACE:
            met[int(np.argmin(apart))] += 1
        elif len(kept) < CONTENDERS or found.scores[i] <= HOPEFUL * found.scores[order[0]]:
            kept.append(int(i))
            met.append(1)
    if not kept:
        return points, np.ones(len(points), dtype=int)
    return found.points[kept], np.array(met)


def optimise(problem: Problem, *, seed: int = 0, cancelled: Callable[[], bool] | None = None) -> Optimum:
    """Find the best optimum from several starts.

    Raises
    ------
    FitError
        If no start ends anywhere finite.
    FitCancelled
    """
    if problem.batch.rows > SEARCH_ROWS:
        return _refined(
            problem, optimise(problem.thinned(SEARCH_ROWS, seed), seed=seed, cancelled=cancelled), cancelled
        )
    solution = raced(problem, starts(problem, STARTS, seed), cancelled)
    points, scores = solution.points, solution.scores
    for harder, (explored, kept) in enumerate(EXPLORED, start=1):
        if _agreeing(scores, problem).sum() >= _enough(problem):
            break
        found = raced(problem, _explored(problem, explored, kept, seed + harder, cancelled), cancelled)
        points, scores = np.concatenate([points, found.points]), np.concatenate([scores, found.scores])
    best = _best(problem, points, np.where(np.isfinite(scores), scores, np.inf))
    score = float(scores[best])
    if not np.isfinite(score):
        raise FitError(
            f"law {problem.law.key!r} can't describe these runs at any starting point tried; check units and law"
        )
    agree = _agreeing(scores, problem)
    others = points[~agree & np.isfinite(scores)]
    if len(problem.free) <= FEW:
        straight = staged(problem, starts(problem, STARTS, seed), cancelled=cancelled)
        others = np.concatenate([others, straight.points[straight.scores > score * (1 + AGREE)]])
    return Optimum(points[best], score, len(points), int(agree.sum()), others)


def _best(problem: Problem, points: np.ndarray, scores: np.ndarray) -> int:
    """Return the lowest; of those that only rounding tells apart, the one with the fewest coefficients at an edge."""
    equal = np.flatnonzero(scores <= scores.min() * (1 + ROUNDING) + NOTHING * problem.batch.rows)
    low, high = problem.bounds
    edges = ((points[equal] <= low) | (points[equal] >= high)).sum(axis=1)
    return int(equal[np.lexsort((scores[equal], edges))[0]])


def _refined(problem: Problem, found: Optimum, cancelled: Callable[[], bool] | None) -> Optimum:
    """Return what the best optimum among some of the runs becomes on all of them."""
    solution = staged(problem, found.point[None], cancelled=cancelled)
    return Optimum(solution.points[0], float(solution.scores[0]), found.starts, found.agreeing, found.others)


def _enough(problem: Problem) -> int:
    return ENOUGH_OF_MANY if len(problem.free) > MANY else ENOUGH_AGREE


def _agreeing(scores: np.ndarray, problem: Problem) -> np.ndarray:
    return scores <= scores.min(initial=np.inf) * (1 + AGREE) + NOTHING * problem.batch.rows


def _explored(
    problem: Problem, explored: int, kept: int, seed: int, cancelled: Callable[[], bool] | None
) -> np.ndarray:
    """Return the best points that least squares leads to from many starts: its landscape has fewer small valleys."""
    batch = problem.batch
    batch.threshold = np.inf
    solution = solve(batch, starts(problem, explored, seed), most_steps=EXPLORING_STEPS, cancelled=cancelled)
    return solution.points[np.argsort(solution.scores, kind="stable")[:kept]]


@dataclass(frozen=True)
class Refits:
    """Refits of resampled runs.

    Parameters
    ----------
    points : ndarray, shape (resamples, coefficients)
    scores : ndarray
    repaired : int
        Resamples that another's solution led to a better optimum.
    checked : bool
        Whether every resample was tried at every other's solution without finding a lower objective.
    """

    points: np.ndarray
    scores: np.ndarray
    repaired: int
    checked: bool


def refit(
    problem: Problem,
    optimum: Optimum,
    weights: np.ndarray,
    *,
    checked: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> Refits:
    """Refit under each weighting of the rows.

    Every resample starts at the optimum of all runs. In checked mode it starts again through looser thresholds, which
    lead round small valleys, and is then scored at every other's solution; a lower score proves that it sat in a worse
    optimum, and it starts again from there, until none does.
    """
    solution = staged(problem, np.tile(optimum.point, (len(weights), 1)), weights, cancelled)
    points, scores = solution.points, solution.scores
    repaired: set[int] = set()
    if not checked:
        return Refits(points, scores, 0, False)
    for looser in LOOSER:
        again = staged(problem, np.tile(optimum.point, (len(weights), 1)), weights, cancelled, looser=looser)
        better = again.scores < scores * (1 - 1e-9)
        points[better], scores[better] = again.points[better], again.scores[better]
        repaired.update(np.flatnonzero(better).tolist())
    candidates = np.concatenate([points, optimum.others])
    for _ in range(ROUNDS):
        cross = problem.batch.cross_scores(candidates, weights)
        best = np.argmin(cross, axis=1)
        lower = cross[np.arange(len(weights)), best]
        worse = np.flatnonzero(lower < scores * (1 - 1e-9) - 1e-300)
        if not len(worse):
            return Refits(points, scores, len(repaired), True)
        again = staged(problem, candidates[best[worse]], weights[worse], cancelled)
        better = again.scores < scores[worse]
        points[worse[better]], scores[worse[better]] = again.points[better], again.scores[better]
        repaired.update(worse[better].tolist())
        candidates = points
    return Refits(points, scores, len(repaired), False)
