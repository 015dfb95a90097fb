"""Picture files changed at random, as a download breaks them or a stranger forges them, all read in one go.

    python -m tests.pictures.mutants --count 10000 --seed 1

Prints as JSON: how many were read and refused, the slowest, the peak of memory above the start, and what
went wrong. It is a process of its own so that memory, warnings and what C libraries print are seen.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import trickcore
from tests.pictures.seed_files import chunks_of, of_chunks, seed_files
from trickcore import ImageError

NUMBERS = (
    0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 127, 128, 255, 256, 257, 1000, 5000, 6300, 16383,
    32767, 32768, 40000, 65535, 65536, 5_000_000, 2**24 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1,
)  # fmt: skip
Change = Callable[[random.Random, bytes, bytes], bytes]  # chance, a file, another one


def bits(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Some bits turned, more often near the beginning, where the header is."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = int(len(data) * chance.random() ** chance.choice((1, 3)))
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


def bytes_(chance: random.Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8))):
        changed[int(len(data) * chance.random() ** 2)] = chance.choice((0, 1, 127, 128, 255))
    return bytes(changed)


def cut(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def spliced(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def moved(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A piece left out, doubled, blanked, or put elsewhere."""
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice((1, 2, 4, 16, 100)))
    piece, where = data[begin:end], chance.randrange(len(data))
    return chance.choice(
        (
            data[:begin] + data[end:],
            data[:end] + piece + data[end:],
            data[:begin] + bytes(len(piece)) + data[end:],
            data[:where] + piece + data[where:],
        )
    )


