"""The charts of a page: as JSON without numbers, which the page computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.faces.canvas import item_of
from scalewidgets.views.board import Board
from scalewidgets.views.style import enlarge

# Limits until the page knows better; positive, since an axis may be logarithmic.
LIMITS = (1.0, 10.0)


@dataclass(frozen=True)
class Figures:
    """Charts by key: JSON for BokehJS, where each takes its columns and ranges from, and its title."""

    items: Mapping[str, Any]
    maps: Mapping[str, Any]
    titles: Mapping[str, str]

    def only(self, keys: tuple[str, ...]) -> Figures:
        """Return some of them."""
        return Figures(*({key: part[key] for key in keys} for part in (self.items, self.maps, self.titles)))


def figures_of(ex: BaseExplorer, frames: Mapping[str, Any], *, projector: bool, board: Board | None = None) -> Figures:
    """Return the charts of an explorer; of a `board` that is given, the numbers are gone afterwards."""
    board = Board.of(ex, frames) if board is None else board
    maps = board.map(frames)
    _forget_numbers(board, maps)
    if projector:
        for figure in board.figures.values():
            enlarge(figure)
    items = {key: json.loads(item_of(figure)) for key, figure in board.figures.items()}
    return Figures(items, maps, {key: chart.title for key, chart in board.charts.items()})


def _forget_numbers(board: Board, maps: Mapping[str, Any]) -> None:
    for key, figure in board.figures.items():
        for limits in (figure.x_range, figure.y_range):
            low, high = LIMITS
            limits.update(start=low, end=high, reset_start=low, reset_end=high)
        for leaf in board.leaves[key]:
            source, moved = leaf.source, maps[key]["sources"][leaf.source.name]
            # what stays, such as names, keeps its length, and what moves beside it too
            keeps = [column for column in source.data if column not in moved]
            length = len(source.data[keeps[0]]) if keeps else 0
            source.data = {**source.data, **{column: np.full(length, np.nan) for column in moved}}
