"""Serves explorers for the browser tests, with what Python has heard and a button by which Python moves."""

from __future__ import annotations

import sys
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import panel as pn

import scalewidgets as sw
from scalewidgets.registry import laws

START = {"compute": 1e22, "inference_tokens": 1e12}
ELSEWHERE = {"compute": 1e24, "inference_tokens": None, "near_optimal": 0.01}


def with_numpy(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Compute Chinchilla's law by a function that can't be recorded."""
    return E + A * np.exp(-alpha * np.log(N)) + B * D**-beta


def own(**changed: Any) -> Any:
    """Return an explorer that only Python can compute."""
    known = laws()["chinchilla"]
    named = {"key": "mine", "title": "Mine", "display": known.kernel, **changed}
    law = replace(known, kernel=with_numpy, optimum=None, tokens=None, **named)
    return sw.explore(law, view="law")


def session(ex: Any, elsewhere: dict[str, Any]) -> pn.Column:
    """Return an explorer below what Python knows of its state."""
    heard = pn.pane.HTML()

    def hear(*_: Any) -> None:
        heard.object = f'<pre class="heard">{escape(ex.code())}</pre>'

    hear()
    ex.param.watch(hear, list(ex.names))
    move = pn.widgets.Button(name="Move from Python")
    move.on_click(lambda _: ex.param.update(**elsewhere))
    return pn.Column(pn.Row(move, heard), ex.panel(), sizing_mode="stretch_width")


if __name__ == "__main__":
    pn.serve(
        {
            "/": lambda: session(sw.explore(**START), ELSEWHERE),
            "studio": lambda: session(sw.studio(**START), ELSEWHERE),
            "own": lambda: session(own(), {}),
        },
        port=int(sys.argv[1]),
        address="127.0.0.1",
        show=False,
        verbose=False,
    )
