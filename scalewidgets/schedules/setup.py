"""What the runs behind a fit of a schedule law were like: the peaks it holds for, the momentum of its areas."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from scalewidgets.errors import DomainError

# Under which names a user's own fit keeps both among the ranges of its source.
PEAK, MOMENTUM = "peak", "momentum"


@dataclass(frozen=True)
class Setup:
    """Describe the runs behind a fit.

    Parameters
    ----------
    peaks : tuple of float, optional
        Smallest and largest peak rate; None where it is not known.
    momentum : float, optional
        Of the annealing area; None where it is not known or not used.
    warmup, steps : int, optional
    """

    peaks: tuple[float, float] | None = None
    momentum: float | None = None
    warmup: int | None = None
    steps: int | None = None


@cache
def _published() -> Mapping[str, Setup]:
    table = tomllib.loads((files("scalewidgets.schedules") / "setups.toml").read_text(encoding="utf-8"))
    return {
        key: Setup((row["peak"],) * 2, row.get("momentum"), row["warmup"], row["steps"])
        for row in table["setup"]
        for key in row["fits"]
    }


def setup_of(fit: Any) -> Setup:
    """Return what is known of the runs behind a fit.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> setup_of(sw.published("luo2025-100m")).peaks
    (0.0003, 0.0003)
    """
    if fit.key in _published():
        return _published()[fit.key]
    ranges = fit.source.ranges
    return Setup(ranges.get(PEAK), ranges[MOMENTUM][0] if MOMENTUM in ranges else None)


def momentum_for(fit: Any, momentum: float | None) -> float:
    """Return the momentum that the areas of a fit are to be taken with.

    Raises
    ------
    DomainError
        If another is asked for than the coefficients were fitted with, or it is not known.
    """
    known = setup_of(fit).momentum
    if momentum is None and known is None:
        raise DomainError(
            f"{fit.name} does not say which momentum its annealing area has; give momentum=, such as the authors' 0.999"
        )
    if momentum is not None and known is not None and momentum != known:
        raise DomainError(
            f"{fit.name} was fitted with momentum {known:g}, and C holds for that alone; fit again for {momentum:g}"
        )
    chosen = known if momentum is None else momentum
    assert chosen is not None
    return float(chosen)
