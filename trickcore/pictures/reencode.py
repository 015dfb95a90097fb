"""What files do to a picture: saved as PNG, JPEG or WebP, or made smaller and large again."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image

from trickcore.language import _
from trickcore.pictures.files import LARGEST, ImageError, decoded, flattened
from trickcore.pictures.reading.levels import is_grey


def as_png(data: bytes) -> bytes:
    """The picture file saved as a PNG: every value stays. Raises ImageError, as all of these do."""
    return _saved(_picture(data), "PNG")


def as_jpeg(data: bytes, quality: int = 75) -> bytes:
    """Saved as a JPEG of a quality from 1 to 100, with Pillow's usual settings (colours at half size)."""
    return _saved(_picture(data), "JPEG", quality=_checked(quality))


def as_webp(data: bytes, quality: int = 80) -> bytes:
    """Saved as a lossy WebP of a quality from 1 to 100; WebP has no grey, so a grey one comes back as RGB."""
    return _saved(_picture(data), "WEBP", quality=_checked(quality))


def resized(data: bytes, share: float) -> bytes:
    """Each side brought to a share of its length and back (bicubic, antialiased), saved as a PNG."""
    image = _picture(data)
    if not 0 < share <= 4:
        raise ValueError(f"expected a share above 0 and at most 4, got {share}")
    width, height = (max(1, round(side * share)) for side in image.size)
    if width * height > LARGEST:
        raise ImageError(_("The picture would become too large. Choose a smaller share."))
    there = image.resize((width, height), Image.Resampling.BICUBIC)
    return _saved(there.resize(image.size, Image.Resampling.BICUBIC), "PNG")


def _picture(data: bytes) -> Image.Image:
    """RGB, or grey where the file is grey, in 8 bits."""
    image = decoded(data)
    return flattened(image, 1 if is_grey(image) else 3)


def _checked(quality: int) -> int:
    if not 1 <= quality <= 100:
        raise ValueError(f"expected a quality from 1 to 100, got {quality}")
    return quality


def _saved(image: Image.Image, form: str, **settings: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **settings)
    return out.getvalue()


# By name, and in the order of a page.
FORMS: dict[str, Callable[..., bytes]] = {
    "png": as_png,
    "jpeg": as_jpeg,
    "webp": as_webp,
    "resized": resized,
}
