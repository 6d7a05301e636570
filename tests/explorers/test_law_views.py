"""What every law's explorer shows at first makes sense, and its further views show what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets import ops
from scalewidgets.declare import Law
from scalewidgets.explorers import families
from scalewidgets.explorers.families import formats, plane
from scalewidgets.explorers.families.terms import terms
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_scene import LawScene, LawSetting
from scalewidgets.explorers.law_tracks import planes
from scalewidgets.explorers.law_view import LawView, Mark, views_of
from scalewidgets.formats import format_value
from scalewidgets.published_fits.loading import published
from scalewidgets.published_fits.points import points_of, reference_points
from scalewidgets.registry import laws
from scalewidgets.views.board import Board
from scalewidgets.views.picture import svg
from tests.laws.printed import agrees

LAWS = laws()
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


def keys(ex: LawExplorer) -> list[str]:
    return [view.key for view in views_of(ex.setting)]


@every_law
def test_the_first_state_lies_in_the_declared_range_of_the_response(law: Law) -> None:
    frames = law_explorer(law)().frames()
    here = float(frames["cards"]["response"]["value"])
    assert law.response.low <= here <= law.response.high
    for variable in law.variables:
        tables = frames["tables"][f"by {variable.symbol}"]
        y = np.where(np.isfinite(tables["curve"]["y"]), tables["curve"]["y"], tables["beyond"]["y"])
        known = y[np.isfinite(y)]
        assert len(known) >= len(y) / 2, f"most of the axis of {variable.symbol} has a value"
        assert np.ptp(known) > 1e-3 * abs(here), f"{variable.symbol} makes no difference to be seen"
        inside = (known >= law.response.low) & (known <= law.response.high)
        assert inside.mean() >= 0.3, f"along {variable.symbol} the response leaves its range"


@every_law
def test_typical_values_lie_where_they_are_allowed(law: Law) -> None:
    for coefficient in law.coefficients:
        assert coefficient.low <= coefficient.illustrative <= coefficient.high, coefficient.name
    for variable in law.variables:
        if variable.typical is not None:
            assert variable.low <= variable.typical <= variable.high, variable.symbol


@every_law
def test_formulas_are_short_enough_to_read(law: Law) -> None:
    assert max(map(len, law.latex().split(r",\quad "))) < 360


def test_a_long_formula_is_printed_in_parts() -> None:
    first, *parts = sw.law("data-constrained").latex().split(r",\quad ")
    assert first == r"L = E + \frac{A}{N'^{\alpha}} + \frac{B}{D'^{\beta}}"
    assert [part.split(" = ")[0] for part in parts] == ["N'", "D'", "U_{N}", "U_{D}", "G"]
    declared = [(law.key, name) for law in LAWS.values() for name, _ in law.parts]
    for key, name in declared:
        assert sw.law(key).latex().count(name.split("_")[0]) >= 2, f"{name} of {key} stands for nothing"


@pytest.mark.parametrize(
    ("key", "views"),
    [
        ("chinchilla", ["floor", "plane", "terms"]),
        ("data-mixing-5", ["mixture"]),
        ("data-mixing-2", []),
        ("kaplan-n", []),
        ("henighan-n", ["floor", "terms"]),
        ("penalised", ["plane"]),
        ("float-quantization", ["floor", "formats", "plane", "terms"]),
    ],
)
def test_a_law_has_the_views_that_suit_it(key: str, views: list[str]) -> None:
    assert keys(law_explorer(sw.law(key))()) == views


def test_every_file_of_the_folder_is_a_view() -> None:
    found = {key for law in LAWS.values() for key in keys(law_explorer(law)())}
    assert found == {file.stem for file in Path(families.__path__[0]).glob("[a-z]*.py")}


@every_law
def test_the_terms_of_a_sum_make_up_the_response(law: Law) -> None:
    ex = law_explorer(law)()
    frames = ex.frames()
    found = [columns for name, columns in frames["tables"].get("terms", {}).items() if name.startswith("term ")]
    assert bool(found) == ("terms" in keys(ex))
    if found:
        assert sum(each["value"][0] for each in found) == pytest.approx(float(frames["cards"]["response"]["value"]))
        assert len(found) == len(terms(law).outputs)
        np.testing.assert_allclose(sum(each["share"] for each in found), 1.0)


def test_a_map_shows_the_response_the_same_elsewhere_and_the_best_of_a_budget() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024", N=1e9, D=2e10)
    tables = ex.frames()["tables"]["plane"]
    shown = tables["cells"]
    np.testing.assert_allclose(shown["value"], ex.fit(N=shown["x"], D=shown["y"]), rtol=1e-12)
    assert 0 <= shown["level"].min() < 0.01 < 0.99 < shown["level"].max() <= 1
    same = np.isfinite(tables["same"]["y"])
    assert same.sum() > 5
    at = ex.fit(N=tables["same"]["x"][same], D=tables["same"]["y"][same])
    np.testing.assert_allclose(at, ex.fit(N=1e9, D=2e10), rtol=1e-4)
    best = sw.plan(ex.fit, compute=6 * 1e9 * 2e10)
    assert float(tables["best"]["x"][0]) == pytest.approx(best.N, rel=0.15)
    assert "hollow" in tables and len(tables["hollow"]["x"]) + len(tables["models"]["x"]) > 20


def test_the_map_lies_over_the_variables_that_are_asked_for() -> None:
    ex = law_explorer(sw.law("penalised"))()
    assert ex.plane == "eta B_s", "a valley comes first"
    tables = ex.frames()["tables"]["plane"]
    least = float(tables["best"]["value"][0])
    assert least == np.nanmin(tables["cells"]["value"]) <= float(tables["here"]["value"][0])
    assert len(planes(ex.law)) == 10
    ex.plane = "N D"
    assert "budget" in ex.frames()["tables"]["plane"]
    with pytest.raises(ValueError, match="plane"):
        ex.plane = "N Q"


def test_shares_of_a_mixture_are_taken_in_proportion() -> None:
    ex = law_explorer(sw.law("data-mixing-3"))(r_1=0.8, r_2=0.4, r_3=0.4)
    frames = ex.frames()
    shares = [float(frames["cards"][f"share r_{i}"]["value"]) for i in (1, 2, 3)]
    assert shares == pytest.approx([0.5, 0.25, 0.25])
    assert float(frames["cards"]["response"]["value"]) == pytest.approx(float(ex.fit(r_1=0.5, r_2=0.25, r_3=0.25)))
    curve = frames["tables"]["by r_1"]["curve"]
    expected = ex.fit(r_1=curve["x"], r_2=(1 - curve["x"]) / 2, r_3=(1 - curve["x"]) / 2)
    np.testing.assert_allclose(curve["y"], expected, rtol=1e-9)
    shown = frames["tables"]["mixture"]["cells"]
    known = np.isfinite(shown["value"])
    assert (shown["x"] + shown["y"])[known].max() <= 1 + 1e-9 < (shown["x"] + shown["y"])[~known].min()
    np.testing.assert_allclose((shown["x"] + shown["y"] + shown["rest"])[known], 1.0)
    for none in ({"r_1": 0.0, "r_2": 0.0, "r_3": 0.0}, {"r_1": 1.0, "r_2": 0.0, "r_3": 0.0}):
        ex.apply(none)
        assert np.isfinite(ex.frames()["cards"]["response"]["value"])


@pytest.mark.parametrize("point", reference_points(), ids=lambda point: f"{point.fit}({point.text})")
def test_reference_values_follow_from_their_fit(point: sw.published_fits.points.ReferencePoint) -> None:
    assert agrees(float(published(point.fit)(**point.at)), point.text)


def test_reference_values_are_shown_with_their_own_fit_only() -> None:
    law = sw.law("chinchilla")
    ex = law_explorer(law)("hoffmann2022")
    keys = [point.fit for point in points_of(law)]
    shown = np.isfinite(ex.frames()["tables"]["by N"]["points"]["y"])
    assert [key for key, on in zip(keys, shown, strict=True) if on] == ["hoffmann2022"] * 4
    ex.fit = "besiroglu2024"
    assert np.isnan(ex.frames()["tables"]["by N"]["points"]["y"]).all()


def test_above_its_floor_a_power_law_is_straight() -> None:
    curve = law_explorer(sw.law("henighan-n"))().frames()["tables"]["floor"]["curve"]
    slopes = np.diff(np.log(curve["y"])) / np.diff(np.log(curve["x"]))
    np.testing.assert_allclose(slopes, slopes[0], rtol=1e-9)


def test_a_law_of_ones_own_brings_a_view_of_its_own() -> None:
    def view(setting: LawSetting) -> LawView:
        x = setting.law.variables[0]

        def frame(scene: LawScene) -> dict[str, Any]:
            ends = scene.span(x)
            return {
                "tables": {"line": {"x": ops.stack(*ends), "y": ops.stack(*ends)}},
                "ranges": {"x": ends, "y": ends},
            }

        return LawView("own", "Mine", "A view of my own", frame, (Mark("curve", "line", "here"),), x, x)

    ex = sw.explore(sw.Law(lambda x, *, a: a * x, "own", views=(view,)))
    assert keys(ex)[0] == "own"
    assert ex.why_not_portable == ""
    assert Board.of(ex).figures["own"].title.text == "A view of my own"


@pytest.mark.parametrize("key", ["chinchilla", "data-mixing-5"])
def test_its_charts_move_with_the_frames_and_can_be_pictured(key: str) -> None:
    ex = law_explorer(sw.law(key))()
    board = Board.of(ex)
    ex.apply({ex.names[5]: getattr(ex, ex.names[5]) * 0.5})
    board.apply(board.movement(ex.frames()))
    view = next(key for key in keys(ex) if key in ("plane", "mixture"))
    drawn = next(leaf for leaf in board.leaves[view] if leaf.table == "cells")
    np.testing.assert_array_equal(drawn.source.data["color"], ex.frames()["tables"][view]["cells"]["level"])
    assert svg(board.figures[view]).count("<rect") > 200


def test_a_bar_of_colours_says_what_each_level_stands_for() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024", N=1e9, D=2e10)
    tables = ex.frames()["tables"]["plane"]
    shown, levels = tables["cells"], dict(zip(plane.LEVELS, tables["levels"]["value"], strict=True))
    assert levels[0.0] == pytest.approx(np.nanmin(shown["value"]))
    assert levels[1.0] == pytest.approx(np.nanmax(shown["value"]))
    order = np.argsort(shown["level"])
    between = np.interp(0.6, shown["level"][order], shown["value"][order])
    assert levels[0.6] == pytest.approx(between, rel=0.02)
    board = Board.of(ex)
    (bar,) = board.figures["plane"].right
    before = dict(bar.major_label_overrides)
    assert before == {level: format_value(value, "loss") for level, value in levels.items()}
    ex.E = ex.E + 1.0
    board.apply(board.movement(ex.frames()))
    assert bar.major_label_overrides[0.0] == format_value(levels[0.0] + 1.0, "loss") != before[0.0]
    assert board.map(ex.frames())["plane"]["scales"][bar.name]["path"] == "tables/plane/levels/value"


def test_bars_of_formats_are_the_law_at_their_bits() -> None:
    ex = law_explorer(sw.law("float-quantization"))(D=1e12, P_e=4, P_m=3)
    tables = ex.frames()["tables"]["formats"]
    others = {symbol: getattr(ex, symbol) for symbol in ("N", "D", "G")}
    widest = ex.fit(P_e=8, P_m=10, **others)
    for i, (exponent, mantissa) in enumerate(formats.FORMATS.values()):
        loss = ex.fit(P_e=exponent, P_m=mantissa, **others)
        assert tables["formats"]["value"][i] == pytest.approx(loss)
        assert tables["formats"]["right"][i] == pytest.approx(loss - widest, rel=1e-6, abs=1e-12)
    here = list(formats.FORMATS).index("FP8 fine")
    assert tables["here"]["right"][0] == pytest.approx(tables["formats"]["right"][here])
    assert list(tables["formats"]["top"]) == sorted(tables["formats"]["top"], reverse=True)
    assert (np.diff([tables["formats"]["right"][i] for i in (0, 1, 3)]) < 0).all(), "more bits add less"


def test_a_picture_of_a_map_has_its_bar_of_colours() -> None:
    board = Board.of(law_explorer(sw.law("chinchilla"))())
    texts = re.findall(r'text-anchor="start"[^>]*>([^<]*)</text>', svg(board.figures["plane"]))
    assert texts == list(board.figures["plane"].right[0].major_label_overrides.values())
    frames = [re.findall(r'clipPath id="(\w+)"', svg(board.figures[key])) for key in ("plane", "by_N")]
    assert frames[0] != frames[1], "two pictures in one document keep their frames"
