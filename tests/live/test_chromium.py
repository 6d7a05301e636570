"""The interpreter gives in Chromium what it gives in Node, from one inline script without eval."""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from .rows import ROWS
from .scripts import HERE, LIVE, PARTS, assert_equal_numbers, decoded, encode_numbers_within, joined

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'unsafe-inline'"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]


def answers(cases: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Carry out cases in a page that allows no eval, fetches nothing and holds the script inline."""
    script = joined(*(LIVE / part for part in PARTS), HERE / "replay.mjs")
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("this test needs `chromium` on PATH; install it (Debian: apt-get install chromium)")
    given = json.dumps(encode_numbers_within(cases), allow_nan=False).replace("<", "\\u003c")
    page_text = f"""<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}">
<script type="application/json" id="given">{given}</script>
<script type="module">{script}
document.title = "started"
const given = JSON.parse(document.getElementById("given").textContent)
const text = document.createElement("pre")
text.textContent = JSON.stringify(replay(compile, given))
document.body.append(text)
document.title = "done"
</script><body></body>"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = browser.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.set_content(page_text)
            page.wait_for_function("document.title === 'done'", timeout=60_000)
            assert errors == []
            return json.loads(page.locator("pre").text_content() or "")
        finally:
            browser.close()


def test_every_operation_equals_numpy_in_chromium() -> None:
    graphs = [row.graph() for row in ROWS]
    cases = [{"graph": g.to_json(), "states": [row.inputs()]} for g, row in zip(graphs, ROWS, strict=True)]
    found = answers(cases)
    assert len(found) == len(ROWS)
    for row, graph, (outputs,) in zip(ROWS, graphs, found, strict=True):
        expected = graph(**row.inputs())[""]
        assert np.size(expected) == len(outputs[""])
        assert_equal_numbers(decoded(outputs)[""], expected, rtol=1e-12, what=f"{row.op} of {row.given}")
