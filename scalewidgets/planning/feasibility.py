"""Whether a plan can be carried out: one row a question, each with its number and pass, warn or fail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets.costs.demand import Hardware
from scalewidgets.costs.memory import serving_bytes, training_bytes
from scalewidgets.errors import DomainError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.tables import Table
from scalewidgets.formats import format_value
from scalewidgets.planning.cautions import EPOCHS_FAIL, EPOCHS_WARN
from scalewidgets.planning.composition import FULL_BITS, TRAINING_BITS
from scalewidgets.planning.plan import Plan
from scalewidgets.published_fits.loading import published
from scalewidgets.units import parse_quantity

STATUSES = ("pass", "warn", "fail")
BEST_BATCH, CRITICAL_BATCH = "li2025-batch", "kaplan2020-critical-batch"
# A batch within this factor of the best one costs little; fewer steps than a usual warm-up leave nothing to anneal.
NEAR_BATCH, FEW_STEPS, TOO_FEW_STEPS = 2.0, 2000, 100
# Activations and fragments want a share of the memory that the state does not count; schedules want slack.
COMFORTABLE = 0.8
NODE = 8
WARN_BEYOND, FAIL_BEYOND = 1.0, 100.0


@dataclass(frozen=True)
class Check:
    """Answer one question about a plan.

    Parameters
    ----------
    name : str
    status : {"pass", "warn", "fail"}
    value : float
    shown : str
        The value with its unit.
    why : str
        What it is judged by, as a sentence.
    """

    name: str
    status: str
    value: float
    shown: str
    why: str


@dataclass(frozen=True, repr=False)
class Feasibility(Table):
    """Hold the checks of a plan, in order.

    Iterating yields each as a mapping with ``check``, ``status``, ``value``, ``shown`` and ``why``.
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, title: str, checks: tuple[Check, ...]) -> Feasibility:
        """Return the table of some checks."""
        rows = [{"check": c.name, "status": c.status, "value": c.value, "shown": c.shown, "why": c.why} for c in checks]
        return cls(title, tuple(rows), checks)

    @property
    def columns(self) -> tuple[str, ...]:
        """What is printed."""
        return ("check", "status", "shown", "why")

    def __getitem__(self, name: str) -> Check:
        """Return the check of this name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def worst(self) -> str:
        """The worst status of all: "pass", "warn" or "fail"."""
        return max((check.status for check in self.checks), key=STATUSES.index, default="pass")


def feasibility(
    plan: Plan,
    *,
    gpus: float | None = None,
    days: float | None = None,
    batch: float | str | None = None,
    unique_tokens: float | str | None = None,
    hardware: Hardware | None = None,
) -> Feasibility:
    """Check a plan against data, hardware, time and the range of its laws.

    Parameters
    ----------
    plan : Plan
    gpus : float, optional
        With the memory and peak of `hardware`, says whether the state fits and how long training takes.
    days : float, optional
        The deadline.
    batch : float or str, optional
        Tokens a step; the Step law's best if left out.
    unique_tokens : float or str, optional
        Training tokens that exist; those of the plan's question if left out.
    hardware : Hardware, optional
        That of the plan's question if left out.

    Returns
    -------
    Feasibility
        Without GPUs there are no rows on memory and days, without unique tokens none on epochs.

    Raises
    ------
    DomainError
        For a number that is not positive.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> found = feasibility(sw.plan("hoffmann2022", compute=1e21), unique_tokens="10B")
    >>> found["epochs"].status, found["epochs"].shown
    ('warn', '7.52 epochs')
    """
    hardware = plan.question.hardware if hardware is None else hardware
    unique = plan.question.unique_tokens if unique_tokens is None else parse_quantity(unique_tokens, "unique_tokens")
    given = {"gpus": gpus, "days": days, "unique_tokens": unique}
    given["batch"] = None if batch is None else parse_quantity(batch, "batch")
    for name, value in given.items():
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise DomainError(f"feasibility: {name} = {value!r} is not allowed; it must be positive and finite")
    checks = [*_epochs(plan, unique), *_steps(plan, given["batch"])]
    if hardware is not None:
        checks += [*_memory(plan, hardware, gpus), *_days(plan, hardware, gpus, days)]
    return Feasibility.of(f"Feasibility of {plan!r}", (*checks, *_ranges(plan)))


def _graded(value: float, warn: float, fail: float) -> str:
    """Grade a value that is better the lower it is."""
    return STATUSES[int(value > warn) + int(value > fail)]


def _epochs(plan: Plan, unique: float | None) -> Iterator[Check]:
    if unique is None:
        return
    epochs = plan.D / unique
    yield Check(
        "epochs",
        _graded(epochs, EPOCHS_WARN, EPOCHS_FAIL),
        epochs,
        f"{format_value(epochs, 'plain')} epochs",
        f"{format_value(plan.D, 'short')} tokens from {format_value(unique, 'short')} unique ones; repeats are worth "
        f"clearly less beyond {EPOCHS_WARN:g} epochs and next to nothing beyond {EPOCHS_FAIL:g}.",
    )


def _steps(plan: Plan, asked: float | None) -> Iterator[Check]:
    best = float(published(BEST_BATCH)(D=plan.D))
    critical = float(published(CRITICAL_BATCH)(L=plan.loss))
    batch = best if asked is None else asked
    off = max(batch / best, best / batch)
    yield Check(
        "batch",
        "warn" if off > NEAR_BATCH else "pass",
        batch,
        f"{format_value(batch, 'short')} tokens",
        f"{published(BEST_BATCH).name} gives {format_value(best, 'short')} tokens for {format_value(plan.D, 'short')}; "
        f"within a factor of {NEAR_BATCH:g} little is lost.",
    )
    yield Check(
        "critical batch",
        _graded(batch / critical, 1.0, math.inf),
        critical,
        f"{format_value(critical, 'short')} tokens",
        f"{published(CRITICAL_BATCH).name}, at the plan's loss; a larger batch saves less time than it costs compute.",
    )
    steps = plan.D / batch
    yield Check(
        "steps",
        _graded(-steps, -FEW_STEPS, -TOO_FEW_STEPS),
        steps,
        f"{format_value(steps, 'count')} steps",
        f"Fewer than {FEW_STEPS:,} is no longer than a usual warm-up.",
    )


def _memory(plan: Plan, hardware: Hardware, gpus: float | None) -> Iterator[Check]:
    if hardware.memory is None:
        return
    if gpus is not None:
        share = training_bytes(plan.N) / gpus / hardware.memory
        yield Check(
            "training memory",
            _graded(share, COMFORTABLE, 1.0),
            share,
            format_value(share, "percent"),
            f"Weights, gradients and Adam's state take 16 bytes a parameter, spread over {gpus:g} {hardware.name}; "
            "activations come on top.",
        )
    bits = plan.composition.deploy_bits or plan.composition.bits
    copies = math.ceil(serving_bytes(plan.N, bits=bits) / hardware.memory)
    yield Check(
        "serving memory",
        "pass" if copies <= NODE else "warn",
        copies,
        f"{copies} {hardware.name}",
        f"The weights in {bits:g} bits need so many for one copy, the cache not counted; "
        f"beyond {NODE} they span more than a usual node.",
    )


def _days(plan: Plan, hardware: Hardware, gpus: float | None, deadline: float | None) -> Iterator[Check]:
    if gpus is None:
        return
    days = hardware.train_hours(plan.training_flop) / gpus / 24
    status = "pass" if deadline is None else _graded(days, COMFORTABLE * deadline, deadline)
    against = "no deadline is given" if deadline is None else f"the deadline is {deadline:g} days"
    yield Check(
        "days",
        status,
        days,
        f"{format_value(days, 'plain')} days",
        f"On {gpus:g} {hardware.name} at {hardware.train_utilisation:.0%} of the peak and a goodput of "
        f"{hardware.goodput:.0%}; {against}.",
    )


def _ranges(plan: Plan) -> Iterator[Check]:
    composition = plan.composition
    used: list[tuple[Fit, dict[str, float]]] = [(plan.fit, {})]
    if composition.bits != FULL_BITS:
        used.append((published(TRAINING_BITS), {}))
    if composition.adds and composition.post_training is not None:
        used.append((composition.post_training, {"P": composition.deploy_bits}))
    for fit, at in used:
        if not fit.source.ranges:
            continue
        beyond = fit.source.beyond(N=plan.N, D=plan.D, **at)
        yield Check(
            f"range of {fit.key or fit.name}",
            _graded(beyond, WARN_BEYOND, FAIL_BEYOND),
            beyond,
            "inside" if beyond <= 1 else f"{format_value(beyond, 'factor')} beyond",
            f"How far the plan lies from the runs behind {fit.name}; beyond ×{FAIL_BEYOND:g} its numbers say little.",
        )
