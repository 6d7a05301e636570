"""Changes that a kernel carries out in two threads end in the state that the page shows, and are told to it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from scalewidgets.explorers.explorer import Explorer
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


def test_a_canvas_that_was_drawn_anew_is_told_of_changes() -> None:
    ex = Explorer(FIT)
    shown = Notebook(ex, Controls(ex))
    first = shown.canvas
    ex.fit = next(fit for fit in ex.fits.values() if fit.law.response.axis != ex.fit.law.response.axis)
    assert shown.canvas is not first
    ex.compute = 5e22
    assert shown.canvas.told["state"]["compute"] == 5e22
