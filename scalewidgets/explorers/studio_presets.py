"""Scenarios to begin with: settings of the Studio under a name, and one sentence on what they show."""

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
    label, sentence : str
        Its name, and what it shows.
    settings : mapping
        Of the Studio; the others are at their defaults, the fit stays unless it is named.
    """

    label: str
    sentence: str
    settings: Mapping[str, Any] = field(default_factory=dict)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "chinchilla": Preset(
            "Chinchilla's budget",
            "Chinchilla had 70B parameters and 1.4T tokens, 20 tokens a parameter, as approaches 1 and 2 advise; "
            "approach 3 advises 59 (93 with its exponents as printed), because its minimiser averaged the losses of "
            "the runs instead of adding them and so stopped too early, as Besiroglu et al. found, whose refit gives "
            "18.",
            {"fit": "besiroglu2024", "compute": 5.76e23},
        ),
        "served": Preset(
            "An 8B model served to many",
            "With 15T tokens served, a model of about 8B parameters is the cheapest way to its quality, trained far "
            "beyond 20 tokens a parameter.",
            {"compute": 6.5e22, "inference_tokens": 1.5e13},
        ),
        "fp8": Preset(
            "FP8 training",
            "A FLOP of 8 bits counts as half of one of 16 and keeps most of the parameters' worth.",
            {"bits": 8.0},
        ),
        "wsd": Preset(
            "WSD with 20 % cooldown",
            "A constant rate can be cooled down at any time; what it is worth against a cosine is drawn first.",
            {"cooldown": 0.2},
        ),
    }
)
