"""Measure how long the interpreter takes for a slider's move, in Node, beside NumPy replaying the same graph.

All frames of the allocation explorer are computed, bands included. Both take the same moves, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scalewidgets.explorers.explorer import Explorer  # noqa: E402 - this checkout
from scalewidgets.ops.graph import Graph, encode_numbers  # noqa: E402
from scalewidgets.planning.allocate import HOLDS  # noqa: E402

WARM, MOVES, ROUNDS = 40, 60, 3
SERVED = 2e12
# What moves when a control moves, and over which range.
SLIDERS = {
    "training budget": ("compute", np.geomspace(1e19, 1e26, MOVES)),
    "tokens served": ("inference_tokens", np.geomspace(1e10, 1e15, MOVES)),
    "near-optimal range": ("tolerance", np.linspace(0.005, 0.05, MOVES)),
}

# A process that answers one line of moves with one line of times; the first line is the graph and its inputs.
SCRIPT = f"""
import {{ createInterface }} from "node:readline"
import {{ compile }} from "{ROOT}/scalewidgets/live/interpreter.mjs"
let program
const timed = (name, value) => {{
  const start = performance.now()
  program.set(name, value)
  program.run()
  return performance.now() - start
}}
for await (const line of createInterface({{ input: process.stdin }})) {{
  const given = JSON.parse(line)
  if (given.graph) {{
    const start = performance.now()
    program = compile(given.graph)
    for (const [name, value] of Object.entries(given.inputs)) program.set(name, value)
    const loaded = performance.now()
    program.run()
    console.log(JSON.stringify([loaded - start, performance.now() - loaded]))
  }} else console.log(JSON.stringify(given.values.map((value) => timed(given.name, value))))
}}
"""


class Node:
    """A Node process that carries out one graph."""

    def __init__(self) -> None:
        command = [shutil.which("node") or "node", "--input-type=module", "--eval", SCRIPT]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **message: Any) -> list[float]:
        """Send one line and read the answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(message, allow_nan=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        """End the process."""
        self.process.communicate(timeout=30)


def numpy_times(graph: Graph, inputs: dict[str, Any], name: str, values: np.ndarray) -> list[float]:
    """Return milliseconds of replaying the whole graph after each move, as NumPy does it."""
    times = []
    for value in values:
        start = time.perf_counter()
        graph(**{**inputs, name: value})
        times.append(1e3 * (time.perf_counter() - start))
    return times


def measure(key: str, hold: str, rounds: int) -> None:
    """Print a row for every slider."""
    ex = Explorer(key, hold=hold, inference_tokens=SERVED)
    graph, inputs = ex.graph(), dict(ex.inputs)
    draws = max((np.size(value) for name, value in inputs.items() if name.startswith("draw.")), default=0)
    size = len(json.dumps(graph.to_json(), allow_nan=False))
    node = Node()
    sent = {name: encode_numbers(np.asarray(value).tolist()) for name, value in inputs.items()}
    load, first = node.ask(graph=graph.to_json(), inputs=sent)
    print(f"\n{key}, hold = {hold}: {draws} draws, {len(graph.nodes)} nodes, {size / 1e3:.0f} kB of JSON, ", end="")
    print(f"loaded in {load:.0f} ms, first run {first:.0f} ms")
    print(f"{'slider':20} {'Node median':>12} {'p95':>7} {'least':>7} {'NumPy median':>13} {'p95':>7} {'ratio':>6}")
    for title, (name, values) in SLIDERS.items():
        node.ask(name=name, values=list(values[:WARM]))
        found: dict[str, list[float]] = {"node": [], "numpy": []}
        for _ in range(rounds):
            found["node"] += node.ask(name=name, values=list(values))
            found["numpy"] += numpy_times(graph, inputs, name, values)
        node.ask(name=name, values=[float(inputs[name])])
        js, py = np.array(found["node"]), np.array(found["numpy"])
        print(
            f"{title:20} {np.median(js):12.2f} {np.quantile(js, 0.95):7.2f} {js.min():7.2f} "
            f"{np.median(py):13.2f} {np.quantile(py, 0.95):7.2f} {np.median(js) / np.median(py):6.2f}"
        )
    node.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", nargs="+", default=["besiroglu2024"], help="keys of published fits")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(
        f"Node {version}, Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores, ", end=""
    )
    print(f"load {os.getloadavg()[0]:.1f}")
    print("Milliseconds for all frames; NumPy replays the whole graph, the interpreter what the slider moves.")
    for key in given.fit:
        for hold in HOLDS:
            measure(key, hold, given.rounds)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
