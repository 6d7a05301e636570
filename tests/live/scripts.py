"""Run the JavaScript of the package in Node, give it graphs, and compare what comes back with NumPy."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scalewidgets.ops.graph import Graph, encode_numbers

HERE = Path(__file__).resolve().parent
LIVE = HERE.parents[1] / "scalewidgets" / "live"
# In the order in which a page puts them into one script.
PARTS = ("operations.mjs", "interpreter.mjs", "formats.mjs")


def joined(*parts: Path) -> str:
    """Return modules as one script: their imports and the word export removed."""
    text = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    return re.sub(r"^export ", "", re.sub(r"^import .*$", "", text, flags=re.M), flags=re.M)


def node(script: str, given: Any = None) -> Any:
    """Run an ES module in Node; it finds what it is given in `given` and hands its answer to `answer`."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("the tests of the interpreter need `node` on PATH; install it (Debian: apt-get install nodejs)")
    whole = f"""
import {{ readFileSync, writeSync }} from "node:fs"
const given = JSON.parse(readFileSync(0, "utf8"))
const answer = (value) => {{
  const bytes = Buffer.from(JSON.stringify(value))
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
}}
{script}"""
    command = [program, "--input-type=module", "--eval", whole]
    text = json.dumps(encode_numbers_within(given), allow_nan=False)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False, cwd=LIVE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def encode_numbers_within(value: Any) -> Any:
    """Encode numbers in nested mappings and lists."""
    if isinstance(value, Mapping):
        return {key: encode_numbers_within(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode_numbers_within(item) for item in value]
    return encode_numbers(value)


def replay(cases: Sequence[tuple[Graph, Sequence[Mapping[str, Any]]]]) -> list[list[dict[str, np.ndarray]]]:
    """Carry out graphs in Node: for every graph and state, the flat outputs by path."""
    given = [{"graph": graph.to_json(), "states": list(states)} for graph, states in cases]
    script = f"""
import {{ compile }} from "{LIVE}/interpreter.mjs"
import {{ replay }} from "{HERE}/replay.mjs"
answer(replay(compile, given))"""
    return [[decoded(outputs) for outputs in states] for states in node(script, given)]


def decoded(outputs: Mapping[str, list[Any]]) -> dict[str, np.ndarray]:
    """Turn words back into numbers."""
    return {path: np.array([float(x) for x in values]) for path, values in outputs.items()}


def assert_equal_numbers(found: Any, expected: Any, *, rtol: float, what: str, atol: float = 1e-323) -> None:
    """Compare numbers; NaN and either infinity must stand in the same places."""
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            found, np.ravel(np.asarray(expected, dtype=float)), rtol=rtol, atol=atol, equal_nan=True, err_msg=what
        )
