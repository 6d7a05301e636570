"""Bring the original file of a data set to the cache: streamed, checked against its hash, and only then kept."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import tempfile
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import url2pathname, urlopen

from scalewidgets.datasets.declared import Dataset
from scalewidgets.errors import DataError
from scalewidgets.progress import Progress, Report, reporter

__all__ = ["cache_folder", "obtain"]

CHUNK = 1 << 16  # bytes
TIMEOUT = 30.0  # seconds without an answer


def cache_folder() -> Path:
    """Return the folder of the cache: SCALEWIDGETS_CACHE, else where this system keeps caches."""
    if asked := os.environ.get("SCALEWIDGETS_CACHE"):
        return Path(asked)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "scalewidgets" / "datasets"


def obtain(dataset: Dataset, cache: str | os.PathLike[str] | None = None, progress: Progress = None) -> Path:
    """Return the path of the original file: from the folder of copies, from the cache, or downloaded.

    Parameters
    ----------
    dataset : Dataset
        Which file.
    cache : path, optional
        The folder to keep it in; by default ``cache_folder()``.
    progress : function of (bytes done, bytes in all), bool, or None
        Whom to tell.

    Raises
    ------
    DataError
        If it cannot be had, or is not the file that was declared. Nothing is kept then.
    """
    address = _address(dataset)
    # named by content, so that a set whose file changes finds a place of its own
    kept = Path(cache or cache_folder()) / dataset.sha256[:12] / Path(dataset.path).name
    remedy = f"Check the network, or put the file yourself at {kept} (or its folder of copies in SCALEWIDGETS_DATA)."
    parts = urlsplit(address)
    if parts.scheme == "file":
        copy = Path(url2pathname(parts.path))
        if not copy.is_file():
            raise DataError(f"data set {dataset.key!r}: SCALEWIDGETS_DATA holds no file {copy}. {remedy}")
        if (found := _hash_of(copy)) != dataset.sha256:
            raise DataError(f"data set {dataset.key!r}: {copy} is not the original file. {_differ(found, dataset)}")
        return copy
    if parts.scheme not in ("http", "https"):
        raise DataError(f"SCALEWIDGETS_DATA is a folder or an address of file, http or https; got {address!r}")
    if kept.is_file() and _hash_of(kept) == dataset.sha256:
        return kept
    try:
        _download(dataset, address, kept, reporter(progress, dataset.key))
    except DataError as problem:
        raise DataError(f"data set {dataset.key!r} from {address}: {problem} {remedy}") from problem
    except (URLError, http.client.HTTPException, OSError) as problem:
        raise DataError(f"data set {dataset.key!r} cannot be had from {address}: {problem}. {remedy}") from problem
    return kept


def _address(dataset: Dataset) -> str:
    base = os.environ.get("SCALEWIDGETS_DATA")
    if not base:
        return dataset.address
    if "://" not in base:
        base = Path(base).resolve().as_uri()
    return f"{base.rstrip('/')}/{dataset.mirror}"


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _differ(found: str, dataset: Dataset) -> str:
    return f"Its sha256 is {found}; the declared one is {dataset.sha256}."


def _download(dataset: Dataset, address: str, kept: Path, tell: Report) -> None:
    """Write to a file beside the final one, and give it its name when it has proved to be the right one."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    content, done = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(prefix=".part-", dir=kept.parent)
    try:
        with os.fdopen(handle, "wb") as part, urlopen(address, timeout=TIMEOUT) as answer:
            tell(0, dataset.size)
            while chunk := answer.read(CHUNK):
                done += len(chunk)
                if done > dataset.size:  # whatever this is, don't fill the disk with it
                    raise DataError(f"it is longer than the {dataset.size} bytes declared, so it was not kept.")
                part.write(chunk)
                content.update(chunk)
                tell(done, dataset.size)
        if done < dataset.size:
            raise DataError(f"it ended after {done} of {dataset.size} bytes, so it was not kept.")
        if (found := content.hexdigest()) != dataset.sha256:
            raise DataError(f"it is not the file declared, so it was not kept. {_differ(found, dataset)}")
        os.replace(name, kept)
    except HTTPError as problem:
        problem.close()  # it is an answer too, and holds the connection
        raise DataError(f"the server answered {problem.code} {problem.reason}.") from problem
    finally:
        Path(name).unlink(missing_ok=True)
