"""Imports go one way, from faces down to operations, and everything up to planning runs on NumPy and SciPy alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "scalewidgets"

# The layers, lowest first: a module imports from its own layer and those before it.
LAYERS = (
    ("errors", "units", "formats", "progress"),
    ("ops", "declare", "formula", "naming", "typed_law"),
    ("laws", "costs", "schedules", "registry"),
    ("runs", "fits", "published_fits", "references", "datasets"),
    ("fitting",),
    ("planning", "catalog"),
    ("explorers",),
    ("views",),
    ("live",),
    ("faces",),
    ("cli", "__main__"),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
UP_TO_PLANNING = [name for name, rank in RANK.items() if rank <= RANK["planning"]]

# The public face hands out names of every layer, on first use.
FACE = "__init__"

HEAVY = {
    "panel", "holoviews", "bokeh", "ipywidgets", "anywidget", "sympy", "pandas", "polars", "pyarrow", "param",
    "matplotlib", "IPython",
}  # fmt: skip

MODULES = sorted(PACKAGE.rglob("*.py"))


def top_level(path: Path) -> str:
    """Name the module or package directly below scalewidgets that holds a file."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import, at any depth, under TYPE_CHECKING and by import_module too."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(level=level) if level:
                yield node.lineno, "." * level
            case ast.ImportFrom(module="scalewidgets", names=names):
                yield from ((node.lineno, f"scalewidgets.{alias.name}") for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield node.lineno, module
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module


def faults(source: str, own: str) -> list[str]:
    """List the imports of a module that a module of this layer must not have."""
    found = []
    for line, name in imported(ast.parse(source)):
        if name.startswith("."):
            found.append(f"line {line}: relative import; write the whole name")
            continue
        package, _, rest = name.partition(".")
        if package != "scalewidgets" or rest == "__version__":
            continue
        target = rest.partition(".")[0]
        if target not in RANK:
            found.append(f"line {line}: imports {name}, which is no module of a layer; import where it is defined")
        elif RANK[target] > RANK[own]:
            found.append(f"line {line}: {own} (layer {RANK[own]}) imports {name} (layer {RANK[target]})")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_has_a_layer_and_imports_only_downwards(path: Path) -> None:
    own = top_level(path)
    assert own in RANK or own == FACE, f"scalewidgets.{own} has no layer yet: place it in LAYERS"
    if own != FACE:
        assert faults(path.read_text(encoding="utf-8"), own) == []


def test_the_table_of_layers_names_only_what_exists() -> None:
    assert set(RANK) - {"__main__"} <= {top_level(path) for path in MODULES}


@pytest.mark.parametrize(
    ("source", "own", "allowed"),
    [
        ("import numpy\nfrom scalewidgets.errors import DomainError", "ops", True),
        ("from scalewidgets.laws.chinchilla import LAW", "laws", True),
        ("from scalewidgets import __version__", "fits", True),
        ("from scalewidgets import planning", "fits", False),
        ("import scalewidgets.views.board", "explorers", False),
        ("def f():\n    from scalewidgets.fitting import fit", "runs", False),
        ("if TYPE_CHECKING:\n    from scalewidgets.faces.app import App", "views", False),
        ("importlib.import_module('scalewidgets.cli')", "faces", False),
        ("from scalewidgets import explore", "cli", False),
        ("import scalewidgets", "cli", False),
        ("from .errors import DomainError", "units", False),
    ],
)
def test_the_check_sees_every_kind_of_import(source: str, own: str, allowed: bool) -> None:
    assert (faults(source, own) == []) is allowed


def bare(script: str) -> dict[str, object]:
    """Run a script in a process of its own and read the JSON it prints last."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


LOADED = f"""
import json, sys
heavy = {sorted(HEAVY)!r}
print(json.dumps({{"loaded": sorted(set(heavy) & set(sys.modules)), "scipy": "scipy" in sys.modules}}))
"""

USE_UP_TO_PLANNING = """
import scalewidgets as sw
fit = sw.published("hoffmann2022")
float(fit(N=70e9, D=1.4e12))
fit.values, fit.source, str(fit), repr(fit)
plan = sw.plan(fit, compute=1e22)
plan.N, plan.D, plan.near_optimal, repr(plan)
sw.plan(fit, compute=1e22, inference_tokens=2e12).N
sizes, tokens = [1e8, 1e8, 1e8, 1e9, 1e9, 1e9, 4e9], [1e9, 4e9, 2e10, 1e9, 1e10, 2e10, 2e10]
runs = sw.simulate(fit, N=sizes, D=tokens, noise=0.01, seed=0)
len(runs)
sw.read_runs({"N": [1e8, 2e8], "D": [1e9, 4e9], "loss": [3.2, 3.0]})
sw.fit("chinchilla", runs).values
sw.catalogue()
"""

# These two are SymPy's side of the declarations: they are imported when a formula is printed, and only then.
WRITE_FORMULAS = ("scalewidgets.formula", "scalewidgets.ops.symbols")

IMPORT_UP_TO_PLANNING = f"""
import importlib, pkgutil
for name in {[name for name in UP_TO_PLANNING if name != "formula"]!r}:
    module = importlib.import_module("scalewidgets." + name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
        if found.name not in {WRITE_FORMULAS!r}:
            importlib.import_module(found.name)
"""


@pytest.mark.parametrize("script", [USE_UP_TO_PLANNING, IMPORT_UP_TO_PLANNING], ids=["used", "imported"])
def test_everything_up_to_planning_loads_no_heavy_library(script: str) -> None:
    assert bare(script + LOADED)["loaded"] == []


def test_importing_the_package_loads_neither_scipy_nor_a_heavy_library() -> None:
    assert bare("import scalewidgets" + LOADED) == {"loaded": [], "scipy": False}


FACE_AFTER_ALL_IMPORTS = """
import importlib, json, pkgutil
import scalewidgets as sw
for found in pkgutil.walk_packages(sw.__path__, "scalewidgets."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(json.dumps({name: callable(getattr(sw, name)) for name in sw._HOMES}))
"""


def test_a_submodule_never_hides_the_public_function_of_the_same_name() -> None:
    answers = bare(FACE_AFTER_ALL_IMPORTS)
    assert [name for name, works in answers.items() if not works] == []
