"""A fit goes to a file and back without loss, also with a law that nobody else has; a bad file is refused by name."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scalewidgets as sw
from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.errors import Caution, FitError
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.fits.storage import from_json, to_json

TRUTH = sw.published("hoffmann2022")
DESIGN = {"N": np.geomspace(1e8, 1e10, 5)[:, None], "D": np.geomspace(1e9, 1e11, 5)}
DRAWN = sw.fit("chinchilla", sw.simulate(TRUTH, **DESIGN, noise=0.01, seed=0), bootstrap=10)


def same(first: Fit, second: Fit) -> bool:
    """Compare every field exactly; a stored law by what it is made of."""
    return to_json(first) == to_json(second)


def parts(fit: Fit) -> dict[str, Any]:
    return {item.name: getattr(fit, item.name) for item in fields(fit)}


PUBLISHED = [sw.published(key) for key in ("besiroglu2024", "kaplan2020-c", "muennighoff2023")]


@pytest.mark.parametrize("fit", [DRAWN, *PUBLISHED], ids=lambda fit: fit.key or "fitted")
def test_what_is_loaded_equals_what_was_saved(fit: Fit, tmp_path: Path) -> None:
    fit.save(tmp_path / "fit.json")
    loaded = sw.Fit.load(tmp_path / "fit.json")
    before, after = parts(fit), parts(loaded)
    for name in ("law", "values", "source", "key", "title", "record", "warnings", "runs"):
        assert after[name] == before[name], name
    assert (loaded.draws is None) == (fit.draws is None)
    for name, draw in (fit.draws or {}).items():
        np.testing.assert_array_equal(loaded.draws[name], draw)
    np.testing.assert_array_equal(loaded.noise, fit.noise)
    assert loaded.summary() == fit.summary()


def test_runs_can_be_left_out(tmp_path: Path) -> None:
    DRAWN.save(tmp_path / "fit.json", include_runs=False)
    loaded = sw.Fit.load(tmp_path / "fit.json")
    assert loaded.runs is None
    assert loaded.record == DRAWN.record
    assert str(next(iter(DRAWN.runs.loss))) not in (tmp_path / "fit.json").read_text(encoding="utf-8")


NUMBERS = st.floats(1e-300, 1e300, allow_subnormal=False)


@settings(max_examples=40)
@given(
    values=st.lists(NUMBERS, min_size=5, max_size=5), draws=st.lists(NUMBERS, min_size=5, max_size=5), title=st.text()
)
def test_any_numbers_and_any_text_survive(values: list[float], draws: list[float], title: str) -> None:
    names = TRUTH.law.names
    fit = replace(
        TRUTH,
        values=dict(zip(names, values, strict=True)),
        draws={name: np.array([draw, draw / 3]) for name, draw in zip(names, draws, strict=True)},
        noise=np.array([-0.1, 1 / 3]),
        title=title,
        warnings=(Caution("x", title, title),),
    )
    loaded = from_json(json.loads(json.dumps(to_json(fit), allow_nan=False)))
    assert same(loaded, fit)
    assert loaded.title == title


def _kernel(N: Any, D: Any, *, E: Any, A: Any, B: Any, p: Any) -> Any:
    return E + ops.sqrt((A / N) ** (2 * p) + (B / D) ** (2 * p))


def _user_law() -> Law:
    return Law(
        _kernel,
        "mine-only",
        title="Law of my own",
        response=Variable("L", "Loss", "nats/token", 0.1, 12.0, scale="linear", format="loss"),
        variables=(
            Variable("N", "Model size", "parameters", 1e6, 1e13),
            Variable("D", "Training tokens", "tokens", 1e8, 1e15),
        ),
        coefficients=(
            Coefficient("E", "irreducible", 0.0, float("inf"), (0.5, 3.0), linear=False),
            Coefficient("A", "scale", 1.0, 1e20, (1e6, 1e12)),
            Coefficient("B", "scale", 1.0, 1e20, (1e6, 1e12)),
            Coefficient("p", "exponent", 0.05, 2.0, (0.1, 1.0)),
        ),
        citation=Citation("me"),
        notes=("Mine.",),
    )


USER = Fit(_user_law(), {"E": 1.7, "A": 1e8, "B": 2e9, "p": 0.4}, Source(Citation("me"), "simulated"), title="Mine")

ELSEWHERE = """
import json, sys
import numpy as np
import scalewidgets as sw
from scalewidgets.registry import laws
fit = sw.Fit.load(sys.argv[1])
plan = sw.plan(fit, compute=1e22)
served = sw.plan(fit, compute=1e22, inference_tokens=2e12)
runs = sw.simulate(fit, N=np.geomspace(1e7, 1e10, 5)[:, None], D=np.geomspace(1e8, 1e11, 5))
print(json.dumps({
    "known": fit.law.key in laws(),
    "loss": float(fit(N=1e9, D=1e10)),
    "latex": fit.law.latex(),
    "high": fit.law.coefficients[0].high,
    "plans": [plan.N, plan.D, plan.loss, served.N, served.D],
    "refit": dict(sw.fit(fit.law, runs, bootstrap=0).values),
}))
"""


def test_a_law_of_the_users_own_works_in_another_process_that_never_saw_it(tmp_path: Path) -> None:
    USER.save(tmp_path / "mine.json")
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "mine.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    plan, served = sw.plan(USER, compute=1e22), sw.plan(USER, compute=1e22, inference_tokens=2e12)
    assert not found["known"]
    assert found["loss"] == pytest.approx(float(USER(N=1e9, D=1e10)), rel=1e-14)
    assert found["plans"] == pytest.approx([plan.N, plan.D, plan.loss, served.N, served.D], rel=1e-9)
    assert found["refit"] == pytest.approx(dict(USER.values), rel=1e-8)
    assert found["latex"] == USER.law.latex()
    assert found["high"] == float("inf")


def test_a_stored_law_keeps_its_closed_forms(tmp_path: Path) -> None:
    # the catalogue has no law of this key, so what is loaded is the stored graph
    renamed = replace(TRUTH, law=replace(TRUTH.law, key="not-in-the-catalogue"))
    renamed.save(tmp_path / "fit.json")
    loaded = sw.Fit.load(tmp_path / "fit.json")
    assert loaded.law.optimum is not None
    assert loaded.law.tokens is not None
    assert same(loaded, renamed), "saving what was loaded gives the same file"
    for question in ({"compute": 1e22}, {"compute": 1e22, "inference_tokens": 1e12}):
        first, second = sw.plan(TRUTH, **question), sw.plan(loaded, **question)
        assert [second.N, second.D, second.loss] == pytest.approx([first.N, first.D, first.loss], rel=1e-12)


def test_a_law_that_changed_since_is_used_as_it_was_saved_and_says_so(tmp_path: Path) -> None:
    def older(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
        return 2 * E + A * N**-alpha + B * D**-beta

    law = replace(TRUTH.law, kernel=older, optimum=None, tokens=None)
    replace(TRUTH, law=law).save(tmp_path / "fit.json")
    loaded = sw.Fit.load(tmp_path / "fit.json")
    assert [caution.key for caution in loaded.warnings] == ["law-changed"]
    assert float(loaded(N=1e9, D=1e10)) == pytest.approx(float(TRUTH(N=1e9, D=1e10)) + TRUTH.values["E"])


def test_a_law_that_cant_be_recorded_asks_for_its_file(tmp_path: Path) -> None:
    def with_numpy(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
        return E + A * np.exp(-alpha * np.log(N)) + B * D**-beta

    law = replace(TRUTH.law, kernel=with_numpy, key="mine-in-numpy", optimum=None, tokens=None)
    replace(TRUTH, law=law).save(tmp_path / "fit.json")
    with pytest.raises(FitError, match="SCALEWIDGETS_PATH") as caught:
        sw.Fit.load(tmp_path / "fit.json")
    assert "fit.json" in str(caught.value)
    assert "'mine-in-numpy'" in str(caught.value)


def _edit(change: Callable[[dict[str, Any]], Any]) -> str:
    data = copy.deepcopy(to_json(DRAWN))
    change(data)
    return json.dumps(data)


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        *outer, last = path
        for key in outer:
            data = data[key]
        data[last] = to

    return change


UNKNOWN_GRAPH = {"format": "scalewidgets-graph/9", "inputs": [], "nodes": [], "outputs": {}}
BAD: dict[str, tuple[str, str]] = {
    "not JSON": ("E = 1.69", "is not JSON"),
    "cut off": (json.dumps(to_json(DRAWN))[:500], "is not JSON"),
    "empty": ("", "is not JSON"),
    "a list": ("[]", "its format is 'list'; this version reads 'scalewidgets-fit/1'"),
    "another format": (_edit(_set("format", to="scalewidgets-fit/99")), "its format is 'scalewidgets-fit/99'"),
    "no format": ("{}", "its format is None"),
    "a key missing": (_edit(lambda data: data.pop("source")), "is not a complete fit: KeyError('source')"),
    "a coefficient missing": (_edit(lambda data: data["values"].pop("A")), "needs exactly E, A, B, alpha, beta"),
    "a value that is text": (_edit(_set("values", "A", to="many")), "is not a complete fit"),
    "draws of another length": (_edit(lambda data: data["draws"]["A"].pop()), "all of one length"),
    "draws of a coefficient missing": (_edit(lambda data: data["draws"].pop("A")), "one array each for E, A, B"),
    "runs that are not": (_edit(_set("runs", "loss", to=[1.0])), "is not a complete fit"),
    "an unknown level": (_edit(_set("source", "verified", to="surely")), "'surely' is not a level"),
    "a graph of the future": (
        _edit(lambda data: data["law"].update(key="other", graphs={"kernel": UNKNOWN_GRAPH})),
        "graph format 'scalewidgets-graph/9' is not known",
    ),
    "a law that is a text": (_edit(_set("law", to="chinchilla")), "is not a complete fit"),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_by_its_name(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FitError) as caught:
        sw.Fit.load(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_file_and_one_that_is_not_text_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00\x80")
    for name, words in (
        ("none.json", "can't be read: No such file"),
        ("bytes.json", "is not JSON"),
        ("", "can't be read"),
    ):
        with pytest.raises(FitError, match=words) as caught:
            sw.Fit.load(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
