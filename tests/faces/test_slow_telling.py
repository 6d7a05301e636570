"""A dragged ipywidgets slider tells Python at most twice a second, and at once when it is let go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.scripts import LIVE, node

SCRIPT = f"""
const heard = {{}}, timers = []
globalThis.document = {{ addEventListener: (event, act) => (heard[event] = act) }}
globalThis.setTimeout = (act, after) => timers.push({{ act, after }})
globalThis.clearTimeout = (timer) => {{ if (timers[timer - 1]) timers[timer - 1].act = null }}
const {{ hearPointer, tellSlowly }} = await import("{LIVE.parent}/faces/slow_telling.mjs")
const answered = []
const widget = {{ _handle_status(message) {{ answered.push(message.content.execution_state) }} }}
hearPointer()
tellSlowly(widget)
tellSlowly(widget)
const steps = {{
  press: () => heard.pointerdown(),
  release: () => heard.pointerup(),
  busy: () => widget._handle_status({{ content: {{ execution_state: "busy" }} }}),
  idle: () => widget._handle_status({{ content: {{ execution_state: "idle" }} }}),
  wait: () => {{ for (const timer of timers.splice(0)) timer.act?.() }},
}}
const after = [], found = []
for (const step of given) {{
  const before = answered.length
  steps[step]()
  after.push(...timers.map((timer) => timer.after))
  found.push(answered.slice(before))
}}
answer([...found, after])"""


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        (["busy", "idle"], [["busy"], ["idle"]]),
        (["press", "busy", "idle", "wait"], [[], ["busy"], [], ["idle"]]),
        (["press", "idle", "release", "wait"], [[], [], ["idle"], []]),
        (["press", "release", "idle"], [[], [], ["idle"]]),
    ],
)
def test_the_answer_that_lets_a_slider_tell_again_waits_while_it_is_held(steps: Any, answers: Any) -> None:
    *found, after = node(SCRIPT, steps)
    assert found == answers
    assert set(after) <= {500}


def test_a_version_of_ipywidgets_without_it_is_left_as_it_is() -> None:
    setup = SCRIPT[: SCRIPT.index("const steps")].replace("_handle_status(message)", "other(message)")
    assert node(setup + "answer(Object.keys(widget))") == ["other"]