def number(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A number of the header: of two or four bytes, in either order, wherever a form of file has its own."""
    changed = bytearray(data)
    fields = _fields(data)
    for _ in range(chance.choice((1, 1, 2))):
        place, size, order = chance.choice(fields)
        value = chance.choice(NUMBERS) % 256**size
        changed[place : place + size] = value.to_bytes(size, order)
    return bytes(changed)


def promise(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A header that promises some forty megapixels more than there are."""
    across, down = chance.choice(((6300, 6300), (16_000, 2400), (2000, 19_000), (65_000, 610), (5000, 8100)))
    changed = bytearray(data)
    if data[:4] == b"\x89PNG":
        (_, header), *parts = chunks_of(data)
        return of_chunks([(b"IHDR", struct.pack(">II", across, down) + header[8:]), *parts])
    if data[:2] == b"\xff\xd8" and (frame := re.search(rb"\xff[\xc0-\xc2]\0", data)):
        struct.pack_into(">HH", changed, frame.start() + 5, down, across)
    elif data[:2] == b"BM":
        struct.pack_into("<ii", changed, 18, across, down * chance.choice((1, -1)))
    elif data[:3] == b"GIF":
        struct.pack_into("<HH", changed, 6, across, down)
        if (place := data.find(b"\x2c\0\0\0\0")) > 0 and chance.random() < 0.5:
            struct.pack_into("<HH", changed, place + 5, across, down)
    elif data[12:16] == b"VP8X":
        changed[24:30] = min(across, 16383).to_bytes(3, "little") + min(down, 16383).to_bytes(3, "little")
    elif data[12:16] == b"VP8 ":
        struct.pack_into("<HH", changed, 26, min(across, 16383), min(down, 16383))
    elif data[12:16] == b"VP8L":
        size = min(across, 16384) - 1 | min(down, 16384) - 1 << 14
        struct.pack_into("<I", changed, 21, size | data[24] >> 4 << 28)
    elif data[:4] == b"II*\0":
        place = int.from_bytes(data[4:8], "little") + 2
        for tag, side in ((256, across), (257, down)):
            entry = data.find(tag.to_bytes(2, "little"), place)
            struct.pack_into("<HII", changed, entry + 2, 4, 1, side)
    return bytes(changed)


def _fields(data: bytes) -> list[tuple[int, int, str]]:
    """Place, bytes and order of the numbers in a header."""
    if data[:4] == b"\x89PNG":
        return [(16, 4, "big"), (20, 4, "big"), *((place, 1, "big") for place in range(24, 29))]
    if data[:2] == b"\xff\xd8":
        return list(_of_jpeg(data))
    if data[:2] == b"BM":
        wide = [(place, 4, "little") for place in (2, 10, 14, 18, 22, 30, 34, 46, 50)]
        return [*wide, (26, 2, "little"), (28, 2, "little")]
    if data[:3] == b"GIF":
        return list(_of_gif(data))
    if data[:4] == b"RIFF":
        return list(_of_webp(data))
    if data[:4] in (b"II*\0", b"MM\0*"):
        return list(_of_tiff(data))
    return [(place, 1, "big") for place in range(min(40, len(data)))]


def _of_jpeg(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Every segment's length, and what is in frames, scans and tables."""
    place = 2
    while place + 4 < len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        length = int.from_bytes(data[place + 2 : place + 4])
        yield place + 1, 1, "big"
        yield place + 2, 2, "big"
        if 0xC0 <= data[place + 1] <= 0xC2:  # the frame: size, twice as often as the rest
            yield from [(place + 5, 2, "big"), (place + 7, 2, "big")] * 3
        yield from ((place + 4 + k, 1, "big") for k in range(min(length - 2, 20)))
        place += 2 + length
    yield from ((place + k, 1, "big") for k in range(min(12, len(data) - place)))


def _of_gif(data: bytes) -> Iterator[tuple[int, int, str]]:
    yield from [(6, 2, "little"), (8, 2, "little"), (10, 1, "little"), (11, 1, "little")] * 2
    place = data.find(b"\x2c\0\0\0\0")
    if place > 0:
        yield from ((place + 1 + 2 * k, 2, "little") for k in range(4))
        yield from ((place + 9 + k, 1, "little") for k in range(4))
    for found in re.finditer(rb"\x21[\xf9\xfe\xff]", data):
        yield from ((found.start() + k, 1, "little") for k in range(1, 8))


def _of_webp(data: bytes) -> Iterator[tuple[int, int, str]]:
    place = 12
    while place + 8 <= len(data):
        yield place + 4, 4, "little"
        yield from ((place + 8 + k, 3, "little") for k in range(min(12, len(data) - place - 8)))
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "little") // 2 * 2
    yield 4, 4, "little"


def _of_tiff(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Tag, type, count and value of each entry of the first table."""
    order = "little" if data[:1] == b"I" else "big"
    place = int.from_bytes(data[4:8], order)  # type: ignore[arg-type]
    yield 4, 4, order
    yield place, 2, order
    count = int.from_bytes(data[place : place + 2], order)  # type: ignore[arg-type]
    for k in range(count):
        entry = place + 2 + 12 * k
        yield from [(entry, 2, order), (entry + 2, 2, order), (entry + 4, 4, order)]
        yield from [(entry + 8, 4, order), (entry + 8, 2, order)] * 2


def chunks(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Chunks of a PNG swapped, doubled, left out, taken from another, renamed or changed, with their sums put
    right, so that what is inside is read; other forms have a piece moved."""
    if data[:4] != b"\x89PNG":
        return moved(chance, data, other)
    parts = chunks_of(data)
    place, with_ = chance.randrange(len(parts)), chance.randrange(len(parts))
    name, body = parts[place]
    names = (
        b"tRNS",
        b"PLTE",
        b"acTL",
        b"fcTL",
        b"fdAT",
        b"eXIf",
        b"iCCP",
        b"zTXt",
        b"iTXt",
        b"IDAT",
        b"IHDR",
    )
    what = chance.randrange(6)
    if what == 0:
        parts[place], parts[with_] = parts[with_], parts[place]
    elif what == 1:
        parts.insert(with_, parts[place])
    elif what == 2:
        del parts[place]
    elif what == 3:
        parts.insert(
            place, (chance.choice(names), chance.randbytes(chance.choice((0, 1, 2, 6, 13, 26, 300))))
        )
    elif what == 4:
        parts[place] = chance.choice(names), body
    elif body:
        parts[place] = name, number(chance, bits(chance, body, other), other)
    if other[:4] == b"\x89PNG" and chance.random() < 0.3:
        parts[with_ % len(parts) :] = chunks_of(other)[1:]
    return of_chunks(parts)


def directory(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A table of tags of chance, as TIFF and EXIF have it, in the place of the file's own; in other forms a
    number is changed."""
    if data[:4] != b"II*\0":
        return number(chance, data, other)
    tags = (
        254,
        256,
        257,
        258,
        259,
        262,
        266,
        270,
        273,
        274,
        277,
        278,
        279,
        284,
        317,
        320,
        322,
        323,
        324,
        325,
    )
    more = (330, 338, 339, 347, 529, 530, 531, 532, 34377, 34665, 34853, 34675, 700, 50741)
    body = b""
    count = chance.randrange(1, 20)
    for tag in sorted(chance.sample(tags + more, count)):
        value = chance.choice((*NUMBERS, len(data), 8, chance.randrange(len(data))))
        many = chance.choice((0, 1, 1, 1, 2, 3, 4, 100, 70_000, 2**31, 2**32 - 1))
        body += struct.pack("<HHII", tag, chance.choice((1, 2, 3, 4, 5, 7, 11, 12, 13, 16)), many, value)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + struct.pack("<H", count) + body + bytes(4)


CHANGES: tuple[Change, ...] = (bits, bytes_, cut, spliced, moved, number, number, number, chunks, directory)


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of so many files; the seeds' pixels and sizes change every thousand."""
    chance = random.Random(seed)
    for number_ in range(count):
        if number_ % 1000 == 0:
            seeds = seed_files(chance.randrange(2**31))
        (name, data), (_, other) = chance.choice(seeds), chance.choice(seeds)
        change = promise if number_ % 50 == 7 else chance.choice(CHANGES)  # each takes its time
        data = change(chance, data, other)
        if data and chance.random() < 0.2:  # and once more
            data = chance.choice(CHANGES[:5])(chance, data, other)
        yield f"{number_}: {name}, {change.__name__}", data


def outcome(data: bytes, channels: int) -> str:
    """ "read", "refused", or what is wrong."""
    try:
        x = trickcore.read_image(data, (32, 48), channels=channels)
    except ImageError as error:
        said = str(error)
        return (
            "refused" if said[:1].isupper() and said.endswith(".") and len(said) < 300 else f"said {said!r}"
        )
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    if tuple(x.shape) != (channels, 32, 48) or not (float(x.min()) >= 0 and float(x.max()) <= 1):
        return f"{tuple(x.shape)}, from {x.min()} to {x.max()}"
    return "read"


def memory(what: str) -> float:
    """Megabytes, of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024 / 1e6


def told(count: int, seed: int) -> dict[str, Any]:
    """All of them read: what became of them."""
    files, slowest, wrong, known = mutants(count, seed), ("", 0.0), [], Counter[str]()
    for name, data in seed_files(seed):
        if (what := outcome(data, 3)) != "read":
            wrong.append(f"{name}, unchanged: {what}")
    start, peak = memory("VmRSS"), ("", 0.0)
    Path("/proc/self/clear_refs").write_text("5")
    for place, (name, data) in enumerate(files):
        began = time.process_time()
        what = outcome(data, 1 + place % 2 * 2)
        slowest = max(slowest, (name, time.process_time() - began), key=lambda one: one[1])
        if (now := memory("VmHWM") - start) > peak[1]:
            peak = name, now
        known[what if what in ("read", "refused") else "wrong"] += 1
        if what not in ("read", "refused"):
            wrong.append(f"{name}: {what}")
    return {"count": count, **known, "slowest": slowest, "peak": peak, "wrong": wrong}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(told(args.count, args.seed)))
