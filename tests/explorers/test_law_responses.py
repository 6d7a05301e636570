"""What is shown of a law's response follows from its declaration, and each form equals a second way to compute it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.declare import Law
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_responses import BITS, DECLARED, EXCESS, EXPONENT, PERPLEXITY, floor_of, responses
from scalewidgets.live.program import controls_of, graph_of, set_key
from scalewidgets.registry import laws
from scalewidgets.views.board import Board

LAWS = laws()
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


def curve(frames: dict[str, Any], symbol: str) -> np.ndarray:
    """Return the heights of a curve, solid or dashed."""
    tables = frames["tables"][f"by {symbol}"]
    return np.where(np.isfinite(tables["curve"]["y"]), tables["curve"]["y"], tables["beyond"]["y"])


def moved(ex: LawExplorer, symbol: str, x: np.ndarray) -> np.ndarray:
    """Return the law along a variable, with everything else where it stands."""
    values = {name: getattr(ex, ex.names_of[name]) for name in ex.law.symbols}
    with np.errstate(all="ignore"):
        return np.asarray(ex.law.evaluate({**values, symbol: x}, ex.fit.values))


@every_law
def test_each_form_follows_from_the_law_as_declared(law: Law) -> None:
    ex = law_explorer(law)()
    symbol = law.symbols[0]
    declared = ex.frames()
    x, L = declared["tables"][f"by {symbol}"]["curve"]["x"], curve(declared, symbol)
    floor = ex.fit.values[floor_of(law)] if floor_of(law) else 0.0
    step = 1e-5
    with np.errstate(all="ignore"):
        log_above = {k: np.log(moved(ex, symbol, x * math.exp(k * step)) - floor) for k in (-101, -99, -1, 1, 99, 101)}
        left, slope, right = ((log_above[k + 1] - log_above[k - 1]) / (2 * step) for k in (-100, 0, 100))
        slope = slope if symbol in law.rises else -slope
        # what lies above a floor loses digits where the floor is most of the law, and a difference of it more
        digits = np.abs(L) / np.abs(L - floor)
        wanted = {EXCESS: L - floor, BITS: L / math.log(2), PERPLEXITY: np.exp(L), EXPONENT: slope}
        apart = {
            EXCESS: 1e-12 * digits,
            BITS: 1e-12,
            PERPLEXITY: 1e-9,
            EXPONENT: 1e-5 + 1e-10 * digits + np.abs(right - left),
        }
    for form in responses(law)[1:]:
        ex.response = form.key
        frames = ex.frames()
        found = curve(frames, symbol)
        known = np.isfinite(found)
        assert known.any(), form.key
        size = np.maximum(np.abs(wanted[form.key]), 1.0 if form.key == EXPONENT else 0.0)
        assert (np.abs(found - wanted[form.key]) <= apart[form.key] * size)[known].all(), form.key
        ends = [(limits["low"], limits["high"]) for axes in frames["ranges"].values() for limits in axes.values()]
        assert np.isfinite(ends).all()
        assert all(low < high for low, high in ends)


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("chinchilla", [DECLARED, EXCESS, BITS, PERPLEXITY, EXPONENT]),
        ("kaplan-n", [DECLARED, BITS, PERPLEXITY, EXPONENT]),
        ("chinchilla-billions", [DECLARED, EXCESS, BITS, EXPONENT]),
        ("data-mixing-3", [DECLARED, EXCESS, BITS, PERPLEXITY]),
        ("farseer", [DECLARED, EXPONENT]),
        ("frontier-n", [DECLARED, EXPONENT]),
        ("vocabulary-loss", [DECLARED, BITS]),
        ("reward-best-of", [DECLARED]),
    ],
)
def test_a_law_offers_the_forms_that_its_declaration_allows(key: str, forms: list[str]) -> None:
    law = sw.law(key)
    ex = law_explorer(law)()
    assert [each.key for each in responses(law)] == forms
    assert ("response" in ex.controls_by_name) == (len(forms) > 1)
    for other in {EXCESS, BITS, PERPLEXITY, EXPONENT} - set(forms):
        with pytest.raises(ValueError, match="response"):
            ex.response = other


def test_units_are_those_of_the_form() -> None:
    axes = {each.key: each.axis_over(sw.law("chinchilla"), sw.law("chinchilla").variable("N")) for each in FORMS}
    assert axes == {
        DECLARED: "Loss (nats/token)",
        EXCESS: "Loss above E (nats/token)",
        BITS: "Loss (bits/token)",
        PERPLEXITY: "Perplexity",
        EXPONENT: "−d log (L − E) / d log N",
    }
    rising = sw.law("frontier-n")
    assert responses(rising)[-1].axis_over(rising, rising.variables[0]) == "d log N / d log C"


FORMS = responses(sw.law("chinchilla"))


@pytest.mark.parametrize(
    ("key", "variable", "exponent"),
    [("kaplan-n", "N", "alpha_N"), ("henighan-c", "C", "alpha"), ("frontier-n", "C", "a")],
)
def test_the_exponent_of_a_power_law_is_its_coefficient_everywhere(key: str, variable: str, exponent: str) -> None:
    ex = law_explorer(sw.law(key))(response=EXPONENT)
    frames = ex.frames()
    np.testing.assert_allclose(curve(frames, variable), ex.fit.values[exponent], rtol=1e-9)
    limits = frames["ranges"][f"by {variable}"]["y"]
    assert limits["high"] > 1.1 * ex.fit.values[exponent] > limits["low"], "noise fills no chart"


def test_cards_and_sentences_follow_what_is_shown() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024", N=1e9, D=2e10)
    L, E = float(ex.fit(N=1e9, D=2e10)), ex.fit.values["E"]

    def shown() -> dict[str, float]:
        frames = ex.frames()
        applies = {
            card.name: not card.when or frames["notes"][card.when.removeprefix("notes/")] > 0 for card in ex.cards
        }
        return {name: float(frames["cards"][name]["value"]) for name, on in applies.items() if on}

    plain = shown()
    assert list(plain) == ["response", "twice N", "twice D"]
    for form, more in {
        EXCESS: {"as excess": L - E},
        BITS: {"as bits": L / math.log(2)},
        PERPLEXITY: {"as perplexity": math.exp(L)},
    }.items():
        ex.response = form
        assert shown() == pytest.approx({**plain, **more}), "the loss itself stays"
        assert ex.frames()["notes"]["converted"] == 1
    ex.response = EXPONENT
    above = {"N": L - E - ex.fit.values["B"] * 2e10 ** -ex.fit.values["beta"]}
    assert shown()["exponent N"] == pytest.approx(ex.fit.values["alpha"] * above["N"] / (L - E), rel=1e-6)
    written = [each.text for each in ex.sentences]
    assert any(text.startswith("A slope belongs to the law alone") for text in written)


def test_reference_values_and_runs_are_converted_or_hidden() -> None:
    fit = sw.published("hoffmann2022")
    runs = sw.simulate(fit, N=np.geomspace(1e8, 1e10, 6), D=np.geomspace(2e9, 2e11, 6), noise=0.02, seed=0)
    ex = law_explorer(fit.law)(fit, runs=runs)
    before = ex.frames()["tables"]["by N"]
    for form, change in {
        EXCESS: lambda loss: loss - fit.values["E"],
        BITS: lambda loss: loss / math.log(2),
        PERPLEXITY: np.exp,
    }.items():
        ex.response = form
        after = ex.frames()["tables"]["by N"]
        for table in ("runs", "points"):
            np.testing.assert_allclose(after[table]["y"], change(before[table]["y"]), rtol=1e-12)
    ex.response = EXPONENT
    after = ex.frames()["tables"]
    assert np.isnan(after["by N"]["runs"]["y"]).all()
    assert np.isnan(after["by N"]["points"]["y"]).all()
    residuals = after["residuals N"]["points"]["y"]
    np.testing.assert_allclose(residuals, 100 * (runs["loss"] / fit(N=runs["N"], D=runs["D"]) - 1), rtol=1e-9)


def test_bands_are_those_of_the_form() -> None:
    ex = law_explorer(sw.law("chinchilla"))("besiroglu2024")
    low = ex.frames()["tables"]["by N"]["band"]["low"]
    ex.response = PERPLEXITY
    np.testing.assert_allclose(ex.frames()["tables"]["by N"]["band"]["low"], np.exp(low), rtol=1e-2)
    cards, draws = ex.frames()["cards"], ex.fit.draws
    assert draws is not None
    loss = ex.law(N=ex.N, D=ex.D, **draws)
    for form, drawn in {
        "as excess": loss - draws["E"],
        "as bits": loss / math.log(2),
        "as perplexity": np.exp(loss),
    }.items():
        # quantiles between two draws are not quite those between what is made of them
        ends = [float(cards[form][end]) for end in ("low", "high")]
        assert ends == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), rel=1e-3), form
    ex.response = EXPONENT
    assert np.isnan(ex.frames()["tables"]["by N"]["band"]["low"]).all()


def test_a_page_changes_the_form_by_itself_and_writes_it_down() -> None:
    ex = law_explorer(sw.law("chinchilla"))()
    before = graph_of(ex)[0], set_key(ex), ex.look
    (control,) = [each for each in controls_of(ex) if each["name"] == "response"]
    assert [(key, place) for key, _, place in control["options"]] == [(each.key, i) for i, each in enumerate(FORMS)]
    assert (control["default"], control["texts"], control["input"]) == (0, True, "response")
    ex.response = PERPLEXITY
    assert (graph_of(ex)[0], set_key(ex), ex.look) == before
    assert "response='perplexity'" in ex.code()


def test_titles_and_labels_follow_the_form() -> None:
    ex = law_explorer(sw.law("chinchilla"))()
    board = Board.of(ex)
    figure = board.figures["by_N"]
    assert (figure.title.text, figure.yaxis[0].axis_label) == ("Loss against model size", "Loss (nats/token)")
    ex.response = BITS
    board.apply(board.movement(ex.frames()))
    assert (figure.title.text, figure.yaxis[0].axis_label) == ("Loss against model size", "Loss (bits/token)")
    again = Board.of(ex).figures["by_D"]
    assert again.yaxis[0].axis_label == "Loss (bits/token)"
    words = board.map(ex.frames())["by_N"]["words"]
    assert words[figure.title.name]["texts"][-1] == "Local exponent against model size"
    assert len(words[figure.yaxis[0].name]["texts"]) == len(FORMS)


def test_where_python_computes_charts_are_drawn_anew_with_their_words() -> None:
    law = Law(lambda x, *, E, a: E + a / float(np.mean(x)), "mean", variables=("x",))  # type: ignore[arg-type]
    ex = law_explorer(law)()
    assert not law.portable
    before = ex.look
    ex.response = EXPONENT
    assert ex.look != before
    assert Board.of(ex).figures["by_x"].title.text == "Local exponent against x"
