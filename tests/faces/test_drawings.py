"""Charts are drawn once and copied: a copy is a display's own, and shows its own state."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.views.board import Board
from scalewidgets.views.drawings import Drawing
from scalewidgets.views.picture import svg


@pytest.mark.parametrize("kind", [Explorer, Studio])
def test_a_second_display_of_another_state_is_not_drawn_again(
    kind: type[BaseExplorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    Board.of(kind(), only={"allocation", "lifetime"})

    def refuse(*_: object) -> Drawing:
        raise AssertionError("drawn again")

    monkeypatch.setattr(Drawing, "of", refuse)
    other = kind(fit="hoffmann2022", compute=1e25)
    board = Board.of(other, only={"allocation", "lifetime"})
    for source, columns in board.movement(other.frames()).sources.items():
        (found,) = {leaf.source for leaves in board.leaves.values() for leaf in leaves if leaf.source.name == source}
        for name, values in columns.items():
            np.testing.assert_array_equal(found.data[name], values)


def test_copies_share_no_models() -> None:
    one, two = (Board.of(Explorer(), only={"allocation"}).figures["allocation"] for _ in range(2))
    assert {model.id for model in one.references()}.isdisjoint(model.id for model in two.references())
    assert len(one.references()) == len(two.references())
    assert one.document is None


@pytest.mark.parametrize(
    ("key", "column", "words", "number"),
    [
        ("allocation", "loss", "beyond the runs: ×", 44.3),
        ("allocation", "loss", "floor E = ", 1.817),
        ("training", "loss", "floor E = ", 1.817),
        ("sizes", "N", "beyond the runs: ×", 44.3),
        ("tokens", "D", "beyond the runs: ×", 44.3),
    ],
)
def test_words_in_a_corner_are_drawn_before_a_number_that_moves(
    key: str, column: str, words: str, number: float
) -> None:
    figure = Board.of(Studio(compute=5.76e23), only={key}).figures[key]
    texts = [(getattr(each.glyph, "text", None), each) for each in figure.renderers]
    (before,) = [each for text, each in texts if getattr(text, "value", text) == words]
    np.testing.assert_array_equal(before.data_source.data["text"], [number])
    assert list(before.data_source.data[column]) == [figure.y_range.start]
    drawn = svg(figure)
    assert words in drawn
    assert f"{number:g}" in drawn
