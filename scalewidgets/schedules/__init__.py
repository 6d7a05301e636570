"""Learning-rate schedules: make them, take their areas, predict the loss along them."""

from scalewidgets.schedules.areas import Areas, areas
from scalewidgets.schedules.law import ScheduleLaw
from scalewidgets.schedules.law import loss_along as loss
from scalewidgets.schedules.making import constant, cosine, custom, linear, multistep, two_stage, wsd
from scalewidgets.schedules.measured import Measured, measured
from scalewidgets.schedules.schedule import DECAYS, Schedule

__all__ = [
    "DECAYS",
    "Areas",
    "Measured",
    "Schedule",
    "ScheduleLaw",
    "areas",
    "constant",
    "cosine",
    "custom",
    "linear",
    "loss",
    "measured",
    "multistep",
    "two_stage",
    "wsd",
]
