"""The pieces that JPEG, PNG and GIF files are made of, counted: each takes Pillow some Python.

A photo has a dozen, or some thousand in which its pixels lie. Twenty megabytes of empty ones keep a core busy
for ten seconds, and some become objects of 200 bytes each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, repeat

MOST = 100_000
_MARKER = re.compile(rb"[^\xff]*\xff+([^\xff])")  # with what is passed over before it
_NOTE = re.compile(rb"[^!,;]*(!?)")  # what is neither a note nor a picture is passed over
_UNUSUAL = {0xC3, *range(0xC5, 0xD0)} - {0xC8, 0xCC}  # frames
_ALONE = {0x00, 0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)}  # no length is read after these


def are_too_many(data: bytes) -> bool:
    """Whether a file has more of them than any picture."""
    if data[:2] == b"\xff\xd8":
        return _in_jpeg(data)
    if data[:4] == b"\x89PNG":
        return _in_png(data)
    return data[:3] == b"GIF" and _in_gif(data)


def is_usual_jpeg(data: bytes) -> bool:
    """Whether a JPEG is of one of the three kinds that its decoder can read at half its size: lossless and
    arithmetic ones are not."""
    return not {*_markers(data)} & _UNUSUAL


def _markers(data: bytes) -> Iterator[int]:
    """Of a JPEG, before its pixels. What is passed over counts, a byte as one."""
    place = 2
    while found := _MARKER.match(data, place):
        yield from repeat(0, len(found[0]) - 2)
        marker = found[1][0]
        if marker == 0xDA:
            return
        yield marker
        place = found.end()
        if marker not in _ALONE:
            place += int.from_bytes(data[place : place + 2])
    yield from repeat(0, len(data) - place)


def _in_jpeg(data: bytes) -> bool:
    return next(islice(_markers(data), MOST, None), None) is not None


def _in_png(data: bytes) -> bool:
    place = 8
    for _ in range(MOST):
        if place >= len(data):
            return False
        place += 12 + int.from_bytes(data[place : place + 4])
    return True


def _in_gif(data: bytes) -> bool:
    """Before the first picture: a palette, then notes, each in blocks of 255 bytes at most."""
    place = 13 + (3 * 2 ** ((data[10] & 7) + 1) if len(data) > 10 and data[10] & 128 else 0)
    pieces = 0
    while pieces <= MOST and (begin := _NOTE.match(data, place)):
        pieces += len(begin[0])
        if not begin[1]:
            break
        place = begin.end() + 1
        while (length := int.from_bytes(data[place : place + 1])) and pieces <= MOST:
            place += 1 + length
            pieces += 1
        place += 1
    return pieces > MOST
