"""Starts servers on 127.0.0.1 for the browser to visit, and ends them by process id."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNEL = "scalewidgets-test"
START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """A running server: where it answers, its process, and the file its output goes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        if self.process.poll() is None:
            # Its own group, so that the kernels it started end with it.
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)


def start(command: Sequence[str], url: str, log: Path, env: dict[str, str] | None = None, answer: str = "") -> Server:
    """Start a command and wait until `url + answer` is answered with success."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=log.parent, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    server = Server(url, process, log)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url + answer, timeout=45):
                return server
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    server.stop()
    raise AssertionError(f"{' '.join(command)} did not answer at {url}:\n{log.read_text(errors='replace')[-4000:]}")


def environment(**more: str) -> dict[str, str]:
    """Give the environment of a server: this checkout importable, no proxy between it and the browser."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, **more}


def start_app(folder: Path, command: Sequence[str] | None = None) -> Server:
    """Start the app; `{port}` in the command becomes a free port."""
    port = free_port()
    command = command or [sys.executable, "-m", "scalewidgets", "serve", "--port", "{port}"]
    filled = [part.replace("{port}", str(port)) for part in command]
    return start(filled, f"http://127.0.0.1:{port}/", folder / f"app-{port}.log", environment())


def start_lab(folder: Path) -> Server:
    """Start JupyterLab with settings, data and kernels below `folder`: nothing of the user's, no news, no updates."""
    port = free_port()
    for name in ("notebooks", "config/labconfig", f"data/kernels/{KERNEL}"):
        (folder / name).mkdir(parents=True)
    overrides = {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
            "doNotDisturbMode": True,
        },
        "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    }
    (folder / "config/labconfig/default_setting_overrides.json").write_text(json.dumps(overrides))
    kernel = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": KERNEL,
        "language": "python",
    }
    (folder / f"data/kernels/{KERNEL}/kernel.json").write_text(json.dumps(kernel))
    env = environment(
        HOME=str(folder),
        JUPYTER_CONFIG_DIR=str(folder / "config"),
        JUPYTER_DATA_DIR=str(folder / "data"),
        JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
        JUPYTERLAB_SETTINGS_DIR=str(folder / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(folder / "workspaces"),
        IPYTHONDIR=str(folder / "ipython"),
        JUPYTER_PLATFORM_DIRS="1",
        JUPYTER_NO_CONFIG="",
    )
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={folder / 'notebooks'}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly", "--LanguageServerManager.autodetect=False",
    ]  # fmt: skip
    return start(command, f"http://127.0.0.1:{port}/", folder / "lab.log", env, "api/status")
