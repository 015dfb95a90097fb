"""Addresses on the web: how one may be written, and which machines may be asked.

Whoever asks for a picture lets this machine make a request. What it can reach and the asker cannot, itself
and the network round it, is none of theirs: only machines that anyone on the web can reach are asked.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote, urljoin

from trickcore.language import _, later
from trickcore.pictures.files import ImageError

ALLOW = "TRICK_WEB_ALLOW"  # networks that may be asked although they are not public
PORTS = {"http": 80, "https": 443}
LONGEST = 2000  # characters of an address

Machine = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class WebError(ImageError):
    """A picture that cannot be had from the web; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that is written as it should be, taken apart."""

    scheme: str  # "http" or "https"
    host: str  # ASCII in small letters, an IPv6 address without brackets
    port: int
    target: str  # path and query, percent-encoded

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address and in a request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def title(self) -> str:
        """What to call the picture: the end of its path, else the host; at most 24 characters."""
        name = self.target.partition("?")[0].rpartition("/")[2] or self.host
        return name if len(name) <= 24 else f"{name[:11]}…{name[-12:]}"

    def leads_to(self, location: str) -> Address:
        """The address that a redirect names. Raises WebError."""
        try:
            return parse(urljoin(f"{self.scheme}://{self.authority}{self.target}", location))
        except WebError:
            raise
        except ValueError:
            raise WebError(_(_ODD)) from None


_ODD = later(
    "This address is written in an unusual way, so it is not asked. Copy it from the browser once more."
)
_DATA = later(
    "This is the picture itself, written as a long text, and no address. On the page, copy the picture "
    "instead of its address, and paste it under Upload."
)
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::([1-9][0-9]{0,4}))?", re.IGNORECASE)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as the last part of a host: an IPv4 address, however written
_KEPT = "/%:@!$&'()*+,;=~?"  # what `quote` is to leave as it is


def parse(text: str) -> Address:
    """An address taken apart. Raises WebError, with a sentence that says what was wrong.

    Strict: what browsers and libraries read in different ways (a backslash, a name before an @, 127.1, a dot
    at the end) is refused, also where it leads to a public machine.
    """
    text = text.strip()
    if not text:
        raise WebError(_("Give the address of a picture. It begins with https://"))
    if text[:5].lower() == "data:":
        raise WebError(_(_DATA))
    if len(text) > LONGEST:
        raise WebError(
            _("The address has {n:,} characters; at most {most:,} are taken.", n=len(text), most=LONGEST)
        )
    if "\\" in text or not text.isprintable() or any(one.isspace() for one in text):
        raise WebError(
            _("There is a space or a sign in this address that no address has. Copy it once more.")
        )
    if (found := _ADDRESS.fullmatch(text)) is None:
        raise WebError(_("An address of a picture begins with http:// or https://"))
    scheme, authority, target = found[1].lower(), found[2], found[3]
    if "@" in authority:
        raise WebError(
            _("There is a name or a password in this address. Leave out what stands before the @.")
        )
    if (parts := _AUTHORITY.fullmatch(authority)) is None:
        raise WebError(_(_ODD))
    host = _six(parts[1]) if parts[1] else _name(parts[2])
    port = int(parts[3]) if parts[3] else PORTS[scheme]
    if port > 65535:
        raise WebError(_(_ODD))
    return Address(scheme, host, port, quote(target if target.startswith("/") else f"/{target}", _KEPT))


def _six(written: str) -> str:
    try:
        return str(IPv6Address(written))
    except ValueError:
        raise WebError(_(_ODD)) from None


def _name(written: str) -> str:
    """A host's name, or its IPv4 address, in ASCII."""
    try:
        host = written.lower() if written.isascii() else written.encode("idna").decode().lower()
        if _NUMBER.fullmatch(host.rpartition(".")[2]) and str(IPv4Address(host)) != written:
            raise ValueError
    except ValueError:  # UnicodeError is one
        raise WebError(_(_ODD)) from None
    if len(host) > 253 or _NAME.fullmatch(host) is None:
        raise WebError(_(_ODD))
    return host


# What ip_address().is_global knows changes with Python's version, and leaves some out that are special.
_NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address in its last 32 bits
_UNICAST = IPv6Network("2000::/3")  # all that IPv6 has for public machines
_SPECIAL = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # Azure's own, reached from its machines only
            "192.0.0.0/24",  # protocols' own
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4's relays
            "192.175.48.0/24",  # AS112
            "2001::/23",  # Teredo, ORCHID and other protocols' own
            "2002::/16",  # 6to4: an IPv4 address inside
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # examples
        ),
    )
)


def public(machine: Machine) -> bool:
    """Whether this is the address of one machine that anyone on the web can reach."""
    if isinstance(machine, IPv6Address):
        if machine in _NAT64:
            return public(IPv4Address(int(machine) & 0xFFFFFFFF))
        if machine not in _UNICAST or machine.scope_id is not None:
            return False
    odd = machine.is_multicast or machine.is_reserved or any(machine in network for network in _SPECIAL)
    return machine.is_global and not odd


def this_machine(machine: Machine) -> bool:
    """Whether the address is one of this machine's own. Nothing is sent: a socket only looks for its way."""
    six = isinstance(machine, IPv6Address)
    try:
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((str(machine), 9))
            return str(probe.getsockname()[0]) == str(machine)
    except OSError:  # no way there
        return False


def check(address: Address, machine: Machine, allowed: Iterable[Network]) -> None:
    """Raises WebError unless this machine may be asked for it: a public one at the usual ports, or any in the
    `allowed` networks."""
    if any(machine in network for network in allowed):
        return
    if not public(machine) or this_machine(machine):
        raise WebError(
            _(
                "This address leads to this computer or into a network that is not public, where no pictures "
                "are asked for. Choose one that anyone on the web can open."
            )
        )
    if address.port not in PORTS.values():
        raise WebError(
            _(
                "Port {port} in this address is not one of the web's usual ones (80 and 443). "
                "Choose a picture at another address.",
                port=address.port,
            )
        )


def allowed_networks() -> tuple[Network, ...]:
    """The networks that TRICK_WEB_ALLOW names, parted by commas. Raises WebError where it names none."""
    words = [word.strip() for word in os.environ.get(ALLOW, "").split(",") if word.strip()]
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as error:
        raise WebError(
            _("{name} has to name networks, such as 192.168.1.0/24: {why}.", name=ALLOW, why=str(error))
        ) from None
