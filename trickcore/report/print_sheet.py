"""A sheet to print: a sticker at its real size on A4, to be cut out."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from trickcore.language import _
from trickcore.pictures.files import Pixels

DPI = 300
PAPER = 21.0, 29.7  # centimetres: A4
MARGIN = 1.6
SMALLEST, LARGEST = 3.0, 17.0  # centimetres of a sticker's side
RULER = 10  # centimetres
MARK = 0.5  # of a crop mark, and its distance
INK, FAINT = (20, 20, 20), (110, 110, 110)


def dots(centimetres: float) -> int:
    """Pixels of the sheet."""
    return round(centimetres / 2.54 * DPI)


def sheet(sticker: Pixels, shape: str, centimetres: float, title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one page of A4: the sticker (S, S, 3) or (S, S), so many centimetres wide, "round" or
    "square", with marks to cut at, a ruler to check the printer's scale by, a title and lines of text.

    Raises ValueError for a size that does not fit.
    """
    if not SMALLEST <= centimetres <= LARGEST:
        raise ValueError(f"expected {SMALLEST:g} to {LARGEST:g} centimetres, got {centimetres:g}")
    page = Image.new("RGB", (dots(PAPER[0]), dots(PAPER[1])), "white")
    pen, left = ImageDraw.Draw(page), dots(MARGIN)
    pen.text((left, dots(1.3)), plain(title), fill=INK, font=_font(0.75))
    y = dots(2.5)
    for line in lines:
        for part in _wrapped(line, _font(0.4), page.width - 2 * left):
            pen.text((left, y), plain(part), fill=INK, font=_font(0.4))
            y += dots(0.58)
    _ruler(pen, left, dots(PAPER[1] - 2.2))
    side = dots(centimetres)
    room = dots(PAPER[1] - 3.4) - y
    corner = ((page.width - side) // 2, y + max(dots(MARK * 2), (room - side) // 2))
    page.paste(_enlarged(sticker, side), corner, _outline(shape, side))
    _marks(pen, corner, side)
    out = io.BytesIO()
    page.save(out, "PDF", resolution=DPI, quality=95, title=title)
    return out.getvalue()


def cut_out(sticker: Pixels, shape: str) -> Pixels:
    """The sticker as it is looked at: (S, S, 4), what is outside its outline transparent."""
    image = Image.fromarray(sticker).convert("RGB")
    image.putalpha(_outline(shape, image.width))
    found: Pixels = np.asarray(image)
    return found


def _enlarged(sticker: Pixels, side: int) -> Image.Image:
    return Image.fromarray(sticker).convert("RGB").resize((side, side), Image.Resampling.BICUBIC)


def _outline(shape: str, side: int) -> Image.Image:
    """255 where the sticker is; drawn at four times the size, so that a small one's edge is smooth."""
    fine = Image.new("L", (4 * side, 4 * side), 255 if shape == "square" else 0)
    if shape == "round":
        ImageDraw.Draw(fine).ellipse((0, 0, 4 * side - 1, 4 * side - 1), fill=255)
    return fine.reduce(4)


def _marks(pen: ImageDraw.ImageDraw, corner: tuple[int, int], side: int) -> None:
    """Two short lines at each corner of the square that the sticker fills, a little away from it."""
    away, long = dots(MARK / 2), dots(MARK)
    for x, outwards in ((corner[0], -1), (corner[0] + side, 1)):
        for y, upwards in ((corner[1], -1), (corner[1] + side, 1)):
            pen.line((x + outwards * away, y, x + outwards * (away + long), y), fill=INK, width=3)
            pen.line((x, y + upwards * away, x, y + upwards * (away + long)), fill=INK, width=3)


def _ruler(pen: ImageDraw.ImageDraw, left: int, y: int) -> None:
    pen.line((left, y, left + dots(RULER), y), fill=INK, width=4)
    for k in range(RULER + 1):
        long = dots(0.45 if k % 5 == 0 else 0.25)
        pen.line((left + dots(k), y - long, left + dots(k), y), fill=INK, width=4)
    told = _("This line is {n} cm long if the sheet was printed at its real size (100\u00a0%).", n=RULER)
    pen.text((left, y + dots(0.25)), plain(told), fill=FAINT, font=_font(0.36))


_SPELT = str.maketrans(
    {
        **{"\u00a0": " ", "\u202f": " ", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue"},
        **{"ß": "ss", "œ": "oe", "Œ": "Oe", "æ": "ae", "¿": "", "¡": "", "„": "“", "–": "-", "×": "x"},
    }
)


def plain(words: str) -> str:
    """What the font has a letter for: it has no space that does not break, no accents and no umlauts."""
    spelt = unicodedata.normalize("NFD", words.translate(_SPELT))
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))


def _wrapped(line: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    found = [""]
    for word in line.split(" "):
        longer = f"{found[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            found[-1] = longer
        else:
            found.append(word)
    return found


def _font(centimetres: float) -> ImageFont.FreeTypeFont:
    found = ImageFont.load_default(dots(centimetres))
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found
