"""Undo and redo, files of numbers and shared addresses of a page, with a real engine in Node."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.files import HERE
from scalewidgets.live import bundling
from scalewidgets.live.packing import pack
from scalewidgets.live.program import bundle, state_of
from scalewidgets.ops.tracing import flatten

RUN = Path(__file__).with_name("tools.mjs")
CONNECT = Path(bundling.__file__).with_name("connect.mjs")
SETTINGS: dict[str, Any] = {"fit": "besiroglu2024", "compute": 1e22}
A, B, C = ({"compute": value} for value in (1e20, 1e21, 1e23))
MOVES: list[list[Any]] = [[A], [B], ["undo"], ["undo", "undo"], ["redo"], [C], ["redo"], [A, B], ["undo"]]
FRAGMENTS = ["compute=3e23&fit=hoffmann2022", "compute=plenty&fit=nobody&hold=total", "compute=2e22&sw.pinned.=yes"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what Node printed."""
    program = shutil.which("node")
    assert program, "these tests need `node` on PATH"
    folder = tmp_path_factory.mktemp("tools")
    ex = Explorer(**SETTINGS)
    (folder / "block").write_bytes(pack(bundle(ex, [ex])))
    (folder / "given").write_text(json.dumps({"moves": MOVES, "fragments": FRAGMENTS}))
    joined = [folder / name for name in ("exports.mjs", "page_address.mjs")]
    for module in joined:
        module.write_text(bundling.joined(HERE / module.name))
    modules = [CONNECT, HERE / "history.mjs", *joined]
    arguments = [RUN, *modules, folder / "block", folder / "given"]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_undo_goes_back_one_rest_at_a_time_and_a_new_move_ends_redo(found: dict[str, Any]) -> None:
    computes = [stood["state"]["compute"] for stood in found["stood"]]
    #           start  A     B     undo  to the start, redo, C, nothing to redo, a drag to B, and back before it
    assert computes == [1e22, 1e20, 1e21, 1e20, 1e22, 1e20, 1e23, 1e23, 1e21, 1e23]
    assert [(stood["undo"], stood["redo"]) for stood in found["stood"]] == [
        (False, False), (True, False), (True, False), (True, True), (False, True), (True, True), (True, False),
        (True, False), (True, False), (True, True),
    ]  # fmt: skip


def test_the_file_of_numbers_has_every_column_of_the_library(found: dict[str, Any]) -> None:
    header, *rows = csv.reader(io.StringIO(found["csv"]))
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    ex = Explorer(**{**SETTINGS, "compute": found["stood"][-1]["state"]["compute"]})
    frames = ex.frames()
    wanted = flatten(frames["tables"]) | flatten({"cards": frames["cards"]})
    assert {name for name in columns if not name.startswith("settings.")} == {n.replace("/", ".") for n in wanted}
    for path, values in wanted.items():
        values = np.atleast_1d(np.asarray(values, dtype=float)).ravel()
        told = columns[path.replace("/", ".")]
        assert set(told[len(values) :]) <= {""}
        read = [float(text) if text else np.nan for text in told[: len(values)]]
        np.testing.assert_allclose(read, values, rtol=1e-9, equal_nan=True, err_msg=path)
    assert columns["settings.fit"][0] == "besiroglu2024"
    assert columns["settings.inference_tokens"][0] == "off"


def test_an_address_moves_only_what_readers_may_move_and_what_can_be_read(found: dict[str, Any]) -> None:
    saved = {**state_of(Explorer(**SETTINGS)), "pinned": None}
    first, second, third = found["known"]
    assert first == {**saved, "compute": 3e23, "fit": "hoffmann2022"}
    assert second == saved
    assert (third["compute"], third["pinned"]["compute"]) == (2e22, SETTINGS["compute"])


def test_a_shared_address_says_what_it_gave_and_where_that_is_otherwise(found: dict[str, Any]) -> None:
    shared = parse_qs(found["shared"])
    ex = Explorer(**{**SETTINGS, "compute": found["stood"][-1]["state"]["compute"]})
    assert float(shared["sw.gave.N"][0]) == pytest.approx(ex.frames()["cards"]["N"]["value"], rel=1e-8)
    assert shared["sw.version"] == ["1.0"]
    assert found["same"] == ""
    assert found["others"].startswith("This address was shared from scalewidgets 1.0 and gave: N 1.00B, now ")
    assert found["others"].endswith("(scalewidgets 1.1).")
