"""One change for all photos, judged: on photos and at places that it was not made with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.measure.survival import Seen, Tally
from trickcore.networks.classifier import Classifier, probabilities
from trickcore.pictures import mnist, samples
from trickcore.pictures.files import to_8bit, to_png

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.attacks.any_photo.settings import Sticker, Universal

DIGITS = 60  # of scikit-learn's, that a change for digits is made over, and as many others to judge it on
BATCH = 10  # pictures a pass
SHOWN = 8  # pictures one can look at
JUDGED = 60  # photos that a universal change is judged on in the end, cut at random from those held out
LARGER = (0.05, 0.1, 0.15, 0.2, 0.25)  # shares of the picture that a sticker is judged at


@dataclass(frozen=True, slots=True, eq=False)
class StickerCount:
    """What has been counted so far of a sticker, over placements on photos that were held out."""

    read: Tally  # as the target
    by_photo: tuple[Tally, ...]  # the same for each photo, in their order
    done: float  # the share of all placements, 0 to 1
    seen: tuple[Seen, ...]  # the first few


@dataclass(frozen=True, slots=True, eq=False)
class UniversalCount:
    """What one change does to several photos."""

    fooled: Tally  # another answer than before
    read: Tally  # as the target; none asked without one
    before: tuple[int, ...]  # what each of `seen` was read as without the change
    seen: tuple[Seen, ...]  # the first few


def made_over(classifier: Classifier, files: Sequence[bytes] = ()) -> Tensor:
    """The pictures (N, C, H, W) that one change is made over, and files of one's own. Raises ImageError."""
    return _pictures(classifier, samples.MADE_OVER, 0, files)


def held_out(classifier: Classifier, files: Sequence[bytes] = ()) -> Tensor:
    """Those it is judged on, none of which is among `made_over`. Raises ImageError."""
    return _pictures(classifier, samples.HELD_OUT, DIGITS, files)


def _pictures(classifier: Classifier, names: Sequence[str], first: int, files: Sequence[bytes]) -> Tensor:
    import torch

    own = [classifier.read(data) for data in files]
    if classifier.channels == 1:
        found = mnist.small()[0][first : first + DIGITS]
        if tuple(found.shape[2:]) != tuple(classifier.size):  # a network of one's own
            found = torch.stack([classifier.read(to_png(digit)) for digit in found])
        return torch.cat([found, *(picture.unsqueeze(0) for picture in own)])
    return torch.stack([*(classifier.read(samples.sample(name)) for name in names), *own])


def sticker_count(
    classifier: Classifier,
    images: Tensor,
    sticker: Tensor,
    settings: Sticker,
    n: int = 200,
    *,
    area: float | None = None,
    seed: int = 0,
    batch: int = BATCH,
    show: int = 0,
) -> Iterator[StickerCount]:
    """n placements of a sticker (C, S, S), in turn on each of the pictures (N, C, H, W); a count after each
    batch.

    It covers `area` of the picture, which is the one it was made for unless another is given, turned and
    put anywhere at random. The placements are drawn from `evaluation_seed`, and each picture is rounded to
    whole grey levels, as it would be saved. Raises ValueError for n or batch below 1.
    """
    import torch

    from trickcore.attacks.any_photo import placements
    from trickcore.attacks.any_photo.sticker import TURN
    from trickcore.attacks.views import evaluation_seed

    if n < 1 or batch < 1:
        raise ValueError(f"expected n >= 1 and batch >= 1, got {n} and {batch}")
    area = settings.area if area is None else area
    size, rng = (images.shape[2], images.shape[3]), torch.Generator().manual_seed(evaluation_seed(seed))
    where = placements.drawn(n, settings.shape, (area, area), TURN, size, rng)
    shape = placements.outline(settings.shape, sticker.shape[1])
    hits, asked = [0] * len(images), [0] * len(images)
    seen: list[Seen] = []
    for first in range(0, n, batch):
        some = range(first, min(first + batch, n))
        which = [k % len(images) for k in some]
        part = placements.Placements(*(each[first : some.stop] for each in where.all()))
        shown = (placements.stuck(images[which], sticker, shape, part) * 255).round() / 255
        probs = probabilities(classifier, shown.contiguous(memory_format=torch.channels_last))
        for i, photo in enumerate(which):
            label = int(probs[i].argmax())
            asked[photo] += 1
            hits[photo] += label == settings.target
            if len(seen) < show:
                seen.append(Seen(to_8bit(shown[i]), label, float(probs[i, label])))
        by_photo = tuple(Tally(h, a) for h, a in zip(hits, asked, strict=True))
        yield StickerCount(Tally(sum(hits), sum(asked)), by_photo, some.stop / n, tuple(seen))


def universal_count(
    classifier: Classifier,
    images: Tensor,
    settings: Universal,
    change: Tensor,
    n: int = JUDGED,
    *,
    seed: int = 0,
) -> UniversalCount:
    """What a change (C, H, W) does to n pictures, cut at random from (N, C, H, W) in turn and rounded to
    whole grey levels, as they would be saved.

    Of digits no part is cut, so there are no more than N. The cuts are drawn from `evaluation_seed`. Raises
    ValueError for n below 1.
    """
    import torch

    from trickcore.attacks.any_photo.pictures import cut
    from trickcore.attacks.views import evaluation_seed

    if n < 1:
        raise ValueError(f"expected n >= 1, got {n}")
    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    n = min(n, len(images)) if classifier.channels == 1 else n
    x = images[torch.arange(n) % len(images)]
    x = x if classifier.channels == 1 else (cut(x, rng) * 255).round() / 255
    shown = ((x + change).clamp(0, 1) * 255).round() / 255
    before: list[NDArray[np.float32]] = []
    after: list[NDArray[np.float32]] = []
    for first in range(0, n, BATCH):
        for found, pictures in ((before, x), (after, shown)):
            some = pictures[first : first + BATCH].contiguous(memory_format=torch.channels_last)
            found.append(probabilities(classifier, some))
    clean, moved = np.concatenate(before).argmax(1), np.concatenate(after)
    answers = moved.argmax(1)
    fooled = Tally(int((answers != clean).sum()), n)
    read = Tally() if settings.target is None else Tally(int((answers == settings.target).sum()), n)
    seen = tuple(
        Seen(to_8bit(picture), int(label), float(probs[label]))
        for picture, label, probs in zip(shown[:SHOWN], answers, moved, strict=False)
    )
    names = tuple(int(label) for label in clean[:SHOWN])
    return UniversalCount(fooled, read, names, seen)
