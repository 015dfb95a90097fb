"""What a photo's file tells besides its pixels: where and when it was taken, with what, by whom."""

from __future__ import annotations

import io
import re
import struct
import zlib
from contextlib import suppress

import numpy as np
from PIL import ExifTags, Image

from trickcore.pictures.files import UPRIGHT, ImageError, decoded, flattened, open_image
from trickcore.pictures.reading.levels import is_grey

KEPT_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")  # of a PNG
KEPT_SEGMENTS = (0xE0, 0xEE)  # of a JPEG's APP0 to APP15: which colours are meant
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # within a JPEG's pixels: what follows them


def without_notes(data: bytes) -> bytes:
    """A picture file of the same pixels that tells nothing else: JPEG and PNG lose their notes, of which the
    way up alone is kept, and any other becomes a PNG. Raises ImageError."""
    image = decoded(data)
    if data[:2] == b"\xff\xd8" or data[:4] == b"\x89PNG":
        bare = _jpeg(data) if data[:2] == b"\xff\xd8" else _png(data)
        with suppress(ImageError):
            if np.array_equal(np.asarray(decoded(bare)), np.asarray(image)):
                return bare
    out = io.BytesIO()
    flattened(image, 1 if is_grey(image) else 3).save(out, "PNG")
    return out.getvalue()


def _way_up(data: bytes) -> bytes:
    """An EXIF block that says how the camera was held, or nothing."""
    exif, found = Image.Exif(), open_image(data).getexif().get(ExifTags.Base.Orientation, 1)
    if found not in UPRIGHT:
        return b""
    exif[ExifTags.Base.Orientation] = found
    return exif.tobytes()


def _jpeg(data: bytes) -> bytes:
    parts, way_up = [data[:2]], _way_up(data)
    if way_up:
        parts.append(b"\xff\xe1" + struct.pack(">H", len(way_up) + 2) + way_up)
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker == 0xD9:  # padding; the end
            place += 1
            if marker == 0xD9:
                break
            continue
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if marker == 0xDA:  # pixels follow
            found = _MARKER.search(data, end)
            end = found.start() if found else len(data)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in KEPT_SEGMENTS:
            parts.append(data[place:end])
        place = end
    return b"".join(parts) + b"\xff\xd9"


def _png(data: bytes) -> bytes:
    parts, way_up, place = [data[:8]], _way_up(data), 8
    while place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if name in KEPT_CHUNKS:
            parts.append(data[place : place + 12 + length])
        if name == b"IHDR" and way_up:
            body = b"eXIf" + way_up.removeprefix(b"Exif\0\0")
            parts.append(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
        place += 12 + length
        if name == b"IEND":
            break
    return b"".join(parts)
