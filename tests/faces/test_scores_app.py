"""The app's group "Your scores": there when it is asked for, fed by a file or by what is pasted, harmed by neither."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from bokeh.events import ButtonClick

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.law_explorer import law_explorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_task import OFF, OWN
from scalewidgets.explorers.studio_task_fits import fit_of_pairs
from scalewidgets.faces.app import App
from scalewidgets.faces.scores_app import ScoresPanel
from scalewidgets.live.packing import unpack
from scalewidgets.registry import laws

PAIRS = [(2.1, 0.57), (2.5, 0.46), (3.0, 0.37), (3.5, 0.29), (4.0, 0.25), (4.6, 0.22)]
CSV = "model,loss,score\n" + "".join(f"m{at},{loss},{score}\n" for at, (loss, score) in enumerate(PAIRS))
FIT = fit_of_pairs(PAIRS)


@pytest.fixture
def app() -> App:
    return App(Studio("hoffmann2022", compute=1e22, tasks="own"))


def scores(app: App) -> ScoresPanel:
    assert app.scores is not None
    return app.scores


def upload(app: App, name: str, content: str) -> None:
    """Do as the browser does: the content comes first, its name after it."""
    file = scores(app).file
    for prop, value in (("filename", ""), ("value", base64.b64encode(content.encode()).decode()), ("filename", name)):
        file.set_from_json(prop, value)


def alert(app: App) -> str:
    error = scores(app).error
    return str(error.text) if error.visible else ""


def test_the_group_stands_there_only_while_it_is_asked_for() -> None:
    app = App(Studio("hoffmann2022"))
    panel = scores(app)
    assert not panel.layout.visible and panel.file not in panel.layout.children
    app.ex.tasks = OWN
    assert panel.layout.visible and panel.file in panel.layout.children
    panel.paste.value = CSV
    app.ex.tasks = OFF
    assert not panel.layout.visible
    app.ex.tasks = OWN
    assert panel.paste.value == CSV and app.ex.task_pairs is not None
    for other in (Explorer(), law_explorer(laws()["chinchilla"])(None)):
        assert App(other).scores is None


def test_a_file_is_read_shown_and_told_to_the_page_at_once(app: App) -> None:
    told: list[Any] = []
    app.down.on_change("data", lambda attribute, old, new: told.append(unpack(bytes(new["block"]))))
    upload(app, "mine.csv", CSV)
    assert app.ex.task_pairs.values == FIT.values
    assert "6 of 6 pairs used, none left out · mine.csv" in scores(app).status.text
    assert scores(app).remove.visible and alert(app) == ""
    # two messages at once would be one too many: a page sees the last
    (message,) = told
    (found,) = message["sets"].values()
    assert "task_error" in [card[0] for card in found["cards"]]


def test_what_is_pasted_counts_as_a_file(app: App) -> None:
    scores(app).paste.value = CSV.replace(",", "\t")
    assert app.ex.task_pairs.values == FIT.values
    assert "sw.read_scores('pairs.csv')" in app.ex.code()


def test_a_bad_table_says_why_and_how_to_read_it_mends_it(app: App) -> None:
    upload(app, "first.csv", CSV.replace("score", "mmlu"))
    assert "first.csv has no column for the score" in alert(app) and "still holds" not in alert(app)
    assert app.ex.task_pairs is None and not scores(app).status.visible
    scores(app).how.value = "score=mmlu"
    assert app.ex.task_pairs.values == FIT.values and alert(app) == ""
    scores(app).dropped.value = "2"
    before = app.ex.task_pairs
    scores(app).paste.value = "loss;score\n2,4;0,5\n"
    assert "still holds" in alert(app)
    assert app.ex.task_pairs is before and scores(app).dropped.value == "2"
    assert scores(app).paste.value and scores(app).how.value == "score=mmlu"


def test_markup_in_a_table_stays_text(app: App) -> None:
    upload(app, "<b>.csv", CSV.replace("score", "<img>"))
    assert "<img>" not in alert(app) and "&lt;img&gt;" in alert(app)
    upload(app, "<b>.csv", CSV)
    assert "<b>" not in scores(app).status.text


def test_rows_are_left_out_and_brought_back(app: App) -> None:
    upload(app, "mine.csv", CSV)
    scores(app).dropped.value = "1, 4"
    assert "4 of 6 pairs used, 2 left out" in scores(app).status.text
    scores(app).dropped.value = "9"
    assert "there is no row 9" in alert(app) and scores(app).dropped.value == "1, 4"
    scores(app).dropped.value = ""
    assert app.ex.task_pairs.values == FIT.values and alert(app) == ""


def test_pairs_are_removed_and_can_be_given_again(app: App) -> None:
    scores(app).paste.value = CSV
    scores(app).remove._trigger_event(ButtonClick(scores(app).remove))
    assert app.ex.task_pairs is None and app.ex.tasks == OWN
    assert not scores(app).status.visible and not scores(app).remove.visible and not scores(app).dropped.visible
    scores(app).paste.value = CSV
    assert app.ex.task_pairs.values == FIT.values


def test_pairs_given_in_python_are_shown() -> None:
    app = App(Studio("hoffmann2022", task_scores=FIT, tasks="own"))
    assert "a fit that was given" in scores(app).status.text and not scores(app).dropped.visible
    app.ex.task_scores(PAIRS)
    assert "6 of 6 pairs used" in scores(app).status.text and scores(app).dropped.visible
