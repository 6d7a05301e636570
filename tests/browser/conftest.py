"""Fixtures of the browser tests: Chromium, a page that proves itself offline and quiet, the app, JupyterLab."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from .figures import PATIENCE
from .notebooks import end_kernels, open_notebook
from .servers import Server, start_app, start_lab

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOCAL = {"127.0.0.1", "localhost"}

# A busy machine is slow, not wrong: what has to become true gets this long everywhere.
expect.set_options(timeout=PATIENCE * 1000)

# What JupyterLab says for reasons of its own; each entry names the message and why it is none of ours.
BENIGN: dict[str, str] = {}


# A package's fixtures end with the folder: a running Playwright keeps an event loop that other tests would meet.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium, started anew with a user data folder of its own."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("the browser tests need `chromium` on PATH; install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Record:
    """What a page did that it should not: each list stays empty in a good test."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.error(f"{message.text} ({message.location.get('url', '')})")

    def error(self, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in BENIGN):
            self.errors.append(text)

    def request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "file"} and parts.hostname not in LOCAL:
            self.outside.append(request.url)

    def failure(self, request: Request) -> None:
        # A page that is left aborts what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.failed.append(f"{request.url}: {request.failure}")

    def route(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.hostname in LOCAL or parts.scheme == "file":
            route.continue_()
        else:
            route.abort()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages (options as for a browser context); all must stay offline, without errors and failed requests."""
    opened: list[tuple[Page, Record]] = []

    def open_page(**options: object) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        record = Record()
        context.route("**/*", record.route)
        page = context.new_page()
        page.on("console", record.console)
        page.on("pageerror", lambda error: record.error(str(error)))
        page.on("request", record.request)
        page.on("websocket", lambda socket: record.request(socket))
        page.on("requestfailed", record.failure)
        opened.append((page, record))
        return page

    yield open_page
    for page, record in opened:
        end_kernels(page)
        page.context.close()
        assert record == Record()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Give one page of desktop size."""
    return new_page()


@pytest.fixture(scope="package")
def served_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start the app (or another command with `{port}` in it) and end it after the last browser test."""
    running: list[Server] = []

    def serve(command: Sequence[str] | None = None) -> Server:
        running.append(start_app(tmp_path_factory.mktemp("app"), command))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a real JupyterLab in a folder of its own."""
    server = start_lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def run_notebook(lab: Server) -> Callable[[Page, Sequence[str]], None]:
    """Open a notebook of these cells in JupyterLab and run it."""
    return lambda page, cells: open_notebook(page, lab, cells)
