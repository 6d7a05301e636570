"""Measure how long the interpreter takes for a slider's move, in Node, beside NumPy replaying the same graph.

All frames of the allocation explorer, and of the Studio with every group on, are computed, bands included. Both take
the same moves, in turns. Beside the time that passed stands the CPU time of a move, which other work on the machine
disturbs less.
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
from scalewidgets.explorers.studio import Studio  # noqa: E402
from scalewidgets.ops.graph import Graph, encode_numbers  # noqa: E402
from scalewidgets.planning.allocate import HOLDS  # noqa: E402

WARM, MOVES, ROUNDS = 40, 60, 3
SERVED = 2e12
ALL_ON = {"bits": 8.0, "deploy_bits": 4.0, "cooldown": 0.2, "counted": 1.0}
# What moves when a control moves, and over which range.
SLIDERS = {
    "training budget": ("compute", np.geomspace(1e19, 1e26, MOVES)),
    "tokens served": ("inference_tokens", np.geomspace(1e10, 1e15, MOVES)),
    "near-optimal range": ("tolerance", np.linspace(0.005, 0.05, MOVES)),
}
STUDIO_SLIDERS = {
    **SLIDERS,
    "bits of training": ("bits", np.linspace(5.0, 16.0, MOVES)),
    "bits of serving": ("deploy_bits", np.linspace(2.5, 7.5, MOVES)),
    "cooldown": ("cooldown", np.linspace(0.05, 0.5, MOVES)),
    "steps": ("steps", np.geomspace(3e3, 9e5, MOVES)),
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
    console.log(JSON.stringify({{ times: [loaded - start, performance.now() - loaded] }}))
  }} else {{
    const before = process.cpuUsage()
    const times = given.values.map((value) => timed(given.name, value))
    const used = process.cpuUsage(before)
    console.log(JSON.stringify({{ times, cpu: (used.user + used.system) / 1e3 / times.length }}))
  }}
}}
"""


class Node:
    """A Node process that carries out one graph."""

    def __init__(self) -> None:
        command = [shutil.which("node") or "node", "--input-type=module", "--eval", SCRIPT]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send one line and read the answer: milliseconds of each move, and of CPU for all of them."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(message, allow_nan=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        """End the process."""
        self.process.communicate(timeout=30)


def numpy_times(graph: Graph, inputs: dict[str, Any], name: str, values: np.ndarray) -> dict[str, Any]:
    """Return what `Node.ask` does, for replaying the whole graph after each move in NumPy."""
    times, before = [], time.process_time()
    for value in values:
        start = time.perf_counter()
        graph(**{**inputs, name: value})
        times.append(1e3 * (time.perf_counter() - start))
    return {"times": times, "cpu": 1e3 * (time.process_time() - before) / len(values)}


def written(answers: list[dict[str, Any]]) -> str:
    """Return median and 95th percentile of the times, and the median of the CPU times."""
    times = np.concatenate([answer["times"] for answer in answers])
    cpu = np.median([answer["cpu"] for answer in answers])
    return f"{np.median(times):10.2f} {np.quantile(times, 0.95):7.2f} {cpu:7.2f}"


def measure(title: str, ex: Explorer, sliders: dict[str, tuple[str, np.ndarray]], rounds: int) -> None:
    """Print a row for every slider."""
    graph, inputs = ex.graph(), dict(ex.inputs)
    draws = max((np.size(value) for name, value in inputs.items() if name.startswith("draw.")), default=0)
    size = len(json.dumps(graph.to_json(), allow_nan=False))
    node = Node()
    sent = {name: encode_numbers(np.asarray(value).tolist()) for name, value in inputs.items()}
    load, first = node.ask(graph=graph.to_json(), inputs=sent)["times"]
    print(f"\n{title}: {draws} draws, {len(graph.nodes)} nodes, {size / 1e3:.0f} kB of JSON, ", end="")
    print(f"loaded in {load:.0f} ms, first run {first:.0f} ms")
    print(f"{'slider':20} {'Node median':>10} {'p95':>6} {'CPU':>7} {'NumPy median':>12} {'p95':>5} {'CPU':>7}")
    for label, (name, values) in sliders.items():
        node.ask(name=name, values=list(values[:WARM]))
        answers: dict[str, list[dict[str, Any]]] = {"node": [], "numpy": []}
        for _ in range(rounds):
            answers["node"].append(node.ask(name=name, values=list(values)))
            answers["numpy"].append(numpy_times(graph, inputs, name, values))
        node.ask(name=name, values=[float(inputs[name])])
        print(f"{label:20} {written(answers['node'])} {written(answers['numpy'])}", flush=True)
    node.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", nargs="+", default=["besiroglu2024"], help="keys of published fits")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--hold", nargs="+", default=list(HOLDS), choices=HOLDS)
    given = parser.parse_args()
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(
        f"Node {version}, Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores, ", end=""
    )
    print(f"load {os.getloadavg()[0]:.1f}")
    print("Milliseconds for all frames; NumPy replays the whole graph, the interpreter what the slider moves.")
    for key in given.fit:
        for hold in given.hold:
            settings: dict[str, Any] = {"hold": hold, "inference_tokens": SERVED}
            measure(f"{key}, hold = {hold}", Explorer(key, **settings), SLIDERS, given.rounds)
            measure(
                f"Studio, all groups on, {key}, hold = {hold}",
                Studio(key, **settings, **ALL_ON),
                STUDIO_SLIDERS,
                given.rounds,
            )
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
