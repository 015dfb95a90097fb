"""What a file may ask for, by its form: looked up in its header, before anything is made of it.

A picture of 40 megapixels takes 160 MB in RGB, and reading is to take 400 MB at most. Pillow's own readers
hold several copies of a WebP and a whole strip of a TIFF; and a small file can keep some of them busy for
minutes.
"""

from __future__ import annotations

import re
from typing import Any

from trickcore.language import _
from trickcore.pictures.reading import directories, pieces
from trickcore.pictures.reading.refusals import BROKEN, ImageError, too_large_for

MOST_WEBP = 20_000_000  # pixels, each of which is there four to five times with 4 bytes
MOST_RLE = 4_000_000  # pixels of a compressed BMP, which Pillow reads in Python
MOST_TIFF = 340_000_000  # bytes: the picture, and a strip or tile of it unpacked
MOST_COEFFICIENTS = 300_000_000  # bytes of a JPEG of several passes, all of which its decoder keeps
MOST_EXIF = 1_000_000  # bytes in a JPEG; the standard allows 64 kB
MOST_SCANS = 2_000_000_000  # pixels times passes over them in a JPEG: ten or so are usual, at any size
BITS, ORIENTATION, SAMPLES, ROWS, PLANAR, TILE_WIDTH, TILE_LENGTH = 258, 274, 277, 278, 284, 322, 323  # TIFF
_EXIF = re.compile(rb"\xff\xe1(..)Exif\0", re.DOTALL)


def check_file(data: bytes) -> None:
    """Before a file is opened. Raises ImageError."""
    exif = _exif_bytes(data) if data[:2] == b"\xff\xd8" else 0
    if exif > MOST_EXIF or directories.is_too_much(data) or pieces.are_too_many(data):
        raise ImageError(_(BROKEN))


def check_header(image: Any, data: bytes) -> None:
    """Before an opened file is decoded. Raises ImageError."""
    pixels, form = image.width * image.height, image.format
    if form == "WEBP" and pixels > MOST_WEBP:
        raise too_large_for(_("a WebP"))
    rle = form == "BMP" and image.tile[0][0] == "bmp_rle"
    if rle and (pixels > MOST_RLE or len(data) > 2 * pixels + 100_000):
        raise too_large_for(_("a compressed BMP"))
    if form in ("JPEG", "MPO"):
        scans = data.count(b"\xff\xda")
        if pixels * scans > MOST_SCANS or (scans > 1 and 2 * image.layers * pixels > MOST_COEFFICIENTS):
            raise too_large_for(_("a JPEG in so many layers"))
    if form == "TIFF" and _tiff_bytes(image, b"\xff\xc2" in data) > MOST_TIFF:
        raise too_large_for(_("a TIFF of this kind"))
    if directories.is_too_much(image.info.get("exif", b"").removeprefix(b"Exif\0\0")):
        raise ImageError(_(BROKEN))


def _exif_bytes(data: bytes) -> int:
    """In all segments of a JPEG, which Pillow puts together."""
    return sum(int.from_bytes(found[1]) for found in _EXIF.finditer(data))


def _tiff_bytes(image: Any, progressive: bool) -> int:
    """The picture, a second one where it is turned, and of a compressed one a strip or tile, unpacked; of a
    progressive JPEG in it the coefficients, too."""
    tags, pixels = image.tag_v2, image.width * image.height
    each = 1 if image.mode in ("1", "L", "P") else 2 if image.mode.startswith("I;16") else 4
    whole: int = pixels * each * (1 if tags.get(ORIENTATION, 1) == 1 else 2)
    if not image.use_load_libtiff:
        return whole
    bits = max(tags.get(BITS, (1,))) * (1 if tags.get(PLANAR) == 2 else tags.get(SAMPLES, 1))
    if progressive and image.info.get("compression") == "jpeg":
        bits *= 3
    across = tags.get(TILE_WIDTH, image.width)
    down = tags.get(TILE_LENGTH, min(image.height, tags.get(ROWS, image.height)))
    unpacked: int = across * down * max(bits, 32) // 8  # as RGBA, some of them, whatever they are
    return whole + unpacked
