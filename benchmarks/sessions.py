"""Measure what 50 visitors who drag at once cost a served app, beside a bare Bokeh server and a Panel app.

Each visitor is a session over a WebSocket that says what a page says: a new state once a second while a slider moves,
and once more when it is let go.
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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.servers import Server, start_app  # noqa: E402 - this checkout

SECONDS = 10.0  # of dragging
SCRIPT = ROOT / "scalewidgets" / "live" / "connect.mjs"
TOLD = re.search(r"TELL_AFTER = (\d+); // ms", SCRIPT.read_text(encoding="utf-8"))
assert TOLD, f"{SCRIPT} does not say how often a page tells its state"
TELLS = int(TOLD[1]) / 1000  # seconds between two states of a page that is dragged
PANEL_TELLS = 0.05  # a Panel page tells every step of its slider, and Panel acts on it this often
HERTZ = os.sysconf("SC_CLK_TCK")
MOST = 0.20  # of a core, for 50 visitors
PATIENCE = 100.0  # seconds to open sessions; fewer visitors stand for all after that


def serve_peers(port: int) -> None:
    """Serve what does next to nothing: a Bokeh source that Python listens to, and a Panel slider with a chart."""
    import panel as pn
    from bokeh.models import Column, ColumnDataSource
    from bokeh.plotting import figure

    x = np.geomspace(1, 1e4, 200)

    def bare() -> Any:
        up = ColumnDataSource(data={}, name="told")
        up.on_change("tags", lambda attribute, old, new: json.loads(new[-1]))
        plot = figure(name="holds", x_axis_type="log")
        plot.line("x", "y", source=ColumnDataSource({"x": x, "y": x}), tags=[up])
        return Column(plot)

    def in_place() -> Any:
        source = ColumnDataSource({"x": x, "y": x})
        plot = figure(x_axis_type="log", y_axis_type="log")
        plot.line("x", "y", source=source)
        slider = pn.widgets.FloatSlider(start=0, end=30, step=0.01, value=20, name="told")
        slider.param.watch(lambda event: source.data.update(y=10 * x ** -(event.new / 30)), "value")
        return pn.Column(slider, pn.pane.Bokeh(plot))

    pn.serve({"/": bare, "panel": in_place}, port=port, address="127.0.0.1", show=False, verbose=False)


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


def megabytes(process: int) -> float:
    """Return the memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def found(part: object, wanted: tuple[str, str]) -> str | None:
    """Return the id of the model with a value of an attribute in a document's JSON."""
    if isinstance(part, dict):
        if part.get("type") == "object" and part.get("attributes", {}).get(wanted[0]) == wanted[1]:
            return str(part["id"])
        part = list(part.values())
    if not isinstance(part, list):
        return None
    return next(filter(None, (found(each, wanted) for each in part)), None)


@dataclass
class Kind:
    """What is visited, and how its page tells the server of a move."""

    name: str
    server: Server
    path: str = ""
    model: tuple[str, str] = ("name", "up")
    attribute: str = "tags"
    every: float = TELLS
    state: Mapping[str, Any] = field(default_factory=dict)
    cards: tuple[str, ...] = ()

    def told(self, place: float, count: int, settled: bool) -> object:
        """Return the new value of the attribute when the slider stands at log10 of a budget."""
        if self.attribute == "value":
            return place
        message = {"state": {**self.state, "compute": 10**place}, "settled": settled, "count": count}
        # a page that comes to rest says its headline numbers too; any will do
        return [json.dumps(message | {"cards": dict.fromkeys(self.cards, 1e10) if settled else None})]


@dataclass
class Visitor:
    """One session: its WebSocket, and the model through which a page tells its state."""

    kind: Kind
    took: list[float] = field(default_factory=list)
    count: int = 0
    place: float = 21.0

    async def send(self, message: str, content: object) -> str:
        """Send one message and return its number."""
        self.count += 1
        number = f"{id(self)}-{self.count}"
        for part in ({"msgid": number, "msgtype": message}, {}, content):
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
                if header["msgtype"] == "ERROR":
                    raise RuntimeError(content["text"])
                return content

    async def open(self) -> None:
        """Load the page and take its document, as a browser does; it never says that it has finished loading."""
        url = self.kind.server.url
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url + self.kind.path).read().decode())
        token = re.search(r'"token":"([^"]+)"', text)[1]
        address = url.replace("http", "ws") + (f"{self.kind.path}/" if self.kind.path else "") + "ws"
        request = HTTPRequest(address, headers={"Sec-WebSocket-Protocol": f"bokeh, {token}"})
        self.socket: WebSocketClientConnection = await websocket_connect(request, subprotocols=["bokeh", token])
        # a message is three frames, and waiting to send them together would add 40 ms
        self.socket.protocol.set_nodelay(True)
        for _ in range(3):
            await self.socket.read_message()
        self.up = found(await self.reply(await self.send("PULL-DOC-REQ", {})), self.kind.model)

    async def say(self, settled: bool = False) -> str:
        """Send the state that follows when the slider goes on."""
        self.place = 20 + (self.place - 20 + 0.31) % 5
        new = self.kind.told(self.place, self.count, settled)
        change = {"kind": "ModelChanged", "model": {"id": self.up}, "attr": self.kind.attribute, "new": new}
        return await self.send("PATCH-DOC", {"events": [change]})

    async def drag(self, seconds: float, begin: float) -> None:
        """Tell new states as often as a page does, and note how long the server took to acknowledge each."""
        await asyncio.sleep(begin)
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            await self.reply(await self.say(settled=now + self.kind.every >= end))
            self.took.append(time.perf_counter() - now)
            await asyncio.sleep(max(0.0, now + self.kind.every - time.perf_counter()))


