"""Picture files of every form and size, such as Pillow does not write among them: the largest and slowest."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[Any]  # (H, W) or (H, W, C)


def levels_of(width: int, height: int, channels: int = 3) -> Levels:
    """A pattern with some noise, (H, W, C), that compresses well enough for 40 megapixels to be uploaded."""
    y, x = np.indices((256, 256))
    tile = np.stack([x, y, (x + y) // 2, 255 - x // 2][:channels], -1).astype(np.uint8)
    tile[::16] += np.random.default_rng(0).integers(0, 8, tile[::16].shape).astype(np.uint8)
    return np.tile(tile, (-(-height // 256), -(-width // 256), 1))[:height, :width]


def saved(levels: Levels, form: str, mode: str | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(levels)
    (image.convert(mode) if mode else image).save(out, form, **options)
    return out.getvalue()


def _inks(width: int, height: int, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(levels_of(width, height, 4), "CMYK").save(out, "JPEG", **options)
    return out.getvalue()


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def png(levels: Levels, *, interlaced: bool = False, rows: int | None = None) -> bytes:
    """A PNG that Pillow does not write: 16 bits in colour, interlaced, or cut off after some rows."""
    height, width, channels = levels.shape
    bits, kind = 8 * levels.dtype.itemsize, {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
    deflate, packed = zlib.compressobj(1), b""
    for x, y, across, down in passes:
        for row in levels[y:rows:down, x::across].astype(levels.dtype.newbyteorder(">")):
            packed += deflate.compress(b"\0" + row.tobytes())
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    parts = (b"IHDR", header), (b"IDAT", packed + deflate.flush()), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def chunk(name: bytes, body: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def tiff(
    levels: Levels,
    *,
    tile: int = 0,
    rows: int = 0,
    planar: bool = False,
    packed: bool = False,
    tags: dict[int, Sequence[int]] | None = None,
) -> bytes:
    """A TIFF that Pillow does not write: (H, W, C) of any type, in tiles or strips of so many rows (else in
    one), a plane a channel, deflated; other tags besides."""
    height, width, channels = levels.shape
    planes = [levels[..., c : c + 1] for c in range(channels)] if planar else [levels]
    down, across = (tile, tile) if tile else (rows or height, width)
    blocks = []
    for plane in planes:
        for top in range(0, height, down):
            for left in range(0, width, across):
                block = plane[top : top + down, left : left + across]
                if tile:
                    missing = (0, tile - block.shape[0]), (0, tile - block.shape[1]), (0, 0)
                    block = np.pad(block, missing)
                raw = np.ascontiguousarray(block).tobytes()
                blocks.append(zlib.compress(raw, 1) if packed else raw)
    sizes = [len(block) for block in blocks]
    starts = (8 + np.cumsum([0, *sizes[:-1]])).tolist()
    entries: dict[int, Sequence[int]] = {
        256: [width],
        257: [height],
        258: [8 * levels.dtype.itemsize] * channels,
        259: [8 if packed else 1],
        262: [2 if channels >= 3 else 1],
        277: [channels],
        284: [2 if planar else 1],
        **({322: [tile], 323: [tile]} if tile else {278: [down]}),
        324 if tile else 273: starts,
        325 if tile else 279: sizes,
        **({338: [2]} if channels == 4 else {}),
        339: [3 if levels.dtype.kind == "f" else 1] * channels,
        **(tags or {}),
    }
    return _with_directory(b"".join(blocks), entries)


def _with_directory(body: bytes, entries: dict[int, Sequence[int]]) -> bytes:
    body += b"\0" * (len(body) % 2)
    table, values = b"", b""
    after = 8 + len(body) + 2 + 12 * len(entries) + 4
    for tag, numbers in sorted(entries.items()):
        short = tag not in (273, 279, 324, 325, 256, 257, 278)
        packed = struct.pack(f"<{len(numbers)}{'H' if short else 'I'}", *numbers)
        where = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", after + len(values))
        values += packed if len(packed) > 4 else b""
        table += struct.pack("<HHI", tag, 3 if short else 4, len(numbers)) + where
    head = b"II*\0" + struct.pack("<I", 8 + len(body))
    return head + body + struct.pack("<H", len(entries)) + table + b"\0\0\0\0" + values


def bmp_rle(width: int, height: int) -> bytes:
    """A BMP of runs of one pixel each: the slowest of that length."""
    palette = bytes(value for level in range(256) for value in (level, 255 - level, level // 2, 0))
    row = b"".join(struct.pack("BB", 1, x % 256) for x in range(width)) + b"\0\0"
    body = row * height + b"\0\1"
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(info) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + info + palette + body


def _frames(width: int, height: int, form: str, count: int, mode: str, **options: Any) -> bytes:
    """An animation whose later frames change a corner."""
    first = levels_of(width, height)
    images = [Image.fromarray(first).convert(mode)]
    for number in range(1, count):
        images.append(images[-1].copy())
        images[-1].paste(number % 2, (0, 0, 40, 40))
    out = io.BytesIO()
    images[0].save(out, form, save_all=True, append_images=images[1:], **options)
    return out.getvalue()


def _in_scans(width: int, height: int) -> bytes:
    """A progressive JPEG of one grey whose last pass over all pixels is there two hundred times."""
    whole = saved(np.full((height, width, 3), 128, np.uint8), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * 200 + whole[-2:]


def _wide_16(width: int, height: int, channels: int = 3) -> Levels:
    return levels_of(width, height, channels).astype(np.uint16) * 257


CASES: dict[str, Callable[[int, int], bytes]] = {
    "JPEG": lambda w, h: saved(levels_of(w, h), "JPEG"),
    "JPEG, progressive": lambda w, h: saved(levels_of(w, h), "JPEG", progressive=True),
    "JPEG, progressive, all colours": lambda w, h: saved(
        levels_of(w, h), "JPEG", progressive=True, subsampling=0
    ),
    "JPEG, progressive, 200 passes": _in_scans,
    "JPEG, turned": lambda w, h: saved(levels_of(w, h), "JPEG", exif=_exif(6)),
    "JPEG, printer's inks": _inks,
    "JPEG, printer's inks, progressive": lambda w, h: _inks(w, h, progressive=True),
    "PNG": lambda w, h: saved(levels_of(w, h), "PNG", compress_level=1),
    "PNG, turned": lambda w, h: saved(levels_of(w, h), "PNG", compress_level=1, exif=_exif(6)),
    "PNG, transparent": lambda w, h: saved(levels_of(w, h, 4), "PNG", compress_level=1),
    "PNG, palette with a clear colour": lambda w, h: saved(
        levels_of(w, h, 1)[..., 0], "PNG", "P", transparency=3, compress_level=1
    ),
    "PNG, 16-bit grey": lambda w, h: saved(_wide_16(w, h, 1)[..., 0], "PNG", compress_level=1),
    "PNG, 16-bit transparent": lambda w, h: png(_wide_16(w, h, 4)),
    "PNG, interlaced, transparent": lambda w, h: png(levels_of(w, h, 4), interlaced=True),
    "PNG, most rows missing": lambda w, h: png(levels_of(w, h, 4), rows=10),
    "WebP": lambda w, h: saved(levels_of(w, h), "WEBP", method=0),
    "WebP, lossless, transparent": lambda w, h: saved(
        levels_of(w, h, 4), "WEBP", lossless=True, method=0, quality=0
    ),
    "WebP, animated": lambda w, h: _frames(w, h, "WEBP", 3, "RGBA", method=0, quality=10),
    "GIF": lambda w, h: saved(levels_of(w, h), "GIF", "P"),
    "GIF, 30 frames": lambda w, h: _frames(w, h, "GIF", 30, "P"),
    "BMP": lambda w, h: saved(levels_of(w, h), "BMP"),
    "BMP, compressed": bmp_rle,
    "BMP, broken": lambda w, h: saved(levels_of(w, h), "BMP")[:100_000],
    "TIFF": lambda w, h: saved(levels_of(w, h), "TIFF"),
    "TIFF, LZW": lambda w, h: saved(levels_of(w, h), "TIFF", compression="tiff_lzw"),
    "TIFF, JPEG inside": lambda w, h: saved(levels_of(w, h), "TIFF", compression="jpeg"),
    "TIFF, JPEG inside, one strip": lambda w, h: saved(
        levels_of(w, h), "TIFF", compression="jpeg", tiffinfo={278: h}
    ),
    "TIFF, deflated tiles": lambda w, h: tiff(levels_of(w, h), tile=256, packed=True),
    "TIFF, turned": lambda w, h: tiff(levels_of(w, h), rows=64, packed=True, tags={274: [6]}),
    "TIFF, 32-bit floating point": lambda w, h: tiff(
        levels_of(w, h, 1).astype(np.float32) / 255, rows=64, packed=True
    ),
    "TIFF, 16-bit colour, strips": lambda w, h: tiff(_wide_16(w, h), rows=64, packed=True),
    "TIFF, 16-bit colour, one strip": lambda w, h: tiff(_wide_16(w, h), packed=True),
    "TIFF, 16-bit transparent, one strip": lambda w, h: tiff(_wide_16(w, h, 4), packed=True),
    "TIFF, planes": lambda w, h: tiff(levels_of(w, h), rows=64, planar=True, packed=True),
    "TIFF, three pages": lambda w, h: _frames(w, h, "TIFF", 3, "RGB", compression="tiff_lzw"),
    "TIFF, small with one huge tile": lambda w, h: tiff(
        levels_of(160, 160), packed=True, tile=max(w, h) // 16 * 32
    ),
    "TIFF, broken": lambda w, h: tiff(levels_of(w, h, 4), packed=True, tags={279: [10]}),
}
