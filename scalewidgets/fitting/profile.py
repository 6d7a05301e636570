r"""Profile likelihood: how far one coefficient can go while all others follow, before the runs object.

.. math:: W(v) = m \log \frac{\min_{\theta: \theta_j = v} S(\theta)}{\min_\theta S(\theta)}

S is the objective, and its scale is profiled out: for least squares m = n - p gives the likelihood ratio of Gaussian
scatter of unknown size, for absolute deviations that of Laplace scatter. In general m is set by the score and the
curvature of the objective at the optimum (Ronchetti's tau test). That takes the scatter to be independent and the same
everywhere; with ``scatter="uneven"``, and where the runs have groups, m is set for each coefficient so that W has the
curvature of the sandwich variance at the optimum (Chandler and Bate, 2007). The interval holds all v with W(v) below
the squared quantile of Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.delta import quantile
from scalewidgets.fitting.newton import Batch, solve
from scalewidgets.fitting.rebuilding import Rebuilt, rebuilt
from scalewidgets.fitting.spread import Spread, spread

# Where the trace is first computed, in standard errors to either side; then it is doubled until the runs object.
GRID = (0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
DOUBLINGS = 6
FARTHEST = 60.0
REFINEMENTS = 8
PASSES = 1
# Stages of an objective that a point near its answer needs: the first, the last and one between.
STAGES = 3
SCATTER = ("even", "uneven")
# How many times larger the variance must be with uneven scatter before that is said.
UNEVEN = 1.5


@dataclass
class Pinned:
    """A batch in which one coordinate stays where it starts."""

    batch: Batch
    index: int

    def __post_init__(self) -> None:
        self.bounds, self.reach = self.batch.bounds, self.batch.reach

    @property
    def rows(self) -> int:
        """Number of runs."""
        return self.batch.rows

    def score(self, points: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Return the objective at each point."""
        return self.batch.score(points, weights)

    def expand(self, points: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """Return objective, gradient, Hessian and scale, blind to the coordinate that stays."""
        scores, gradients, hessians, scales = self.batch.expand(points, weights)
        i = self.index
        gradients[:, i] = 0.0
        hessians[:, i, :] = hessians[:, :, i] = 0.0
        hessians[:, i, i] = scales[:, i]
        return scores, gradients, hessians, scales


@dataclass(frozen=True, repr=False)
class Profile:
    """The profile of one coefficient.

    Parameters
    ----------
    name : str
    value : float
        At the optimum.
    level : float
    low, high : float
        Ends of the interval; infinite on a side where the runs do not object before the law's own limit.
    values, statistic : ndarray, shape (points,)
        The trace, in rising order of the coefficient, with W at each point.
    others : dict of str to ndarray
        The other coefficients along the trace.
    threshold : float
        W at the ends of the interval.
    sentence : str
        What was computed.
    warnings : tuple of Caution
    """

    name: str
    value: float
    level: float
    low: float
    high: float
    values: np.ndarray = field(repr=False)
    statistic: np.ndarray = field(repr=False)
    others: dict[str, np.ndarray] = field(repr=False)
    threshold: float
    sentence: str
    warnings: tuple[Caution, ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    def __repr__(self) -> str:
        lines = [
            f"{self.name} = {self.value:.6g}, {100 * self.level:g} % profile interval {self.low:.6g} to {self.high:.6g}"
        ]
        return "\n".join([*lines, self.sentence, *(f"Caution: {warning}" for warning in self.warnings)])

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())


def profile(fit: Fit, name: str, level: float = 0.95, *, scatter: str = "even", noise: Any = None) -> Profile:
    """Find the profile-likelihood interval of a coefficient.

    Parameters
    ----------
    fit : Fit
        Of `sw.fit`, with its runs. Draws are not needed.
    name : str
        A coefficient that was searched.
    level : float
    scatter : {"even", "uneven"}
        Whether residuals scatter alike at all runs. Runs with groups always count as uneven.
    noise : float or array_like, optional
        As given to `sw.fit`.

    Raises
    ------
    FitError, UnknownName
        If the fit keeps no runs, the coefficient was held, or the law has no such coefficient.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth = sw.published("hoffmann2022")
    >>> runs = sw.simulate(truth, N=[[1e8], [4e8], [2e9], [1e10]], D=[1e9, 1e10, 1e11], noise=0.01, seed=0)
    >>> found = sw.profile(sw.fit("chinchilla", runs, bootstrap=0), "alpha")
    >>> found.low < truth.values["alpha"] < found.high
    True
    """
    if scatter not in SCATTER:
        raise UnknownName.among("a profile", "kind of scatter", scatter, SCATTER)
    made = rebuilt(fit, noise=noise)
    source = made.problem.sources.get(name)
    if source is None:
        raise UnknownName.among(f"law {fit.law.key!r}", "coefficient", name, fit.law.names)
    if not isinstance(source, str):
        raise FitError(f"{name} was held at {source:g}, so it has no profile; those searched: {made.problem.free}")
    if not made.score > 1e-28 * len(made.problem.observed):
        raise FitError("the law goes through these runs exactly, so there is no scatter to judge a profile by")
    return _profile(made, spread(made), name, source, level, scatter)


def _profile(made: Rebuilt, scale: Spread, name: str, source: str, level: float, scatter: str) -> Profile:
    problem = made.problem
    i = problem.free.index(source)
    robust = _robust(made, scale, i)
    uneven = robust is not None and (scatter == "uneven" or scale.clustered)
    effective = robust if robust is not None and uneven else scale.effective
    threshold = quantile(level, scale.degrees) ** 2
    deviation = float(np.sqrt(scale.covariance[i, i]))
    low, high = problem.bounds[0][i], problem.bounds[1][i]
    reach = min(deviation, FARTHEST / GRID[-1]) if np.isfinite(deviation) and deviation > 0 else 1.0
    trace = _Trace(made, i, effective)
    trace.add(np.clip(made.point[i] + np.outer([-1, 1], GRID).ravel() * reach, low, high))
    for _ in range(DOUBLINGS):
        ends = [x for x in trace.open_ends(threshold) if low < x < high and abs(x - made.point[i]) < FARTHEST]
        if not ends:
            break
        trace.add(np.clip([made.point[i] + 2 * (x - made.point[i]) for x in ends], low, high))
    for _ in range(REFINEMENTS):
        crossings = [each for each in trace.crossings(threshold) if each is not None]
        if not crossings:
            break
        trace.add(np.array(crossings))
    ends_at = trace.crossings(threshold)
    bounds = [
        edge if at is None else float(problem.searched_values(trace.at(at))[i])
        for at, edge in zip(ends_at, (-np.inf, np.inf), strict=True)
    ]
    coordinates = problem.values(trace.points)
    return Profile(
        name=name,
        value=made.fit.values[name],
        level=level,
        low=bounds[0],
        high=bounds[1],
        values=coordinates[name],
        statistic=trace.statistic,
        others={other: values for other, values in coordinates.items() if other != name},
        threshold=threshold,
        sentence=(
            f"All with m log(S / S_min) at most {threshold:.3g}, where S is the {made.record.objective} objective with "
            f"the other coefficients refitted, m = {effective:.4g} and the scale is profiled out."
        ),
        warnings=_cautions(name, bounds, trace, 1.0 if uneven or robust is None else scale.effective / robust),
    )


def _robust(made: Rebuilt, scale: Spread, i: int) -> float | None:
    """Return the m that gives W the curvature of the sandwich variance; None where it is not known."""
    variance = scale.covariance[i, i]
    with np.errstate(all="ignore"):
        found = 2 * made.score * np.linalg.pinv(scale.curvature, hermitian=True)[i, i] / variance
    return float(found) if np.isfinite(variance) and np.isfinite(found) and found > 0 else None


def _cautions(name: str, bounds: list[float], trace: _Trace, ratio: float) -> tuple[Caution, ...]:
    found = []
    if ratio > UNEVEN:
        found.append(
            Caution(
                "uneven-scatter",
                f"Residuals scatter unevenly: allowing for it makes the standard error of {name} "
                f"{np.sqrt(ratio):.1f} times as large.",
                'Use scatter="uneven", or the bootstrap.',
            )
        )
    sides = [word for word, end in zip(("below", "above"), bounds, strict=True) if not np.isfinite(end)]
    if sides:
        found.append(
            Caution(
                "open-interval",
                f"The runs don't bound {name} from {' or '.join(sides)}: nothing up to the law's limit fits clearly "
                "worse.",
                "Treat it as unknown on that side, or add runs that depend on it.",
            )
        )
    if trace.statistic.min() < -1e-6 * trace.effective:
        at = int(np.argmin(trace.statistic))
        found.append(
            Caution(
                "better-optimum",
                f"A lower objective was met while profiling {name}, by {-trace.statistic[at]:.3g} in the statistic.",
                "The fit sits in a worse optimum; fit again with another seed.",
            )
        )
    return tuple(found)


class _Trace:
    """Conditional optima in rising order of the pinned coordinate, each tried from its neighbours' answers too."""

    def __init__(self, made: Rebuilt, index: int, effective: float) -> None:
        self.made, self.index, self.effective = made, index, effective
        self.points = made.point[None].copy()
        self.scores = np.array([made.score])

    @property
    def at_values(self) -> np.ndarray:
        return self.points[:, self.index]

    @property
    def statistic(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return self.effective * np.log(np.maximum(self.scores, 1e-300) / self.made.score)

    def add(self, coordinates: Any) -> None:
        """Add conditional optima."""
        new = np.setdiff1d(np.asarray(coordinates, dtype=float), self.at_values)
        if not len(new):
            return
        # from the nearest answer on either side and from the optimum; then once more from what was found
        order = np.argsort(self.at_values, kind="stable")
        nearest = order[np.clip(np.searchsorted(self.at_values[order], new), 0, len(order) - 1)]
        before = order[np.clip(np.searchsorted(self.at_values[order], new) - 1, 0, len(order) - 1)]
        starts = [self.points[nearest], self.points[before], np.tile(self.made.point, (len(new), 1))]
        points, scores = self._best(new, starts)
        for _ in range(PASSES if len(new) > 1 else 0):
            moved, lower = self._best(new, [np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)])
            better = lower < scores
            points[better], scores[better] = moved[better], lower[better]
        self.points = np.concatenate([self.points, points])
        self.scores = np.concatenate([self.scores, scores])
        order = np.argsort(self.at_values, kind="stable")
        self.points, self.scores = self.points[order], self.scores[order]

    def _best(self, new: np.ndarray, starts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        stacked = np.concatenate(starts)
        stacked[:, self.index] = np.tile(new, len(starts))
        batch = self.made.problem.batch
        stages = self.made.problem.objective.stages()
        for threshold in stages[:: max(1, len(stages) // STAGES)]:
            batch.threshold = threshold
            stacked = solve(Pinned(batch, self.index), stacked).points
        scores = batch.score(stacked).reshape(len(starts), -1)
        best = np.argmin(scores, axis=0)
        points = stacked.reshape(len(starts), len(new), -1)
        columns = np.arange(len(new))
        return points[best, columns], scores[best, columns]

    def at(self, coordinate: float) -> np.ndarray:
        """Return a point with the pinned coordinate set."""
        point = self.made.point.copy()
        point[self.index] = coordinate
        return point

    def open_ends(self, threshold: float) -> list[float]:
        """Return the outermost coordinates that the runs don't yet object to."""
        found = self.crossings(threshold)
        return [self.at_values[end] for end, crossing in zip((0, -1), found, strict=True) if crossing is None]

    def crossings(self, threshold: float) -> tuple[float | None, float | None]:
        """Return where the statistic first passes the threshold, below and above the optimum; None where nowhere."""
        root = np.sqrt(np.maximum(self.statistic, 0.0))
        centre = int(np.argmin(np.abs(self.at_values - self.made.point[self.index])))
        wanted = np.sqrt(threshold)
        answer: list[float | None] = []
        for path in (range(centre, -1, -1), range(centre, len(root))):
            found = None
            for here, there in zip(path[:-1], path[1:], strict=True):
                if root[there] >= wanted:
                    part = (wanted - root[here]) / (root[there] - root[here]) if np.isfinite(root[there]) else 0.5
                    found = float(self.at_values[here] + part * (self.at_values[there] - self.at_values[here]))
                    break
            answer.append(found)
        return answer[0], answer[1]
