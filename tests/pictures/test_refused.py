"""Files that cannot be used as pictures: each is refused with a sentence that says why and what to do."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from tests.helpers import ROOT
from tests.pictures.test_files import LEVELS, saved
from trickcore import ImageError, read_image
from trickcore.__main__ import main
from trickcore.pictures import drawing, reencode, samples


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size, in one bit a pixel, whose pixels cannot be decoded."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    ihdr = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", ihdr)
        + chunk(b"IDAT", b"no pixels at all")
        + chunk(b"IEND", b"")
    )


def refusal(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        read_image(data, (224, 224))
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def test_an_empty_file_is_called_empty():
    assert refusal(b"") == "The file is empty. Choose a picture that opens in an image viewer."


@pytest.mark.parametrize(
    "data", [b"hello", b"%PDF-1.7 ...", b"\x00" * 5000, b"<svg></svg>", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_told_which_kinds_are(data):
    sentence = refusal(data)
    assert sentence.startswith("This is not a picture that can be read.")
    assert "PNG, JPEG, WebP, BMP, GIF or TIFF" in sentence


EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 40 40
%%EndComments
0 0 40 40 rectfill
%%EOF
"""


def by_name(path: Path) -> str:
    return refusal(path.read_bytes())


def as_a_digit(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        drawing.from_photo(path.read_bytes())
    return str(caught.value)


def saved_again(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        reencode.as_jpeg(path.read_bytes())
    return str(caught.value)


def by_terminal(path: Path) -> str:
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        assert main([str(path), "--network", "digits-standard", "--steps", "2"]) == 2
    return err.getvalue().removeprefix("trickcore: ")


@pytest.mark.parametrize("read", [by_name, as_a_digit, saved_again, by_terminal])
def test_no_other_program_is_started_for_a_file_that_is_no_picture_whatever_it_is_called(
    read, tmp_path, monkeypatch
):
    """Pillow asks Ghostscript to draw an EPS. The one first on the path here leaves a mark when it is run."""
    mark, program = tmp_path / "it-ran", tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # it looks for the program once
    path = tmp_path / "photo.png"
    path.write_bytes(EPS)
    sentence = read(path)
    assert not mark.exists()
    assert sentence.startswith("This is not a picture that can be read. Choose a PNG, JPEG, WebP, BMP, GIF")


def test_there_is_one_place_that_opens_a_file():
    code = [file for room in ("trickcore", "ui") for file in (ROOT / room).rglob("*.py")]
    assert [file.name for file in code if "Image.open(" in file.read_text()] == ["files.py"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_picture_cut_short_is_called_broken(kind):
    whole = saved(Image.fromarray(np.kron(LEVELS, np.ones((8, 8, 1), np.uint8))), kind)
    assert "broken or was cut short" in refusal(whole[: len(whole) * 6 // 10])
    assert read_image(whole, (224, 224)).shape == (3, 224, 224)


def test_a_picture_with_a_hole_in_its_middle_is_called_broken():
    whole = bytearray(samples.sample("cat"))
    whole[60_000:90_000] = bytes(30_000)
    assert "broken or was cut short" in refusal(bytes(whole))


@pytest.mark.parametrize(("width", "height"), [(7, 100), (100, 7), (1, 1)])
def test_a_picture_under_8_pixels_a_side_is_told_its_size_and_what_is_needed(width, height):
    sentence = refusal(saved(Image.new("RGB", (width, height))))
    assert f"is {width} by {height} pixels; it needs at least 8 a side" in sentence


def test_8_pixels_a_side_are_enough():
    assert read_image(saved(Image.new("RGB", (8, 8))), (224, 224)).shape == (3, 224, 224)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("width", "height", "said"),
    [(8000, 5001, "40"), (7000, 7000, "49"), (10_000, 10_000, "100"), (60_000, 60_000, "far more than 40")],
)
def test_more_than_40_megapixels_are_refused_from_the_header_before_anything_is_decoded(width, height, said):
    """The pixels of these files are rubbish: had they been decoded, the picture would be called broken."""
    sentence = refusal(png_header(width, height))
    assert f"The picture has {said} megapixels; at most 40 can be opened." in sentence


def test_a_header_of_less_than_40_megapixels_is_believed_and_its_pixels_found_broken():
    assert "broken" in refusal(png_header(5000, 7000))


def test_a_picture_of_just_under_40_megapixels_opens():
    assert read_image(saved(Image.new("1", (8000, 4999), 1)), (8, 8)).eq(1).all()


@pytest.mark.parametrize("sides", [(8, 200_000), (200_000, 8)])
def test_a_picture_so_thin_that_resizing_would_fill_the_memory_is_refused(sides):
    """Its short side would grow from 8 to 256 pixels, and the long one with it, to 1.6 gigapixels."""
    sentence = refusal(saved(Image.new("1", sides)))
    assert f"is {sides[0]} by {sides[1]} pixels, too long and thin" in sentence
