"""What share of the peak published training runs reached: a place to start, not a promise."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median

from scalewidgets.errors import DomainError

# With activations computed a second time, 72 of the 96 FLOP of a step are those of 6 N D.
USEFUL_SHARE = 72 / 96


@dataclass(frozen=True)
class Utilisation:
    """Hold the share of the peak that one published run reached.

    Parameters
    ----------
    N : float
        Parameters.
    share : float
        Achieved FLOP/s over the dense 16-bit peak, as printed.
    achieved : float
        FLOP/s of one GPU.
    chip, citation, verified : str
    counts : str
        "recompute" if activations computed a second time are counted in `share`, else "not stated".
    gpus : int, optional
    """

    N: float
    share: float
    achieved: float
    chip: str
    citation: str
    verified: str
    counts: str
    gpus: int | None = None

    @property
    def model_share(self) -> float:
        """The share that goes into 6 N D, which is what training hours are computed from."""
        return self.share * USEFUL_SHARE if self.counts == "recompute" else self.share

    def __str__(self) -> str:
        where = f" on {self.gpus:,} GPUs" if self.gpus else ""
        return f"{self.model_share:.0%} of the peak of {self.chip}{where} for {self.N / 1e9:g}B ({self.citation})"


@cache
def typical_utilisation() -> float:
    """Return the median share of the peak that the published runs reached.

    Examples
    --------
    >>> f"{typical_utilisation():.3f}"
    '0.345'
    """
    return median(row.model_share for row in utilisations())


@cache
def utilisations() -> tuple[Utilisation, ...]:
    """Return every published share, in the order of the table."""
    data = tomllib.loads(files("scalewidgets.costs").joinpath("utilisation.toml").read_text(encoding="utf-8"))
    common = ("citation", "verified", "chip", "counts")
    return tuple(
        Utilisation(**row, **{name: source[name] for name in common})
        for source in data["source"]
        for row in source["rows"]
    )


def nearest_utilisation(N: float, *, gpus: float | None = None) -> Utilisation:
    """Return the published run nearest in size, and in GPUs if given, by ratio.

    Raises
    ------
    DomainError
        If N or the number of GPUs is not positive.

    Examples
    --------
    >>> print(nearest_utilisation(70e9))
    34% of the peak of A100 on 1,024 GPUs for 76.1B (Narayanan et al. 2021, arXiv:2104.04473, Table 1)
    """
    for name, value in (("N", N), ("gpus", gpus)):
        if value is not None and not value > 0:
            raise DomainError(f"nearest_utilisation: {name} = {value!r} is not allowed; it must be positive")

    def distance(row: Utilisation) -> float:
        far = abs(math.log(row.N / N))
        if gpus is not None:
            far += math.inf if row.gpus is None else abs(math.log(row.gpus / gpus))
        return far

    return min(utilisations(), key=distance)
