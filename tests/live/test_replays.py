"""Random graphs, every law and every frame of the explorer come out of the interpreter as they do out of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets import ops
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.explorer import Explorer, plannable
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

from .scripts import assert_equal_numbers, replay

PLAIN, REFINED = 1e-12, 1e-9
GRAPHS, STEPS, NUDGES = 60, 25, 12
SHAPES: dict[str, tuple[int, ...]] = {"number": (), "line": (5,), "column": (4, 1), "grid": (4, 5)}

# Each keeps numbers of ordinary size ordinary, so that no graph ends in infinities alone. Rounding to whole numbers is
# left out: behind it a change of the inputs is no measure any more.
ONE: list[Callable[[Any], Any]] = [
    lambda x: -x,
    ops.absolute,
    ops.tanh,
    ops.sin,
    ops.cos,
    ops.softplus,
    lambda x: ops.exp(ops.tanh(x)),
    lambda x: ops.log1p(x * x),
    lambda x: ops.expm1(ops.sin(x)),
    lambda x: ops.sqrt(1.0 + x * x),
    lambda x: (1.5 + ops.cos(x)) ** -0.7,
    lambda x: ops.where(x > 0.3, x, ops.log(1.0 + ops.absolute(x))),
    ops.row,
    ops.column,
    lambda x: ops.repeat(x, 3),
    lambda x: ops.solve(lambda t: t + t**3 - ops.tanh(x), 0.0 * x - 2.0, 0.0 * x + 2.0),
]
ALONG: list[Callable[[Any], Any]] = [
    ops.reverse,
    ops.cumsum,
    ops.total,
    ops.mean,
    ops.smallest,
    ops.largest,
    ops.logsumexp,
    lambda x: ops.quantile(x, 0.3, axis=-1),
    lambda x: ops.quantile(x, 0.975),
    lambda x: ops.part(x, 1),
    lambda x: ops.take(x, 1.0),
    lambda x: ops.take(x, ops.argmin(x)) if x.ndim <= 2 else x,
]
TWO: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: ops.tanh(x) * y,
    lambda x, y: x / (1.0 + y * y),
    lambda x, y: (1.0 + ops.absolute(x)) ** ops.sin(y),
    ops.minimum,
    ops.maximum,
    ops.logaddexp,
    ops.stack,
    lambda x, y: ops.concatenate(ops.stack(x, y), ops.stack(y)),
    lambda x, y: ops.where((x < y) & (y <= 1.0) | ~ops.isfinite(x), x + y, x - y),
    lambda x, y: ops.linspace(x, y, 3),
    lambda x, y: ops.where(x < y, x, y * 2.0),
]


def grown(seed: int) -> Graph:
    """Record a graph of random operations on values that fit each other; its outputs are the last values."""
    random = np.random.default_rng(seed)

    def function(**inputs: Any) -> dict[str, Any]:
        values = list(inputs.values())
        while len(values) < len(inputs) + STEPS:
            x, y = (values[i] for i in random.integers(len(values), size=2))
            kind = random.integers(3)
            if kind == 0:
                value = ONE[random.integers(len(ONE))](x)
            elif kind == 1 and x.ndim and x.shape[-1] > 1:
                value = ALONG[random.integers(len(ALONG))](x)
            else:
                try:
                    value = TWO[random.integers(len(TWO))](x, y)
                except ValueError:  # their shapes do not broadcast
                    continue
            if value.ndim <= 3 and np.prod(value.shape) <= 500:
                values.append(value)
        return {str(i): value for i, value in enumerate(values[-8:])}

    return trace(function, SHAPES)


def test_random_graphs_differ_by_no_more_than_ten_roundings_of_their_inputs() -> None:
    graphs, states = [grown(seed) for seed in range(GRAPHS)], []
    for seed in range(GRAPHS):
        random = np.random.default_rng(1000 + seed)
        states.append({name: random.normal(size=shape) * 2 for name, shape in SHAPES.items()})
    answers = replay([(graph, [inputs]) for graph, inputs in zip(graphs, states, strict=True)])
    for seed, (graph, inputs, (found,)) in enumerate(zip(graphs, states, answers, strict=True)):
        random = np.random.default_rng(2000 + seed)
        expected = graph(**inputs)
        change = {path: np.spacing(np.abs(value)) for path, value in expected.items()}
        for _ in range(NUDGES):
            nudged = {name: np.nextafter(x, random.choice([-9e9, 9e9], np.shape(x))) for name, x in inputs.items()}
            for path, value in graph(**nudged).items():
                change[path] = np.fmax(change[path], np.abs(value - expected[path]))
        for path, value in expected.items():
            assert np.isfinite(value).all(), (seed, path)
            excess = np.abs(found[path] - np.ravel(value)) / np.ravel(change[path])
            assert excess.max(initial=0.0) <= 10, (seed, path)


def test_random_graphs_use_most_operations() -> None:
    used = {op for seed in range(GRAPHS) for op in grown(seed).ops()}
    assert len(used) >= 40, sorted(used)


LAWS = laws()


def scattered(law: Law, seed: int) -> dict[str, float]:
    """Return variables anywhere in their ranges and coefficients near illustrative ones."""
    random = np.random.default_rng(seed)

    def somewhere(v: Variable) -> float:
        if v.scale == "log":
            return float(np.exp(random.uniform(np.log(v.low), np.log(v.high))))
        return float(random.uniform(v.low, v.high))

    variables = {v.symbol: somewhere(v) for v in law.variables}
    return variables | {c.name: c.illustrative * random.uniform(0.9, 1.1) for c in law.coefficients}


def test_every_law_gives_the_same_values() -> None:
    states = {key: [scattered(law, seed) for seed in range(40)] for key, law in LAWS.items()}
    answers = replay([(law.graph, states[key]) for key, law in LAWS.items()])
    assert len(answers) == len(LAWS) >= 1
    for (key, law), found in zip(LAWS.items(), answers, strict=True):
        for inputs, outputs in zip(states[key], found, strict=True):
            for path, value in law.graph(**inputs).items():
                assert_equal_numbers(outputs[path], value, rtol=PLAIN, what=f"{key} {path} at {inputs}")


def with_runs() -> sw.Fit:
    """Fit simulated runs, for frames with runs, draws and noise."""
    truth = published_fits()["besiroglu2024"]
    runs = sw.simulate(truth, N=np.geomspace(1e8, 1e10, 5)[:, None], D=np.geomspace(2e9, 2e11, 5), noise=0.01, seed=0)
    return sw.fit("chinchilla", runs, bootstrap=30, seed=0)


# Fits of one law have the same graph; one of them has draws.
_FIRST_OF_ITS_LAW = {fit.law.key: key for key, fit in reversed(published_fits().items()) if plannable(fit)}
PUBLISHED = sorted({*_FIRST_OF_ITS_LAW.values(), "besiroglu2024"})
# Columns that no search has touched.
UNSEARCHED = ("tables/allocation/bowl/", "tables/allocation/runs/", "tables/allocation/band_")


def random_states(seed: int) -> Iterator[dict[str, Any]]:
    """Give states over the whole tracks of the sliders, with and without serving."""
    random = np.random.default_rng(seed)
    for i in range(4):
        yield {
            "compute": 10 ** random.uniform(18, 27),
            "inference_tokens": 10 ** random.uniform(9, 16) if i % 3 else None,
            "near_optimal": float(random.choice([0.01, 0.02, 0.05])),
        }


@pytest.mark.parametrize("key", [*PUBLISHED, ""], ids=[*PUBLISHED, "a fit of runs"])
def test_frames_of_the_explorer_give_the_same_columns(key: str) -> None:
    fit = published_fits()[key] if key else with_runs()
    cases, expected = [], []
    for number, hold in enumerate(HOLDS):
        ex = Explorer(fit, hold=hold, inference_tokens=2e12)
        graph, states = ex.graph(), [dict(ex.inputs)]
        moved = [graph(**ex.inputs)]
        for settings in random_states(number):
            ex.apply(settings)
            # only what moves is sent, as by a slider
            states.append({name: x for name, x in ex.inputs.items() if np.ndim(x) == 0})
            moved.append(graph(**ex.inputs))
        cases.append((graph, states))
        expected.append(moved)
    for found_states, expected_states in zip(replay(cases), expected, strict=True):
        for found, outputs in zip(found_states, expected_states, strict=True):
            assert set(found) == set(outputs)
            for path, value in outputs.items():
                plain = path.startswith(UNSEARCHED) and fit.law.optimum is not None
                # a saving is 1 minus a share: its rounding is that of the 1
                atol = (
                    REFINED
                    if path in ("cards/saved/value", "pins/cards.saved", "notes/extrapolated", "notes/over")
                    else 1e-323
                )
                assert_equal_numbers(found[path], value, rtol=PLAIN if plain else REFINED, atol=atol, what=path)
