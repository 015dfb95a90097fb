"""What is said of files that cannot be used as pictures."""

from __future__ import annotations

from trickcore.language import _, later

LARGEST = 40_000_000  # pixels in all

BROKEN = later("The picture is broken or was cut short. Save or download it again, and choose the new copy.")


class ImageError(ValueError):
    """A file that cannot be used as a picture; the message is a sentence for a person."""


def too_large(megapixels: str) -> ImageError:
    return ImageError(
        _(
            "The picture has {megapixels} megapixels; at most {most} can be opened. "
            "Make it smaller first, for example by taking a screenshot of it.",
            megapixels=megapixels,
            most=LARGEST // 1_000_000,
        )
    )


def too_large_for(form: str) -> ImageError:
    """One of fewer pixels, whose form of file takes too much memory or time to be read."""
    return ImageError(
        _(
            "The picture is too large for {form}. Save it as a JPEG or PNG, or make it smaller first.",
            form=form,
        )
    )


def too_thin(width: int, height: int) -> ImageError:
    return ImageError(
        _(
            "The picture is {width} by {height} pixels, too long and thin. "
            "Cut the part that matters out of it, and choose that.",
            width=width,
            height=height,
        )
    )
