"""The settings of the schedule explorer that are no plain numbers: a fit of a schedule law, and a drawn schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from scalewidgets.errors import StateError
from scalewidgets.fits.fit import Fit
from scalewidgets.published_fits.loading import published
from scalewidgets.schedules.law import ScheduleLaw
from scalewidgets.schedules.making import custom as custom_schedule
from scalewidgets.schedules.schedule import Schedule

DEFAULT_FIT = "luo2025-400m"


def shows(fit: Any) -> bool:
    """Tell whether the schedule explorer can show a fit."""
    return isinstance(fit, Fit) and isinstance(fit.law, ScheduleLaw)


def usable(fit: Any) -> Fit:
    """Return a fit of a schedule law, also by the key of a published one.

    Raises
    ------
    StateError
    """
    fit = published(fit) if isinstance(fit, str) else fit
    if not shows(fit):
        name = fit.name if isinstance(fit, Fit) else type(fit).__name__
        raise StateError(f"fit: {name} is no fit of a law over schedules; give one such as {DEFAULT_FIT!r}")
    return fit


class ScheduleFit(param.Parameter):
    """A fit of a schedule law, which can also be set by the key of a published one."""

    def __set__(self, obj: Any, val: Any) -> None:
        super().__set__(obj, usable(val))


class DrawnSchedule(param.Parameter):
    """A schedule of the user's own: a `Schedule`, the rate of every step, or pairs of step and rate; or None."""

    def __set__(self, obj: Any, val: Any) -> None:
        if val is not None and not isinstance(val, Schedule):
            table = np.asarray(val, dtype=float)
            val = custom_schedule(points=table) if table.ndim == 2 else custom_schedule(table)
        super().__set__(obj, val)
