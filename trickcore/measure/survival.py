"""Trials: whether a trick outlives what files and the world do to it, and how often over many photographs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trickcore import measure
from trickcore.measure.verdict import Reading
from trickcore.networks.classifier import Classifier, probabilities
from trickcore.pictures import photograph_transforms as photograph
from trickcore.pictures.files import Pixels, to_8bit, to_png

Lot = Literal["kept", "changed", "lost"]
Z95 = 1.959963984540054  # the normal quantile that leaves 2.5 % on either side


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonAfter:
    """What two pictures are taken for after the same thing was done to both."""

    status: (
        Lot  # of the trick: "kept": taken for what was wanted; "lost": for what the clean picture is taken
    )
    # for, now or at first; "changed": for something else
    tricked: Reading
    clean: Reading
    clean_right: bool  # the clean picture is still taken for what it was


def compare_after(
    classifier: Classifier, clean: bytes, tricked: bytes, original: int, target: int | None
) -> ComparisonAfter:
    """Both files are opened as anyone would open them. `original` is what the clean one was taken for at
    first. Without a target whatever is neither that, nor what the clean one has become, was wanted."""
    after, before = (measure.read(classifier, classifier.read(data)) for data in (tricked, clean))
    status: Lot = "kept" if after.label == target else "changed"
    if status == "changed" and after.label in (original, before.label):
        status = "lost"
    elif target is None:
        status = "kept"
    return ComparisonAfter(status, after, before, before.label == original)


def photograph_file(classifier: Classifier, data: bytes, shot: photograph.Shot, seed: int = 0) -> bytes:
    """A picture file, as the network sees it, photographed and saved as a PNG.

    The grain is drawn from `evaluation_seed`: it is none that an attack with this seed was made on.
    """
    from torch import Generator

    from trickcore.attacks.views import evaluation_seed

    x = classifier.read(data).unsqueeze(0)
    return to_png(photograph.photographed(x, shot, Generator().manual_seed(evaluation_seed(seed)))[0])


def chances(
    classifier: Classifier, data: bytes, label: int, ways: Sequence[Callable[[bytes], bytes]]
) -> list[float]:
    """The probability of a class after each of several things done to a picture file."""
    import torch

    x = torch.stack([classifier.read(change(data)) for change in ways])
    return [float(p) for p in probabilities(classifier, x)[:, label]]


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of so many."""

    hits: int = 0
    asked: int = 0

    @property
    def share(self) -> float:
        return self.hits / self.asked if self.asked else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, at 95 %."""
        return wilson(self.hits, self.asked)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One photograph of the tricked picture and what it was taken for."""

    pixels: Pixels
    label: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """What has been counted so far, over the same photographs of both pictures."""

    wanted: Tally  # of the tricked picture: taken for the target (without one: for anything but `original`)
    fooled: Tally  # of the tricked picture: taken for anything but `original`
    clean: Tally  # of the clean picture: still taken for `original`
    original: int  # what the clean picture is taken for, as it is
    usual: int  # what its photographs are taken for most often
    done: float  # the share of all photographs, 0 to 1
    seen: tuple[Seen, ...]  # the first few


def survival(
    classifier: Classifier,
    original: bytes,
    saved: bytes,
    target: int | None,
    ranges: photograph.Ranges = photograph.ATHALYE,
    n: int = 1000,
    *,
    seed: int = 0,
    batch: int = 16,
    show: int = 0,
) -> Iterator[Survival]:
    """n random photographs of two picture files, a Survival after each batch of them.

    The seed says which photographs; the size of the batches does not matter to them. They are drawn from
    `evaluation_seed`, so a run's own seed gives none that the run was made on. The first `show` are kept
    to be looked at. Raises ValueError for n or batch below 1 and ImageError.
    Athalye et al. 2018, arXiv:1707.07397, count over 1,000.
    """
    import torch

    from trickcore.attacks.views import evaluation_seed

    if n < 1 or batch < 1:
        raise ValueError(f"expected n >= 1 and batch >= 1, got {n} and {batch}")
    pair = torch.stack([classifier.read(original), classifier.read(saved)])
    first = measure.read(classifier, pair[0]).label
    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    wanted = fooled = asked = 0
    seen: list[Seen] = []
    answered: Counter[int] = Counter()  # by the clean picture's photographs
    while asked < n:
        size = min(batch, n - asked)
        shots = [photograph.photographed(pair, photograph.shot(ranges, rng), rng) for _ in range(size)]
        photos = torch.cat(shots).contiguous(memory_format=torch.channels_last)
        probs = probabilities(classifier, photos).reshape(size, 2, -1)
        answers = probs.argmax(2)  # (size, 2): of the clean and of the tricked picture
        for i in range(min(size, show - len(seen))):
            label = int(answers[i, 1])
            seen.append(Seen(to_8bit(shots[i][1]), label, float(probs[i, 1, label])))
        asked += size
        fooled += int((answers[:, 1] != first).sum())
        wanted += int(((answers[:, 1] != first) if target is None else (answers[:, 1] == target)).sum())
        answered.update(answers[:, 0].tolist())
        right, usual = Tally(answered[first], asked), answered.most_common(1)[0][0]
        trick = Tally(wanted, asked), Tally(fooled, asked)
        yield Survival(*trick, right, first, usual, asked / n, tuple(seen))


def wilson(hits: int, asked: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share, 0 to 1: where the true one lies, at 95 % unless z says otherwise.

    It stays inside [0, 1] and is right for 0 of n, too. Everything is possible while nothing was asked.
    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= hits <= asked:
        raise ValueError(f"expected hits from 0 to asked, got {hits} of {asked}")
    if not asked:
        return 0.0, 1.0
    share, spread = hits / asked, z * z / asked
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return max(0.0, middle - reach), min(1.0, middle + reach)
