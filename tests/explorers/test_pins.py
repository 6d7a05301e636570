"""A pinned scenario is compared draw by draw, never across fits as if paired, and comes back from settings and code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import QuantityError, StateError, UnknownName
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.pins import DRAWS, KEPT, table_of
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.texts import cards_html, change_text, sentences
from scalewidgets.published_fits.loading import published

FULL = published("besiroglu2024")
FEW = replace(FULL, draws={name: draw[:20] for name, draw in (FULL.draws or {}).items()})
KINDS = [Explorer, Studio]
OTHER = {"compute": 3e22, "inference_tokens": 1e12, "hold": "total"}


def changes(ex: Explorer) -> dict[str, tuple[float, float, float]]:
    cards = ex.frames()["cards"]
    return {name: tuple(float(card[f"change{end}"]) for end in ("", "_low", "_high")) for name, card in cards.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_an_identical_scenario_changes_nothing_with_certainty(kind: type[Explorer]) -> None:
    ex = kind(FEW, compute=1e22, inference_tokens=1e12)
    ex.pin()
    for name, change in changes(ex).items():
        assert change[0] == 0.0, name
        if name != "saved":
            assert change[1:] == (0.0, 0.0), name
    assert cards_html(ex, ex.frames()).count("no change") == len(ex.cards)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_the_difference_with_the_interval_of_paired_draws(kind: type[Explorer]) -> None:
    ex = kind(compute=1e22)
    before = ex.plan
    ex.pin()
    ex.apply({"compute": 3e22, "inference_tokens": 1e12})
    assert before.draws is not None and ex.plan.draws is not None
    for name in ("N", "D", "loss"):
        value, low, high = changes(ex)[name]
        difference = (ex.plan.draws[name] - before.draws[name])[:DRAWS]
        assert value == pytest.approx(getattr(ex.plan, name) - getattr(before, name), rel=1e-9)
        assert (low, high) == pytest.approx(tuple(np.quantile(difference, [0.025, 0.975])), rel=1e-6)
        card = ex.frames()["cards"][name]
        assert high - low < float(card["high"] - card["low"]) * 1.2, "what draws share cancels"


def test_nothing_is_shown_of_a_while_nothing_is_pinned() -> None:
    ex = Studio(FEW, compute=1e22)
    plain = ex.frames()
    assert all(np.isnan(change).all() for change in changes(ex).values())
    assert "A " not in cards_html(ex, plain)
    ex.pin()
    ex.unpin()
    for view, tables in KEPT.items():
        for name, (columns, _) in tables.items():
            for column in columns:
                assert np.isnan(ex.frames()["tables"][view][table_of(name)][column]).all(), (view, name)
    assert ex.frames()["ranges"] == plain["ranges"]


@pytest.mark.parametrize("kind", KINDS)
def test_charts_show_a_as_it_was_and_hold_both(kind: type[Explorer]) -> None:
    ex = kind(FEW, compute=1e22)
    was = ex.frames()
    ex.pin()
    ex.apply({"compute": 1e25, "inference_tokens": 1e13})
    now = ex.frames()
    for view in set(KEPT) & set(was["tables"]):
        for name, (columns, sources) in KEPT[view].items():
            for column in columns:
                parts = [was["tables"][view][source][column] for source in sources]
                whole = parts[0] if len(parts) == 1 else np.where(np.isfinite(parts[0]), parts[0], parts[1])
                np.testing.assert_array_equal(now["tables"][view][table_of(name)][column], whole, err_msg=name)
        for axis, ends in was["ranges"][view].items():
            assert now["ranges"][view][axis]["low"] <= ends["low"], (view, axis)
            assert now["ranges"][view][axis]["high"] >= ends["high"], (view, axis)


def test_draws_of_another_fit_are_not_paired() -> None:
    twin = FULL.with_values(A=FULL.values["A"] * 1.001)
    twin = replace(twin, draws=FULL.draws)
    ex = Studio(FULL, compute=1e22)
    ex.pin()
    ex.fit = twin
    _, low, high = changes(ex)["N"]
    card = ex.frames()["cards"]["N"]
    independent = np.sqrt(2) * float(card["high"] - card["low"])
    assert high - low == pytest.approx(independent, rel=0.35), "as if the draws had nothing to do with each other"
    assert "unpaired" in cards_html(ex, ex.frames())
    assert any(line.startswith("A comes from another fit") for line in sentences(ex, ex.frames()))


@pytest.mark.parametrize(
    ("a", "b", "compared"), [("C4", "C4", True), ("C4", "the Pile", False), ("C4", "", False), ("", "", False)]
)
def test_losses_are_compared_within_a_corpus_that_is_stated(a: str, b: str, compared: bool) -> None:
    ex = Studio(on(FEW, a), compute=1e22)
    ex.pin()
    ex.fit = on(FEW.with_values(A=500.0), b)
    assert np.isfinite(changes(ex)["loss"][0]) == compared
    assert np.isfinite(changes(ex)["N"][0]), "sizes are compared always"
    assert ("not comparable" in cards_html(ex, ex.frames())) != compared


def on(fit: sw.Fit, corpus: str) -> sw.Fit:
    return replace(fit, source=replace(fit.source, corpus=corpus))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_pinned_comes_back_from_settings_and_code(kind: type[Explorer]) -> None:
    ex = kind("hoffmann2022", **OTHER, near_optimal=0.05, prompt_share=0.25)
    ex.pin()
    ex.apply({"fit": "besiroglu2024", "compute": 1e21, "hold": "quality"})
    for again in (kind(**ex.settings()), run(ex), ex.twin()):
        assert again.settings() == ex.settings()
        for name, value in ex.inputs.items():
            np.testing.assert_array_equal(again.inputs[name], value, err_msg=name)
    ex.unpin()
    assert "pinned" not in ex.settings() and "pinned" not in ex.code()


def run(ex: Explorer) -> Any:
    made: dict[str, Any] = {}
    exec(ex.code(), {}, made)
    return made["ex"]


def test_a_pinned_fit_stays_when_the_fit_on_offer_is_gone() -> None:
    ex = Studio(FEW, compute=1e22)
    before = float(ex.frames()["cards"]["N"]["value"])
    ex.pin()
    ex.fit = FEW.with_values(alpha=0.3)
    assert float(ex.frames()["cards"]["N"]["pinned"]) == before


@pytest.mark.parametrize(
    ("pinned", "error"),
    [
        ({"computer": 1e22}, UnknownName),
        ({"compute": "much"}, QuantityError),
        ({"compute": 1e99}, StateError),
        (3, StateError),
    ],
)
def test_a_scenario_that_can_not_be_is_refused_and_the_old_one_stays(pinned: Any, error: type[Exception]) -> None:
    ex = Explorer("hoffmann2022", compute=1e22)
    ex.pin()
    before = ex.pinned
    with pytest.raises(error):
        ex.pinned = pinned
    assert ex.pinned is before


@pytest.mark.parametrize(
    ("numbers", "paired", "expected"),
    [
        ((4.89e9, 1.2e9, 0.9e9, 1.5e9), True, "A 4.89B, +1.20B ± 300M"),
        ((4.89e9, -1.2e9, -1.5e9, -0.9e9), False, "A 4.89B, −1.20B ± 300M, unpaired"),
        ((4.89e9, 0.0, 0.0, 0.0), True, "A 4.89B, no change"),
        ((4.89e9, 1.2e9, np.nan, np.nan), True, "A 4.89B, +1.20B"),
        ((4.89e9, np.nan, np.nan, np.nan), False, "A 4.89B, not comparable"),
        ((np.nan, np.nan, np.nan, np.nan), True, ""),
    ],
)
def test_a_card_says_of_a(numbers: tuple[float, ...], paired: bool, expected: str) -> None:
    named = dict(zip(("pinned", "change", "change_low", "change_high"), numbers, strict=True))
    assert change_text(Explorer("hoffmann2022").cards[0], named, paired) == expected


def test_what_is_given_away_keeps_the_scenario_without_runs() -> None:
    ex = Studio(FULL, compute=1e22)
    ex.pin()
    ex.compute = 2e22
    given = ex.giveaway(draws=30)
    assert given.pinned == ex.pinned
    assert given.pinned.explorer.fit is given.fit and given.fit.draws is not None
    assert len(given.fit.draws["A"]) == 30
