"""Intervals hold the truth about as often as they say: a small part of the coverage benchmark, which can resume."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.py"
COUNT = 40


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_benchmark", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:  # dataclasses look their module up; no thread settings for other tests
        patch.setitem(sys.modules, spec.name, module)
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("method", ["pairs", "delta"])
def test_intervals_of_the_true_form_hold_the_truth_about_as_often_as_they_say(
    coverage: ModuleType, method: str
) -> None:
    rows = [row["held"] for row in coverage.simulations("none", method, range(COUNT))]
    shares = {key: np.mean([row[key] for row in rows]) for key in rows[0]}
    assert set(shares) >= {"E", "A", "B", "alpha", "beta", "N*", "loss", "N* x100", "loss x100"}
    # 40 simulations: two or three deviations of 3.4 % below 95 %
    assert {key: share for key, share in shares.items() if share < 0.85} == {}
    assert np.mean(list(shares.values())) > 0.9


def test_simulations_go_on_where_they_ended_and_are_the_same_in_one_go(
    coverage: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, whole = tmp_path / "parts.jsonl", tmp_path / "whole.jsonl"
    coverage.main(2, "none: delta", parts)
    parts.write_text(parts.read_text(encoding="utf-8") + '{"trouble": "none", "me', encoding="utf-8")  # it was stopped
    coverage.main(3, "none: delta", parts)
    coverage.main(3, "none: delta", whole)
    assert coverage.done(parts) == coverage.done(whole)
    assert "| none | delta | 3 |" in capsys.readouterr().out
