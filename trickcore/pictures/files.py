"""Pictures: bytes to pixels and back, and the difference of two pictures, magnified.

Whatever comes in leaves as whole grey levels of 255, so that what is attacked is what can be saved.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from trickcore.language import _
from trickcore.pictures.reading import limits
from trickcore.pictures.reading.levels import flattened as flattened
from trickcore.pictures.reading.levels import halved
from trickcore.pictures.reading.pieces import is_usual_jpeg
from trickcore.pictures.reading.quiet import quiet
from trickcore.pictures.reading.refusals import BROKEN, too_large, too_large_for, too_thin
from trickcore.pictures.reading.refusals import LARGEST as LARGEST
from trickcore.pictures.reading.refusals import ImageError as ImageError

if TYPE_CHECKING:  # 8-bit pictures need no tensor
    from torch import Tensor

_HERE = Path(__file__).parents[1]
# Beside the library in the repository, inside it once it is installed.
ASSETS = _HERE / "assets" if (_HERE / "assets").is_dir() else _HERE.parent / "assets"
SMALLEST = 8  # pixels a side
LARGE = 16_000_000  # pixels: what has more is halved as it is read
THIN = 600  # how much longer than wide a large picture may be
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # of files, whatever they are called
KEPT = 128  # encoded pictures
CROP = 0.875  # 224 of 256: the share of the short side that ImageNet networks are shown

Pixels = NDArray[np.uint8]  # (H, W, 3), or (H, W) when there is one channel
UPRIGHT = {  # by EXIF's number for how the camera was held
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_one_large = threading.Lock()  # of a process's large pictures one at a time: each takes hundreds of MB


def read_image(
    data: bytes,
    size: tuple[int, int],
    *,
    channels: int = 3,
    resize: int | None = None,
    interpolation: str = "bicubic",
) -> Tensor:
    """Pixels (C, H, W), float32 in [0, 1] in steps of 1/255, of the given size (H, W).

    A picture that already has the size is taken as it is. Any other has its short side resized
    (to `resize`, else so that the crop keeps 87.5 %), antialiased, and its centre cropped.
    Rotation by EXIF is applied, transparency is put on white, the first frame of an animation
    is taken, 16-bit values become 8-bit. A picture of more than 16 megapixels is halved before all
    that, so that reading takes 400 MB at most. Raises ImageError, with a sentence that says why not.
    """
    image = flattened(decoded(data), channels)
    height, width = size
    if (image.height, image.width) != (height, width):
        image = _fitted(image, height, width, resize, interpolation)
    return _tensor(image)


def pixels_of_file(data: bytes, channels: int = 3) -> Tensor:
    """A picture file as it is, whatever its size: pixels (C, H, W) in [0, 1]. One of more than 16
    megapixels comes halved. Raises ImageError."""
    return _tensor(flattened(decoded(data), channels))


def _tensor(image: Image.Image) -> Tensor:
    """An RGB or grey picture of 8 bits as (C, H, W) in [0, 1]."""
    import torch

    levels = torch.from_numpy(np.array(image, dtype=np.uint8))
    levels = levels.permute(2, 0, 1).contiguous() if levels.dim() == 3 else levels.unsqueeze(0)
    return levels.float().div_(255)


def to_8bit(x: Tensor) -> Pixels:
    """Pixels (C, H, W) in [0, 1] as they would be saved: uint8, (H, W, 3) or (H, W)."""
    levels = (x.detach().cpu() * 255).round().clamp(0, 255).byte()
    array: Pixels = (levels[0] if len(levels) == 1 else levels.permute(1, 2, 0)).numpy()
    return np.ascontiguousarray(array)


def to_png(x: Tensor) -> bytes:
    """The 8-bit PNG of pixels (C, H, W). `read_image(to_png(x), size)` is the rounded x, exactly."""
    return encode(to_8bit(x))


def encode(pixels: Pixels) -> bytes:
    """8-bit pixels as a PNG, exactly. Those of late are kept: a class looks at the same."""
    return _png(_Content(pixels))


class _Content:
    """Pixels that are equal where their values are."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        digest = hashlib.sha256(np.ascontiguousarray(pixels).data)
        self.digest = (pixels.shape, digest.digest())

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.digest == other.digest


@lru_cache(maxsize=KEPT)
def _png(content: _Content) -> bytes:
    out = io.BytesIO()
    Image.fromarray(content.pixels).save(out, "PNG")
    return out.getvalue()


def preview(pixels: Pixels) -> bytes:
    """8-bit pixels as a JPEG: ten times as quick as a PNG, for frames that are shown for a moment.

    A change is noise, which at a higher quality would be three times as large, too much for a slow network.
    """
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=70, subsampling=2)
    return out.getvalue()


