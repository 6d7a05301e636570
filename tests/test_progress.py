"""Progress is told to whoever asked, drawn only where somebody can see it, and silent otherwise."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from scalewidgets.progress import reporter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(progress: bool | None, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("scalewidgets.progress.PATIENCE", 0.0)
    monkeypatch.setattr("scalewidgets.progress.PAUSE", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)
    tell = reporter(progress, "runs.csv")
    for done in (0, 50, 100, 100):
        tell(done, 100)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("progress", "terminal", "notebook", "shown"),
    [
        (None, False, False, False),
        (None, True, False, True),
        (None, False, True, True),
        (True, False, False, True),
        (False, True, True, False),
    ],
)
def test_a_bar_is_drawn_where_it_can_be_seen_or_was_asked_for(
    progress: bool | None, terminal: bool, notebook: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = type("ZMQInteractiveShell" if notebook else "NoneType", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[arg-type]
    text = drawn(progress, Terminal() if terminal else io.StringIO(), monkeypatch)
    assert bool(text) is shown
    if shown:
        assert "runs.csv" in text
        assert " 50%" in text
        assert text.endswith("100%\n")
        assert text.count("\n") == 1


def test_what_is_quick_draws_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    tell = reporter(None, "runs.csv")
    tell(0, 10)
    tell(10, 10)
    assert stream.getvalue() == ""


def test_a_function_is_called_as_it_is() -> None:
    def told(done: int, total: int) -> None:
        """Take no notice."""

    assert reporter(told, "runs.csv") is told
