"""Measure what 50 visitors who drag at once cost a served app, and what one who never finishes loading costs.

Each visitor is a session over a WebSocket that tells its state as a page does: twice a second, with new numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scalewidgets.explorers.explorer import Explorer  # noqa: E402 - this checkout
from scalewidgets.live.program import state_of  # noqa: E402
from tests.browser.servers import Server, start_app  # noqa: E402

SECONDS, TELLS = 20.0, 0.5  # of dragging; between two tellings of a state
HERTZ = os.sysconf("SC_CLK_TCK")


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


def named(part: object, name: str) -> str | None:
    """Return the id of the model of a name in a document's JSON."""
    if isinstance(part, dict):
        if part.get("type") == "object" and part.get("attributes", {}).get("name") == name:
            return part["id"]
        part = list(part.values())
    return next(filter(None, (named(each, name) for each in part)), None) if isinstance(part, list) else None


class Visitor:
    """One session: its WebSocket, and the model through which a page tells its state."""

    socket: WebSocketClientConnection

    def __init__(self, server: Server) -> None:
        self.server, self.took, self.count = server, [], 0

    async def send(self, kind: str, content: object) -> str:
        """Send one message and return its number."""
        self.count += 1
        number = f"{id(self)}-{self.count}"
        for part in ({"msgid": number, "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(part))
        return number

    async def reply(self, number: str) -> object:
        """Wait for the answer to a message."""
        while True:
            header = json.loads(await self.socket.read_message())
            await self.socket.read_message()
            content = json.loads(await self.socket.read_message())
            for _ in range(2 * header.get("num_buffers", 0)):
                await self.socket.read_message()
            if header.get("reqid") == number:
                return content

    async def open(self) -> None:
        """Load the page and take its document, as a browser does; it never says that it has finished loading."""
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(self.server.url).read().decode())
        token = re.search(r'"token":"([^"]+)"', text)[1]
        request = HTTPRequest(
            self.server.url.replace("http", "ws") + "ws", headers={"Sec-WebSocket-Protocol": f"bokeh, {token}"}
        )
        self.socket = await websocket_connect(request, subprotocols=["bokeh", token])
        # a message is three frames, and waiting to send them together would add 40 ms
        self.socket.protocol.set_nodelay(True)
        for _ in range(3):
            await self.socket.read_message()
        self.up = named(await self.reply(await self.send("PULL-DOC-REQ", {})), "up")
        self.state = state_of(Explorer())

    async def tell(self, state: dict[str, object]) -> None:
        """Tell a state and note how long the server took to acknowledge it."""
        message = json.dumps({"state": self.state | state, "count": self.count})
        change = {"kind": "ModelChanged", "model": {"id": self.up}, "attr": "tags", "new": [message]}
        begin = time.perf_counter()
        await self.reply(await self.send("PATCH-DOC", {"events": [change]}))
        self.took.append(time.perf_counter() - begin)

    async def drag(self, seconds: float, begin: float) -> None:
        """Tell a new budget twice a second."""
        await asyncio.sleep(begin)
        end = time.perf_counter() + seconds
        place = 21.0
        while (now := time.perf_counter()) < end:
            place = 20 + (place - 20 + 0.31) % 5
            await self.tell({"compute": 10**place})
            await asyncio.sleep(max(0.0, now + TELLS - time.perf_counter()))


async def measure(server: Server, count: int, seconds: float) -> tuple[float, np.ndarray]:
    """Let visitors drag; return the share of one core that the server took, and the milliseconds of each answer."""
    visitors = [Visitor(server) for _ in range(count)]
    for visitor in visitors:
        await visitor.open()
    await asyncio.sleep(2)
    before, begin = processor_seconds(server.process.pid), time.perf_counter()
    await asyncio.gather(*(v.drag(seconds, TELLS * i / count) for i, v in enumerate(visitors)))
    share = (processor_seconds(server.process.pid) - before) / (time.perf_counter() - begin)
    for visitor in visitors:
        visitor.socket.close()
    return share, 1000 * np.concatenate([v.took for v in visitors])


async def unfinished(server: Server, seconds: float) -> tuple[float, float]:
    """Return the server's share of a core while a half-loaded visitor stays, and after it has left."""
    visitor, shares = Visitor(server), []
    await visitor.open()
    await visitor.tell({"compute": 3e22})
    for leave in (False, True):
        if leave:
            visitor.socket.close()
        await asyncio.sleep(1)
        before = processor_seconds(server.process.pid)
        await asyncio.sleep(seconds)
        shares.append((processor_seconds(server.process.pid) - before) / seconds)
    return shares[0], shares[1]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visitors", type=int, default=50)
    options.add_argument("--seconds", type=float, default=SECONDS, help="of dragging")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = start_app(Path(folder))
        stack.callback(server.stop)
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
        stays, left = asyncio.run(unfinished(server, 5))
        print(f"one that never finishes loading: {stays:.1%} of a core while it stays, {left:.1%} after it left")
        print(f"{'visitors':>10}{'CPU of a core':>15}{'answer ms':>11}{'p95':>7}")
        for count in (1, given.visitors):
            share, took = asyncio.run(measure(server, count, given.seconds))
            print(f"{count:>10}{share:>14.1%}{np.median(took):>12.1f}{np.percentile(took, 95):>7.1f}", flush=True)


if __name__ == "__main__":
    main()