def magnified(before: Pixels, after: Pixels, gain: float) -> Pixels:
    """The difference of two saved pictures times gain, on middle grey, clipped to 8 bits."""
    difference = after.astype(np.float32) - before.astype(np.float32)
    return (127.5 + gain * difference).round().clip(0, 255).astype(np.uint8)


def saturated(pixels: Pixels) -> Pixels:
    """Every colour at its fullest, hue and brightness kept: shows tints too pale for the eye. Grey stays."""
    hsv = np.array(Image.fromarray(pixels).convert("RGB").convert("HSV"))
    hsv[..., 1] = np.where(hsv[..., 1] > 0, 255, 0)
    return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))


def enlarged(pixels: Pixels, least: int = 224) -> Pixels:
    """A small picture with every pixel repeated, so that its short side has at least so many pixels."""
    times = -(-least // min(pixels.shape[:2]))
    return pixels if times <= 1 else pixels.repeat(times, 0).repeat(times, 1)


def open_image(data: bytes) -> Image.Image:
    """A file with its header read: the one place where files are opened. Raises what Pillow raises, and
    ImageError where the header asks for too much.

    Only FORMATS are tried. Left to choose, Pillow gives an EPS, also one that is called .png, to
    Ghostscript, and no other program is to be started with what a stranger sent.
    """
    quiet()
    limits.check_file(data)
    return Image.open(io.BytesIO(data), formats=FORMATS)


def accepted(data: bytes) -> Image.Image:
    """A file with its header read and found acceptable; nothing is decoded yet. Raises ImageError."""
    if not data:
        raise ImageError(_("The file is empty. Choose a picture that opens in an image viewer."))
    with _told():
        image = open_image(data)
        _check_size(image)
        limits.check_header(image, data)
        return image


def decoded(data: bytes) -> Image.Image:
    """The first frame, upright and decoded, once its header has been found acceptable. Raises ImageError.

    One of more than 16 megapixels comes halved, and then in RGB or grey of 8 bits.
    """
    image = accepted(data)
    with _told():
        return _loaded(image, data)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever Pillow raises inside, as an ImageError with a sentence."""
    try:
        yield
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(
            _("This is not a picture that can be read. Choose a PNG, JPEG, WebP, BMP, GIF or TIFF file.")
        ) from None
    except Image.DecompressionBombError:
        raise too_large(_("far more than 40")) from None
    except Exception:  # each of Pillow's readers and decoders fails in ways of its own
        raise ImageError(_(BROKEN)) from None


def _check_size(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > LARGEST:
        raise too_large(f"{pixels / 1e6:.0f}")
    if min(image.size) < SMALLEST:
        raise ImageError(
            _(
                "The picture is {width} by {height} pixels; it needs at least {least} a side. "
                "Choose a larger one.",
                width=image.width,
                height=image.height,
                least=SMALLEST,
            )
        )
    if pixels > LARGE and max(image.size) > THIN * min(image.size):
        raise too_thin(*image.size)


def _loaded(image: Image.Image, data: bytes) -> Image.Image:
    if image.width * image.height <= LARGE:
        image.load()
        return _upright(image, image)
    if image.format in ("JPEG", "MPO") and not is_usual_jpeg(data):
        raise too_large_for(_("a JPEG of this kind"))
    with _one_large:
        image.draft(None, (image.width // 2, image.height // 2))  # a JPEG is never there in full
        image.load()
        return _upright(image if image.width * image.height <= LARGE else halved(image), image)


def _upright(pixels: Image.Image, file: Image.Image) -> Image.Image:
    """Turned as the file says, and apart from the file, whose decoder can go."""
    method = UPRIGHT.get(file.getexif().get(ExifTags.Base.Orientation, 1))
    if method is not None:
        return pixels.transpose(method)
    return pixels.copy() if pixels is file else pixels


def fit(of: tuple[int, int], height: int, width: int, resize: int | None = None) -> tuple[int, int]:
    """The (H, W) to which `read_image` resizes a picture of size `of`, before it crops the centre."""
    short = resize or round(min(height, width) / CROP)
    ratios = ((short, min(of)), (height, of[0]), (width, of[1]))
    to, side = max(ratios, key=lambda ratio: ratio[0] / ratio[1])  # kept whole: 103 * (256 / 103) < 256
    return max(height, int(to * of[0] / side)), max(width, int(to * of[1] / side))


def _fitted(
    image: Image.Image, height: int, width: int, resize: int | None, interpolation: str
) -> Image.Image:
    """The short side brought to its length, then the centre cropped, as torchvision does both."""
    down, across = fit((image.height, image.width), height, width, resize)
    if across * down > LARGEST:  # 8 by 5,000,000 would become 256 by 160,000,000
        raise too_thin(*image.size)
    resized = image.resize((across, down), Image.Resampling[interpolation.upper()])
    left, top = round((resized.width - width) / 2), round((resized.height - height) / 2)
    return resized.crop((left, top, left + width, top + height))
