"""Visitors without a browser: websocket clients that speak Streamlit's own messages, many at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

OUTCOMES = ("Tricked", "Nearly", "Not yet")


@dataclass
class Visit:
    """What one visitor saw, and when, in seconds from the moment at which they asked for the page."""

    link: str
    first_element: float | None = None
    first_chart: float | None = None
    charts: int = 0
    verdict: float | None = None
    outcome: str = ""
    finished: float | None = None
    pictures: dict[str, str] = field(default_factory=dict)  # address by alternative text, the newest
    errors: list[str] = field(default_factory=list)
    looked: bytes = b""  # a picture that was shown
    waited: list[str] = field(default_factory=list)  # what they were told of those ahead

    def take(self, element: Element, now: float) -> None:
        kind = element.WhichOneof("type")
        if self.first_element is None and kind not in (None, "empty", "skeleton", "component"):
            self.first_element = now
        if kind == "plotly_chart" and "Probability at each step" in element.plotly_chart.alt:
            self.charts += 1
            self.first_chart = self.first_chart or now
        elif kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "markdown" and "-badge[" in element.markdown.body and self.charts:
            found = next((word for word in OUTCOMES if f"**{word}**" in element.markdown.body), "")
            if found:
                self.verdict, self.outcome = self.verdict or now, found
        elif kind == "imgs":
            for image in element.imgs.imgs:
                self.pictures[image.alt or image.caption] = image.url
        elif kind == "markdown" and "ahead, about" in element.markdown.body:
            self.waited.append(element.markdown.body)


async def visit(
    url: str,
    link: str = "",
    *,
    until: str = "finished",
    limit: float = 180,
    look: str = "",
) -> Visit:
    """Opens the page with this link and watches until its script is through, or what else is waited for;
    then has a look at the picture whose alternative text begins so."""
    seen, address = Visit(link), urlsplit(url)
    socket = f"ws://{address.netloc}/_stcore/stream"
    begin = time.perf_counter()
    async with connect(
        socket, subprotocols=[Subprotocol("streamlit")], max_size=None, compression=None, open_timeout=60,
        ping_interval=None,
    ) as server:  # fmt: skip
        await server.send(_asks(link, url))
        try:
            async with asyncio.timeout(limit):
                await _watch(server, seen, begin, until)
        except TimeoutError:
            seen.errors.append(f"nothing for {limit:.0f} s")
        for words, path in seen.pictures.items():
            if look and words.startswith(look):  # served as long as somebody has it on their page
                seen.looked = await asyncio.to_thread(picture, url, path)
    return seen


async def _watch(server: ClientConnection, seen: Visit, begin: float, until: str) -> None:
    async for data in server:
        now = time.perf_counter() - begin
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            seen.take(message.delta.new_element, now)
        # A page that puts settings of its own into the link runs a second time.
        done = kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        if done and seen.verdict is not None:
            seen.finished = now
        if getattr(seen, until) is not None:
            return


def _asks(link: str, url: str) -> bytes:
    ask = BackMsg()
    ask.rerun_script.query_string = link
    ask.rerun_script.context_info.url = url
    ask.rerun_script.context_info.timezone = "UTC"
    return bytes(ask.SerializeToString())


async def crowd(url: str, links: Sequence[str], **options: object) -> list[Visit]:
    """All at once."""
    return list(await asyncio.gather(*(visit(url, link, **options) for link in links)))  # type: ignore[arg-type]


def picture(url: str, path: str) -> bytes:
    """A picture that a visitor was shown."""
    with urlopen(url.rstrip("/") + path, timeout=30) as answer:
        return bytes(answer.read())
