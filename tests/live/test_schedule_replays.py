"""Frames of the schedule explorer come out of the interpreter as they do out of NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.explorers.schedule_explorer import ScheduleExplorer
from scalewidgets.explorers.schedule_shapes import CUSTOM, SHAPES

from .scripts import assert_equal_numbers, replay


def with_draws(key: str) -> sw.Fit:
    """Give a published fit a few draws."""
    fit = sw.published(key)
    rng = np.random.default_rng(0)
    draws = {name: value * rng.normal(1, 1e-3, 8) for name, value in fit.values.items()}
    return sw.Fit(law=fit.law, values=fit.values, source=fit.source, draws=draws, title="drawn")


def random_states(seed: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    for i in range(3):
        yield {
            "steps": 10 ** rng.uniform(3, 6),
            "warmup": 10 ** rng.uniform(1, 3) if i else 0,
            "cooldown": rng.uniform(),
            "end": rng.uniform() if i < 2 else 0.0,
            "peak": 10 ** rng.uniform(-5, -2) if i == 2 else None,
        }


@pytest.mark.parametrize("key", ["tissue2024", "luo2025-400m"])
def test_every_shape_gives_the_same_columns(key: str) -> None:
    custom = [(0, 0.0), (500, 3e-4), (12_000, 3e-4), (20_000, 3e-5)]
    explorers = [ScheduleExplorer(key, shape=shape, custom=custom) for shape in SHAPES]
    explorers += [ScheduleExplorer(with_draws(key), shape=shape, custom=custom) for shape in ("wsd-1-sqrt", CUSTOM)]
    cases, expected = [], []
    for number, ex in enumerate(explorers):
        graph, states = ex.graph(), [dict(ex.inputs)]
        moved = [graph(**ex.inputs)]
        for settings in random_states(number):
            ex.apply(settings)
            # only what moves is sent, as by a slider
            states.append({name: x for name, x in ex.inputs.items() if np.ndim(x) == 0})
            moved.append(graph(**ex.inputs))
        cases.append((graph, states))
        expected.append(moved)
    for ex, found_states, expected_states in zip(explorers, replay(cases), expected, strict=True):
        for found, outputs in zip(found_states, expected_states, strict=True):
            assert set(found) == set(outputs)
            for path, value in outputs.items():
                # a difference of losses: its rounding is that of a loss
                assert_equal_numbers(found[path], value, rtol=1e-9, atol=1e-12, what=f"{ex.shape} {path}")
