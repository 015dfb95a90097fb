"""Large pictures, halved as they are read, and files that ask for more memory or time than they get."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.picture_files import CASES, bmp_rle, chunk, levels_of, saved, tiff
from benchmarks.reading import all_read, sides
from tests.pictures.test_refused import png_header, refusal
from trickcore.pictures import files
from trickcore.pictures.reading import directories, levels, limits

MOST = 400  # megabytes above the start
WORST = ("PNG, transparent", "JPEG, progressive, all colours")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is Linux's")
def test_40_megapixels_are_read_in_400_megabytes(tmp_path):
    paths = [tmp_path / str(number) for number in range(len(WORST))]
    for name, path in zip(WORST, paths, strict=True):
        path.write_bytes(CASES[name](*sides(40)))
    for name, found in zip(WORST, all_read(paths), strict=True):
        assert found.said == "read", name
        assert found.megabytes < MOST, name


@pytest.fixture
def everything_large(monkeypatch) -> None:
    monkeypatch.setattr(files, "LARGE", 500)
    monkeypatch.setattr(levels, "BAND", 400)


NOISE = np.random.default_rng(3).integers(0, 256, (35, 51, 4), np.uint8)  # neither side is even
RGBA = Image.fromarray(NOISE)
DEEP = Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257)
LIGHT = Image.fromarray(NOISE[..., 0].astype(np.float32) / 255)
PALETTE = RGBA.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE)


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize(
    ("image", "form", "options"),
    [
        (RGBA.convert("RGB"), "PNG", {}),
        (RGBA, "PNG", {}),
        (RGBA.convert("L"), "BMP", {}),
        (RGBA.convert("LA"), "PNG", {}),
        (RGBA.convert("L").point(lambda level: 255 * (level > 99), "1"), "PNG", {}),
        (PALETTE, "GIF", {}),
        (PALETTE, "PNG", {"transparency": 3}),
        (RGBA.convert("CMYK"), "TIFF", {}),
        (RGBA.convert("RGB"), "WEBP", {"lossless": True}),
        (DEEP, "PNG", {}),
        (LIGHT, "TIFF", {}),
    ],
)
def test_a_large_picture_is_the_mean_of_every_four_pixels_of_the_small_one(image, form, options, monkeypatch):
    """In bands, whatever it is made of; the last row and column are the mean of two."""
    data = saved_as(image, form, **options)
    half = np.asarray(files.decoded(data)).astype(float)
    monkeypatch.setattr(files, "LARGE", 10**9)
    channels = 1 if half.ndim == 2 else 3
    whole = np.asarray(files.flattened(files.decoded(data), channels)).astype(float)
    whole = np.pad(whole, [(0, 1), (0, 1), (0, 0)][: whole.ndim], "edge")
    means = (whole[::2, ::2] + whole[1::2, ::2] + whole[::2, 1::2] + whole[1::2, 1::2]) / 4
    assert half.shape[:2] == (18, 26)
    np.testing.assert_allclose(half, means, atol=0.51)


def saved_as(image: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_large_picture_that_lies_on_its_side_is_put_upright(form):
    exif = Image.Exif()
    exif[0x0112] = 6
    blocks = np.kron(np.array([[0, 80, 160], [40, 120, 240]], np.uint8), np.ones((16, 16), np.uint8))
    options: dict[str, Any] = {"quality": 100, "lossless": True} if form in ("JPEG", "WEBP") else {}
    found = files.decoded(saved(blocks, form, exif=exif, **options))
    expected = np.rot90(blocks[::2, ::2], -1)
    np.testing.assert_allclose(np.asarray(found.convert("L")), expected, atol=2)


def test_a_large_jpeg_is_never_there_in_full(monkeypatch):
    """The decoder itself leaves out every second pixel."""
    monkeypatch.setattr(files, "LARGE", 500)
    monkeypatch.setattr(files, "halved", lambda image: pytest.fail(f"was decoded in full: {image.size}"))
    assert files.decoded(saved(levels_of(50, 34), "JPEG")).size == (25, 17)


@pytest.mark.usefixtures("everything_large")
def test_a_large_jpeg_of_a_kind_that_cannot_be_halved_by_its_decoder_is_refused():
    """Told to halve a lossless one, it might write more than it was given room for."""
    whole = saved(levels_of(50, 34), "JPEG")
    for frame in (0xC3, 0xC9, 0xCA):
        other = whole.replace(b"\xff\xc0\0", bytes([0xFF, frame, 0]), 1)
        assert refusal(other).startswith("The picture is too large for a JPEG of this kind.")


def test_a_picture_of_16_megapixels_is_taken_as_it_is_and_a_larger_one_is_halved():
    assert files.decoded(saved(np.zeros((4000, 4000), np.uint8), "PNG")).size == (4000, 4000)
    assert files.decoded(saved(np.zeros((4000, 4002), np.uint8), "PNG")).size == (2001, 2000)


def test_a_large_picture_that_is_long_and_thin_is_told_its_own_size():
    assert "is 160 by 120000 pixels, too long and thin" in refusal(png_header(160, 120_000))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (saved(np.zeros((4480, 4480), np.uint8), "WEBP", lossless=True, method=0), "a WebP"),
        (bmp_rle(2001, 2000), "a compressed BMP"),
        (CASES["JPEG, progressive, 200 passes"](3300, 3300), "a JPEG in so many layers"),
        (tiff(levels_of(160, 160), packed=True, tile=12_800), "a TIFF of this kind"),
    ],
)
def test_what_a_form_of_file_cannot_be_read_in_little_memory_or_time_is_refused_at_its_header(data, said):
    assert refusal(data).startswith(f"The picture is too large for {said}.")


def test_a_table_of_tags_that_asks_for_millions_of_numbers_is_refused_before_there_is_one():
    """Each of a million strips would get a decoder; and so would a tag of ten million values its numbers."""
    for tag, most in ((273, directories.MOST_STRIPS), (258, directories.MOST_VALUES)):
        assert files.decoded(tiff(levels_of(16, 16), rows=1, tags={tag: [8] * 20})).size == (16, 16)
        assert "broken" in refusal(tiff(levels_of(16, 16), tags={tag: [8] * (most + 1)}))


def test_a_photos_notes_of_many_megabytes_are_refused():
    whole = saved(levels_of(32, 32), "JPEG")
    segment = b"\xff\xe1" + (65_000).to_bytes(2) + b"Exif\0\0" + bytes(65_000 - 8)
    assert files.decoded(whole[:2] + segment + whole[2:]).size == (32, 32)
    assert "broken" in refusal(whole[:2] + segment * (limits.MOST_EXIF // 65_000 + 1) + whole[2:])


def test_a_hundred_thousand_empty_pieces_are_too_many_and_a_photos_some_hundred_are_not():
    """Each takes Pillow some Python: twenty megabytes of them kept it busy for ten seconds."""
    jpeg, png_, gif = (saved(levels_of(32, 32), form) for form in ("JPEG", "PNG", "GIF"))
    table = 13 + 3 * 2 ** ((gif[10] & 7) + 1)
    few, many = 300, 150_000
    for whole, place, piece in (
        (jpeg, 2, b"\xff\xe5\0\2"),
        (jpeg, 2, b"\xff\xff"),
        (jpeg, 20, b"zz"),
        (png_, 33, chunk(b"prVt", b"")),
        (gif, table, b"!\xfe\1c\0"),
        (gif, table, b"zz"),
    ):
        assert files.decoded(whole[:place] + piece * few + whole[place:]).size == (32, 32)
        assert "broken" in refusal(whole[:place] + piece * many + whole[place:])


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_there_is_not_leaves_the_picture_as_it_is(value):
    exif = Image.Exif()
    exif[0x0112] = value
    data = saved(levels_of(32, 24), "JPEG", exif=exif)
    assert files.decoded(data).size == (32, 24)


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_a_note_that_swells_to_a_gigabyte_is_not_unpacked(name):
    """A zip bomb in a PNG: a thousand times as large when it is unpacked."""
    import zlib

    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    whole = saved(levels_of(32, 24), "PNG")
    data = whole[:33] + chunk(name, b"note\0\0" + bomb) + whole[33:]
    assert "broken" in refusal(data)
