"""A connection to a machine that may be asked, with one limit of time for all that is done with it.

A host is looked up once, its addresses are checked, and the socket is connected to a checked address by its
number: a name that means something else a moment later is not asked again. TLS is verified against the name.
No proxy is used, whatever the environment names: it would look the name up by itself, and ask whom it likes.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, cast

from trickcore.language import _
from trickcore.pictures.from_web.addresses import Address, Machine, Network, WebError, check

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEGABYTE = 1024 * 1024
ATTEMPT = 3.0  # seconds for one of several machines of a host, before the next is tried

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of the web for one picture."""

    seconds: float = 10.0  # in all: names looked up, redirects, and the last byte
    size: int = 20 * MEGABYTE  # bytes
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """What holds for all requests that are made for one picture."""

    limits: Limits
    allowed: Sequence[Network]
    resolve: Resolve
    trust: ssl.SSLContext
    began: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds left, more than none. Raises TimeoutError."""
        if (left := self.began + self.limits.seconds - time.monotonic()) <= 0:
            raise TimeoutError
        return left


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as this machine knows them. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked(place: Address, asking: Asking) -> list[Machine]:
    """The machines of a host, every one of which may be asked. Raises WebError, TimeoutError."""
    try:
        machines = [ip_address(place.host)]
    except ValueError:
        try:
            machines = [ip_address(one) for one in _looked_up(place, asking)]
        except TimeoutError:
            raise
        except (OSError, ValueError):
            machines = []
    if not machines:
        raise WebError(
            _(
                "There is no {host} on the web, or this computer is offline. Check the address for slips.",
                host=place.host,
            )
        )
    for machine in machines:
        check(place, machine, asking.allowed)
    return list(dict.fromkeys(machines))


def _looked_up(place: Address, asking: Asking) -> Sequence[str]:
    """A host's addresses. In a thread, since a lookup knows no limit of time; it ends by itself."""
    found: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            found.set_result(asking.resolve(place.host, place.port))
        except Exception as error:  # whatever it is, it is raised where it is waited for
            found.set_exception(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return found.result(timeout=asking.left())


def connected(place: Address, machines: Sequence[Machine], asking: Asking) -> socket.socket:
    """A socket to the first of the machines that answers, with TLS for https. Raises OSError."""
    sock = _first(place, machines, asking)
    try:
        sock.settimeout(asking.left())
        if place.scheme == "http":
            return sock
        return asking.trust.wrap_socket(sock, server_hostname=place.host)
    except BaseException:
        sock.close()
        raise


def _first(place: Address, machines: Sequence[Machine], asking: Asking) -> socket.socket:
    error = OSError("no machine")
    for place_in_line, machine in enumerate(machines, start=1):
        family = socket.AF_INET6 if isinstance(machine, IPv6Address) else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            left = asking.left()
            sock.settimeout(left if place_in_line == len(machines) else min(ATTEMPT, left))
            sock.connect((str(machine), place.port))
            return sock
        except OSError as found:
            sock.close()
            error = found
    raise error


class Connection(http.client.HTTPConnection):
    """A connection over a socket that is there already; it never makes one of its own."""

    def __init__(self, place: Address, sock: socket.socket, asking: Asking) -> None:
        super().__init__(place.host, place.port)
        self.sock = cast(socket.socket, _TimedSocket(sock, asking))

    def connect(self) -> None:
        raise http.client.NotConnected


class _TimedSocket:
    """As much of a socket as http.client uses. Each wait has the time that is left of the whole, so that a
    server that gives a byte a second is not waited for a byte at a time. Closed by whoever opened it."""

    def __init__(self, sock: socket.socket, asking: Asking) -> None:
        self._sock, self._asking = sock, asking

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._asking.left())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedFile(self._sock, self._asking))

    def close(self) -> None:
        pass


class _TimedFile(io.RawIOBase):
    def __init__(self, sock: socket.socket, asking: Asking) -> None:
        self._sock, self._asking = sock, asking

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._sock.settimeout(self._asking.left())
        return self._sock.recv_into(buffer)
