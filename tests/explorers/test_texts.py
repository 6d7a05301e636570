"""Cards show three digits and an interval where there is one; sentences say what to beware of; text is escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import Caution
from scalewidgets.explorers.cards import CARDS, Card
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import card_text, cards_html, formula_html, notes_html, sentences, value_and_bounds
from tests.live.scripts import LIVE, node

CARD = {card.name: card for card in CARDS}
DRAWN, POINT = "besiroglu2024", "hoffmann2022"
UNCERTAIN = ("N", "D", "tokens_per_param", "loss")


def text(ex: Explorer, name: str) -> str:
    frames = ex.frames()
    return card_text(CARD[name], frames["cards"][name], float(frames["notes"]["beyond"]))


@pytest.mark.parametrize(
    ("card", "numbers", "beyond", "expected"),
    [
        ("N", (72.4e9, 68.2e9, 77.5e9), 1.0, "72.4B (+5.1B −4.2B)"),
        ("loss", (1.974, 1.964, 1.984), 1.0, "1.974 ± 0.01"),
        ("loss", (1.974, 1.964, 1.984), 100.0, "1.974 ± 0.01"),
        ("loss", (1.974, 1.964, 1.984), 101.0, "1.964 to 1.984"),
        ("N", (72.4e9, 68.2e9, 77.5e9), 1e4, "68.2B to 77.5B"),
        ("N", (72.4e9, np.nan, np.nan), 1e4, "72.4B"),
        ("N", (72.4e9, np.nan, np.nan), 1.0, "72.4B"),
        ("training_flop", (5.76e23, 5.76e23, 5.76e23), 1.0, "5.76e23"),
        ("training_flop", (5.76e23, 5.759999999e23, 5.760000001e23), 1e4, "5.76e23"),
        ("saved", (0.1234, np.nan, np.nan), 1.0, "12.3 %"),
        ("tokens_per_param", (18.3, 15.0, 30.0), 1.0, "18.3 (+12 −3.3)"),
    ],
)
def test_a_card_reads(card: str, numbers: tuple[float, float, float], beyond: float, expected: str) -> None:
    assert card_text(CARD[card], dict(zip(("value", "low", "high"), numbers, strict=True)), beyond) == expected


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
@pytest.mark.parametrize("compute", [1.234567e19, 3e21, 9.87654e24])
def test_every_card_shows_about_three_significant_digits(card: Card, compute: float) -> None:
    shown = text(Explorer(POINT, compute=compute, inference_tokens=1.2345e12), card.name)
    digits = re.sub(r"e\d+", "", shown)
    digits = re.sub(r"\D", "", digits).lstrip("0")
    # a loss has three decimals, and a ratio above a thousand is written out
    assert len(digits) <= (4 if card.name in ("loss", "tokens_per_param") else 3)
    assert "nan" not in shown
    assert "–" not in shown


@pytest.mark.parametrize("name", UNCERTAIN)
def test_an_interval_is_shown_if_and_only_if_there_are_draws(name: str) -> None:
    assert re.search(r"±|\(\+", text(Explorer(DRAWN), name))
    assert not re.search(r"±|\(", text(Explorer(POINT), name))


def test_a_fixed_number_has_no_interval() -> None:
    assert text(Explorer(DRAWN), "training_flop") == "3e21"
    assert "(+" in text(Explorer(DRAWN, inference_tokens=1e13), "serving_flop"), (
        "the size is not sure, so nor is its cost"
    )


def test_far_beyond_the_runs_the_interval_leads() -> None:
    near, far = Explorer(DRAWN, compute=1e24), Explorer(DRAWN, compute=1e26)
    assert 1 < near.frames()["notes"]["beyond"] <= 100 < far.frames()["notes"]["beyond"]
    low, high = far.plan.interval("N")
    assert text(far, "N") == f"{low / 1e9:.0f}B to {high / 1e12:.2f}T"
    assert not text(near, "N").count(" to ")


def test_a_point_estimate_says_so() -> None:
    said = sentences(Explorer(POINT), Explorer(POINT).frames())
    assert "Point estimate: these coefficients come without joint draws, so no interval is shown." in said
    assert not [line for line in sentences(Explorer(DRAWN), Explorer(DRAWN).frames()) if "Point estimate" in line]


@pytest.mark.parametrize(
    ("compute", "words"), [(3e21, ""), (1.3e23, "×10.0 beyond the runs"), (1.3e26, "×10,000 beyond")]
)
def test_an_extrapolation_is_the_first_thing_said(compute: float, words: str) -> None:
    ex = Explorer(DRAWN, compute=compute)
    first = sentences(ex, ex.frames())[0]
    assert words in first
    assert ("beyond the runs" in first) == bool(words)


def test_serving_is_explained_with_its_price() -> None:
    ex = Explorer(DRAWN, inference_tokens=2e12)
    over = ex.plan.training_flop / ex.compute - 1
    (said,) = [line for line in sentences(ex, ex.frames()) if line.startswith("At the quality")]
    assert "3e21 FLOP" in said
    assert f"{100 * over:.3g} % beyond that budget" in said
    off = Explorer(DRAWN)
    assert "No inference demand" in sentences(off, off.frames())[-1]


def test_the_warnings_of_a_fit_are_shown_with_it() -> None:
    fit = replace(sw.published(POINT), warnings=(Caution("few-sizes", "Only two sizes.", "Add some."),))
    ex = Explorer(fit)
    assert "Only two sizes. Add some." in sentences(ex, ex.frames())


def test_cards_of_serving_appear_with_serving_only() -> None:
    off, on = Explorer(POINT), Explorer(POINT, inference_tokens=1e12)
    shown = r'data-card="(\w+)" title="[^"]*">'  # without the word hidden
    found = [re.findall(shown, cards_html(ex, ex.frames())) for ex in (off, on)]
    assert found[1] == [card.name for card in CARDS]
    assert found[0] == [name for name in found[1] if name not in ("serving_flop", "saved")]


def test_a_card_splits_its_number_from_its_interval() -> None:
    ex = Explorer(DRAWN)
    html = cards_html(ex, ex.frames())
    value, rest = text(ex, "loss").split(" ", 1)
    assert f'<div class="sw-card-value">{value}</div>' in html
    assert f'<div class="sw-card-note">{rest} nats/token</div>' in html


@pytest.mark.parametrize("key", [DRAWN, POINT, "kaplan2020-nd"])
def test_the_formula_has_the_current_number_of_every_coefficient(key: str) -> None:
    ex = Explorer(key)
    html = formula_html(ex)
    assert html.count('<span class="sw-math">') == 1
    slots = dict(re.findall(r'<mn data-coefficient="(\w+)">([^<]+)</mn>', html))
    assert set(slots) == set(ex.fit.law.names)
    for name, shown in slots.items():
        assert float(shown) == pytest.approx(ex.fit.values[name], rel=1e-3)


def test_notes_hold_sources_assumptions_and_code() -> None:
    ex = Explorer(DRAWN)
    html = notes_html(ex, ex.frames())
    assert "arXiv 2404.10102" in html
    assert "200 joint draws recomputed by scalewidgets" in html
    assert "Training costs 6 x parameters x tokens" in html
    assert "sw.explore(&#x27;besiroglu2024&#x27;, compute=3e21)" in html


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """Collect the elements and attributes of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(
    "show", [lambda ex: cards_html(ex, ex.frames()), formula_html, lambda ex: notes_html(ex, ex.frames())]
)
def test_hostile_text_of_a_fit_is_shown_and_never_run(show: object) -> None:
    published = sw.published(POINT)
    law = replace(published.law, title=HOSTILE, key=HOSTILE, response=replace(published.law.response, unit=HOSTILE))
    source = replace(
        published.source, corpus=HOSTILE, notes=(HOSTILE,), citation=replace(published.source.citation, title=HOSTILE)
    )
    fit = replace(
        published, law=law, source=source, title=HOSTILE, key=HOSTILE, warnings=(Caution("x", HOSTILE, HOSTILE),)
    )
    tags = Tags()
    tags.feed(show(Explorer(fit, compute=1e26)))
    assert not tags.names & {"script", "img"}
    assert "onerror" not in tags.attributes
    assert "div" in tags.names


BOUNDED = {
    "1.62B": ("1.62B", ""),
    "1.62B ± 0.2B": ("1.62B", "± 0.2B"),
    "2.180 (+0.012 −0.0085)": ("2.180", "(+0.012 −0.0085)"),
    "43.4 % (+1.4 % −12 %)": ("43.4 %", "(+1.4 % −12 %)"),
    "100B to 3T": ("100B to 3T", ""),
}


@pytest.mark.parametrize("text", BOUNDED)
def test_the_value_of_a_card_keeps_its_sign_of_percent(text: str) -> None:
    assert value_and_bounds(text) == BOUNDED[text]


def test_a_page_parts_value_and_bounds_alike() -> None:
    script = f'import {{ valueAndBounds }} from "{LIVE}/texts.mjs"\nanswer(given.map(valueAndBounds))'
    assert node(script, list(BOUNDED)) == [list(parts) for parts in BOUNDED.values()]
