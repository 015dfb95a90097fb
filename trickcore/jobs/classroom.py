"""Hand-ins of a class as a job: what a picture file is worth, measured from its own pixels alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from trickcore.jobs import networks
from trickcore.language import _
from trickcore.pictures import reencode
from trickcore.pictures.files import ImageError, Pixels, encode, enlarged, open_image, to_8bit
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from trickcore.networks.classifier import Classifier

QUALITY = 75  # of the JPEG
THUMBNAIL = 160  # pixels a side, at most


@dataclass(frozen=True, slots=True)
class Said:
    """What one network says of a hand-in."""

    network: str
    label: int
    name: str
    probability: float
    wanted: float  # the probability of the target; without one, of anything but the original answer
    fooled: bool  # it is the target; without one, neither the original answer nor another that is right


@dataclass(frozen=True, slots=True)
class Measured:
    """A hand-in, measured."""

    eps: int  # the largest difference of any 8-bit value to the original as the first network sees it
    outside: int  # pixels that moved where the mask lets none move
    said: tuple[Said, ...]  # by each network, of the file
    jpeg: Said  # by the first network, of the file saved as a JPEG
    png: bytes = field(repr=False)  # the pixels that were measured, and nothing else that was in the file
    thumbnail: bytes = field(repr=False)  # a small JPEG
    digest: str = ""  # the same for the same pixels


def measured(
    names: tuple[str, ...], original: bytes, handed: bytes, recipe: Recipe, truth: Collection[int]
) -> Measured:
    """A PNG that was handed in against the original file, by networks of the catalogue.

    Its size has to be that of the first network, which also says how the original is seen; `recipe` has the
    target and the mask; `truth` are the classes that are right for the original, none where that is not
    known. Raises ImageError, with a sentence, for what cannot be compared, and WeightsError.
    """
    from trickcore.attacks import masks

    first = networks.classifier_of(networks.named(names[0]))
    _check(handed, first.size)
    before, after = _seen(names[0], original), to_8bit(first.read(handed))
    moved = np.abs(after.astype(np.int16) - before.astype(np.int16))
    anywhere = moved if moved.ndim == 2 else moved.max(-1)
    free = masks.found(recipe.mask, before.shape[:2], recipe.painted)
    saved = encode(after)
    return Measured(
        eps=int(moved.max()),
        outside=int((anywhere[~free] > 0).sum()),
        said=tuple(_said(name, encode(before), saved, recipe.target, truth) for name in names),
        jpeg=_said(names[0], encode(before), reencode.as_jpeg(saved, QUALITY), recipe.target, truth),
        png=saved,
        thumbnail=thumbnail(after),
        digest=hashlib.sha256(after.tobytes()).hexdigest(),
    )


def thumbnail(pixels: Pixels) -> bytes:
    """A small JPEG of 8-bit pixels; those of a digit are repeated, not blurred."""
    image = Image.fromarray(enlarged(pixels, THUMBNAIL)).convert("RGB")
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _check(handed: bytes, size: tuple[int, int]) -> None:
    """The header alone, before anything large is decoded."""
    try:
        image = open_image(handed)
    except Exception:  # each of Pillow's readers fails in ways of its own
        raise ImageError(_("This is not a picture that can be read. Hand in the PNG of your run.")) from None
    if image.format != "PNG":
        raise ImageError(
            _(
                "This is a {form} file, which is not what the network saw. Hand in the PNG of your run.",
                form=image.format,
            )
        )
    if (image.height, image.width) != size:
        raise ImageError(
            _(
                "The picture is {width} by {height} pixels and has to be {right_width} by {right_height}, as "
                "the network sees it. Hand in the PNG of your run, not a screenshot or a copy of another "
                "size.",
                width=image.width,
                height=image.height,
                right_width=size[1],
                right_height=size[0],
            )
        )


@lru_cache(maxsize=8)
def _seen(name: str, original: bytes) -> Pixels:
    """The original as a network sees it; a class has one, which is read once."""
    return to_8bit(networks.classifier_of(networks.named(name)).read(original))


@lru_cache(maxsize=32)
def _original_answer(name: str, original: bytes) -> int:
    from trickcore.networks.classifier import answer

    classifier = networks.classifier_of(networks.named(name))
    return answer(classifier, classifier.read(original))


def _said(name: str, before: bytes, saved: bytes, target: int | None, truth: Collection[int]) -> Said:
    from trickcore.measure.verdict import read

    classifier: Classifier = networks.classifier_of(networks.named(name))
    reading = read(classifier, classifier.read(saved))
    if target is not None:
        wanted, fooled = float(reading.probs[target]), reading.label == target
    else:
        original = _original_answer(name, before)
        wanted = 1 - float(reading.probs[original])
        fooled = reading.label != original and reading.label not in truth
    return Said(name, reading.label, reading.name, reading.probability, wanted, fooled)
