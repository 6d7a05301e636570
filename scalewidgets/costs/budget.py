"""Read a training budget as people tell it: in FLOP, or as chips that work for a time."""

from __future__ import annotations

from scalewidgets.costs.chips import machines
from scalewidgets.costs.demand import Hardware
from scalewidgets.costs.utilisation import typical_utilisation
from scalewidgets.units import Machines, parse_quantity


def parse_compute(compute: object, what: str = "compute", hardware: Hardware | None = None) -> float:
    """Return a training budget in FLOP.

    Parameters
    ----------
    compute : str or number
        FLOP, or text such as "512 H100 for 30 days", at the dense 16-bit peak of the chip.
    what : str
        What it is, for the error.
    hardware : Hardware, optional
        Whose utilisation of training is reached where the text states none; else the median of published ones.

    Raises
    ------
    QuantityError
        If it cannot be read, is in another unit, or is negative, infinite or NaN.

    Examples
    --------
    >>> parse_compute("5.76e23 FLOP"), parse_compute("1 H100 for 1 day at 50 %")
    (5.76e+23, 4.27248e+19)
    """
    if not isinstance(compute, str):
        return parse_quantity(compute, what)
    return parse_quantity(compute, what, unit="FLOP", machines=machines_for(hardware))


def machines_for(hardware: Hardware | None) -> Machines:
    """Return what may be said to work for a time, at the utilisation of hardware or, without, the typical one.

    Examples
    --------
    >>> machines_for(None).peaks["H100"] > machines_for(None).peaks["A100"]
    True
    """
    return machines(typical_utilisation() if hardware is None else hardware.train_utilisation)
