"""Two servers of the page behind nginx with the file of docs/deploy, and visitors who come through it."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookies import SimpleCookie
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.helpers import ROOT

SITE, SETTINGS = ROOT / "docs" / "deploy" / "trick.conf", ROOT / "docs" / "deploy" / "trick.env"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")
NUMBER, XSRF = "trick_server", "_streamlit_xsrf"
Headers = dict[str, str]

MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/trick.conf;
}}
"""


@dataclass
class Site:
    """Where it is served, and the servers behind, by port."""

    port: int
    plain: int  # the port that leads on to the other
    certificate: Path
    servers: dict[int, subprocess.Popen[bytes]]
    folder: Path  # of the logs, and of the class

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def stop(self, port: int) -> None:
        self.servers[port].send_signal(signal.SIGINT)
        self.servers[port].wait(30)


@dataclass
class Visitor:
    """A browser, as far as a server can tell: its cookies, its session, and the pictures it was shown."""

    site: Site
    link: str
    cookies: Headers = field(default_factory=dict)
    session: str = ""
    shown: dict[tuple[int, ...], tuple[str, str]] = field(default_factory=dict)  # alt and address by place
    errors: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of its pictures, through the proxy
    uploaded: int = 0  # the status of an upload to its session
    homes: list[int] = field(default_factory=list)  # the ports of the servers that know the session

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(
        self, method: str, path: str, body: bytes | None = None, port: int | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """A request through the proxy, or to a server's own port; cookies are kept as in a browser."""
        server: http.client.HTTPConnection
        if port is None:
            trust = self.site.trust
            server = http.client.HTTPSConnection("localhost", self.site.port, context=trust, timeout=30)
        else:
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        server.request(method, path, body, {"Cookie": self.cookie, **headers})
        answer = server.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        content = answer.read()
        server.close()
        return answer.status, content

    def headers(self, path: str) -> tuple[int, Message]:
        """The status and the headers of an answer through the proxy."""
        server = http.client.HTTPSConnection("localhost", self.site.port, context=self.site.trust, timeout=30)
        server.request("GET", path)
        answer = server.getresponse()
        server.close()
        return answer.status, answer.headers

    async def open(self) -> None:
        """The page's own first requests, then its websocket until the script is through."""
        for path in ("/", "/_stcore/health"):
            status, _ = await asyncio.to_thread(self.ask, "GET", path)
            assert status == 200, (path, status)
        await self.connect()

    async def connect(self) -> None:
        """The websocket, for the session it had before if there was one."""
        asked = ["streamlit", self.cookies[XSRF], *([self.session] if self.session else [])]
        self.shown, self.errors = {}, []
        async with connect(
            f"wss://localhost:{self.site.port}/_stcore/stream",
            subprotocols=[Subprotocol(one) for one in asked],
            additional_headers={"Cookie": self.cookie},
            origin=self.site.origin,  # type: ignore[arg-type]
            ssl=self.site.trust,
            max_size=None,
            open_timeout=60,
        ) as server:
            ask = BackMsg()
            ask.rerun_script.query_string = self.link
            ask.rerun_script.page_name = "why"
            await server.send(ask.SerializeToString())
            async with asyncio.timeout(120):
                async for data in server:
                    assert isinstance(data, bytes)
                    if self._through(ForwardMsg.FromString(data)):
                        await asyncio.to_thread(self._look)
                        return

    def _through(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            self.shown = {}
        elif kind == "delta":
            place, element = tuple(message.metadata.delta_path), message.delta.new_element
            self.shown = {at: one for at, one in self.shown.items() if at[: len(place)] != place}
            if element.WhichOneof("type") == "imgs":
                self.shown[place] = element.imgs.imgs[0].alt, element.imgs.imgs[0].url
            elif element.WhichOneof("type") == "exception":
                self.errors.append(element.exception.message)
        # A page that puts settings of its own into the link runs a second time.
        ended = kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        return ended and any(alt.startswith("Tricked") for alt, _ in self.shown.values())

    def _look(self) -> None:
        """What comes of a picture, an upload and this session, while the page is open."""
        self.statuses = [self.ask("GET", url)[0] for _, url in self.shown.values()]
        self.uploaded = self.upload()
        running = [port for port, server in self.site.servers.items() if server.poll() is None]
        self.homes = [port for port in running if self.upload(port) == 204]

    def upload(self, port: int | None = None) -> int:
        """The status of a file sent to the session as the page sends it: by the proxy, or to a server."""
        edge = "a-line-between-two-parts"
        body = (
            f'--{edge}\r\nContent-Disposition: form-data; name="f"; filename="dot.png"\r\n'
            f"Content-Type: image/png\r\n\r\n{'x' * 200_000}\r\n--{edge}--\r\n"
        ).encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "X-Xsrftoken": self.cookies[XSRF],
        }
        return self.ask("PUT", f"/_stcore/upload_file/{self.session}/file-1", body, port, **headers)[0]


def _direct(port: int, path: str) -> int:
    """The status of a request to a server itself; 0 where there is none."""
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        server.request("GET", path)
        return server.getresponse().status
    except OSError:
        return 0
    finally:
        server.close()


def settings() -> dict[str, str]:
    """Those of docs/deploy, with the name under which the site is served here."""
    text = SETTINGS.read_text("utf-8").replace("trick.example.org", "localhost")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def site_file(folder: Path, port: int, plain: int, servers: list[int]) -> str:
    """The very file of docs/deploy, with other ports, paths and name."""
    assert OPENSSL is not None
    made = f"-keyout {folder}/key.pem -out {folder}/certificate.pem"
    name = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = f"{OPENSSL} req -x509 -newkey rsa:2048 -nodes -days 2 {name} {made}"
    subprocess.run(command.split(), check=True, capture_output=True)
    text = SITE.read_text("utf-8")
    changes = {
        "127.0.0.1:8501": f"127.0.0.1:{servers[0]}",
        "127.0.0.1:8502": f"127.0.0.1:{servers[1]}",
        "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.1:{plain};\n",
        "    listen 443 ssl;\n    listen [::]:443 ssl;\n": f"    listen 127.0.0.1:{port} ssl;\n",
        "server_name trick.example.org": "server_name localhost",
        "/etc/letsencrypt/live/trick.example.org/fullchain.pem": f"{folder}/certificate.pem",
        "/etc/letsencrypt/live/trick.example.org/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx/trick.log": f"{folder}/access.log",
        "/var/log/nginx/trick-error.log": f"{folder}/site-error.log",
    }
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Both servers and nginx, until they are not needed any more."""
    assert NGINX is not None
    port, plain, *behind = _free(4)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    (folder / "trick.conf").write_text(site_file(folder, port, plain, behind))
    given = {**settings(), "TRICK_WORKERS": "1", "TRICK_DATA": str(folder)}
    with ExitStack() as stack:
        servers = {one: stack.enter_context(_running(_page(one), **given)) for one in behind}
        stack.enter_context(_running([NGINX, "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error.log"]))
        for one in behind:
            _wait(lambda one=one: _direct(one, "/_stcore/health") == 200)
        _wait(lambda: _direct(plain, "/") == 308)
        yield Site(port, plain, folder / "certificate.pem", servers, folder)


@contextmanager
def proxy_alone(folder: Path) -> Iterator[Site]:
    """nginx with no server behind it, and a clock by which limits are as good as never forgotten."""
    port, plain, *behind = _free(4)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    text, changed = re.subn(r"rate=\d+r/s", "rate=1r/m", site_file(folder, port, plain, behind))
    assert changed == 2
    (folder / "trick.conf").write_text(text)
    with _running([str(NGINX), "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error.log"]):
        _wait(lambda: _direct(plain, "/") == 308)
        yield Site(port, plain, folder / "certificate.pem", {}, folder)


def _page(port: int) -> list[str]:
    where = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
    return [sys.executable, "-m", "ui.serve", "--class", *where]


@contextmanager
def _running(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _free(n: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(n)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _wait(ready: object, most: float = 90) -> None:
    assert callable(ready)
    end = time.monotonic() + most
    while not ready():
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.1)
