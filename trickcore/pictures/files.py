"""Pictures: bytes to pixels and back, and the difference of two pictures, magnified.

Whatever comes in leaves as whole grey levels of 255, so that what is attacked is what can be saved.
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:  # 8-bit pictures need no tensor
    from torch import Tensor

_HERE = Path(__file__).parents[1]
# Beside the library in the repository, inside it once it is installed.
ASSETS = _HERE / "assets" if (_HERE / "assets").is_dir() else _HERE.parent / "assets"
SMALLEST = 8  # pixels a side
LARGEST = 40_000_000  # pixels in all
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # of files, whatever they are called
KEPT = 128  # encoded pictures
CROP = 0.875  # 224 of 256: the share of the short side that ImageNet networks are shown

Pixels = NDArray[np.uint8]  # (H, W, 3), or (H, W) when there is one channel


class ImageError(ValueError):
    """A file that cannot be used as a picture; the message is a sentence for a person."""


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
    is taken, 16-bit values become 8-bit. Raises ImageError, with a sentence that says why not.
    """
    import torch

    image = flattened(decoded(data), channels)
    height, width = size
    if (image.height, image.width) != (height, width):
        image = _fitted(image, height, width, resize, interpolation)
    pixels = torch.from_numpy(np.array(image, dtype=np.uint8)).float() / 255
    return pixels.permute(2, 0, 1).contiguous() if channels == 3 else pixels.unsqueeze(0)


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
    """8-bit pixels as a JPEG: ten times as quick as a PNG, for frames that are shown for a moment."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=92, subsampling=0)
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
    """A file with its header read: the one place where files are opened. Raises what Pillow raises.

    Only FORMATS are tried. Left to choose, Pillow gives an EPS, also one that is called .png, to
    Ghostscript, and no other program is to be started with what a stranger sent.
    """
    return Image.open(io.BytesIO(data), formats=FORMATS)


def decoded(data: bytes) -> Image.Image:
    """The first frame, upright and decoded, once its header has been found acceptable. Raises ImageError."""
    if not data:
        raise ImageError("The file is empty. Choose a picture that opens in an image viewer.")
    try:
        image = open_image(data)
    except UnidentifiedImageError:
        raise ImageError(
            "This is not a picture that can be read. Choose a PNG, JPEG, WebP, BMP, GIF or TIFF file."
        ) from None
    except Image.DecompressionBombError:
        raise ImageError(_too_large("far more than 40")) from None
    except Exception:
        raise ImageError(_BROKEN) from None
    if image.width * image.height > LARGEST:
        raise ImageError(_too_large(f"{image.width * image.height / 1e6:.0f}"))
    if min(image.size) < SMALLEST:
        raise ImageError(
            f"The picture is {image.width} by {image.height} pixels; it needs at least "
            f"{SMALLEST} a side. Choose a larger one."
        )
    try:
        image.load()
        return ImageOps.exif_transpose(image)
    except Exception:  # each of Pillow's decoders fails in ways of its own
        raise ImageError(_BROKEN) from None


_BROKEN = "The picture is broken or was cut short. Save or download it again, and choose the new copy."


def _too_large(megapixels: str) -> str:
    return (
        f"The picture has {megapixels} megapixels; at most {LARGEST // 1_000_000} can be opened. "
        "Make it smaller first, for example by taking a screenshot of it."
    )


def flattened(image: Image.Image, channels: int) -> Image.Image:
    """RGB or grey in 8 bits, with transparency put on white."""
    if image.mode.startswith("I") or image.mode == "F":
        image = _grey_8bit(image)
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        white = Image.new("RGBA", colours.size, "white")
        image = Image.alpha_composite(white, colours)
    return image.convert("RGB" if channels == 3 else "L")


def _grey_8bit(image: Image.Image) -> Image.Image:
    """16-bit grey (modes I, I;16...) and floating point grey (mode F) brought to 0 to 255."""
    values: NDArray[Any] = np.asarray(image, dtype=np.float64)
    top = 65535.0 if image.mode != "F" else 1.0 if values.max(initial=0) <= 1 else 255.0
    levels = np.nan_to_num(values / top * 255).round().clip(0, 255)
    return Image.fromarray(levels.astype(np.uint8))


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
        raise ImageError(
            f"The picture is {image.width} by {image.height} pixels, too long and thin. "
            "Cut the part that matters out of it, and choose that."
        )
    resized = image.resize((across, down), Image.Resampling[interpolation.upper()])
    left, top = round((resized.width - width) / 2), round((resized.height - height) / 2)
    return resized.crop((left, top, left + width, top + height))
