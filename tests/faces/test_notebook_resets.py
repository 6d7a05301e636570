"""In a notebook, a button takes a control or a group back to its defaults; it is there only where they differ."""

from __future__ import annotations

from typing import Any

import scalewidgets as sw
from scalewidgets.explorers.studio import Studio
from scalewidgets.faces.notebook import AWAY, Controls


def offered(shared: Controls) -> dict[tuple[str, ...], Any]:
    return {names: button for button, names in shared.resets.items() if button.layout is AWAY}


def test_what_differs_from_its_default_is_taken_back_by_its_button_and_by_that_of_its_group() -> None:
    ex = Studio()
    shared = Controls(ex)
    assert offered(shared) == {}
    ex.apply({"compute": 1e22, "bits": 8.0, "deploy_bits": 4.0})
    assert {names for names in offered(shared) if len(names) == 1} == {("compute",), ("bits",), ("deploy_bits",)}
    offered(shared)["compute",].click()
    assert ex.compute == Studio().compute
    assert shared.texts["compute"].value == "3e21"
    offered(shared)["bits", "deploy_bits"].click()
    assert (ex.bits, ex.deploy_bits) == (16.0, None)
    assert offered(shared) == {}


def test_a_refusal_is_gone_when_its_control_is_taken_back() -> None:
    shared = Controls(Studio(compute=1e22))
    shared.texts["compute"].value = "70B tokens"
    assert "expected FLOP" in shared.errors["compute"].value
    offered(shared)["compute",].click()
    assert shared.errors["compute"].value == ""


def test_words_are_typed_in_a_field() -> None:
    ex = Studio(inference_tokens=1e12)
    shared = Controls(ex)
    shared.texts["inference_tokens"].value = "1B requests × 800 tokens"
    shared.texts["bits"].value = "8 bits"
    shared.texts["compute"].value = "512 H100 for 30 days at 40 %"
    peak = sw.costs.chip("H100").peak()
    assert (ex.inference_tokens, ex.bits, ex.compute) == (8e11, 8.0, 512 * peak * 0.4 * 720.0 * 3600.0)
