"""What training and serving cost, in FLOP, GPU-hours and money."""

from scalewidgets.costs.demand import Demand, Hardware
from scalewidgets.costs.lifetime import Lifetime, lifetime

__all__ = ["Demand", "Hardware", "Lifetime", "lifetime"]
