"""The Studio and `sw.plan` give one answer, whatever the groups, up to the edge of what a quantised model can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from scalewidgets.explorers.studio import Studio
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.published_fits.loading import published

SAME = 1e-6


def states(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Give states with deployment and demand; few bits and much serving are near the edge."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        yield {
            "compute": 10 ** rng.uniform(19, 26),
            "inference_tokens": 10 ** rng.uniform(10, 16),
            "bits": float(rng.uniform(5, 16)) if i % 2 else 16.0,
            "deploy_bits": float(rng.uniform(2, 5)),
            "cooldown": float(rng.uniform(0.05, 0.5)) if i % 3 else None,
            "counted": float(i % 3 > 0),
        }


@pytest.mark.parametrize("key", ["hoffmann2022", "kaplan2020-nd"])
@pytest.mark.parametrize("hold", HOLDS)
def test_plan_and_studio_agree_near_the_edge_too(key: str, hold: str) -> None:
    fit = published(key)
    for state in states(5, 12 if key == "hoffmann2022" else 3):
        ex = Studio(fit, hold=hold, **state)
        frames, plan = ex.frames(), ex.plan
        cards, near = frames["cards"], frames["tables"]["allocation"]["near"]
        found = [float(cards[name]["value"]) for name in ("N", "D", "loss", "training_flop")]
        found += [float(near["N"][0]), float(near["N_high"][0])]
        assert found == pytest.approx([plan.N, plan.D, plan.loss, plan.training_flop, *plan.near_optimal], rel=SAME), (
            state
        )
