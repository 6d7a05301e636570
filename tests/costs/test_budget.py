"""A training budget is FLOP however it is told, wherever one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.costs import chip, typical_utilisation
from scalewidgets.costs.budget import parse_compute
from scalewidgets.errors import QuantityError
from scalewidgets.explorers.explorer import Explorer

POINT = "hoffmann2022"
WORDS = "512 H100 for 30 days"
PEAK = chip("H100").peak()
HALF = chip("H100").hardware(train_utilisation=0.5, prefill_utilisation=0.5, decode_utilisation=0.1)
FLOP = 512 * PEAK * 30 * 86400


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (1e22, 1e22),
        (np.float64(1e22), 1e22),
        ("1e22", 1e22),
        ("2 PF-days", 2 * 8.64e19),
        (WORDS, FLOP * typical_utilisation()),
        (f"{WORDS} at 40 %", FLOP * 0.4),
    ],
    ids=str,
)
def test_a_budget_is_read_as_flop(told: Any, expected: float) -> None:
    assert parse_compute(told) == pytest.approx(expected, rel=1e-12)


def test_hardware_says_what_share_of_the_peak_is_reached() -> None:
    assert parse_compute(WORDS, hardware=HALF) == pytest.approx(FLOP / 2, rel=1e-12)
    assert parse_compute(WORDS, hardware=replace(HALF, train_utilisation=0.25)) == pytest.approx(FLOP / 4, rel=1e-12)


ASKED: dict[str, Callable[[Any], float]] = {
    "plan": lambda compute: sw.plan(POINT, compute=compute).N,
    "explore": lambda compute: Explorer(POINT, compute=compute).plan.N,
    "derived": lambda compute: sw.derived(sw.published("besiroglu2024"), "N_opt", compute=compute).value,
    "diff": lambda compute: sw.diff(POINT, "besiroglu2024", compute=compute).rows[0]["first"],
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
def test_whoever_asks_for_a_budget_takes_what_the_refusal_names(asked: Callable[[Any], float]) -> None:
    assert asked(WORDS) == pytest.approx(asked(FLOP * typical_utilisation()), rel=1e-9)
    with pytest.raises(QuantityError, match=f"compute: 'much' is not a quantity; write it like .*{WORDS}$"):
        asked("much")
    with pytest.raises(QuantityError, match="compute: '3 tokens' is in tokens; expected FLOP"):
        asked("3 tokens")
