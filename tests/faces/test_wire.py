"""An update survives the wire, in Python and in the module the browser runs."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scalewidgets.faces.wire import Update, WireError, pack, unpack
from scalewidgets.live import bundling

MODULE = Path(bundling.__file__).with_name("update.mjs")
NAMES = st.text(min_size=1, max_size=12)
COLUMNS = st.integers(0, 9).flatmap(
    lambda n: st.dictionaries(NAMES, arrays(np.float64, n, elements=st.floats(width=64)), max_size=3)
)
LIMIT = st.floats(width=64)
UPDATES = st.builds(
    Update,
    st.dictionaries(NAMES, COLUMNS, max_size=3),
    st.dictionaries(NAMES, st.tuples(LIMIT, LIMIT), max_size=3),
    st.dictionaries(NAMES, st.text(), max_size=3),
)

EXAMPLE = Update(
    sources={
        "3f:bowl:0": {"N [parameters]": np.array([1e9, np.nan, np.inf, -np.inf, -0.0]), "loss": np.arange(5.0)},
        "3f:bowl:1": {"N": np.array([])},
    },
    ranges={"3f:bowl.x": (1e8, 1e12), "3f:bowl.y": (np.nan, 2.0)},
    texts={"cards": "N* <b>72.4B</b> ±", "formula": ""},
)


def header_of(block: bytes) -> tuple[dict[str, object], int]:
    (length,) = struct.unpack_from("<I", block)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in the header is not JSON")

    return json.loads(block[4 : 4 + length], parse_constant=refuse), 4 + length


@given(UPDATES)
def test_every_update_comes_back_as_it_was_packed(update: Update) -> None:
    back = unpack(pack(update))
    np.testing.assert_equal(back.sources, update.sources)
    np.testing.assert_equal(back.ranges, update.ranges)
    assert back.texts == update.texts


@given(UPDATES)
def test_the_header_is_strict_json_and_the_payload_is_aligned(update: Update) -> None:
    block = pack(update)
    header, start = header_of(block)
    assert set(header) == {"sources", "ranges", "texts"}
    assert start % 8 == 0
    assert (len(block) - start) % 8 == 0


@pytest.mark.parametrize(
    "values",
    [[1, 2, 3], (1.5, 2.5), np.arange(6, dtype=np.int32)[::2], np.array([True, False]), np.arange(3.0, dtype=">f8")],
    ids=["integers", "tuple", "strided", "booleans", "big-endian"],
)
def test_columns_of_numbers_arrive_as_float64(values: object) -> None:
    column = unpack(pack(Update(sources={"s": {"c": values}}))).sources["s"]["c"]
    assert column.dtype == np.float64
    np.testing.assert_array_equal(column, np.asarray(values, dtype=float))


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (Update(sources={"bowl": {"N": [[1.0]]}}), r"column 'N' of source 'bowl' has shape \(1, 1\)"),
        (Update(sources={"bowl": {"N": ["7B"]}}), "column 'N' of source 'bowl'.* numbers"),
        (Update(sources={"bowl": {"N": [1 + 2j]}}), "complex128"),
        (Update(sources={"bowl": {"N": [1.0], "L": [1.0, 2.0]}}), "source 'bowl' differ in length"),
        (Update(ranges={"bowl.x": (1.0, 2.0, 3.0)}), r"range 'bowl\.x'.*give \(start, end\)"),
    ],
)
def test_what_cannot_be_packed_is_named(update: Update, message: str) -> None:
    with pytest.raises(WireError, match=message):
        pack(update)


@pytest.mark.parametrize(
    "block",
    [b"", b"\x01", b"\xff\xff\xff\xff", b"\x04\x00\x00\x00null", pack(EXAMPLE)[:-8], pack(EXAMPLE)[:-3]],
    ids=["empty", "short", "no header", "no object", "a value short", "cut within a value"],
)
def test_a_damaged_block_is_refused(block: bytes) -> None:
    with pytest.raises(WireError, match="not a packed update|lie outside"):
        unpack(block)


def test_merging_replaces_what_is_newer_and_keeps_the_rest() -> None:
    old = Update({"a": {"x": [1.0], "y": [2.0]}, "b": {"x": [3.0]}}, {"f.x": (0, 1)}, {"cards": "old", "notes": "n"})
    new = Update({"a": {"y": [9.0]}}, {"f.y": (2, 3)}, {"cards": "new"})
    merged = old.merged(new)
    assert merged.sources == {"a": {"x": [1.0], "y": [9.0]}, "b": {"x": [3.0]}}
    assert merged.ranges == {"f.x": (0, 1), "f.y": (2, 3)}
    assert merged.texts == {"cards": "new", "notes": "n"}
    assert old.sources["a"]["y"] == [2.0]


def in_node(script: str, *arguments: str) -> object:
    """Run a script that has the module as `m`, and read the JSON it prints."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node; the same module is run in Chromium by tests/browser")
    source = f"import * as m from {json.dumps(MODULE.as_uri())};\n{script}"
    command = [node, "--input-type=module", "--eval", source, "--", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


DECODE = """
const bytes = Buffer.from(process.argv.at(-1), "base64");
const [shift] = [Number(process.argv.at(-2))];
const moved = new Uint8Array(bytes.length + shift);
moved.set(bytes, shift);
const update = m.decodeUpdate(new DataView(moved.buffer, shift));
const plain = (key, value) =>
  value instanceof Float64Array ? [...value].map(String)
  : typeof value === "number" ? String(value) : value;
console.log(JSON.stringify(update, plain));
"""


@pytest.mark.parametrize("shift", [0, 1, 4, 7])
def test_the_browser_module_reads_it_at_any_offset_of_a_message(shift: int) -> None:
    seen = in_node(DECODE, str(shift), base64.b64encode(pack(EXAMPLE)).decode())
    assert seen == {
        "sources": {
            "3f:bowl:0": {
                "N [parameters]": ["1000000000", "NaN", "Infinity", "-Infinity", "0"],
                "loss": ["0", "1", "2", "3", "4"],
            },
            "3f:bowl:1": {"N": []},
        },
        "ranges": {"3f:bowl.x": ["100000000", "1000000000000"], "3f:bowl.y": ["NaN", "2"]},
        "texts": {"cards": "N* <b>72.4B</b> ±", "formula": ""},
    }


# A range as BokehJS has it, moved by updates (numbers) and by the user's hand ("zoom", "reset").
RANGE = """
const range = { start: 0, end: 1, reset_start: null, reset_end: null, setv(v) { Object.assign(this, v); } };
const document = { get_model_by_name: (name) => (name === "f.x" ? range : null) };
const seen = JSON.parse(process.argv.at(-1)).map((step) => {
  if (step === "zoom") range.setv({ start: 0.25, end: 0.75 });
  else if (step === "reset") range.setv({ start: range.reset_start, end: range.reset_end });
  else m.applyUpdate(document, { ranges: { "f.x": [step, step + 1].map((x) => (x < 0 ? NaN : x)), "other": [0, 1] } });
  return [range.start, range.end];
});
console.log(JSON.stringify(seen));
"""


@pytest.mark.parametrize(
    ("steps", "limits"),
    [
        ([5, 6], [[5, 6], [6, 7]]),
        ([5, "zoom", 6, 7], [[5, 6], [0.25, 0.75], [0.25, 0.75], [0.25, 0.75]]),
        ([5, "zoom", 6, 7, "reset", 8], [[5, 6], [0.25, 0.75], [0.25, 0.75], [0.25, 0.75], [7, 8], [8, 9]]),
        ([5, -9, 6], [[5, 6], [5, 6], [6, 7]]),
    ],
    ids=["follows", "zoom stays", "reset returns to the present", "not finite is passed over"],
)
def test_a_range_follows_unless_the_user_zoomed(steps: list[object], limits: list[list[float]]) -> None:
    assert in_node(RANGE, json.dumps(steps)) == limits


SOURCE = """
let emitted = 0;
const source = { data: { x: [1, NaN], y: [3, 4] }, change: { emit: () => emitted++ } };
const document = { get_model_by_name: (name) => (name === "s" ? source : null) };
const counts = [[1, NaN], [1, 2], [1, 2], [1, 2, 3]].map((x) => {
  m.applyUpdate(document, { sources: { s: { x: Float64Array.from(x) }, gone: { x: new Float64Array(1) } } });
  return emitted;
});
console.log(JSON.stringify([counts, [...source.data.x], source.data.y]));
"""


def test_a_source_is_announced_once_and_only_when_values_changed() -> None:
    assert in_node(SOURCE) == [[0, 1, 1, 2], [1, 2, 3], [3, 4]]
