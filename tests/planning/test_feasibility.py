"""Each row of the feasibility table passes, warns or fails by the number it shows."""

from __future__ import annotations

from typing import Any

import pytest

import scalewidgets as sw
from scalewidgets.costs import chip
from scalewidgets.errors import DomainError
from scalewidgets.planning.feasibility import STATUSES, feasibility

PLAN = sw.plan("hoffmann2022", compute=1e21)
H100 = chip("H100").hardware(train_utilisation=0.4, prefill_utilisation=0.5, decode_utilisation=0.05)
GPU_DAYS = H100.train_hours(PLAN.training_flop) / 24
STATE = 16 * PLAN.N / 80e9


@pytest.mark.parametrize(
    ("given", "check", "status"),
    [
        ({"unique_tokens": PLAN.D}, "epochs", "pass"),
        ({"unique_tokens": PLAN.D / 3.99}, "epochs", "pass"),
        ({"unique_tokens": PLAN.D / 4.01}, "epochs", "warn"),
        ({"unique_tokens": PLAN.D / 16.1}, "epochs", "fail"),
        ({}, "batch", "pass"),
        ({"batch": "1M"}, "batch", "pass"),
        ({"batch": "4M"}, "batch", "warn"),
        ({"batch": "100k"}, "batch", "warn"),
        ({}, "critical batch", "pass"),
        ({"batch": "10M"}, "critical batch", "warn"),
        ({}, "steps", "pass"),
        ({"batch": PLAN.D / 1500}, "steps", "warn"),
        ({"batch": PLAN.D / 99}, "steps", "fail"),
        ({"gpus": 2 * STATE}, "training memory", "pass"),
        ({"gpus": 1.1 * STATE}, "training memory", "warn"),
        ({"gpus": 0.9 * STATE}, "training memory", "fail"),
        ({}, "serving memory", "pass"),
        ({"gpus": GPU_DAYS}, "days", "pass"),
        ({"gpus": GPU_DAYS, "days": 1.3}, "days", "pass"),
        ({"gpus": GPU_DAYS, "days": 1.1}, "days", "warn"),
        ({"gpus": GPU_DAYS, "days": 0.9}, "days", "fail"),
        ({}, "range of hoffmann2022", "pass"),
    ],
    ids=str,
)
def test_a_row_is_graded_by_its_number(given: dict[str, Any], check: str, status: str) -> None:
    found = feasibility(PLAN, hardware=H100, **given)[check]
    assert found.status == status, found
    assert found.shown in repr(feasibility(PLAN, hardware=H100, **given))


def test_rows_without_their_numbers_are_left_out() -> None:
    assert [check.name for check in feasibility(PLAN).checks] == [
        "batch",
        "critical batch",
        "steps",
        "range of hoffmann2022",
    ]


def test_the_range_of_every_law_in_use_is_checked() -> None:
    composed = sw.plan("hoffmann2022", compute=5.76e23, bits=8, deploy_bits=4)
    found = feasibility(composed)
    names = ["range of hoffmann2022", "range of kumar2024", "range of ouyang2024"]
    assert [found[name].status for name in names] == ["warn", "fail", "warn"]
    assert found.worst == "fail"
    assert found["range of kumar2024"].shown.startswith("×")


def test_the_memory_of_serving_follows_the_deployed_bits() -> None:
    at = {"compute": 5.76e23, "hardware": H100}
    copies = [feasibility(sw.plan("hoffmann2022", **at, **bits))["serving memory"].value for bits in ({}, {"bits": 8})]
    whole, half = (sw.plan("hoffmann2022", **at, **bits).N * size for bits, size in (({}, 2), ({"bits": 8}, 1)))
    assert copies == [-(-whole // 80e9), -(-half // 80e9)]
    big = feasibility(sw.plan("hoffmann2022", compute=1e26, hardware=H100))["serving memory"]
    assert big.status == "warn"


def test_the_questions_own_hardware_and_tokens_are_used() -> None:
    asked = sw.plan("hoffmann2022", compute=1e21, unique_tokens=1e10, hardware=H100)
    found = feasibility(asked, gpus=64)
    assert found["epochs"].value == asked.epochs
    assert found["days"].value == pytest.approx(asked.lifetime.training_hours / 64 / 24, rel=1e-12)


def test_every_row_prints_as_data_text_and_html() -> None:
    found = feasibility(PLAN, hardware=H100, gpus=64, days=30, unique_tokens="50B")
    assert {row["status"] for row in found} <= set(STATUSES)
    assert all(row["why"].endswith(".") for row in found)
    assert len(found) == len(found.checks) == 8
    assert "<td" in found._repr_html_()


@pytest.mark.parametrize(("name", "value"), [("gpus", 0), ("days", -1), ("batch", 0), ("unique_tokens", 0)])
def test_a_number_that_is_not_positive_is_refused(name: str, value: float) -> None:
    with pytest.raises(DomainError, match=f"feasibility: {name} = .* must be positive"):
        feasibility(PLAN, hardware=H100, **{name: value})
