"""A picture from the web, by its address: within limits of time, size, kind and redirects.

No cookies, no passwords, no compression: one plain question, and a picture file or a
sentence that says why not.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from trickcore.language import _, row
from trickcore.pictures.files import accepted
from trickcore.pictures.from_web import connection
from trickcore.pictures.from_web.addresses import Address, Network, WebError, allowed_networks, parse
from trickcore.pictures.from_web.connection import MEGABYTE, Asking, Connection, Limits, Resolve

TYPES = {
    *("image/png", "image/x-png", "image/apng", "image/jpeg", "image/jpg", "image/pjpeg", "image/webp"),
    *("image/bmp", "image/x-bmp", "image/x-ms-bmp", "image/gif", "image/tiff"),
}
HEADERS = {
    "User-Agent": "trickcore (reads one picture that its user asked for)",
    "Accept": "image/png, image/jpeg, image/webp, image/gif, image/bmp, image/tiff",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
MOVED = (301, 302, 303, 307, 308)
LIMITS = Limits()
AT_ONCE = threading.BoundedSemaphore(8)  # in one process; each may hold a picture of full size


def picture_from_web(
    address: str,
    *,
    limits: Limits = LIMITS,
    allowed: Sequence[Network] | None = None,
    resolve: Resolve = connection.resolve,
    trust: ssl.SSLContext | None = None,
) -> bytes:
    """The picture file at an http or https address. Raises WebError or ImageError, with a sentence.

    Only public machines are asked, and those in the `allowed` networks (without them: what TRICK_WEB_ALLOW
    names). `resolve` looks a host up, `trust` verifies certificates; each has this machine's own.
    """
    place, location = parse(address), ""
    networks = allowed_networks() if allowed is None else allowed
    asking = Asking(limits, networks, resolve, trust or ssl.create_default_context())
    with _turn(asking):
        for hop in range(limits.redirects + 1):
            try:
                place = place.leads_to(location) if hop else place
                found = _asked(place, asking)
            except WebError as error:
                before = _("The address leads on to another one.") if hop else ""
                raise WebError(row(before, str(error))) from None
            if isinstance(found, bytes):
                accepted(found)
                return found
            location = found
    raise WebError(
        _(
            "The address leads on to others more than {most} times, perhaps in a circle. Open it in "
            "the browser, and copy the address that the browser ends at.",
            most=limits.redirects,
        )
    )


@contextmanager
def _turn(asking: Asking) -> Iterator[None]:
    """Held while a picture is asked for; waits where too many others are. Raises WebError."""
    if not AT_ONCE.acquire(timeout=asking.limits.seconds):
        raise WebError(_("Many pictures are being asked for just now. Try again in some seconds."))
    try:
        yield
    finally:
        AT_ONCE.release()


def _asked(place: Address, asking: Asking) -> bytes | str:
    """What one request brings: a file, or the address that it leads on to. Raises WebError."""
    try:
        machines = connection.checked(place, asking)
        with connection.connected(place, machines, asking) as sock:
            asked = Connection(place, sock, asking)
            asked.request("GET", place.target, headers={"Host": place.authority, **HEADERS})
            with asked.getresponse() as response:
                return _received(response, place.host, asking.limits.size)
    except TimeoutError:
        raise WebError(
            _(
                "{host} took longer than {seconds:g} seconds. Try again later, or save the picture in your "
                "browser and choose the file.",
                host=place.host,
                seconds=asking.limits.seconds,
            )
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise WebError(
            _(
                "{host} cannot prove that it is {host} (its certificate is not valid: {why}). Check the "
                "address, or choose a picture of another site.",
                host=place.host,
                why=error.verify_message.rstrip("."),
            )
        ) from None
    except ssl.SSLError:
        raise WebError(
            _(
                "No secure connection to {host} could be made. Save the picture in your browser and "
                "choose the file, or choose a picture of another site.",
                host=place.host,
            )
        ) from None
    except (OSError, http.client.HTTPException):
        raise WebError(
            _("{host} does not answer, or broke off. Check the address, or try again later.", host=place.host)
        ) from None


def _received(response: http.client.HTTPResponse, host: str, most: int) -> bytes | str:
    """A response's file of at most so many bytes, or where it leads on to. Raises WebError, HTTPException."""
    if response.status in MOVED and (location := response.headers.get("Location")):
        return _utf8(location)
    if response.status != 200:
        raise WebError(_refusal(response.status, host))
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise WebError(_not_a_picture(kind))
    declared = response.length
    if declared is not None and declared > most:
        raise WebError(_too_large(most, declared))
    data = bytearray()
    while piece := response.read(min(64 * 1024, most + 1 - len(data))):
        data += piece
    if len(data) > most:
        raise WebError(_too_large(most))
    if declared is not None and len(data) < declared:
        raise http.client.IncompleteRead(b"", declared - len(data))
    return bytes(data)


def _utf8(header: str) -> str:
    """A header's text where it holds more than ASCII: http.client takes every byte for a letter."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _too_large(most: int, size: int | None = None) -> str:
    if size:
        return _(
            "The picture has {size:.0f} MB; at most {most:g} MB are fetched. Choose a smaller one.",
            size=size / MEGABYTE,
            most=most / MEGABYTE,
        )
    return _(
        "The picture is too large; at most {most:g} MB are fetched. Choose a smaller one.",
        most=most / MEGABYTE,
    )


def _not_a_picture(kind: str) -> str:
    if kind.startswith("image/"):
        return _(
            "This picture is of a kind that cannot be read here. Choose a PNG, JPEG, WebP, BMP, GIF or TIFF "
            "file."
        )
    known = re.fullmatch(r"[a-z0-9.+/-]{3,60}", kind)
    return _(
        "There is no picture at this address, but {what}. In the browser, right-click the picture, choose "
        '"Copy image address", and give that.',
        what=_("something else ({kind})", kind=kind) if known else _("something else"),
    )


def _refusal(status: int, host: str) -> str:
    if status in (404, 410):
        return _(
            "{host} has no picture at this address ({status}). Check it for slips.", host=host, status=status
        )
    if status in (401, 403):
        return _(
            "{host} does not give this picture to others ({status}). Save it in your browser, and choose the "
            "file.",
            host=host,
            status=status,
        )
    if status == 429:
        return _(
            "{host} has been asked too often ({status}). Try again in some minutes.", host=host, status=status
        )
    if status >= 500:
        return _("{host} is in trouble ({status}). Try again later.", host=host, status=status)
    return _(
        "{host} did not give the picture ({status}). Open the address in your browser to see why.",
        host=host,
        status=status,
    )
