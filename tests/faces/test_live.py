"""What a page computes from a bundle is what the library computes: numbers, columns and words, in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import card_text, numbered
from scalewidgets.live import bundling
from scalewidgets.live.packing import pack, unpack
from scalewidgets.live.program import bundle, fingerprint, set_key, settings_of, state_of, twins
from scalewidgets.ops.tracing import flatten

# One minus a share: its rounding is that of the one.
DIFFERENCES = ("cards/saved/value", "notes/over", "notes/extrapolated")
LIVE = Path(bundling.__file__).parent
CASES: dict[str, Any] = {
    "draws": lambda: Explorer(),
    "no draws": lambda: Explorer("hoffmann2022"),
    "own runs": lambda: Explorer(fitted()),
}

RUN = Path(__file__).with_name("states.mjs")


def fitted() -> sw.Fit:
    law = sw.published("besiroglu2024")
    runs = sw.simulate(law, N=np.geomspace(1e8, 1e10, 5)[:, None], D=np.geomspace(2e9, 2e11, 5), noise=0.01, seed=0)
    return sw.fit("chinchilla", runs, bootstrap=30, seed=0)


def node(folder: Path, block: bytes, states: list[dict[str, Any]]) -> list[Any]:
    """Compute states in Node."""
    program = shutil.which("node")
    assert program, "these tests need `node` on PATH"
    (folder / "block").write_bytes(block)
    (folder / "states").write_text(json.dumps(states))
    arguments = [RUN, LIVE / "connect.mjs", LIVE / "texts.mjs", folder / "block", folder / "states"]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def random_settings(ex: Explorer, seed: int, count: int) -> list[dict[str, Any]]:
    """Give settings over all controls of the allocation explorer."""
    rng = np.random.default_rng(seed)
    fits = list(ex.fits.values())[:4]
    return [
        {
            "compute": 10 ** rng.uniform(18, 27),
            "inference_tokens": 10 ** rng.uniform(9, 16) if rng.random() < 0.6 else None,
            "near_optimal": float(rng.choice([0.01, 0.02, 0.05])),
            "hold": str(rng.choice(["quality", "training", "total"])),
            "fit": fits[rng.integers(len(fits))],
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("case", CASES)
def test_a_page_computes_what_the_library_does(case: str, tmp_path: Path) -> None:
    ex = CASES[case]()
    walk = random_settings(ex, len(case), 12)
    states, expected, needed = [], [], {}
    for settings in walk:
        ex.apply(settings)
        needed.setdefault(set_key(ex), ex.twin())
        states.append(state_of(ex))
        frames = ex.frames()
        numbers = numbered(ex, frames)
        beyond = float(frames["notes"]["beyond"])
        expected.append(
            {
                "columns": flatten(frames),
                "cards": [card_text(card, frames["cards"][card.name], beyond) for card in ex.cards],
                "sentences": [s.written(numbers) for s in ex.sentences if s.applies(numbers)],
                "code": ex.code(),
            }
        )
    for found, wanted in zip(node(tmp_path, pack(bundle(ex, needed.values())), states), expected, strict=True):
        for path, value in wanted["columns"].items():
            column = np.array(found["columns"][path], dtype=float)
            atol = 1e-9 if path in DIFFERENCES else 0
            np.testing.assert_allclose(
                column, np.ravel(value).astype(float), rtol=1e-9, atol=atol, equal_nan=True, err_msg=path
            )
        for what in ("cards", "sentences", "code"):
            assert found[what] == wanted[what]


def test_a_set_is_known_by_what_it_holds() -> None:
    ex = Explorer()
    before = fingerprint(ex)
    ex.compute = 1e24
    assert fingerprint(ex) == before, "what a slider feeds is no part of a set"
    ex.fit = ex.fit.with_values(A=500.0)
    assert fingerprint(ex) != before


def test_the_state_of_a_page_comes_back_as_settings() -> None:
    ex, other = Explorer(inference_tokens=1e12, hold="total", fit="hoffmann2022"), Explorer()
    other.apply(settings_of(other, json.loads(json.dumps(state_of(ex)))))
    assert other.settings() == ex.settings()
    assert settings_of(ex, state_of(ex)) == {}


def test_a_block_holds_what_json_can_not() -> None:
    block = pack({"a": [1, "x", None], "b": np.array([np.nan, np.inf, -0.0]), "c": {}})
    found = unpack(block)
    assert found["a"] == [1, "x", None]
    np.testing.assert_array_equal(found["b"], [np.nan, np.inf, -0.0])
    with pytest.raises(ValueError, match="JSON"):
        pack({"a": float("nan")})


def test_twins_cover_every_set_once() -> None:
    keys = [set_key(twin) for twin in twins(Explorer(hold="total"))]
    assert len(keys) == len(set(keys)) == 3 * len(Explorer().fits)
