"""Variables of a law's explorer are typed in the unit that they are declared in, or as plain numbers."""

from __future__ import annotations

from typing import Any

import pytest

from scalewidgets.declare import Law
from scalewidgets.errors import QuantityError
from scalewidgets.explorers.law_explorer import law_explorer
from scalewidgets.explorers.law_tracks import PLAIN, expected
from scalewidgets.explorers.planner_explorer import planner_explorer
from scalewidgets.live.program import controls_of
from scalewidgets.planning.planner import planners
from scalewidgets.registry import laws
from scalewidgets.units import unit_named

CHIPS = "512 H100 for 30 days at 40 %"


def kind_of(key: str) -> Any:
    return planner_explorer(planners()[key]) if key in planners() else law_explorer(laws()[key])


def wrong(unit: str) -> str:
    return "hours" if unit != "hours" else "tokens"


@pytest.mark.parametrize("key", [*laws(), *planners()])
def test_a_variable_takes_its_own_unit_and_refuses_another(key: str) -> None:
    ex = kind_of(key)()
    law: Law = ex.law
    for variable in law.variables:
        name = ex.names_of[variable.symbol]
        before = getattr(ex, name)
        words = "bits" if variable.unit == "bits" else expected(variable.unit)
        own = f"{before!r} {'' if words == PLAIN else words}"
        if before > 0:
            setattr(ex, name, own)
            assert getattr(ex, name) == before
        with pytest.raises(QuantityError, match="expected"):
            setattr(ex, name, f"2 {wrong(variable.unit)}")
        assert getattr(ex, name) == before
        (control,) = (each for each in controls_of(ex) if each["name"] == name)
        assert control["expected"]["unit"] == expected(variable.unit)
        assert ("machines" in control["expected"]) is (variable.unit == "FLOP")


@pytest.mark.parametrize(
    ("key", "name", "typed", "value"),
    [
        ("kaplan-c", "C", CHIPS, 512 * 989.5e12 * 30 * 86400 * 0.4),
        ("kaplan-c", "C", "1 PF-day", 8.64e19),
        ("precision", "P_w", "8 bits", 8.0),
        ("precision", "P_kv", "16-bit", 16.0),
        ("precision", "N", "1.7B params", 1.7e9),
        ("critical-batch", "L", "4 bits/token", 4 * unit_named("bits").factor),
        ("best-in-time", "h", "2 days", 48.0),
        ("d-cpt", "r", "40 %", 0.4),
    ],
)
def test_quantities_are_typed_as_in_the_studio(key: str, name: str, typed: str, value: float) -> None:
    ex = kind_of(key)()
    setattr(ex, name, typed)
    assert getattr(ex, name) == pytest.approx(value, rel=1e-3)
