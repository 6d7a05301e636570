"""The interpreter gives every portable operation the meaning it has in NumPy."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from scalewidgets.ops.dispatch import PRIMITIVES

from .rows import ROWS, Row
from .scripts import LIVE, assert_equal_numbers, node, replay

RTOL = 1e-12


@pytest.fixture(scope="module")
def found() -> dict[int, dict[str, np.ndarray]]:
    """Give what the interpreter makes of every row, by the row's number; Node starts once."""
    answers = replay([(row.graph(), [row.inputs()]) for row in ROWS])
    return {number: states[0] for number, states in enumerate(answers)}


def by_operation() -> dict[str, list[tuple[int, Row]]]:
    rows = defaultdict(list)
    for number, row in enumerate(ROWS):
        rows[row.op].append((number, row))
    return rows


def test_every_operation_has_rows_and_no_other() -> None:
    assert {row.op for row in ROWS} == set(PRIMITIVES)
    script = f'import {{ OPERATIONS }} from "{LIVE}/operations.mjs"\nanswer(Object.keys(OPERATIONS))'
    assert {*node(script), "solve"} == set(PRIMITIVES)


@pytest.mark.parametrize("op", sorted(PRIMITIVES))
def test_an_operation_equals_numpy(op: str, found: dict[int, dict[str, np.ndarray]]) -> None:
    rows = by_operation()[op]
    assert rows, op
    for number, row in rows:
        graph = row.graph()
        assert op in set(graph.ops())
        expected = graph(**row.inputs())[""]
        assert np.shape(expected) == graph.nodes[graph.outputs[""] - len(graph.inputs)].shape
        assert_equal_numbers(found[number][""], expected, rtol=RTOL, what=f"{op} of {row.given}")