async def opened(kind: Kind, count: int) -> list[Visitor]:
    """Open so many sessions, one after the other, or as many as there is patience for."""
    visitors: list[Visitor] = []
    end = time.perf_counter() + PATIENCE
    while len(visitors) < count and time.perf_counter() < end:
        visitors.append(Visitor(kind))
        await visitors[-1].open()
    return visitors


@dataclass
class Cost:
    """What dragging visitors cost: the share of one core, in so many seconds, and the milliseconds of each answer."""

    share: float
    seconds: float
    took: np.ndarray

    @property
    def each(self) -> float:
        """Milliseconds of processor time a state."""
        return 1000 * self.share * self.seconds / len(self.took)

    def cells(self) -> list[str]:
        """Return the cells of a row."""
        middle, late = np.percentile(self.took, (50, 95))
        return [f"{self.share:.1%}", f"{self.each:.2f}", f"{middle:.1f}", f"{late:.1f}"]


async def dragging(visitors: list[Visitor], seconds: float) -> Cost:
    """Let visitors drag at once."""
    kind, process = visitors[0].kind, visitors[0].kind.server.process.pid
    for visitor in visitors:
        visitor.took.clear()
    before, begin = processor_seconds(process), time.perf_counter()
    await asyncio.gather(*(v.drag(seconds, kind.every * i / len(visitors)) for i, v in enumerate(visitors)))
    passed = time.perf_counter() - begin
    share = (processor_seconds(process) - before) / passed
    return Cost(share, passed, 1000 * np.concatenate([v.took for v in visitors]))


async def idle(server: Server, seconds: float) -> float:
    """Return the server's share of a core while nobody does anything."""
    await asyncio.sleep(1)
    before = processor_seconds(server.process.pid)
    await asyncio.sleep(seconds)
    return (processor_seconds(server.process.pid) - before) / seconds


def table(rows: list[list[str]]) -> str:
    """Return rows as aligned text."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)


async def measure(app: Kind, bare: Kind, panel: Kind, count: int, seconds: float) -> str:
    """Measure everything in one run and return it as text."""
    process = app.server.process.pid
    # the first session loads and traces what all others use
    first = (await opened(app, 1))[0]
    await first.reply(await first.say())
    stays = await idle(app.server, 4)
    used, held, begin = processor_seconds(process), megabytes(process), time.perf_counter()
    visitors = await opened(app, count)
    number = len(visitors)
    opening, waiting = (processor_seconds(process) - used) / number, (time.perf_counter() - begin) / number
    memory = (megabytes(process) - held) / number
    alone = await dragging(visitors[:1], seconds)
    many = await dragging(visitors, seconds)
    # one that asks for much and reads nothing of it
    deaf = (await opened(app, 1))[0]
    for _ in range(3):
        await deaf.send("PULL-DOC-REQ", {})
    await asyncio.sleep(10)
    unread = await idle(app.server, 4)
    beside = await dragging(visitors[:1], seconds / 2)
    for visitor in (*visitors, first, deaf):
        visitor.socket.close()
    left = await idle(app.server, 3)
    floor = await dragging(await opened(bare, number), seconds)
    few = max(1, number // 10)
    peer = await dragging(await opened(panel, few), seconds)

    rows = [["", "visitors", "states/s each", "CPU of a core", "CPU ms a state", "answer ms", "p95"]]
    measured = ((app, 1, alone), (app, number, many), (app, 1, beside), (bare, number, floor), (panel, few, peer))
    rows += [[kind.name, str(who), f"{1 / kind.every:g}", *cost.cells()] for kind, who, cost in measured]
    rows[3][0] += ", beside one that reads nothing"
    share = many.share * count / number
    slower = np.median(many.took) / np.median(alone.took)
    dearer = peer.share / few / (many.share / number)
    judged = [
        ["wanted", "", "found"],
        [f"{count} dragging", f"at most {MOST * count / 50:.0%} of a core", f"{share:.1%}"],
        ["a state beside a bare Bokeh server's", "", f"{many.each / floor.each:.1f} times"],
        ["a visitor of a Panel app costs", "", f"{dearer:.0f} times as much"],
        ["an answer beside the others, and alone", "1 time as long", f"{slower:.1f} times"],
        ["one that never finishes loading", "0 % of a core", f"{stays:.1%}"],
        ["one that reads nothing", "0 % of a core", f"{unread:.1%}"],
        ["after all have left", "0 % of a core", f"{left:.1%}"],
        ["to open a session, processor time", "", f"{opening:.2f} s"],
        ["to open a session, until its page is there", "", f"{waiting:.2f} s"],
        ["memory of a session", "", f"{memory:.1f} MB"],
    ]
    return f"{table(rows)}\n\n{table(judged)}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve-peers", type=int, metavar="PORT", help="serve the peers only")
    options.add_argument("--visitors", type=int, default=50)
    options.add_argument("--seconds", type=float, default=SECONDS, help="of dragging")
    given = options.parse_args()
    if given.serve_peers:
        serve_peers(given.serve_peers)
        return
    from scalewidgets.explorers.studio import Studio
    from scalewidgets.live.program import whole_state_of

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = start_app(Path(folder))
        stack.callback(server.stop)
        peers = start_app(Path(folder), [sys.executable, str(Path(__file__).resolve()), "--serve-peers", "{port}"])
        stack.callback(peers.stop)
        ex = Studio()
        kinds = (
            Kind("app", server, state=whole_state_of(ex), cards=tuple(card.name for card in ex.cards)),
            Kind("bare Bokeh server", peers, model=("name", "told")),
            Kind("Panel, in place", peers, "panel", ("title", "told"), "value", PANEL_TELLS),
        )
        load = os.getloadavg()[0]
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before", flush=True)
        print(asyncio.run(measure(*kinds, given.visitors, given.seconds)))
        print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
