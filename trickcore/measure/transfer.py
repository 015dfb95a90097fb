"""Transfer: a trick made for one network and shown to others, and what makes it travel.

A network is shown every picture as it was trained to be: at its own size, resized and cropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from trickcore import measure
from trickcore.measure.survival import Tally
from trickcore.networks.classifier import Classifier, answer, probabilities
from trickcore.pictures.files import to_png
from trickcore.runs import frames
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from torch import Generator, Tensor

Outcome = Literal["wanted", "fooled", "held"]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkReading:
    """What one network says of the clean and of the tricked picture file, as it sees either."""

    network: str
    before: measure.Reading
    after: measure.Reading
    target: int | None
    outcome: Outcome  # "wanted": now the target; "fooled": not its own answer any more; "held": still that


@dataclass(frozen=True, slots=True)
class Rate:
    """What one network says of many pictures, counted."""

    network: str
    before: Tally  # read right untouched, as `source` saw it
    after: Tally  # read right, tricked as saved
    wanted: Tally  # taken for the picture's target, tricked as saved; of none asked without targets


@dataclass(frozen=True, slots=True)
class Rates:
    """What has been counted so far, a Rate for each network."""

    done: float  # the share of all pictures, 0 to 1
    networks: tuple[Rate, ...]


def across(
    classifiers: Sequence[Classifier], original: bytes, saved: bytes, target: int | None
) -> list[NetworkReading]:
    """What every network says of the two picture files, each read at the network's own size.

    Clean and tricked are compared as that network sees either, with its own answer on the clean one.
    Without a target nothing is "wanted". Raises ImageError.
    """
    readings = []
    for classifier in classifiers:
        before, after = (measure.read(classifier, classifier.read(data)) for data in (original, saved))
        readings.append(
            NetworkReading(
                classifier.name, before, after, target, _outcome(before.label, after.label, target)
            )
        )
    return readings


def _outcome(before: int, after: int, target: int | None) -> Outcome:
    if after == before:
        return "held"
    return "wanted" if after == target else "fooled"


def against(members: Sequence[Classifier], data: bytes, recipe: Recipe) -> Iterator[Frame]:
    """The run a recipe describes, against several networks at once: `run_recipe` on their ensemble.

    Without a target the picture is pushed away from whatever any of them takes it for untouched, since one
    network's wrong answer may be another's first. Raises ValueError and ImageError.
    """
    from trickcore.attacks.ensemble import ensemble, seen
    from trickcore.attacks.losses import away_from_all

    together = ensemble(members)
    if recipe.target is not None:
        yield from frames.run_recipe(together, data, recipe)
        return
    x = together.read(data)
    first = {answer(member, seen(member, x[None])[0]) for member in members}
    yield from frames.attacked(together, x, recipe, away_from_all(tuple(sorted(first))))


def rates(
    source: Classifier,
    others: Sequence[Classifier],
    pictures: Sequence[bytes],
    labels: Sequence[int],
    recipe: Recipe,
    *,
    targets: Sequence[int] | None = None,
    batch: int = 8,
) -> Iterator[Rates]:
    """How often what is made for `source` fools `others`: the counts after each batch of picture files.

    Each picture is pushed away from its label, or with `targets` towards its own (`drawn` draws some);
    the recipe's own target and mask play no part. Raises ValueError and ImageError.
    Dong et al. 2018, arXiv:1710.06081, count this way.
    """
    import torch

    if batch < 1 or not pictures:
        raise ValueError(f"expected batch >= 1 and at least one picture, got {batch} and {len(pictures)}")
    if len(labels) != len(pictures) or (targets is not None and len(targets) != len(pictures)):
        raise ValueError("expected a label, and a target where there are any, for each picture")
    rng = torch.Generator().manual_seed(recipe.seed)
    counts = np.zeros((len(others), 3), int)  # right untouched, right tricked, wanted
    for start in range(0, len(pictures), batch):
        part = slice(start, min(start + batch, len(pictures)))
        truth = np.array(labels[part])
        goals = None if targets is None else np.array(targets[part])
        clean = torch.stack([source.read(data) for data in pictures[part]])
        end = _crafted(source, clean, truth, goals, recipe, rng)
        for i, other in enumerate(others):
            before, after = _answers(other, clean), _answers(other, end)
            counts[i] += (before == truth).sum(), (after == truth).sum(), (after == goals).sum()
        asked = part.stop
        yield Rates(
            asked / len(pictures),
            tuple(
                Rate(
                    other.name,
                    Tally(untouched, asked),
                    Tally(now, asked),
                    Tally(hit, asked if targets else 0),
                )
                for other, (untouched, now, hit) in zip(others, counts.tolist(), strict=True)
            ),
        )


def drawn(labels: Sequence[int], classes: int, seed: int = 0) -> list[int]:
    """A target for each label: any other class, each as likely."""
    if classes < 2:
        raise ValueError(f"expected at least 2 classes, got {classes}")
    others = np.random.default_rng(seed).integers(classes - 1, size=len(labels))
    return [int(k) + (int(k) >= label) for k, label in zip(others, labels, strict=True)]


def _crafted(
    source: Classifier,
    clean: Tensor,
    truth: NDArray[np.int64],
    targets: NDArray[np.int64] | None,
    recipe: Recipe,
    rng: Generator,
) -> Tensor:
    """A batch (N, C, H, W) after the recipe's steps."""
    import torch

    from trickcore.attacks.loop import attacked, device_of
    from trickcore.attacks.losses import away_from, towards

    loss = away_from(torch.from_numpy(truth)) if targets is None else towards(torch.from_numpy(targets))
    x = clean.to(device_of(source.net, clean)).contiguous(memory_format=torch.channels_last)
    return attacked(source.net, x, loss, recipe.attack(clean[0].numel()), rng)


def _answers(classifier: Classifier, x: Tensor) -> NDArray[np.int64]:
    """What a network takes pictures (N, C, H, W) of another size for, saved as PNG and opened by it: (N,)."""
    import torch

    shown = torch.stack([classifier.read(to_png(picture)) for picture in x])
    answers: NDArray[np.int64] = probabilities(classifier, shown).argmax(1)
    return answers
