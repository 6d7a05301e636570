"""A compiled graph takes inputs, recomputes what moved and nothing else, and says plainly what it can't do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.ops.tracing import trace

from .scripts import LIVE, PARTS, joined, node

IMPORT = f'import {{ compile }} from "{LIVE}/interpreter.mjs"\n'
REFUSALS = "const said = (f) => { try { f(); return 'nothing' } catch (error) { return error.message } }\n"


def function(x: Any, y: Any, unused: Any) -> dict[str, Any]:
    root = ops.solve(lambda t: ops.exp(t) * ops.exp(x) - y * 3.0, 0.0 * y - 50.0, 50.0)
    return {"x": x + 1.0, "both": x * y, "root": root, "served": ops.where(y > 0, ops.exp(x), 0.0), "constant": 7.0}


GRAPH = trace(function, {"x": (), "y": (3,), "unused": ()}).to_json()
START = IMPORT + "const program = compile(given)\n"
READY = START + 'program.set("x", 1)\nprogram.set("y", [1, 2, 3])\nprogram.set("unused", 0)\nprogram.run()\n'
CHANGED = "Object.fromEntries(program.outputs.map((path) => [path, program.changed(path)]))"


def test_a_program_tells_its_inputs_outputs_and_shapes() -> None:
    told = node(READY + 'answer([program.inputs, program.outputs, program.shape("x"), program.shape("both")])', GRAPH)
    assert told == [{"x": [], "y": [3], "unused": []}, ["x", "both", "root", "served", "constant"], [], [3]]


def test_only_what_depends_on_a_moved_input_is_recomputed() -> None:
    script = f"""
const seen = [{CHANGED}]
const move = (name, value) => {{ program.set(name, value); program.run(); seen.push({CHANGED}) }}
move("x", 2); move("x", 2); move("y", Float64Array.of(1, 2, 4)); move("unused", 5)
answer(seen)"""
    names = ["x", "both", "root", "served", "constant"]
    first, moved, same, other, unused = node(READY + script, GRAPH)
    assert [first[name] for name in names] == [True, True, True, True, False]
    assert [moved[name] for name in names] == [True, True, True, True, False]
    assert not any(same.values()), "an equal value moves nothing"
    assert [other[name] for name in names] == [False, True, True, True, False]
    assert not any(unused.values())


def test_a_number_that_comes_out_the_same_moves_nothing_behind_it() -> None:
    graph = trace(lambda x, y: {"z": ops.where(x > 0, y, 0.0) + ops.arange(3)}, {"x": (), "y": ()}).to_json()
    script = """
const program = compile(given), seen = []
const move = (x) => { program.set("x", x); program.run(); seen.push(program.changed("z")) }
program.set("y", 4)
move(1); move(2); move(-1)
answer([seen, Array.from(program.output("z"))])"""
    assert node(IMPORT + script, graph) == [[True, False, True], [0, 1, 2]]


def test_the_first_run_computes_everything_behind_a_nan() -> None:
    graph = trace(lambda x: {"finite": ops.isfinite(x) * 1.0, "log": ops.where(x > 0, 1.0, ops.exp(x))}, {"x": ()})
    script = 'const program = compile(given)\nprogram.set("x", "nan")\nprogram.run()\n'
    script += 'answer([program.output("finite")[0], String(program.output("log")[0])])'
    assert node(IMPORT + script, graph.to_json()) == [0, "NaN"]


def test_buffers_of_outputs_are_made_once() -> None:
    script = """
