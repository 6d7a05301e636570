"""What a schedule is worth in a plan: its factor on the tokens against the schedule that the plan's runs had."""

from __future__ import annotations

from numbers import Real
from typing import Any

from scalewidgets import schedules
from scalewidgets.errors import PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.token_efficiency import TokenEfficiency, token_efficiency
from scalewidgets.published_fits.loading import published
from scalewidgets.schedules.law import SLACK
from scalewidgets.schedules.schedule import Schedule
from scalewidgets.schedules.setup import setup_of

# Runs that ended at a tenth of the peak of their cosine, by the paper whose fits they are behind.
COSINE_TO_A_TENTH = ("hoffmann2022", "besiroglu2024")
REFERENCE_END = 0.1
# The schedule laws that judge a schedule, by the peak of their runs.
JUDGES = ("tissue2024", "luo2025-400m")


def worth_in_plan(schedule: Any, fit: Fit) -> Any:
    """Return the factor on the tokens of a number, a `TokenEfficiency` or a `Schedule`; other values as they are.

    A schedule is held against a cosine to a tenth of the same peak, with the same warm-up and steps, by the schedule
    law whose runs had that peak.

    Raises
    ------
    PlanError
        For a schedule whose peak no schedule law has seen, or a fit that does not say what its runs' schedule was.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> cooled = sw.schedules.wsd(steps=20_000, peak=2e-4, warmup=500)
    >>> round(worth_in_plan(cooled, sw.published("hoffmann2022")), 2)
    1.41
    """
    if isinstance(schedule, TokenEfficiency):
        return schedule.ratio
    if schedule is None or isinstance(schedule, Real):
        return schedule
    if not isinstance(schedule, Schedule):
        raise PlanError(
            f"schedule = {schedule!r} is no schedule; make one with sw.schedules, such as "
            "sw.schedules.wsd(steps=20_000, peak=2e-4), or give its worth as a factor on the tokens, such as 1.08"
        )
    if not fit.key.startswith(COSINE_TO_A_TENTH):
        raise PlanError(
            f"{fit.name} does not say which schedule its runs had, so nothing can be said of what another is worth; "
            "give schedule= as a factor, such as sw.token_efficiency(yours, theirs, a_schedule_fit)"
        )
    known = {key: setup_of(published(key)).peaks for key in JUDGES}
    for key, peaks in known.items():
        if peaks is not None and abs(schedule.peak / peaks[1] - 1) <= SLACK:
            reference = schedules.cosine(
                steps=schedule.steps, peak=schedule.peak, warmup=schedule.warmup, end=REFERENCE_END
            )
            return token_efficiency(schedule, reference, published(key)).ratio
    listed = " or ".join(f"{peaks[1]:g}" for peaks in known.values() if peaks is not None)
    raise PlanError(
        f"the schedule has peak {schedule.peak:g}, and schedule laws hold for the peaks of their runs; make the "
        f"schedule with peak={listed} (only its shape counts in a plan), or give its worth as a factor on the tokens"
    )
