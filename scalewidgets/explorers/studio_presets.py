"""Scenarios to begin with: settings of the Studio under a name, and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A scenario.

    Parameters
    ----------
    title, why : str
        Its name, and what it shows.
    settings : mapping
        Of the Studio; the others are at their defaults, the fit stays unless it is named.
    """

    title: str
    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "chinchilla": Preset(
            "Chinchilla's budget",
            "Chinchilla had 70B parameters and 1.4T tokens. Approaches 1 and 2 agree with it; approach 3, as printed, "
            "asks for fewer parameters, since its coefficients were rounded and its fit stopped early; refitted by "
            "Besiroglu et al. it agrees with the other two.",
            {"fit": "besiroglu2024", "compute": 5.76e23},
        ),
        "served": Preset(
            "An 8B model served to many",
            "With 15T tokens served, a model of about 8B parameters is the cheapest way to its quality, trained far "
            "beyond 20 tokens a parameter.",
            {"compute": 1.6e22, "inference_tokens": 1.5e13},
        ),
        "fp8": Preset(
            "Training in 8 bits",
            "A FLOP of 8 bits costs half of one of 16 and keeps most of the parameters' worth.",
            {"bits": 8.0},
        ),
        "wsd": Preset(
            "WSD with 20 % cooldown",
            "A constant rate can be cooled down at any time; what it is worth against a cosine is drawn first.",
            {"cooldown": 0.2},
        ),
    }
)
