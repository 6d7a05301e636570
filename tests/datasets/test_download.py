"""A download is kept only if it is the file declared; anything else ends in one clear error, with nothing kept."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scalewidgets.datasets.declared import Dataset, describe
from scalewidgets.datasets.download import cache_folder, obtain
from scalewidgets.errors import DataError

CONTENT = b"N,D,loss\n" + b"1e8,2e9,3.2\n" * 20_000
TOY = replace(
    describe("epoch-chinchilla"),
    key="toy",
    path="data/toy.csv",
    mirror="toy.csv",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
)


class Server(ThreadingHTTPServer):
    """Serve files that are whole, or wrong in one way each, and count the requests."""

    daemon_threads = True
    asked: int = 0


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        kind = self.path.split("/")[1]
        if kind == "absent":
            self.send_error(404)
            return
        body = {
            "truncated": CONTENT[:70_000],
            "truncated-silently": CONTENT[:70_000],
            "changed": CONTENT.replace(b"3.2", b"3.3", 1),
            "longer": CONTENT + b"1e8,2e9,3.2\n",
            "empty": b"",
        }.get(kind, CONTENT)
        self.send_response(200)
        if kind == "truncated":
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answers) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def base(server: Server, kind: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/{kind}"


def kept(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.is_file()]


def test_a_good_file_is_kept_told_about_and_not_asked_for_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", base(server, "good"))
    told: list[tuple[int, int]] = []
    path = obtain(TOY, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert kept(tmp_path) == [path]
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 3
    assert told == sorted(told)
    assert obtain(TOY, tmp_path) == path
    assert server.asked == 1


def test_a_file_damaged_in_the_cache_is_fetched_anew(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", base(server, "good"))
    path = obtain(TOY, tmp_path)
    path.write_bytes(CONTENT[:-1])
    assert obtain(TOY, tmp_path).read_bytes() == CONTENT
    assert server.asked == 2


def test_many_at_once_leave_one_whole_file(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", base(server, "good"))
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: obtain(TOY, tmp_path), range(8)))
    assert kept(tmp_path) == list(paths)
    assert paths.pop().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("absent", "the server answered 404 Not Found"),
        ("truncated", "ended after 70000 of 240009 bytes"),
        ("truncated-silently", "ended after 70000 of 240009 bytes"),
        ("empty", "ended after 0 of 240009 bytes"),
        ("changed", "is not the file declared.*sha256"),
        ("longer", "longer than the 240009 bytes declared"),
    ],
)
def test_a_bad_download_is_refused_and_nothing_is_kept(
    kind: str, reason: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", base(server, kind))
    with pytest.raises(DataError, match=reason) as caught:
        obtain(TOY, tmp_path)
    assert f"{base(server, kind)}/toy.csv" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert kept(tmp_path) == []


def test_offline_the_error_names_the_address_the_cache_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:  # bound and not listening, so a connection is refused
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("SCALEWIDGETS_DATA", address)
        with pytest.raises(DataError) as caught:
            obtain(TOY, tmp_path)
    message = str(caught.value)
    assert f"cannot be had from {address}/toy.csv" in message
    assert "Check the network, or put the file yourself at" in message
    place = tmp_path / TOY.sha256[:12] / "toy.csv"
    assert str(place) in message
    place.write_bytes(CONTENT)  # what the error says to do works
    assert obtain(TOY, tmp_path) == place


@pytest.mark.parametrize("written", ["folder", "address"])
def test_a_folder_of_copies_is_used_in_place(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "all my copies"
    copies.mkdir()
    monkeypatch.setenv("SCALEWIDGETS_DATA", str(copies) if written == "folder" else copies.as_uri())
    with pytest.raises(DataError, match="SCALEWIDGETS_DATA holds no file"):
        obtain(TOY, tmp_path / "cache")
    (copies / "toy.csv").write_bytes(CONTENT + b"\n")
    with pytest.raises(DataError, match="is not the original file.*sha256"):
        obtain(TOY, tmp_path / "cache")
    (copies / "toy.csv").write_bytes(CONTENT)
    assert obtain(TOY, tmp_path / "cache") == copies / "toy.csv"
    assert not (tmp_path / "cache").exists()


def test_another_kind_of_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", "ftp://127.0.0.1/data")
    with pytest.raises(DataError, match="a folder or an address of file, http or https"):
        obtain(TOY, tmp_path)


def test_a_cache_that_cannot_be_written_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    monkeypatch.setenv("SCALEWIDGETS_DATA", base(server, "good"))
    with pytest.raises(DataError, match="cache"):
        obtain(TOY, tmp_path / "cache")


@pytest.mark.parametrize(
    ("platform", "settings", "expected"),
    [
        ("linux", {"SCALEWIDGETS_CACHE": "mine"}, "mine"),
        ("linux", {"XDG_CACHE_HOME": "caches"}, "caches/scalewidgets/datasets"),
        ("linux", {}, "~/.cache/scalewidgets/datasets"),
        ("darwin", {}, "~/Library/Caches/scalewidgets/datasets"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/scalewidgets/datasets"),
    ],
)
def test_the_cache_is_where_the_system_keeps_caches(
    platform: str, settings: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SCALEWIDGETS_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("scalewidgets.datasets.download.sys.platform", platform)
    assert cache_folder() == Path(expected).expanduser()


def test_the_set_downloaded_in_these_tests_is_no_public_one() -> None:
    assert isinstance(TOY, Dataset)
    assert TOY.sha256 != describe("epoch-chinchilla").sha256
