"""Drags like a hand: a mouse that moves on whether or not the page keeps up, which Playwright's waits for."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page
from tornado.websocket import websocket_connect


def drag_on(
    page: Page, port: int, start: tuple[float, float], goal: tuple[float, float], seconds: float, hz: int
) -> None:
    """Press at a place, move to another at a steady pace, and release.

    `port` is the browser's own (``--remote-debugging-port``). A place follows the clock, so a busy machine gets fewer
    moves and not more time.
    """
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
    moving = _drag(f"ws://127.0.0.1:{port}/devtools/page/{target}", start, goal, seconds, hz)
    # a thread, since Playwright has an event loop in this one
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, moving).result()


async def _drag(url: str, start: tuple[float, float], goal: tuple[float, float], seconds: float, hz: int) -> None:
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    sent = moves = 0

    def hear(message: str | bytes | None) -> None:
        if message is None or json.loads(message).get("id") == sent:
            answered.set()

    connection = await websocket_connect(url, on_message_callback=hear)

    async def send(kind: str, place: tuple[float, float]) -> None:
        nonlocal sent
        sent += 1
        held = {"button": "left", "buttons": int(kind != "mouseReleased"), "clickCount": 1}
        given = {"type": kind, "x": place[0], "y": place[1], **held}
        await connection.write_message(json.dumps({"id": sent, "method": "Input.dispatchMouseEvent", "params": given}))

    await send("mousePressed", start)
    begin = loop.time()
    while (share := (loop.time() - begin) / seconds) < 1:
        await send("mouseMoved", tuple(a + (b - a) * share for a, b in zip(start, goal, strict=True)))
        moves += 1
        await asyncio.sleep(max(0.0, begin + moves / hz - loop.time()))
    await send("mouseMoved", goal)
    answered.clear()
    await send("mouseReleased", goal)
    await answered.wait()
    connection.close()
