"""One change for all photos as jobs: a sticker and a universal change as they are made, and their counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from trickcore import engine
from trickcore.attacks.any_photo.settings import Sticker, Universal
from trickcore.jobs.networks import Network, classifier_of
from trickcore.measure.one_for_all import StickerCount, UniversalCount
from trickcore.measure.survival import Seen
from trickcore.pictures.files import Pixels, to_8bit

LOOKS = 20  # at what was held out, on the way
SIDE = 112  # pixels of a photo in a row of eight
PLACES = 30  # of a sticker, at each look


@dataclass(frozen=True, slots=True)
class Photos:
    """Picture files of the visitor's own, besides those on board."""

    made_over: tuple[bytes, ...] = ()
    held_out: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StickerFrame:
    """One step, as a page shows it."""

    index: int
    probability: float  # of the target, the mean over the pictures of this step
    passes: int
    pixels: Pixels | None  # (S, S, 3) or (S, S); None of older frames that nobody looks back at
    held_out: StickerCount | None = None  # on photos it was not made with, where it was counted


@dataclass(frozen=True, slots=True, eq=False)
class UniversalFrame:
    """One step, as a page shows it."""

    index: int
    wanted: float  # the mean probability of what is wanted, over the pictures of this step
    passes: int
    levels: Pixels | None  # the change in grey levels on middle grey, (H, W, 3) or (H, W)
    held_out: UniversalCount | None = None


def looks_at(index: int, steps: int) -> bool:
    """Whether a step is one of those after which it is judged: LOOKS of them, and the last."""
    return index == steps or index % max(1, steps // LOOKS) == 0


def _small(seen: Seen) -> Seen:
    """As large as it is shown beside seven others: a visit keeps those of every look."""
    height, width = seen.pixels.shape[:2]
    times = -(-min(height, width) // SIDE)
    if times <= 1:
        return seen
    return replace(seen, pixels=np.asarray(Image.fromarray(seen.pixels).reduce(times)))


def _thin_sticker(frame: StickerFrame, *asked: Any) -> StickerFrame:
    return frame if frame.held_out is not None else replace(frame, pixels=None)


def _thin_universal(frame: UniversalFrame, *asked: Any) -> UniversalFrame:
    return replace(frame, levels=None)


def _length(network: Network, photos: Photos, settings: Sticker | Universal, seed: int) -> int:
    return settings.steps * settings.photos


@engine.job(heavy=True, length=_length, thin=_thin_sticker)
def sticker(network: Network, photos: Photos, settings: Sticker, seed: int) -> Iterator[StickerFrame]:
    """A sticker as it is made, judged on the way. Raises ImageError and ValueError."""
    from trickcore.attacks.any_photo.sticker import sticker as made
    from trickcore.measure import one_for_all

    classifier = classifier_of(network)
    images = one_for_all.made_over(classifier, photos.made_over)
    unseen = one_for_all.held_out(classifier, photos.held_out)
    for step in made(classifier, images, settings, seed=seed):
        pixels, found = to_8bit(step.sticker), None
        if looks_at(step.index, settings.steps):
            as_saved = (step.sticker * 255).round() / 255
            for found in one_for_all.sticker_count(  # noqa: B007  # only the end is wanted
                classifier, unseen, as_saved, settings, PLACES, seed=seed, show=one_for_all.SHOWN
            ):
                pass
            found = None if found is None else replace(found, seen=tuple(map(_small, found.seen)))
        yield StickerFrame(step.index, step.probability, step.passes, pixels, found)


def sticker_sizes(
    network: Network,
    photos: Photos,
    png: bytes,
    settings: Sticker,
    sizes: Sequence[tuple[float, int]],
    seed: int,
) -> Iterator[tuple[float, StickerCount]]:
    """A sticker's file on photos that it was not made with, covering each of several shares of the picture,
    at so many places each: the share and a count, after each batch. Raises ImageError."""
    from trickcore.measure import one_for_all
    from trickcore.pictures.files import pixels_of_file

    classifier = classifier_of(network)
    texture = pixels_of_file(png, classifier.channels)
    unseen = one_for_all.held_out(classifier, photos.held_out)
    for area, n in sizes:
        for found in one_for_all.sticker_count(
            classifier, unseen, texture, settings, n, area=area, seed=seed, show=one_for_all.SHOWN
        ):
            yield area, found


@engine.job(heavy=True, length=_length, thin=_thin_universal)
def universal(network: Network, photos: Photos, settings: Universal, seed: int) -> Iterator[UniversalFrame]:
    """One change for all photos as it is made, judged on the way. Raises ImageError and ValueError."""
    from trickcore.attacks.any_photo.universal import universal as made
    from trickcore.measure import one_for_all

    classifier = classifier_of(network)
    images = one_for_all.made_over(classifier, photos.made_over)
    unseen = one_for_all.held_out(classifier, photos.held_out)
    most = math.floor(255 * settings.eps + 1e-6)
    for step in made(classifier, images, settings, seed=seed):
        change = (step.change * 255).round().clamp(-most, most) / 255  # a file holds whole levels
        found = None
        if looks_at(step.index, settings.steps):
            n = one_for_all.JUDGED if step.index == settings.steps else one_for_all.SHOWN * 3
            found = one_for_all.universal_count(classifier, unseen, settings, change, n, seed=seed)
        yield UniversalFrame(step.index, step.wanted, step.passes, to_8bit(change + 128 / 255), found)
