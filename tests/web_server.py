"""Servers on this machine that stand for the web: pictures, and all that can go wrong with one."""

from __future__ import annotations

import io
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

from PIL import Image

HERE = (ip_network("127.0.0.1"),)  # what a test allows to be asked


def png(colour: str = "green", side: int = 24) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


class Exchange(BaseHTTPRequestHandler):
    """A request, and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        self.web.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        with suppress(OSError):  # whoever asked has had enough
            self.web.answers[self.path.partition("?")[0]](self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def head(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def file(self, data: bytes, kind: str = "image/png") -> None:
        self.head(Content_Type=kind, Content_Length=str(len(data)))
        self.wfile.write(data)

    def drip(self, piece: bytes) -> None:
        """Something, little by little, for ten seconds or as long as the test lasts."""
        for _ in range(200):
            if self.web.over.wait(0.05):
                return
            self.wfile.write(piece)


Answer = Callable[[Exchange], None]


@dataclass
class Web:
    """A server: what it answers by path, and what it was asked."""

    answers: Mapping[str, Answer]
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def gives(data: bytes, kind: str = "image/png") -> Answer:
    return lambda exchange: exchange.file(data, kind)


def leads(to: str, status: int = 302) -> Answer:
    return lambda exchange: exchange.head(status, Location=to, Content_Length="0")


@contextmanager
def serving(answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    web = Web(answers)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Exchange,), {"web": web}))
    server.daemon_threads, server.block_on_close = True, False
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    web.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.over.set()
        server.shutdown()
        server.server_close()