const before = program.output("both")
program.set("x", 9); program.run()
answer([before === program.output("both"), before instanceof Float64Array, Array.from(before)])"""
    assert node(READY + script, GRAPH) == [True, True, [9, 18, 27]]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ('program.set("z", 1)', 'the graph has no input "z"; it has x, y, unused'),
        ('program.set("toString", 1)', 'the graph has no input "toString"; it has x, y, unused'),
        ('program.set("x", [1, 2])', 'input "x" is one number; it was given 2 numbers'),
        ('program.set("y", 1)', 'input "y" is an array of shape (3); it was given 1 numbers'),
        ('program.set("x", "a")', '"a" is not a number or an array of numbers'),
        ('program.set("x", null)', "null is not a number or an array of numbers"),
        ('program.set("x", {})', "{} is not a number or an array of numbers"),
        ('program.set("x", undefined)', "undefined is not a number or an array of numbers"),
        ('program.output("cards/N")', 'the graph has no output "cards/N"; it has x, both, root, served, constant'),
        ("program.run()", "inputs are not set yet: x, y, unused"),
    ],
)
def test_a_wrong_call_names_what_is_allowed(call: str, sentence: str) -> None:
    assert node(START + REFUSALS + f"answer(said(() => {call}))", GRAPH) == sentence


def unknown_operation() -> dict[str, Any]:
    graph = trace(lambda x: ops.solve(lambda t: ops.exp(t) - x, 0.0, 9.0), {"x": ()}).to_json()
    graph["nodes"][-1][3]["body"]["nodes"][0][0] = "constructor"
    return graph


def too_wide() -> dict[str, Any]:
    graph = trace(lambda x: ops.solve(lambda t: ops.exp(t) - x, 0.0, 9.0 + 0 * x), {"x": (3,)}).to_json()
    low = next(i for i, (op, *_) in enumerate(graph["nodes"], 1) if op == "constant")
    graph["nodes"][-1][1:3] = [[low, low, 0], []]
    return graph


@pytest.mark.parametrize(
    ("graph", "sentence"),
    [
        (unknown_operation(), 'operation "constructor" is not known to this interpreter; it knows absolute, add, and,'),
        (GRAPH | {"format": "scalewidgets-graph/9"}, 'graph format "scalewidgets-graph/9" is not known; this'),
        (too_wide(), "solve: the function gives an array of shape (3) where the answer is one number"),
    ],
    ids=["operation", "format", "shape"],
)
def test_a_graph_it_can_not_carry_out_is_refused_in_one_sentence(graph: dict[str, Any], sentence: str) -> None:
    said = node(IMPORT + REFUSALS + "answer(said(() => compile(given)))", graph)
    assert said.startswith(sentence)
    assert "\n" not in said


def test_numbers_arrive_nested_flat_typed_or_as_words() -> None:
    graph = trace(lambda x: x + 0.0, {"x": (2, 2)}).to_json()
    script = """
const program = compile(given)
const sent = [[[1, 2], [3, 4]], [1, 2, 3, 4], Float64Array.of(1, 2, 3, 4), Float32Array.of(1, 2, 3, 4)]
const found = sent.map((value) => { program.set("x", value); program.run(); return Array.from(program.output("")) })
program.set("x", [["nan", "inf"], ["-inf", 0]]); program.run()
answer([...found, Array.from(program.output(""), String)])"""
    assert node(IMPORT + script, graph) == [[1, 2, 3, 4]] * 4 + [["NaN", "Infinity", "-Infinity", "0"]]


def test_inputs_and_outputs_may_have_any_name() -> None:
    graph = trace(lambda **named: {"constructor": named["__proto__"] * 2.0}, {"__proto__": ()}).to_json()
    script = 'const program = compile(given)\nprogram.set("__proto__", 4)\nprogram.run()\n'
    assert node(IMPORT + script + 'answer(program.output("constructor")[0])', graph) == 8


def test_two_programs_of_one_graph_do_not_share_numbers() -> None:
    script = """
const programs = [compile(given), compile(given)]
programs.forEach((program, k) => { program.set("x", k); program.set("y", [1, 2, 3]); program.set("unused", 0) })
programs.forEach((program) => program.run())
answer(programs.map((program) => program.output("x")[0]))"""
    assert node(IMPORT + script, GRAPH) == [1, 2]


def test_the_modules_work_as_one_script_that_imports_nothing() -> None:
    text = joined(*(LIVE / part for part in PARTS))
    assert not re.search(r"\bimport\b|\beval\b|\bnew Function\b|\brequire\b|https?:", re.sub(r"//.*", "", text))
    script = (
        'const program = compile(given)\nprogram.set("x", 0)\nprogram.set("y", [1, 1, 1])\nprogram.set("unused", 0)\n'
    )
    found = node(
        text + script + 'program.run()\nanswer([program.output("root")[0], formatValue(72.4e9, "short")])', GRAPH
    )
    assert found == [pytest.approx(np.log(3), rel=1e-14), "72.4B"]
