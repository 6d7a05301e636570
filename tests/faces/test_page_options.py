"""What an author may choose for a page is checked before anything is written, and said in the list of its contents."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import PortabilityError, StateError, UnknownName
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.studio_presets import Preset
from scalewidgets.faces.page import _whole, prepared, save
from scalewidgets.faces.page_figures import figures_of
from scalewidgets.faces.page_options import markdown, options_of
from scalewidgets.faces.page_states import states_of
from scalewidgets.faces.page_tools import presets_html, tools_html
from scalewidgets.laws.common import LOSS, TOKENS
from scalewidgets.live.packing import pack, unpack
from scalewidgets.live.program import state_of

CARD = "N"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"show": ["comput"]}, UnknownName, "no group or control 'comput'"),
        ({"lock": "compute"}, StateError, "give a list of names"),
        ({"charts": ["losses"]}, UnknownName, "no chart 'losses'"),
        ({"steps": {"a": {"hardware": None}}}, UnknownName, "step 'a' has no control 'hardware'"),
        ({"steps": {"a": {"compute": "plenty"}}}, ValueError, "plenty"),
        ({"questions": [{"state": {}}]}, StateError, "question 1 has no text"),
        ({"questions": [{"ask": "How big?"}]}, StateError, "reveals nothing"),
        ({"questions": [{"ask": "How big?", "card": "size"}]}, UnknownName, "no card 'size'"),
        ({"questions": [{"ask": "How big?", "hint": "?"}]}, UnknownName, "no part 'hint'"),
    ],
    ids=str,
)
def test_what_the_explorer_lacks_is_named(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        options_of(Explorer(), **options)


@pytest.mark.parametrize("draws", ["few", -1, True, 2.5])
def test_draws_that_are_no_count_are_refused_with_a_remedy(draws: Any, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="draws=0|0 for none"):
        save(Explorer(), tmp_path / "page.html", draws=draws)
    assert not (tmp_path / "page.html").exists()


def test_bands_are_kept_for_the_states_of_the_author_and_no_draws_go_along(tmp_path: Path) -> None:
    ex = Explorer()
    locked = ["fit", "hold", "near_optimal"]
    steps = {"more": {"compute": 1e24}}
    listed = str(save(ex, tmp_path / "page.html", draws="bands", lock=locked, steps=steps))
    assert "with no joint draws" in listed
    assert "bands: of 2 states, not of those that readers move to" in listed
    given, options, whole = prepared(ex, {}, include_runs=False, draws="bands")
    assert given.fit.draws is None
    assert ex.fit.draws is not None
    kept = unpack(pack(_whole(whole[0])))
    assert not [name for name in (*kept["set"]["inputs"], *kept["outputs"]) if "draw" in name]
    card = ex.frames()["cards"]["N"]
    assert [kept["outputs"][f"cards/N/{part}"][0] for part in ("value", "low", "high")] == [
        card[part] for part in ("value", "low", "high")
    ]


def sources(item: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and columns of every data source in the JSON of a chart."""
    if isinstance(item, dict) and item.get("name") == "ColumnDataSource" and "attributes" in item:
        yield item["attributes"].get("name", ""), dict(item["attributes"]["data"]["entries"])
    for part in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        yield from sources(part)


def test_charts_of_a_page_hold_no_numbers() -> None:
    first = figures_of(Explorer(), Explorer().frames(), projector=False)
    for key, item in first.items.items():
        moved = first.maps[key]["sources"]
        found = {name: data for name, data in sources(item) if name in moved}
        assert found.keys() == moved.keys()
        for name, columns in moved.items():
            for column in columns:
                block = found[name][column]["array"]["data"]
                # beside words that stay, such as labels, stands NaN
                assert np.isnan(np.frombuffer(gzip.decompress(base64.b64decode(block)))).all(), (key, name, column)


