"""The sheet to print: one page of A4 on which the sticker has the size that was asked for."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from trickcore.report.print_sheet import DPI, cut_out, sheet

WORDS = ["Print this page at its real size.", "Hold it beside a banana."]


def red(side=80):
    return np.full((side, side, 3), (255, 0, 0), np.uint8)


def page(pdf: bytes) -> np.ndarray:
    """The one picture that fills the page, as a PDF holds it: a JPEG."""
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1
    begin = pdf.index(b"\xff\xd8\xff")
    return np.asarray(Image.open(io.BytesIO(pdf[begin : pdf.index(b"endstream", begin)])).convert("RGB"))


def redness(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 180) & (picture[..., 1] < 90) & (picture[..., 2] < 90)


@pytest.mark.parametrize(("shape", "share"), [("square", 1.0), ("round", np.pi / 4)])
@pytest.mark.parametrize("centimetres", [3.0, 10.0, 17.0])
def test_the_sticker_is_as_wide_on_paper_as_was_asked(shape, share, centimetres):
    pdf = sheet(red(), shape, centimetres, "Sticker: toaster", WORDS)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    assert box is not None
    width, height = (float(side) / 72 * 2.54 for side in box.groups())
    assert width == pytest.approx(21.0, abs=0.02)
    assert height == pytest.approx(29.7, abs=0.02)
    found = redness(page(pdf))
    rows, columns = np.nonzero(found)
    for at in (rows, columns):
        assert (at.max() - at.min() + 1) / DPI * 2.54 == pytest.approx(centimetres, abs=0.03)
    assert found.sum() / (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == pytest.approx(share, rel=0.02)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(found.shape[1] / 2, abs=3), "in the middle"


def test_the_ruler_at_the_bottom_is_ten_centimetres_long():
    picture = page(sheet(red(), "round", 8.0, "Sticker: toaster", WORDS))
    dark = picture.max(2) < 90
    longest = max((int(row.sum()), y) for y, row in enumerate(dark) if y > 0.88 * len(dark))
    assert longest[0] / DPI * 2.54 == pytest.approx(10.0, abs=0.05)


def test_its_words_are_on_it_and_never_over_the_sticker():
    bare = page(sheet(red(), "square", 17.0, "", []))
    told = page(sheet(red(), "square", 17.0, "Sticker: toaster", ["word " * 60, *WORDS]))
    above = redness(told).any(1).argmax()
    assert (told[:above].max(2) < 90).sum() > (bare[:above].max(2) < 90).sum() + 5000
    assert told[:, : told.shape[1] // 40].min() > 200, "nothing runs over the edge"
    assert told[:, -told.shape[1] // 40 :].min() > 200
    assert redness(told).sum() == pytest.approx(redness(bare).sum(), rel=0.01)


def test_a_grey_sticker_of_a_digit_can_be_printed_too():
    picture = page(sheet(np.full((10, 10), 128, np.uint8), "square", 5.0, "Sticker: 3", WORDS))
    assert (abs(picture.astype(int) - 128).max(2) < 6).sum() == pytest.approx((5 / 2.54 * DPI) ** 2, rel=0.02)


@pytest.mark.parametrize("centimetres", [2.9, 17.1, float("nan")])
def test_a_size_that_does_not_fit_is_refused(centimetres):
    with pytest.raises(ValueError, match="expected 3 to 17 centimetres"):
        sheet(red(), "round", centimetres, "Sticker", WORDS)


def test_cut_out_a_round_sticker_is_transparent_outside_and_itself_inside():
    found = cut_out(red(), "round")
    assert found.shape == (80, 80, 4)
    assert found[0, 0, 3] == 0
    assert tuple(found[40, 40]) == (255, 0, 0, 255)
    assert (found[..., 3] > 127).mean() == pytest.approx(np.pi / 4, rel=0.02)
    assert (cut_out(red(), "square")[..., 3] == 255).all()
