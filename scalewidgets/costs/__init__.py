"""What training and serving cost, in FLOP, GPU-hours, bytes and money."""

from scalewidgets.costs.chips import Chip, chip, chips, machines
from scalewidgets.costs.demand import Demand, Hardware
from scalewidgets.costs.lifetime import Lifetime, lifetime
from scalewidgets.costs.utilisation import Utilisation, nearest_utilisation, typical_utilisation, utilisations

__all__ = [
    "Chip",
    "Demand",
    "Hardware",
    "Lifetime",
    "Utilisation",
    "chip",
    "chips",
    "lifetime",
    "machines",
    "nearest_utilisation",
    "typical_utilisation",
    "utilisations",
]
