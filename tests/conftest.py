"""Shared fixtures: public data beside the repository, a fixed Hypothesis profile, and a count of what was skipped."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
REQUIRE_SHARED = "SCALEWIDGETS_REQUIRE_SHARED"
NEEDS_SHARED = "needs ../shared/data"

# The same examples on every machine: a failure in CI is a failure at home.
settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of public data sets; without it the test is skipped, or fails where the data are required."""
    if SHARED_DATA.is_dir():
        return SHARED_DATA
    message = f"{NEEDS_SHARED}: no such folder; put the data sets there (set {REQUIRE_SHARED}=1 to fail instead)"
    if os.environ.get(REQUIRE_SHARED, "") not in ("", "0"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def _without_shared_data(reports: Iterable[pytest.TestReport]) -> int:
    return sum(NEEDS_SHARED in str(report.longrepr) for report in reports)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run because the shared data are missing."""
    if count := _without_shared_data(terminalreporter.getreports("skipped")):
        terminalreporter.write_line(f"{count} skipped for missing shared data (../shared/data)", yellow=True)
