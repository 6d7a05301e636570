"""Values that card O1 prints follow: the vocabulary law, its three approaches and its two conventions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scalewidgets.laws import vocabulary as forms
from scalewidgets.planning import vocabulary
from scalewidgets.published_fits.loading import published

from .columns import Columns, hold
from .printed import Row
from .rows import at, check_levels, losses, shipped, values_of

TOKENS, EMBEDDING, OTHERS = (f"tao2024-{key}" for key in ("tokens-per-character", "embedding", "other-parameters"))
DERIVATIVE, LOSS, SCRIPT = (f"tao2024-{key}" for key in ("derivative", "loss", "loss-script"))


def budget(N: float, times: float = 1.0) -> float:
    return times * float(vocabulary.budget_of_size(N, values_of(OTHERS)))


def of_loss(key: str, N: float, times: float = 1.0) -> float:
    width = vocabulary.embedding_width(N)
    return float(vocabulary.vocabulary_of_loss(N, width, budget(N, times), values_of(key))["V"])


COLUMNS: Columns = {
    "width": lambda key, N: float(vocabulary.embedding_width(N)),
    "budget": lambda key, N: budget(N),
    "V of compute": lambda key, N: float(
        vocabulary.vocabulary_of_power(budget(N), vocabulary.embedding_width(N), values_of(key))
    ),
    "V of size": lambda key, N: float(vocabulary.vocabulary_of_power(N, vocabulary.embedding_width(N), values_of(key))),
    "V of loss": of_loss,
}


def sizes(*table: tuple[float, str, str, str, str, str]) -> Iterator[Row]:
    for N, width, C, first, second, third in table:
        yield Row("O1", OTHERS, "width", {"N": N}, width, "repository")
        yield Row("O1", OTHERS, "budget", {"N": N}, C, "recomputed")
        yield Row("O1", EMBEDDING, "V of compute", {"N": N}, first, "recomputed")
        yield Row("O1", DERIVATIVE, "V of size", {"N": N}, second, "recomputed")
        yield Row("O1", LOSS, "V of loss", {"N": N}, third, "recomputed")


TABLE = (
    (2.87e9, "3200", "1.19e21", "37942", "40993", "35272"),
    (3e9, "3200", "1.30e21", "39368", "42539", "36648"),
    (7e9, "4096", "7.05e21", "62281", "67450", "59548"),
    (13e9, "5120", "2.43e22", "83429", "90504", "81347"),
    (30e9, "6048", "1.30e23", "141711", "154071", "141899"),
    (70e9, "8192", "7.05e23", "211860", "230861", "217961"),
    (130e9, "12288", "2.43e24", "236501", "258138", "248188"),
    (300e9, "16384", "1.30e25", "355894", "389324", "383659"),
)
ROWS = [
    *shipped("O1", TOKENS, a="0.00639222", b="-0.15811069", c="1.20470122"),
    *shipped("O1", DERIVATIVE, gamma="0.8353974035228025"),
    *shipped("O1", EMBEDDING, gamma="0.4163622634135234", k="0.2041"),
    *shipped("O1", OTHERS, gamma="0.5", k="0.0834"),
    *(
        row
        for key in (LOSS, SCRIPT)
        for row in shipped(
            "O1",
            key,
            A_1="1.8313851559554126",
            A_2="0.19584238398665638",
            B="2.1241123120064955",
            E="5.5327846803337435",
            beta="0.44660634152009615",
            alpha_2="0.6707374679896795",
        )
    ),
    *losses(
        "O1",
        TOKENS,
        "recomputed",
        (at(V=4096.0), "0.33182"),
        (at(V=16384.0), "0.27233"),
        (at(V=32000.0), "0.25240"),
        (at(V=32768.0), "0.25180"),
        (at(V=64000.0), "0.23781"),
        (at(V=100000.0), "0.23166"),
        (at(V=128000.0), "0.22935"),
        (at(V=200000.0), "0.22716"),
        (at(V=1000000.0), "0.22716"),
    ),
    *sizes(*TABLE),
    *(
        Row("O1", LOSS, "V of loss", {"N": 302e6, "times": times}, printed, "recomputed")
        for times, printed in ((0.2, "10188"), (0.5, "13056"), (1.0, "15759"), (2.0, "19033"), (5.0, "24453"))
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    hold(row, COLUMNS)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


def test_the_anchor_of_approach_2_is_a_vocabulary_of_6144() -> None:
    assert published(DERIVATIVE)(N_nv=33e6) == pytest.approx(6144 * 512, rel=1e-12)


def test_the_quadratic_turns_beyond_the_vocabulary_it_is_held_at() -> None:
    f = published(TOKENS).values
    assert np.exp(-f["b"] / (2 * f["a"])) == pytest.approx(235021, abs=1)


def test_the_embedding_grows_slower_than_the_rest() -> None:
    assert published(EMBEDDING).values["gamma"] / published(OTHERS).values["gamma"] == pytest.approx(0.833, abs=5e-4)


def test_the_script_takes_a_thousandth_of_the_vocabulary_for_its_tokens() -> None:
    V, H = np.array([4096.0, 32768.0, 96256.0]), 1e11
    with_it = forms.fitted_tokens(V, H)
    true = published(TOKENS)(V=V) * H
    assert (with_it / true > 2.5).all()
    values = published(SCRIPT).values
    np.testing.assert_allclose(
        published(SCRIPT)(N_nv=1e9, V=V, d=2048.0, H=H),
        forms.kernel(1e9, V * 2048.0, with_it, **values),
        rtol=1e-14,
    )


def test_the_best_vocabulary_has_no_better_neighbour_on_its_budget() -> None:
    values = published(LOSS).values
    N, d, C = 7e9, 4096.0, budget(7e9)
    best = vocabulary.vocabulary_of_loss(N, d, C, values)
    for factor in (0.9, 1.1):
        V = float(best["V"]) * factor
        assert forms.kernel(N, V * d, C / 6 / (N + V * d), **values) > best["loss"]
    assert float(best["H"]) > float(best["D"])


def test_the_cheapest_vocabulary_is_where_the_derivative_is_zero() -> None:
    f = published(TOKENS).values
    N, d = 1e8, 768.0
    V = float(vocabulary.cheapest_vocabulary(N, d, f))
    slope = (2 * f["a"] * np.log(V) + f["b"]) / V
    value = float(published(TOKENS)(V=V))
    assert d * value + (N + d * V) * slope == pytest.approx(0, abs=1e-6 * d * value)
