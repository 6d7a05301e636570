"""What accelerators can do, from a table with sources: dense peaks by number format, memory and bandwidth."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from scalewidgets.costs.demand import Hardware
from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.units import Machines

FORMAT_BITS: Mapping[str, int] = MappingProxyType({"bf16": 16, "fp8": 8, "int8": 8, "fp4": 4})
FULL = "bf16"


@dataclass(frozen=True)
class Chip:
    """Describe an accelerator.

    Parameters
    ----------
    name, title : str
    peaks : mapping of str to float
        Dense peak in FLOP/s by number format.
    memory : float
        Bytes.
    bandwidth : float
        Of the memory, in bytes/s.
    source, verified : str
        Where the numbers were read, and how well they are known.
    measured : mapping of str to float
        The most that a matrix product reached, in FLOP/s.
    notes : tuple of str

    Examples
    --------
    >>> chip("H100").ridge()
    295.2238805970149
    """

    name: str
    title: str
    peaks: Mapping[str, float]
    memory: float
    bandwidth: float
    source: str
    verified: str
    measured: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def peak(self, number_format: str = FULL) -> float:
        """Return the dense peak of a number format in FLOP/s.

        Raises
        ------
        UnknownName
            For a format the chip does not run.
        """
        if number_format not in self.peaks:
            raise UnknownName.among(f"the table of {self.name}", "number format", number_format, self.peaks)
        return self.peaks[number_format]

    def runs(self, bits: float) -> str | None:
        """Return the fastest format of exactly so many bits, or None if the chip runs none."""
        fitting = [name for name in self.peaks if FORMAT_BITS[name] == bits]
        return max(fitting, key=lambda name: self.peaks[name], default=None)

    @property
    def widths(self) -> tuple[int, ...]:
        """The bit widths the chip runs, widest first."""
        return tuple(sorted({FORMAT_BITS[name] for name in self.peaks}, reverse=True))

    def speed(self, bits: float) -> float:
        """Return the peak of a bit width over that of 16 bits.

        Raises
        ------
        DomainError
            If the chip runs no format of so many bits.
        """
        found = self.runs(bits)
        if found is None:
            raise DomainError(
                f"{self.name} runs no {bits:g}-bit format; it runs {', '.join(map(str, self.widths))} bits"
            )
        return self.peaks[found] / self.peaks[FULL]

    def ridge(self, number_format: str = FULL) -> float:
        """Return the FLOP per byte read at which arithmetic, not memory, sets the pace."""
        return self.peak(number_format) / self.bandwidth

    def hardware(
        self,
        *,
        train_utilisation: float,
        prefill_utilisation: float,
        decode_utilisation: float,
        train: str = FULL,
        serve: str = FULL,
        train_price: float | None = None,
        serve_price: float | None = None,
        goodput: float = 1.0,
        achieved: Mapping[float, float] | None = None,
    ) -> Hardware:
        """Return the hardware of training and serving on this chip, in the number formats given.

        Utilisations are yours to say; `scalewidgets.costs.nearest_utilisation` tells what others reached. `achieved`
        is the share of the higher peak of fewer bits that is reached, by bits; all of it if left out.
        """
        return Hardware(
            train_peak=self.peak(train),
            serve_peak=self.peak(serve),
            train_utilisation=train_utilisation,
            prefill_utilisation=prefill_utilisation,
            decode_utilisation=decode_utilisation,
            train_price=train_price,
            serve_price=serve_price,
            name=self.name,
            goodput=goodput,
            memory=self.memory,
            bandwidth=self.bandwidth,
            speeds={bits: self.speed(bits) * (achieved or {}).get(bits, 1.0) for bits in self.widths},
        )


def chip(name: str) -> Chip:
    """Return a chip by name.

    Raises
    ------
    UnknownName
        Listing what there is.
    """
    known = chips()
    if name not in known:
        raise UnknownName.among("the table of chips", "chip", name, known)
    return known[name]


def machines(utilisation: float) -> Machines:
    """Return every chip at its dense 16-bit peak, as `scalewidgets.units.parse_quantity` takes them."""
    return Machines(_peaks(), utilisation)


@cache
def _peaks() -> Mapping[str, float]:
    return MappingProxyType({name: each.peak() for name, each in chips().items()})


@cache
def chips() -> Mapping[str, Chip]:
    """Return every chip of the table by name."""
    data = tomllib.loads(files("scalewidgets.costs").joinpath("chips.toml").read_text(encoding="utf-8"))
    common = {"source": data["source"], "verified": data["verified"]}
    rows = [Chip(**{**common, **row, "notes": tuple(row.get("notes", ()))}) for row in data["chip"]]
    return MappingProxyType({row.name: row for row in rows})
