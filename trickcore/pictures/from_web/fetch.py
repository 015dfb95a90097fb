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
                before = "The address leads on to another one. " if hop else ""
                raise WebError(f"{before}{error}") from None
            if isinstance(found, bytes):
                accepted(found)
                return found
            location = found
    raise WebError(
        f"The address leads on to others more than {limits.redirects} times, perhaps in a circle. Open it in "
        "the browser, and copy the address that the browser ends at."
    )


@contextmanager
def _turn(asking: Asking) -> Iterator[None]:
    """Held while a picture is asked for; waits where too many others are. Raises WebError."""
    if not AT_ONCE.acquire(timeout=asking.limits.seconds):
        raise WebError("Many pictures are being asked for just now. Try again in some seconds.")
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
            f"{place.host} took longer than {asking.limits.seconds:g} seconds. Try again later, or save the "
            "picture in your browser and choose the file."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise WebError(
            f"{place.host} cannot prove that it is {place.host} (its certificate is not valid: "
            f"{error.verify_message.rstrip('.')}). Check the address, or choose a picture of another site."
        ) from None
    except ssl.SSLError:
        raise WebError(
            f"No secure connection to {place.host} could be made. Save the picture in your browser and "
            "choose the file, or choose a picture of another site."
        ) from None
    except (OSError, http.client.HTTPException):
        raise WebError(
            f"{place.host} does not answer, or broke off. Check the address, or try again later."
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
    has = f"has {size / MEGABYTE:.0f} MB" if size else "is too large"
    return f"The picture {has}; at most {most / MEGABYTE:g} MB are fetched. Choose a smaller one."


def _not_a_picture(kind: str) -> str:
    if kind.startswith("image/"):
        return (
            "This picture is of a kind that cannot be read here. Choose a PNG, JPEG, WebP, BMP, GIF or TIFF "
            "file."
        )
    what = f"something else ({kind})" if re.fullmatch(r"[a-z0-9.+/-]{3,60}", kind) else "something else"
    return (
        f"There is no picture at this address, but {what}. In the browser, right-click the picture, choose "
        '"Copy image address", and give that.'
    )


def _refusal(status: int, host: str) -> str:
    if status in (404, 410):
        return f"{host} has no picture at this address ({status}). Check it for slips."
    if status in (401, 403):
        return (
            f"{host} does not give this picture to others ({status}). Save it in your browser, and "
            "choose the file."
        )
    if status == 429:
        return f"{host} has been asked too often ({status}). Try again in some minutes."
    if status >= 500:
        return f"{host} is in trouble ({status}). Try again later."
    return f"{host} did not give the picture ({status}). Open the address in your browser to see why."
