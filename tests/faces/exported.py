"""Read what an exported page holds, and check that its parts fit together, without a browser."""

from __future__ import annotations

import base64
import gzip
import json
from collections import defaultdict
from html.parser import HTMLParser
from typing import Any

from scalewidgets.live.packing import unpack


class Parts(HTMLParser):
    """Collect the marks of elements, the data of scripts, and whatever would leave the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marks: dict[str, list[str]] = defaultdict(list)
        self.data: dict[str, str] = {}
        self.outside: list[str] = []
        self._part = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._part = given.get("data-part") or "" if tag == "script" else ""
        for name, value in given.items():
            if name.startswith("data-"):
                self.marks[name].append(value or "")
            if name in ("src", "href") and not (value or "").startswith("#"):
                self.outside.append(f"{tag} {value}")

    def handle_data(self, data: str) -> None:
        if self._part:
            self.data[self._part] = self.data.get(self._part, "") + data


def contents_of(html: str) -> dict[str, Any]:
    """Return the data of a page: ``bundle, figures, maps, settings``."""
    data = Parts(html).data
    bundle = unpack(gzip.decompress(base64.b64decode(data.pop("bundle"))))
    return {"bundle": bundle, **{name: json.loads(text) for name, text in data.items()}}


def check(html: str) -> dict[str, Any]:
    """Check that controls, charts, texts and graphs of a page belong together, and return its data."""
    parts, data = Parts(html), contents_of(html)
    bundle, settings = data["bundle"], data["settings"]
    assert not parts.outside
    controls = {control["name"]: control for control in bundle["controls"]}
    assert set(parts.marks["data-control"]) <= set(controls)
    assert set(settings["free"]) <= set(controls) == {name for name in bundle["state"] if name != "pinned"}
    assert parts.marks["data-figure"] == parts.marks["data-chip"] == list(data["maps"]) == list(data["figures"])
    choices = [name for name, each in controls.items() if each["kind"] == "choice" and not each["input"]]
    sets = {json.dumps([state[name] for name in choices], ensure_ascii=False, separators=(",", ":"))
            for state in (bundle["state"], *settings["steps"], *settings["presets"].values())}  # fmt: skip
    assert sets <= set(bundle["sets"])
    fed = {control["input"] for control in controls.values()} - {""}
    for each in bundle["sets"].values():
        graph = bundle["graphs"][each["graph"]]
        # what is pinned comes from the page
        needed = {name for name, _ in graph["inputs"] if not name.startswith("pin.")}
        assert needed <= fed | set(each["inputs"])
        paths = {path for figure in data["maps"].values() for columns in figure["sources"].values()
                 for parts in columns.values() for path in parts}  # fmt: skip
        paths |= {path for figure in data["maps"].values() for ends in figure["ranges"].values() for path in ends}
        paths |= {f"cards/{name}/{part}" for name, *_ in each["cards"] for part in ("value", "low", "high")}
        assert paths <= set(graph["outputs"])
        shown = Parts(each["texts"]["cards"] + each["texts"]["notes"]).marks
        assert shown["data-card"] == [name for name, *_ in each["cards"]]
        assert len(shown["data-sentence"]) == len(each["sentences"])
    return data
