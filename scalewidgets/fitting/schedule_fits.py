"""`sw.fit_curves`: fit a schedule law to loss curves, so that it predicts any other schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scalewidgets import __version__
from scalewidgets.declare import Citation, Law
from scalewidgets.errors import FitError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.fitting.curve_problem import CurveProblem
from scalewidgets.fitting.resampling import row_weights
from scalewidgets.fitting.surface import fit
from scalewidgets.registry import law as law_named
from scalewidgets.runs import Runs
from scalewidgets.schedules.areas import MOMENTUM, check_momentum
from scalewidgets.schedules.curve import Curve
from scalewidgets.schedules.law import SLACK, ScheduleLaw, check_schedule, schedule_law
from scalewidgets.schedules.setup import MOMENTUM as MOMENTUM_NAME
from scalewidgets.schedules.setup import PEAK

# Losses of one curve that are used, and blocks of neighbouring losses that are resampled together.
POINTS, BLOCKS = 80, 8
# The same where every loss sums over the falls before it, and the knots that its sum has in a part of the schedule.
FEWER, COARSE = 40, 24


def fit_curves(
    law: Law | str,
    curves: Sequence[Curve] | Curve,
    *,
    momentum: float = MOMENTUM,
    delta: float = 1e-3,
    bootstrap: int = 50,
    fixed: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Fit:
    r"""Fit a schedule law to loss curves of one model size and one peak rate.

    .. math:: \min \sum_i h\left(\log \hat L_i - \log L_i\right)

    with h the Huber loss, over the losses after the warm-up, at most 80 evenly spread ones a curve.

    Parameters
    ----------
    law : Law or str
        "annealing" or "multi-power".
    curves : Curve or sequence of Curve
        As `read_curves` gives them.
    momentum : float
        Of the annealing area; held, since C is about proportional to 1 minus it.
    delta : float
        Threshold of the Huber loss.
    bootstrap : int
        Resamples of blocks of neighbouring losses behind the joint draws; 0 for a point estimate.
    fixed : mapping of str to float, optional
        Coefficients held at a value.
    seed : int

    Returns
    -------
    Fit
        For `sw.schedules.loss`, `sw.forecast` and the planning of schedules.

    Raises
    ------
    FitError, DomainError
        If the curves differ in their peak, are too short, or nothing in them shows what a fall of the rate does.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> truth, schedule = sw.published("tissue2024"), sw.schedules.cosine(steps=20_000, peak=2e-4)
    >>> steps = range(1000, 20_001, 500)
    >>> curve = sw.Curve(schedule, steps, sw.schedules.loss(truth, schedule, steps))
    >>> round(sw.fit_curves("annealing", curve, bootstrap=0).values["C"], 6)
    0.410773
    """
    chosen = schedule_law(law_named(law) if isinstance(law, str) else law)
    points = POINTS if chosen.with_momentum else FEWER
    used = tuple(_after_warmup(curve).thinned(points) for curve in _listed(curves))
    peaks = _peaks(used)
    check_momentum(momentum)
    for curve in used:
        check_schedule(curve.schedule, f"curve {curve.name!r}", None)
    if not any(curve.schedule(curve.steps).min() < 0.99 * peaks[1] for curve in used):
        held = {"C"} if chosen.with_momentum else {"B", "C", "beta", "gamma"}
        if held - set(fixed or ()):
            raise FitError(
                f"the rate stays at its peak in all curves, so law {chosen.key!r} can't learn what its fall does; add "
                f"a curve with a cooldown, or hold {', '.join(sorted(held))} with fixed="
            )
    groups = np.concatenate([[f"{i}/{b}" for b in _blocks(len(curve))] for i, curve in enumerate(used)])
    ranges = {PEAK: peaks, MOMENTUM_NAME: (float(momentum),) * 2}
    columns = [chosen.columns(curve.schedule, curve.steps, momentum, COARSE) for curve in used]
    loss = np.concatenate([curve.loss for curve in used])
    title = f"{chosen.title}, fitted to {len(used)} loss curve{'s' * (len(used) > 1)}"
    if set(columns[0]) == set(chosen.symbols):
        runs = Runs({s: np.concatenate([c[s] for c in columns]) for s in chosen.symbols}, loss, groups=groups)
        # the area of falls is 0 where the rate has not fallen; the engine's diagnosis takes logarithms all the same
        with np.errstate(all="ignore"):
            found = fit(chosen, runs, delta=delta, bootstrap=bootstrap, fixed=fixed, seed=seed)
        source = replace(found.source, citation=_citation(used), ranges={**found.source.ranges, **ranges})
        return replace(found, source=source, title=title)
    return _fit_falls(chosen, used, columns, loss, groups, delta, bootstrap, dict(fixed or {}), seed, ranges, title)


def _fit_falls(
    law: ScheduleLaw,
    used: tuple[Curve, ...],
    columns: list[Mapping[str, np.ndarray]],
    loss: np.ndarray,
    groups: np.ndarray,
    delta: float,
    bootstrap: int,
    fixed: dict[str, float],
    seed: int,
    ranges: dict[str, tuple[float, float]],
    title: str,
) -> Fit:
    """Fit a law that sums over all falls of the rate, which no column of a table can hold."""
    problem = CurveProblem(law, columns, loss, delta, fixed)
    best = problem.optimise(seed)
    draws, scatter, drawn = None, None, ""
    if bootstrap:
        runs = Runs({"row": np.arange(1.0, len(loss) + 1)}, loss, groups=groups)
        weights = row_weights(runs, "groups", bootstrap, [seed, 0])
        points = np.stack([problem.refit(best.point, each) for each in weights])
        draws = {name: np.array([problem.values(p)[name] for p in points]) for name in law.names}
        scatter = -np.random.default_rng([seed, 1]).choice(problem.residuals(best.point), bootstrap)
        drawn = f"Joint draws: {bootstrap} resamples of blocks of neighbouring losses, seed {seed}."
    return Fit(
        law=law,
        values=problem.values(best.point),
        source=Source(citation=_citation(used), verified="fitted", ranges=ranges, draws=drawn),
        title=title,
        draws=draws,
        noise=scatter,
        record=Record(
            method="curves",
            objective="huber",
            delta=delta,
            objective_value=best.score,
            rows=len(loss),
            starts=best.starts,
            starts_agreeing=best.agreeing,
            bootstrap=bootstrap,
            seed=seed,
            runs_hash="",
            version=__version__,
            resample="groups" if bootstrap else "",
            fixed=fixed,
        ),
    )


def _listed(curves: Sequence[Curve] | Curve) -> tuple[Curve, ...]:
    found = (curves,) if isinstance(curves, Curve) else tuple(curves)
    if not found or not all(isinstance(curve, Curve) for curve in found):
        raise FitError("curves must be one Curve or several; read them with sw.read_curves(...)")
    return found


def _after_warmup(curve: Curve) -> Curve:
    kept = curve.steps > curve.schedule.warmup
    if kept.sum() < 3:
        raise FitError(f"curve {curve.name!r} has {kept.sum()} losses after its warm-up; three at least are needed")
    return curve.between(curve.schedule.warmup + 1, curve.schedule.steps)


def _peaks(curves: tuple[Curve, ...]) -> tuple[float, float]:
    peaks = [curve.schedule.peak for curve in curves]
    low, high = min(peaks), max(peaks)
    if low < high * (1 - SLACK):
        raise FitError(
            f"the curves have peaks from {low:g} to {high:g}: a schedule law holds for one peak rate; fit those of one "
            "peak at a time"
        )
    return low, high


def _blocks(count: int) -> np.ndarray:
    return np.arange(count) * BLOCKS // count


def _citation(curves: tuple[Curve, ...]) -> Citation:
    return Citation("runs", title=f"loss curves {', '.join(curve.name for curve in curves)}")
