"""Importing costs next to nothing, and what a user has set in HoloViews, Bokeh and Panel is theirs."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import Any

import pytest

UI = ("panel", "holoviews", "bokeh", "ipywidgets", "anywidget")
HEAVY = (*UI, "sympy", "pandas", "polars", "pyarrow", "scipy", "matplotlib", "IPython")


def fresh(script: str) -> Any:
    """Run a script in a process of its own and read the JSON it prints last."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def loaded_by(script: str, watched: tuple[str, ...]) -> list[str]:
    return fresh(f"import sys, json\n{script}\nprint(json.dumps(sorted(set({watched!r}) & set(sys.modules))))")


def test_importing_the_package_loads_no_heavy_library() -> None:
    assert loaded_by("import scalewidgets", (*HEAVY, "numpy", "param")) == []


def test_the_headless_explorer_loads_no_library_that_draws() -> None:
    script = """
from scalewidgets.explorers.explorer import Explorer
ex = Explorer(inference_tokens="2T")
ex.frames(), ex.plan, ex.code(), ex.settings(), ex.groups
"""
    assert loaded_by(script, (*UI, "sympy", "pandas", "pyarrow", "matplotlib", "IPython")) == []


SETTINGS = """
import json, warnings
import holoviews as hv, panel as pn

def bokeh_options():
    if "bokeh" not in hv.Store.renderers:
        return None
    shown = hv.Store.lookup_options("bokeh", hv.Curve([1, 2]), "style").kwargs
    plotted = hv.Store.lookup_options("bokeh", hv.Curve([1, 2]), "plot").kwargs
    renderer = hv.Store.renderers["bokeh"]
    return [repr(shown), repr(plotted), renderer.webgl, renderer.mode, repr(renderer.theme)]

def settings():
    return {
        "backend": hv.Store.current_backend,
        "bokeh": bokeh_options(),
        "design": repr(pn.config.design), "theme": pn.config.theme, "sizing": pn.config.sizing_mode,
        "css": [repr(pn.config.raw_css), repr(pn.config.css_files)], "loaded": list(pn.extension._loaded_extensions),
        "loading": [pn.config.defer_load, pn.config.notifications, pn.config.loading_indicator],
    }
"""
# A user's choices before ours: nothing but the imports; Bokeh and Panel set up to taste; another backend.
CHOICES = {
    "nothing": "",
    "bokeh and panel": """
from panel.theme import Fast
pn.config.design, pn.config.theme, pn.config.sizing_mode = Fast, "dark", "stretch_width"
pn.config.raw_css = [".mine { color: red }"]
hv.extension("bokeh", logo=False)
hv.opts.defaults(hv.opts.Curve(color="red", width=123, backend="bokeh"))
hv.Store.renderers["bokeh"].webgl = True
""",
    "matplotlib": "hv.extension('matplotlib', logo=False)",
}
DRAWN = {
    "charts": """
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.views.board import Board
ex = Explorer(inference_tokens="2T")
board = Board.of(ex)
ex.compute = 1e24
board.apply(board.movement(ex.frames()))
assert len(board.figures) >= 3
""",
    "widget": "import scalewidgets as sw; sw.explore().widget()",
    "panel": "import scalewidgets as sw; sw.explore().panel()",
}


@pytest.mark.parametrize("choice", CHOICES)
def test_what_the_user_has_set_stays_as_it_was(choice: str) -> None:
    if choice == "matplotlib" and importlib.util.find_spec("matplotlib") is None:
        pytest.skip("matplotlib is not installed: nobody can have chosen it here")
    steps = "\n".join(f"{script}\nfound[{name!r}] = settings()" for name, script in DRAWN.items())
    found = fresh(f"{SETTINGS}\n{CHOICES[choice]}\nfound = {{'before': settings()}}\n{steps}\nprint(json.dumps(found))")
    before = found.pop("before")
    assert set(found) == set(DRAWN)
    if choice == "bokeh and panel":
        assert before["backend"] == "bokeh"
        assert "red" in before["bokeh"][0]
        assert before["bokeh"][2] is True
    for name, after in found.items():
        if before["bokeh"] is None:
            # loading Bokeh's renderer is not choosing it; nobody had set anything there
            after = after | {"bokeh": None}
        assert after == before, name
