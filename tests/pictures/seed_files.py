"""Small picture files of the six forms in many modes, for test_mutants.py to change."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageSequence, PngImagePlugin

from benchmarks.picture_files import bmp_rle, chunk, png, tiff

GPS = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


def seed_files(seed: int) -> list[tuple[str, bytes]]:
    """A name and a file each; the pixels and sizes come from the seed."""
    return [*_of_pillow(seed), *_of_ours(seed)]


def exif(orientation: int) -> Image.Exif:
    """A photo's: how the camera was held, who made it, and where it was."""
    found = Image.Exif()
    found[0x0112], found[0x010F], found[0x013B] = orientation, "Maker", "A. Person"
    found.get_ifd(0x8825).update(GPS)
    return found


def _of_pillow(seed: int) -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(seed)
    width, height = (int(side) for side in rng.integers(17, 48, 2))
    noise = rng.integers(0, 256, (height, width, 4), np.uint8)
    smooth = np.sort(noise, axis=1)
    rgb, rgba, grey = (
        Image.fromarray(smooth[..., :3]),
        Image.fromarray(smooth),
        Image.fromarray(noise[..., 0]),
    )
    pictures = {
        "RGB": rgb,
        "RGBA": rgba,
        "L": grey,
        "LA": rgba.convert("LA"),
        "1": grey.convert("1"),
        "P": rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=23),
        "CMYK": rgb.convert("CMYK"),
        "I;16": Image.fromarray(noise[..., 0].astype(np.uint16) * 257),
        "F": Image.fromarray(noise[..., 0].astype(np.float32) / 255),
        "LAB": rgb.convert("LAB"),
    }
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 300, zip=True)
    profile = rng.bytes(200)
    for form, mode, options in _kinds():
        extras: dict[str, Any] = {"pnginfo": text, "icc_profile": profile} if options.get("text") else {}
        if options.get("exif"):
            extras["exif"] = exif(6)
        plain = {name: value for name, value in options.items() if name not in ("text", "exif")}
        if plain.get("save_all"):
            plain["append_images"] = [pictures[mode].rotate(90 * k) for k in (1, 2)]
        out = io.BytesIO()
        pictures[mode].save(out, form, **plain, **extras)
        yield f"{form} {mode} {options}", out.getvalue()


def _kinds() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for mode in ("RGB", "RGBA", "L", "LA", "1", "P", "I;16"):
        yield "PNG", mode, {}
    yield "PNG", "RGB", {"text": True, "exif": True}
    yield "PNG", "RGB", {"transparency": (0, 0, 0)}
    yield "PNG", "P", {"transparency": bytes(range(20))}
    yield "PNG", "RGBA", {"save_all": True}
    for mode in ("RGB", "L", "CMYK"):
        yield "JPEG", mode, {}
        yield "JPEG", mode, {"progressive": True, "exif": True}
    yield "JPEG", "RGB", {"subsampling": 0, "comment": "somebody was here"}
    yield "MPO", "RGB", {"save_all": True}
    yield "WEBP", "RGB", {"exif": True}
    yield "WEBP", "RGBA", {}
    yield "WEBP", "RGBA", {"lossless": True}
    yield "WEBP", "RGBA", {"save_all": True}
    for mode in ("RGB", "L", "1", "P", "RGBA"):
        yield "BMP", mode, {}
    yield "GIF", "P", {"interlace": 0}
    yield "GIF", "P", {"transparency": 3, "comment": b"c" * 400}
    yield "GIF", "RGBA", {"save_all": True}
    for mode in ("RGB", "RGBA", "L", "1", "P", "CMYK", "I;16", "F", "LAB"):
        yield "TIFF", mode, {}
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma"):
        yield "TIFF", "RGB", {"compression": compression}
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield "TIFF", "1", {"compression": compression}
    yield "TIFF", "RGB", {"save_all": True, "exif": True}


def _of_ours(seed: int) -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(seed + 1)
    width, height = (int(side) for side in rng.integers(17, 48, 2))
    levels = rng.integers(0, 256, (height, width, 4), np.uint8)
    deep = levels.astype(np.uint16) * 257
    yield "PNG interlaced", png(levels, interlaced=True)
    yield "PNG 16-bit", png(deep)
    yield "BMP of runs", bmp_rle(width, height)
    yield "TIFF in tiles", tiff(levels[..., :3], tile=16)
    yield "TIFF in packed tiles", tiff(levels[..., :3], tile=16, packed=True)
    yield "TIFF in planes", tiff(levels[..., :3], planar=True, rows=8)
    yield "TIFF in packed planes", tiff(levels[..., :3], planar=True, packed=True)
    yield "TIFF 16-bit", tiff(deep[..., :3], packed=True)
    yield "TIFF turned", tiff(levels, rows=8, tags={274: [6]})


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The pieces of a PNG: name and content."""
    found, place = [], 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def of_chunks(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def frames_of(data: bytes) -> int:
    return len(list(ImageSequence.Iterator(Image.open(io.BytesIO(data)))))
