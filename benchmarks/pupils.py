"""Pupils without a browser: they join a class by its link, wait for their run and hand it in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

BEST = "Your best: "


@dataclass
class Pupil:
    """What one pupil was shown."""

    name: str
    fields: dict[str, str] = field(default_factory=dict)  # ids of text inputs by label
    buttons: dict[str, str] = field(default_factory=dict)  # ids of buttons that can be pressed, by label
    best: str = ""  # what they were told of their best
    refused: list[str] = field(default_factory=list)  # sentences in boxes for errors, and tracebacks

    def take(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "text_input":
            self.fields[element.text_input.label] = element.text_input.id
        elif kind == "button" and not element.button.disabled:
            self.buttons[element.button.label] = element.button.id
        elif kind == "markdown" and element.markdown.body.startswith(BEST):
            self.best = element.markdown.body
        elif kind == "exception":
            self.refused.append(element.exception.message)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.refused.append(element.alert.body)


async def pupil(url: str, code: str, name: str, *, limit: float = 120) -> Pupil:
    """Joins under this name and hands in the run that the challenge begins with."""
    seen, link = Pupil(name), urlencode({"class": code})
    socket = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    try:
        async with (
            asyncio.timeout(limit),
            connect(
                socket, subprotocols=[Subprotocol("streamlit")], max_size=None, compression=None,
                open_timeout=60, ping_interval=None,
            ) as server,
        ):  # fmt: skip
            await server.send(_asks(url, link))
            await _watch(server, seen, lambda: "Join" in seen.buttons)
            typed = WidgetState(id=seen.fields["Nickname"], string_value=name)
            await server.send(_asks(url, link, typed, _pressed(seen.buttons["Join"])))
            await _watch(server, seen, lambda: "Hand in" in seen.buttons)
            await server.send(_asks(url, link, _pressed(seen.buttons["Hand in"])))
            await _watch(server, seen, lambda: bool(seen.best))
    except TimeoutError:
        seen.refused.append(f"not done in {limit:.0f} s")
    return seen


async def pupils(url: str, code: str, names: Sequence[str]) -> list[Pupil]:
    """All at once."""
    return list(await asyncio.gather(*(pupil(url, code, name) for name in names)))


async def _watch(server: ClientConnection, seen: Pupil, done: Callable[[], bool]) -> None:
    """Until a script is through and what is waited for is there, or something was refused."""
    async for data in server:
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            seen.take(message.delta.new_element)
        if kind == "script_finished" and (done() or seen.refused):
            return


def _asks(url: str, link: str, *widgets: WidgetState) -> bytes:
    ask = BackMsg()
    ask.rerun_script.query_string = link
    ask.rerun_script.context_info.url = url
    ask.rerun_script.context_info.timezone = "UTC"
    ask.rerun_script.widget_states.widgets.extend(widgets)
    return bytes(ask.SerializeToString())


def _pressed(button: str) -> WidgetState:
    return WidgetState(id=button, trigger_value=True)
