"""Changes that a kernel carries out in two threads end in the state that the page shows, and are told to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.refit import Refit
from scalewidgets.explorers.studio import Studio
from scalewidgets.faces.notebook import Controls, Notebook
from scalewidgets.live.program import set_key

FIT = "hoffmann2022"


def test_a_control_is_not_written_back_while_another_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    ex = Explorer(FIT)
    shared = Controls(ex)
    shown = Notebook(ex, shared)
    slider, hold = shared.by_name["compute"], shared.by_name["hold"]
    writing, chosen = threading.Event(), threading.Event()
    write = Controls._write_slider

    def slowly(self: Controls, *given: Any) -> None:
        if threading.current_thread() is drag:
            writing.set()
            chosen.wait(0.3)  # in vain: the choice waits its turn
        write(self, *given)

    monkeypatch.setattr(Controls, "_write_slider", slowly)
    drag = threading.Thread(target=lambda: slider.set_state({"value": 1e23}))
    drag.start()
    assert writing.wait(60)
    hold.set_state({"index": list(hold.options).index(("the training budget", "training"))})
    chosen.set()
    drag.join()
    assert (ex.hold, hold.value, ex.compute) == ("training", "training", 1e23)
    assert set_key(ex) in shown.canvas._told["sets"]


# What is changed beside a slider: the widget's change, and what carries it out.
BESIDE: dict[str, tuple[Callable[[Controls], object], tuple[type, str]]] = {
    "a scenario": (lambda shared: shared.bar.picker.set_state({"index": 1}), (Studio, "preset")),
    "a pin": (lambda shared: shared.bar.pin.click(), (Studio, "pin")),
    "a count of resamples": (
        lambda shared: shared.runs.by_name["bootstrap"].set_state({"value": "10"}),
        (Refit, "resample"),
    ),
    "a tapped run": (lambda shared: shared.runs.tapped(0), (Refit, "toggle")),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_a_slider_waits_its_turn(monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    change, (owner, name) = BESIDE[beside]
    begun, moved = threading.Event(), threading.Event()
    done = []
    carried_out = getattr(owner, name)

    def slowly(self: Any, *given: Any) -> None:
        begun.set()
        moved.wait(0.3)  # in vain: the slider waits its turn
        done.append(name)
        carried_out(self, *given)

    monkeypatch.setattr(owner, name, slowly)
    ex = Studio(FIT)
    shared = Controls(ex)
    other = threading.Thread(target=lambda: change(shared))
    other.start()
    assert begun.wait(60)
    shared.by_name["compute"].observe(lambda _: done.append("slider"), names="value")
    shared.by_name["compute"].set_state({"value": 1e23})
    moved.set()
    other.join()
    assert done[0] == name
    assert ex.compute == 1e23


def test_a_canvas_that_was_drawn_anew_is_told_of_changes() -> None:
    ex = Explorer(FIT)
    shown = Notebook(ex, Controls(ex))
    first = shown.canvas
    ex.fit = next(fit for fit in ex.fits.values() if fit.law.response.axis != ex.fit.law.response.axis)
    assert shown.canvas is not first
    ex.compute = 5e22
    assert shown.canvas.told["state"]["compute"] == 5e22
