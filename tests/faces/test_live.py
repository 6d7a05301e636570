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
from scalewidgets.explorers.plan_table import numbers as row_numbers
from scalewidgets.explorers.texts import card_text, change_text, numbered
from scalewidgets.formats import format_value
from scalewidgets.live import bundling
from scalewidgets.live.packing import pack, unpack
from scalewidgets.live.program import bundle, fingerprint, set_key, settings_of, state_of, twins, whole_state_of
from scalewidgets.ops.tracing import flatten

# One minus a share: its rounding is that of the one.
DIFFERENCES = ("cards/saved/value", "cards/saved/pinned", "pins/cards.saved", "notes/over", "notes/extrapolated")
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
    for i, settings in enumerate(walk):
        ex.apply(settings)
        if i in (3, 7):
            ex.pin()
        if i == 10:
            ex.unpin()
        needed.setdefault(set_key(ex), ex.twin())
        states.append(whole_state_of(ex))
        frames = ex.frames()
        numbers = numbered(ex, frames)
        beyond = float(frames["notes"]["beyond"])
        expected.append(
            {
                "columns": flatten(frames),
                "cards": [card_text(card, frames["cards"][card.name], beyond) for card in ex.cards],
                "changes": [
                    change_text(card, frames["cards"][card.name], not frames["notes"]["unpaired"] > 0)
                    for card in ex.cards
                ],
                "sentences": [s.written(numbers) for s in ex.sentences if s.applies(numbers)],
                "rows": [[format_value(x, row.format) for x in row_numbers(row, numbers)] for row in ex.rows],
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
        for what in ("cards", "changes", "sentences", "rows", "code"):
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


def test_a_page_pins_by_itself(tmp_path: Path) -> None:
    ex = Explorer(compute=1e22)
    other = ex.twin(fit="hoffmann2022")
    (tmp_path / "block").write_bytes(pack(bundle(ex, [ex])))
    (tmp_path / "other").write_bytes(pack(bundle(other, [other])))
    program = shutil.which("node")
    assert program
    arguments = [Path(__file__).with_name("pinning.mjs"), LIVE / "connect.mjs", tmp_path / "block", tmp_path / "other"]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    first, second, elsewhere = said["change"], said["moved"], said["elsewhere"]
    assert first == [0, 0, 0]
    ex.pin()
    ex.compute = 2e22
    card = ex.frames()["cards"]["N"]
    assert second == pytest.approx([float(card[f"change{end}"]) for end in ("", "_low", "_high")], rel=1e-9)
    assert said["unpinned"] == ["NaN"] * 3
    assert elsewhere["known"] is False and elsewhere["asked"], "Python is asked for a set that the page lacks"
    assert elsewhere["pinned"] == pytest.approx(float(other.frames()["cards"]["N"]["value"]), rel=1e-9)
    assert said["told"]["pinned"]["compute"] == 1e22
    assert said["again"] == [0, 0, 0], "what was kept is kept for undo"


def test_what_is_pinned_in_a_page_comes_back_as_settings() -> None:
    ex, other = Explorer(fit="hoffmann2022", compute=1e22, prompt_share=0.25), Explorer(prompt_share=0.25)
    ex.pin()
    ex.apply({"compute": 3e22, "hold": "total"})
    other.apply(settings_of(other, json.loads(json.dumps(whole_state_of(ex)))))
    assert other.settings() == ex.settings() and other.pinned["fit"] == "hoffmann2022"
    assert settings_of(ex, whole_state_of(ex)) == {}
    other.apply(settings_of(other, {"pinned": None}))
    assert other.pinned is None


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
