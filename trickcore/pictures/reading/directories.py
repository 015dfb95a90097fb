"""Tables of tags, as TIFF and EXIF have them, counted before Pillow makes Python's numbers of them.

A table may say of one tag that it has ten million values, and of many tags that they have the same ten
million bytes; and Pillow makes a decoder for every strip of an uncompressed TIFF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_VALUES = 500_000  # numbers, in all; a photo has some hundred, one in narrow strips some ten thousand
MOST_STRIPS = 100_000  # or tiles
STRIPS = (273, 279, 324, 325)  # where each strip or tile lies, and how long it is
INSIDE = (34665, 34853, 40965)  # tables within: EXIF, GPS, interoperability
WEIGHTS = {3: 1, 4: 1, 6: 1, 8: 1, 9: 1, 11: 1, 12: 1, 13: 1, 16: 1, 17: 1, 5: 8, 10: 8}  # types of numbers;
# one of a numerator and a denominator becomes an object of its own, the rest (text, bytes) stay as they are


@dataclass(frozen=True, slots=True)
class _Tag:
    number: int
    kind: int
    count: int
    value: int  # or where the values lie


def is_table(data: bytes) -> bool:
    return data[:4] in (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+")


def is_too_much(data: bytes) -> bool:
    """Whether the first table of a TIFF or EXIF block, with those inside, has more than a picture needs."""
    if not is_table(data):
        return False
    order, large = ">" if data[:1] == b"M" else "<", b"+" in data[2:4]
    values, seen = 0, set[int]()
    try:
        places = [struct.unpack_from(f"{order}{'Q' if large else 'I'}", data, 8 if large else 4)[0]]
        while places:
            place = places.pop()
            if place in seen:
                continue
            seen.add(place)
            for tag in _tags(data, place, order, large):
                values += tag.count * WEIGHTS.get(tag.kind, 0)
                if values > MOST_VALUES or (tag.number in STRIPS and tag.count > MOST_STRIPS):
                    return True
                if tag.number in INSIDE and tag.count == 1:
                    places.append(tag.value)
    except struct.error:  # cut short: what came before was little, and Pillow says the rest
        return False
    return False


def _tags(data: bytes, place: int, order: str, large: bool) -> Iterator[_Tag]:
    entry = struct.Struct(f"{order}HHQQ" if large else f"{order}HHII")
    head = f"{order}{'Q' if large else 'H'}"
    (count,) = struct.unpack_from(head, data, place)
    start = place + struct.calcsize(head)
    for number in range(count):
        yield _Tag(*entry.unpack_from(data, start + number * entry.size))