def test_words_of_scenarios_and_charts_stay_words_in_the_tools() -> None:
    hostile = '"><script>x</script>'
    html = tools_html({hostile: Preset(hostile, hostile, {})}, {hostile: hostile}, standalone=True)
    html += presets_html({hostile: Preset(hostile, hostile, {})})
    assert "<script" not in html
    assert html.count(escape(hostile)) >= 7
    assert 'data-tool="share"' not in tools_html({}, {}, standalone=False)


def test_a_name_is_a_control_first_and_a_group_by_its_key_or_title() -> None:
    ex = Explorer()
    assert options_of(ex, show=["compute"]).shown == {"compute"}
    assert options_of(ex, show=["Compute"]).shown == {"compute", "fit", "near_optimal"}
    chosen = options_of(ex, lock=["inference"])
    assert chosen.shown - chosen.free == {"inference_tokens", "hold"}


def test_steps_take_the_short_texts_of_choices_and_leave_the_explorer_alone() -> None:
    ex = Explorer(compute=1e21)
    before = state_of(ex)
    (step,) = options_of(ex, steps={"a": {"fit": "hoffmann2022", "hold": "total", "note": "*so*"}}).steps
    assert state_of(step.explorer) == {**before, "fit": "hoffmann2022", "hold": "total"}
    assert step.note == "*so*"
    assert state_of(ex) == before


def test_locked_choices_make_a_page_smaller_but_steps_keep_what_they_need() -> None:
    ex = Explorer()
    (only,) = states_of(ex, {"compute"}).kept
    assert state_of(only) == state_of(ex)
    steps = options_of(ex, steps={"a": {"fit": "hoffmann2022"}}).steps
    assert len(states_of(ex, {"compute"}, [step.explorer for step in steps]).kept) == 2


def test_states_that_need_python_or_other_charts_come_with_a_reason() -> None:
    found = states_of(Explorer(), {"fit", "hold"})
    assert found.every
    for key, reason in found.reasons.items():
        assert json.loads(key)
        assert reason


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("**a** & b", "<p><strong>a</strong> &amp; b</p>\n"),
    ],
)
def test_markdown_stays_words(text: str, html: str) -> None:
    assert markdown(text) == html
    assert "<img" not in markdown("![picture](https://example.org/x.png)")


def own_law() -> sw.Law:
    """Give a law that no catalogue has, with words that would like to be markup."""
    return sw.Law(
        lambda D, *, E, B, beta: E + B * D**-beta,
        key="own-tokens",
        title="</script><b>own</b>",
        response=LOSS,
        variables=(TOKENS,),
        coefficients=(
            sw.Coefficient("E", "irreducible", 0.5, 3, (1, 2)),
            sw.Coefficient("B", "amplitude", 1, 1e4, (100, 1000)),
            sw.Coefficient("beta", "exponent", 0.1, 0.9, (0.2, 0.4)),
        ),
        citation=sw.Citation("own", "A. User", "<none>", 2026),
    )


def test_an_own_law_and_an_own_fit_export_like_any_other(tmp_path: Path) -> None:
    law = own_law()
    runs = sw.read_runs(
        {"D": np.geomspace(1e9, 1e12, 8), "loss": 1.8 + 400 * np.geomspace(1e9, 1e12, 8) ** -0.3, "<i>x": ["<b>"] * 8}
    )
    for name, ex in {"law": sw.explore(law), "fit": sw.explore(sw.fit(law, runs, bootstrap=10, seed=0))}.items():
        listed = str(ex.save(tmp_path / f"{name}.html"))
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert "runs: none" in listed
        assert "</script><b>" not in text


def test_a_law_that_python_must_compute_says_why(tmp_path: Path) -> None:
    from dataclasses import replace

    law = replace(own_law(), kernel=lambda D, *, E, B, beta: E + B * np.vectorize(lambda d: d**-beta)(D))
    ex = sw.explore(law)
    with pytest.raises(PortabilityError, match="runs in Python only: .+"):
        ex.save(tmp_path / "page.html")
    shown = ex.embed()
    assert "Python" in str(shown)
    assert "<script" not in shown.html()
    assert "<svg" in shown._repr_mimebundle_()["image/svg+xml"]
