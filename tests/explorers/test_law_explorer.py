"""Every law of the registry has an explorer: finite frames, replayed equal from the graph, saved as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.declare import Law
from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_tracks import published_of
from scalewidgets.explorers.texts import texts
from scalewidgets.live.packing import pack, unpack
from scalewidgets.live.program import bundle, graph_of, set_key, twins
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import flatten
from scalewidgets.registry import laws

KEYS = list(laws())
STATES = 3


def random_state(ex: LawExplorer, rng: np.random.Generator) -> dict[str, Any]:
    """Give a state over the tracks of the variables, with coefficients somewhat off those of the fit."""
    found: dict[str, Any] = {"curves": str(rng.choice(["", *ex.law.symbols]))}
    for variable in ex.law.variables:
        control = ex.controls_by_name[ex.names_of[variable.symbol]]
        low, high = control.ends
        value = control.value_at(rng.uniform(low, high))
        found[control.name] = value if variable.allows(value) else getattr(ex, control.name)
    for coefficient in ex.law.coefficients:
        name = ex.names_of[coefficient.name]
        moved = getattr(ex, name) * rng.uniform(0.97, 1.03)
        found[name] = float(np.clip(moved, coefficient.low, coefficient.high))
    return found


@pytest.mark.parametrize("key", KEYS)
def test_frames_are_sane_over_random_states_and_replay_equal_from_the_graph(key: str) -> None:
    ex = law_explorer(sw.law(key))()
    graph = Graph.from_json(json.loads(json.dumps(ex.graph().to_json(), allow_nan=False)))
    rng = np.random.default_rng(KEYS.index(key))
    frames = ex.frames()
    assert np.isfinite(frames["cards"]["response"]["value"]), "the first state shows a number"
    for _ in range(STATES):
        for view, axes in frames["ranges"].items():
            for axis, limits in axes.items():
                assert np.isfinite([limits["low"], limits["high"]]).all(), (view, axis)
                assert limits["low"] < limits["high"], (view, axis)
        drawn = [
            columns["y"]
            for view, tables in frames["tables"].items()
            if view.startswith("by ")
            for columns in (tables["curve"], tables["beyond"])
        ]
        assert ex.law.response.allows(np.concatenate(drawn)[np.isfinite(np.concatenate(drawn))]).all()
        replayed = graph(**ex.inputs)
        for path, value in flatten(frames).items():
            np.testing.assert_allclose(replayed[path], value, rtol=1e-9, atol=1e-12, equal_nan=True, err_msg=path)
        ex.apply(random_state(ex, rng))
        frames = ex.frames()


@pytest.mark.parametrize("key", KEYS)
def test_its_texts_name_the_source_or_say_that_values_are_illustrative(key: str) -> None:
    law = sw.law(key)
    ex = law_explorer(law)()
    html = texts(ex, ex.frames())
    assert html["formula"].count("data-coefficient") >= 1 or not law.names
    assert ("Illustrative coefficients" in html["notes"]) == (not published_of(law))
    assert f"sw.explore({ex.fit.key or law.key!r}" in ex.code()


@pytest.mark.parametrize("key", KEYS)
def test_what_its_settings_say_makes_it_again(key: str) -> None:
    law = sw.law(key)
    ex = law_explorer(law)()
    ex.apply(random_state(ex, np.random.default_rng(1)))
    settings = ex.settings()
    fit = settings.pop("fit") if ex.fit.key else settings.pop("fit") and None
    again = law_explorer(law)(fit, **settings)
    assert again.settings() == ex.settings() == ex.twin().settings()


@pytest.mark.parametrize("key", KEYS)
def test_what_a_page_takes_of_it_can_be_packed(key: str) -> None:
    ex = law_explorer(sw.law(key))().giveaway(draws=5)
    data = unpack(pack(bundle(ex, [ex])))
    (taken,) = [each["taken"] for each in data["sets"].values()]
    assert taken == {ex.names_of[name]: value for name, value in ex.fit.values.items()}
    assert {control["input"] for control in data["controls"]} <= {"", *ex.inputs}


@pytest.mark.parametrize("topic", sw.catalogue().topics)
def test_a_law_of_every_topic_is_saved_as_a_page(topic: str, tmp_path: Path) -> None:
    # rendering charts takes a second or more, and those of one law are made as those of another
    row = next(iter(sw.catalogue(kind="law", topic=topic)))
    saved = sw.explore(row.key, view="law").save(tmp_path / "page.html")
    text = saved.path.read_text(encoding="utf-8")
    assert "data-scalewidgets" in text
    assert "runs: none" in str(saved)


def test_all_sets_of_coefficients_of_a_law_share_a_graph_or_differ_by_draws() -> None:
    ex = law_explorer(sw.law("chinchilla"))()
    found = {set_key(twin): graph_of(twin)[0] for twin in twins(ex)}
    assert len(found) == 3 * len(ex.fits)
    assert len(set(found.values())) == 2


def test_a_fit_brings_its_coefficients_and_one_set_by_hand_says_so() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024")
    assert np.isfinite(ex.frames()["tables"]["by N"]["band"]["low"]).all()
    ex.alpha = 0.3
    frames = ex.frames()
    assert frames["notes"]["moved"] == 1
    assert np.isnan(frames["tables"]["by N"]["band"]["low"]).all(), "draws of other coefficients are no band"
    ex.fit = "hoffmann2022"
    assert ex.alpha == sw.published("hoffmann2022").values["alpha"]
    assert ex.frames()["notes"]["moved"] == 0
    ex.apply({"beta": 0.25, "fit": "besiroglu2024"})
    assert (ex.fit.key, ex.beta) == ("besiroglu2024", 0.25)


def test_curves_are_split_where_the_runs_end() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024")
    low, high = ex.fit.source.ranges["N"]
    tables = ex.frames()["tables"]["by N"]
    x = tables["curve"]["x"]
    assert np.isnan(tables["curve"]["y"][(x < low) | (x > high)]).all()
    assert np.isfinite(tables["beyond"]["y"][(x < low) | (x > high)]).all()
    assert ex.frames()["notes"]["beyond"] == 1
    ex.N = 10 * high
    assert ex.frames()["notes"]["beyond"] == pytest.approx(10)


def test_a_family_passes_through_the_law() -> None:
    ex = law_explorer(sw.law("precision"))(curves="P_w")
    tables = ex.frames()["tables"]
    y = np.where(
        np.isfinite(tables["by N"]["family"]["y"]), tables["by N"]["family"]["y"], tables["by N"]["family beyond"]["y"]
    )
    first = tables["by N"]["family"]["x"][:60]
    values = {symbol: getattr(ex, symbol) for symbol in ("D", "P_a", "P_kv")}
    for k, bits in enumerate(ex.inputs["family.P_w"]):
        np.testing.assert_allclose(y[61 * k : 61 * k + 60], ex.fit(N=first, P_w=bits, **values), rtol=1e-12)
    assert np.isnan(tables["by P_w"]["family"]["y"]).all(), "no family over the axis itself"


def test_runs_are_shown_with_their_residuals(tmp_path: Path) -> None:
    fit = sw.published("kaplan2020-n")
    runs = sw.simulate(fit, N=np.geomspace(1e6, 1e9, 12), noise=0.02, seed=0)
    ex = sw.explore(fit, runs=runs)
    residual = ex.frames()["tables"]["residuals N"]["points"]["y"]
    np.testing.assert_allclose(residual, 100 * (runs["loss"] / fit(N=runs["N"]) - 1), rtol=1e-9)
    assert set(ex.views) == {"by_N", "residuals_N"}
    assert "runs: none" in str(ex.save(tmp_path / "without.html"))
    assert "runs: 12" in str(ex.save(tmp_path / "with.html", include_runs=True))


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"N": -1.0}, StateError, "N = -1 is not allowed; model size must be positive and finite"),
        ({"Q": 1.0}, UnknownName, "no setting 'Q'"),
        ({"fit": "hoffman2022"}, UnknownName, "Did you mean 'hoffmann2022'"),
        ({"fit": sw.published("kaplan2020-n")}, StateError, "is a fit of law 'kaplan-n'"),
        ({"alpha": 99.0}, StateError, "alpha = 99 is outside 0 to 3"),
        ({"curves": "Q"}, ValueError, "Q"),
    ],
)
def test_what_it_refuses(settings: dict[str, Any], error: type[Exception], sentence: str) -> None:
    ex = law_explorer(sw.law("chinchilla"))()
    before = ex.settings()
    with pytest.raises(error, match=sentence):
        ex.apply(settings)
    assert ex.settings() == before


def test_runs_without_a_variable_of_the_law_are_refused() -> None:
    runs = sw.read_runs({"N": [1e8, 2e8], "D": [1e9, 4e9], "loss": [3.2, 3.0]})
    with pytest.raises(StateError, match="runs have no column P_w"):
        sw.explore("precision", runs=runs)


@pytest.mark.parametrize(
    ("asked", "view", "shown"),
    [
        ("besiroglu2024", None, "allocation"),
        ("besiroglu2024", "law", "law"),
        ("chinchilla", None, "allocation"),
        ("chinchilla", "law", "law"),
        ("kumar2024", None, "law"),
        ("precision", None, "law"),
    ],
)
def test_the_law_decides_which_explorer_opens_unless_one_is_asked_for(asked: str, view: str | None, shown: str) -> None:
    ex = sw.explore(asked, view=view)
    assert isinstance(ex, LawExplorer) == (shown == "law")


def test_hostile_names_are_escaped_and_reserved_names_get_an_underscore() -> None:
    evil = "<script>alert(1)</script>{x}"

    def kernel(x: Any, *, views: Any, fit: Any) -> Any:
        return views + fit * x

    law = Law(kernel, evil, title=evil, variables=("x",), notes=(evil,), citation=sw.Citation(evil))  # type: ignore[arg-type]
    ex = sw.explore(law)
    assert ex.names[5:] == ("x", "views_", "fit_")
    html = "".join(texts(ex, ex.frames()).values())
    assert "<script" not in html
    assert "&lt;script&gt;" in html
