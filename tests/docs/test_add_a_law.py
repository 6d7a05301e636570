"""The page on adding a law can be followed to the letter, from the folder to the tests."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from .pages import ROOT, blocks, commands

PAGE = ROOT / "docs" / "add-a-law.md"


def test_the_page_works_as_it_stands(tmp_path: Path) -> None:
    environment = dict(os.environ)
    done: list[str] = []

    def run(*command: str, folder: Path = tmp_path) -> str:
        process = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert process.returncode == 0, f"{shlex.join(command)}\n{process.stdout}\n{process.stderr}"
        return process.stdout

    def follow(line: str) -> None:
        program, *arguments = shlex.split(line)
        if program == "export":
            name, value = arguments[0].split("=")
            environment[name] = str(tmp_path / value)  # the reader stays in one folder, the tests run in the clone
        elif program == "mkdir":
            (tmp_path / arguments[0]).mkdir()
        elif program == "scalewidgets":
            done.append(run(sys.executable, "-m", "scalewidgets", *arguments))
        else:
            assert arguments[:2] == ["-m", "pytest"]
            done.append(run(sys.executable, *arguments, "-q", "-p", "no:cacheprovider", folder=ROOT))

    for block in blocks(PAGE):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            done.append(run(sys.executable, "-W", "error", "-c", block.text))
        else:
            assert block.kind == "console"
            for line in commands(block):
                follow(line)

    shown, used, planned, stuck, tested = done
    assert "Chinchilla with one exponent" in shown
    assert "Published fits: none" in shown
    assert r"\frac{A}{N^{\alpha}}" in used
    assert "Plan with Lesson 2026, one exponent" in planned
    assert "use the function of scalewidgets.ops" in stuck
    assert " passed" in tested
    assert "failed" not in tested
    assert int(tested.split(" passed")[0].split()[-1]) >= 15
