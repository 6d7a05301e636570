"""The gallery links to every law, escaped; an address opens a law, a fit or a typed formula, or says why not."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import pytest

from scalewidgets.faces.gallery import from_query, gallery_html, to_query
from scalewidgets.registry import laws


def test_every_law_is_listed_once_under_its_topic() -> None:
    html = gallery_html()
    for key, law in laws().items():
        assert html.count(f'href="law?fit={quote(key)}"') == 1
        assert f"<h2>{escape(law.topic.capitalize())}</h2>" in html
    assert "http" not in html, "nothing is fetched"


@pytest.mark.parametrize(
    ("query", "law", "refused"),
    [
        ({"fit": [b"precision"], "P_w": [b"4"]}, "precision", []),
        ({"fit": [b"kumar2024"]}, "precision", []),
        ({}, "chinchilla", []),
        ({"fit": [b"nothing"]}, "chinchilla", ["nothing"]),
        ({"fit": [b"precision"], "N": [b"-1"]}, "precision", ["N"]),
        ({"formula": [b"E + A/N^alpha"]}, "", []),
        ({"formula": [b"E + A/width"], "variables": [b"width"]}, "", []),
        ({"formula": [b"E + A//N"]}, "chinchilla", ["at character 7"]),
        ({"formula": [b"\xff<script>"]}, "chinchilla", ["at character 1"]),
    ],
)
def test_an_address_opens_what_it_names(query: dict[str, list[bytes]], law: str, refused: list[str]) -> None:
    ex, said = from_query(query)
    assert ex.law.key == law
    assert len(said) == len(refused)
    assert all(part in sentence for part, sentence in zip(refused, said, strict=True))
    again, _ = from_query({name: [text.encode()] for name, text in to_query(ex, query).items()})
    assert again.settings() == ex.settings()
