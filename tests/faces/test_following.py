"""A page that keeps up shows a move at once; one that does not computes once a frame, and ends where it was moved."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.live.packing import pack
from scalewidgets.live.program import bundle
from tests.live.scripts import LIVE, node

SCRIPT = f"""
let frames = []
globalThis.requestAnimationFrame = (turn) => frames.push(turn)
globalThis.cancelAnimationFrame = () => {{}}
const {{ connect, unpack }} = await import("{LIVE}/connect.mjs")
const shown = []
const block = Uint8Array.from(Buffer.from(given.block, "base64"))
const engine = connect({{ bundle: unpack(block), onFrame: (now) => shown.push(now.state.compute) }})
engine.flush({{ quiet: true }})
const found = []
for (const moves of given.frames) {{
  shown.length = 0
  // long after the last numbers, so that the time they took plays no part
  engine.done = -Infinity
  for (const compute of moves) engine.move({{ compute }})
  const atOnce = [...shown]
  for (const turn of frames.splice(0)) turn()
  found.push([atOnce, [...shown.slice(atOnce.length)]])
}}
answer(found)"""


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        ([[1e21], [2e21]], [[[1e21], []], [[2e21], []]]),
        ([[1e21, 2e21, 3e21]], [[[1e21], [3e21]]]),
        # the second frame came late, so the third waits for it; once it was in time the next is shown at once
        ([[1e21, 2e21], [3e21], [4e21]], [[[1e21], [2e21]], [[], [3e21]], [[4e21], []]]),
        ([[1e21, 2e21], [3e21, 4e21]], [[[1e21], [2e21]], [[], [4e21]]]),
    ],
)
def test_numbers_follow_at_once_where_frames_keep_up(frames: list[list[float]], shown: Any) -> None:
    ex = Explorer(compute=1e22)
    block = base64.b64encode(pack(bundle(ex, [ex]))).decode()
    assert node(SCRIPT, {"block": block, "frames": frames}) == shown
