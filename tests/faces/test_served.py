"""The served Studio: its address, links that are passed on, hardware and checks, and the words of a refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from bokeh.models import InlineStyleSheet

import scalewidgets as sw
from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.studio import Studio
from scalewidgets.faces import fields
from scalewidgets.faces.address import ADDRESS, from_address, to_address
from scalewidgets.faces.app import App
from scalewidgets.faces.checks_app import ChecksPanel
from scalewidgets.faces.serving import address_of
from scalewidgets.faces.share import FULL, GAVE, HASH, digest, link, opened, pin_from
from scalewidgets.live.program import whole_state_of
from scalewidgets.published_fits.loading import published

POINT = "hoffmann2022"


def random_states(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    return [
        {
            "fit": str(rng.choice([POINT, "sardana2024-all"])),
            "compute": 10 ** rng.uniform(18, 27),
            "near_optimal": float(rng.choice([0.01, 0.02, 0.05])),
            "inference_tokens": 10 ** rng.uniform(9, 14) if i & 1 else None,
            "hold": str(rng.choice(["quality", "training", "total"])),
            "bits": float(rng.uniform(5, 16)),
            "deploy_bits": float(rng.uniform(3, 8)) if i & 2 else None,
            "cooldown": float(rng.uniform(0.05, 0.5)) if i & 4 else None,
            "decay": float(rng.integers(3)),
            "steps": 10 ** rng.uniform(3.5, 5.5),
            "counted": float(rng.integers(2)),
        }
        for i in range(count)
    ]


def query_of(text: str) -> dict[str, Any]:
    """Return a query as a server gives it."""
    return {name: [value.encode() for value in values] for name, values in parse_qs(text.removeprefix("?")).items()}


def panel(ex: Studio, told: list[Any] | None = None) -> ChecksPanel:
    return ChecksPanel(ex, InlineStyleSheet(css=""), (lambda message: None) if told is None else told.append)


@pytest.mark.parametrize("state", random_states(8), ids=lambda state: f"{state['compute']:.3g}")
def test_a_link_recreates_the_state_to_the_last_digit_and_its_numbers(state: dict[str, Any]) -> None:
    ex, again = Studio(**state), Studio()
    query = query_of(link(ex, {}))
    assert from_address(again, query) == []
    assert again.settings() == ex.settings()
    assert opened(again, query) == []


def test_the_address_names_every_control_of_all_groups() -> None:
    assert set(ADDRESS) == set(Studio(POINT).controls_by_name)
    ex = Studio(POINT, compute=1e22, bits=8, cooldown=0.2)
    assert to_address(ex) == {"fit": POINT, "C": "1e+22", "bits": "8", "cooldown": "0.2"}
    assert "C" in to_address(ex, FULL)


def test_the_address_follows_the_state_and_keeps_what_others_wrote_there() -> None:
    query = query_of("?who=me&C=1e22&bits=8&v=0.1&gpus=4")
    ex = Studio(POINT, compute=3e21)
    assert address_of(ex, query, {"gpu": "H100"}) == {"who": "me", "fit": POINT, "C": "3e+21", "gpu": "H100"}


def test_a_page_is_told_an_address_only_where_its_server_asks_for_it() -> None:
    app = App(Studio(POINT))
    ex = app.ex
    assert app.address.tags == []
    app.settled.append(lambda: app.show_address(address_of(ex, {}, {})))
    app.up.tags = [json.dumps({"state": {**whole_state_of(ex), "compute": 1e22}, "typed": {}, "count": 1})]
    assert app.address.tags == [f"fit={POINT}&C=1e%2B22"]
    app.up.tags = [json.dumps({"state": whole_state_of(ex) | {"bits": 8.0}, "typed": {}, "settled": False, "count": 2})]
    assert app.address.tags == [f"fit={POINT}&C=1e%2B22"]


def test_what_an_address_has_wrong_is_said_with_the_label_of_the_control() -> None:
    ex = Studio(POINT)
    said = from_address(ex, query_of("?C=much&bits=3&fit=nobody1999"))
    assert any(line.startswith("Training budget (compute): 'much'") for line in said)
    assert any(line.startswith("Bits of training (bits) = 3 is outside") for line in said)
    assert "'nobody1999' is not known here; choose one under “Coefficients”" in said
    assert ex.settings() == Studio(POINT).settings()


def test_a_link_says_what_it_gave_and_gives_where_that_differs() -> None:
    ex = Studio(POINT, compute=1e22)
    query = query_of(link(ex, {})) | {GAVE: [b"1e9,2e11,2.5"]}
    (said,) = opened(ex, query)
    assert "gave 1.00B (1e+09) parameters, 200B (2e+11) training tokens and a loss of 2.500 (2.5); now it gives" in said
    assert "the coefficients are the same" in said
    (said,) = opened(ex, query | {HASH: [b"0"]})
    assert "are others by now" in said


def test_a_link_to_a_fit_of_ones_own_says_that_it_needs_the_file() -> None:
    mine = replace(published(POINT), key="", values={**published(POINT).values, "E": 1.7})
    query = query_of(link(Studio(mine), {}))
    (said,) = opened(Studio(POINT), query)
    assert said.startswith("This link needs a file: it was made with a fit of your own")
    assert opened(Studio(mine), query) == []
    assert digest(mine) != digest(published(POINT))


def test_a_link_carries_the_pinned_scenario_and_the_hardware() -> None:
    ex = Studio(POINT, compute=1e22)
    ex.pin()
    ex.bits = 8.0
    checks = panel(ex)
    for name, text in (("gpu", "H100"), ("gpus", "512"), ("utilisation", "40 %")):
        checks.enter(name, text)
    query = query_of(link(ex, checks.carried()))
    again = Studio()
    other = panel(again)
    assert from_address(again, query) + pin_from(again, query) + other.restore(query) == []
    assert opened(again, query) == []
    assert again.pinned == ex.pinned
    assert again.hardware == ex.hardware
    assert other.carried() == checks.carried()


def test_no_price_is_ever_a_default_and_utilisation_starts_at_a_published_one() -> None:
    ex = Studio(POINT, compute=1e22)
    checks = panel(ex)
    assert ex.hardware is None and "$" not in checks.costs_html()
    checks.enter("gpu", "H100")
    assert checks.start is not None
    assert ex.hardware is not None and not ex.hardware.priced
    assert ex.hardware.train_utilisation == checks.start.model_share
    assert "H100-hours" in checks.costs_html()
    assert "money" not in checks.costs_html()
    checks.enter("price", "2.5")
    assert 'data-format="money"' in checks.costs_html()
    checks.enter("gpu", "")
    assert ex.hardware is None


def test_checks_are_those_of_the_plan() -> None:
    ex = Studio(POINT, compute=1e23, bits=8, inference_tokens=1e12)
    told: list[Any] = []
    checks = panel(ex, told)
    for name, text in (("gpu", "H100"), ("gpus", "64"), ("days", "30"), ("unique", "20B"), ("batch", "4M")):
        checks.enter(name, text)
    wanted = ex.feasibility(gpus=64, days=30, unique_tokens="20B", batch="4M").checks
    found = checks.checks()
    assert [(c.name, c.status) for c in found] == [(c.name, c.status) for c in wanted]
    assert [c.value for c in found] == pytest.approx([c.value for c in wanted], rel=1e-6)
    html = told[-1]["html"]["checks"]
    for status in {check.status for check in found}:
        assert f"</span> {status}</td>" in html


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gpus", "many", "Number of GPUs: 'many' is not a quantity"),
        ("utilisation", "140 %", "Utilisation in training: '140 %' is not allowed"),
        ("gpu", "abacus", "abacus"),
    ],
)
def test_a_bad_field_leaves_the_old_value_and_names_its_label(name: str, text: str, said: str) -> None:
    checks = panel(Studio(POINT))
    checks.enter("gpus", "8")
    before = checks.carried()
    with pytest.raises(ScalewidgetsError, match=said.replace("(", r"\(")):
        checks.enter(name, text)
    assert checks.carried() == before


def test_a_refused_setting_is_named_as_the_reader_sees_it() -> None:
    ex = Studio(POINT)
    assert fields.enter(ex, "compute", "plenty").startswith("Training budget (compute): 'plenty'")
    assert pytest.approx(ex.plan.N) == sw.plan(POINT, compute=ex.compute).N
