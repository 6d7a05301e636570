"""What a browser is made ready for while it is idle is not seen, not told, and leaves every number where it was."""

from __future__ import annotations

import base64
from typing import Any

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.live.packing import pack
from scalewidgets.live.program import bundle
from tests.live.scripts import LIVE, node

# A window whose idle moments and frames come when the test says so.
SCRIPT = f"""
const idle = [], frames = []
globalThis.requestIdleCallback = (turn) => idle.push(turn)
globalThis.requestAnimationFrame = (turn) => frames.push(turn)
globalThis.cancelAnimationFrame = () => {{}}
const {{ connect, unpack }} = await import("{LIVE}/connect.mjs")
const told = [], followed = [], written = []
const block = Uint8Array.from(Buffer.from(given.block, "base64"))
const bundle = unpack(block)
const engine = connect({{ bundle, onFrame: () => followed.push(1), onChange: (state) => told.push(state) }})
engine.flush({{ quiet: true }})
const now = () => engine.program.outputs.map((path) => Array.from(engine.program.output(path), String))
const state = JSON.stringify(engine.whole), numbers = now()
engine.places.add({{ write: () => written.push(engine.state.compute), paint() {{}} }})
engine.warm()
engine.warm()
const asked = idle.length
const moments = []
for (let k = 0; idle.length > 0 && k < 100; k++) {{
  let left = given.room
  const before = written.length
  idle.shift()({{ timeRemaining: () => (left -= 10) }})
  moments.push(written.length - before)
}}
const same = JSON.stringify(now()) === JSON.stringify(numbers)
const moving = written.length
engine.warmed = false
engine.warm()
engine.move({{ compute: 2 * engine.state.compute }})
idle.shift()({{ timeRemaining: () => 50 }})
answer({{ asked, moments, same, state: JSON.stringify(engine.state) === state, before: state, followed: followed.length,
  told: told.length, computes: [...new Set(written.slice(0, moving))], after: written.length - moving }})"""


def idled(room: float) -> dict[str, Any]:
    ex = Explorer(compute=1e22)
    block = base64.b64encode(pack(bundle(ex, [ex]))).decode()
    return node(SCRIPT, {"block": block, "room": room})


def test_idle_moments_try_neighbouring_states_and_come_back() -> None:
    found = idled(45)
    assert found["asked"] == 1, "once a page, and not at once"
    assert len(found["moments"]) > 1 and max(found["moments"]) <= 8, "no longer than an idle moment has room for"
    assert sum(found["moments"]) == 48, "each state beside, and the present one after it"
    assert found["same"]
    assert len(found["computes"]) == 2 and 1e22 in found["computes"]
    assert (found["followed"], found["told"]) == (2, 0), "the first numbers and the reader's move, told when it rests"


def test_a_busy_page_is_left_alone() -> None:
    assert sum(idled(5)["moments"]) == 0


def test_nothing_is_tried_while_a_move_waits_for_its_frame() -> None:
    # one writing of the move itself
    assert idled(45)["after"] == 1
