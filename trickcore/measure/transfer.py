"""Transfer: a trick made for one network and shown to others, and what makes it travel.

A network is shown every picture as it was trained to be: at its own size, resized and cropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore import measure
from trickcore.attacks import masks
from trickcore.attacks.loop import away_from, device_of, pgd, towards, trick
from trickcore.measure.survival import Tally
from trickcore.networks.classifiers import Classifier, Net
from trickcore.pictures.files import fit, to_png
from trickcore.runs import frames
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe

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
    told = []
    for classifier in classifiers:
        before, after = (measure.read(classifier, classifier.read(data)) for data in (original, saved))
        told.append(
            NetworkReading(
                classifier.name, before, after, target, _outcome(before.label, after.label, target)
            )
        )
    return told


def _outcome(before: int, after: int, target: int | None) -> Outcome:
    if after == before:
        return "held"
    return "wanted" if after == target else "fooled"


def seen(classifier: Classifier, x: Tensor) -> Tensor:
    """Pixels (N, C, H, W) of pictures of any size as `classifier.read` shows them, differentiably.

    The same resize and centre crop: a picture that has the network's size is taken as it is. What is
    left out is the rounding to 8 bits, which has no gradient, so the two agree within two grey levels.
    """
    height, width = classifier.size
    if x.shape[2:] == (height, width):
        return x
    down, across = fit((x.shape[2], x.shape[3]), height, width, classifier.resize)
    for size in ((x.shape[2], across), (down, across)):  # Pillow's order, and it clips in between, too
        if x.shape[2:] != size:
            x = F.interpolate(x, size, mode=classifier.interpolation, antialias=True, align_corners=False)
            x = x.clamp(0, 1)
    top, left = round((down - height) / 2), round((across - width) / 2)
    return x[:, :, top : top + height, left : left + width]


def ensemble(classifiers: Sequence[Classifier]) -> Classifier:
    """Several networks as one, of the first one's size: each is shown its own view of the picture.

    Its logits are the mean of theirs, which Dong et al. 2018 (arXiv:1710.06081) found to travel further
    than a mean of losses or, as in Liu et al. 2017 (arXiv:1611.02770), of probabilities. Under the softmax
    it is the mean of log-probabilities. Raises ValueError for no network, or other labels or channels.
    """
    if not classifiers:
        raise ValueError("expected at least one network, got none")
    first = classifiers[0]
    for other in classifiers:
        if (other.labels, other.channels) != (first.labels, first.channels):
            raise ValueError(
                f"expected networks that name the same classes in the same kind of picture; {first.name} has "
                f"{len(first.labels)} classes and {first.channels} channels, {other.name} "
                f"{len(other.labels)} and {other.channels}, or other names"
            )
    return Classifier(
        " + ".join(classifier.name for classifier in classifiers),
        _Together(classifiers),
        first.labels,
        first.size,
        first.channels,
        first.resize,
        first.interpolation,
    )


class _Together(nn.Module):
    """Pixels (N, C, H, W) of the ensemble's size to the mean of the members' logits (N, K)."""

    def __init__(self, members: Sequence[Classifier]) -> None:
        super().__init__()
        self.members = tuple(members)
        nets: list[Net] = [member.net for member in members]
        self.modules_of = nn.ModuleList(net for net in nets if isinstance(net, nn.Module))

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([member.net(seen(member, x)) for member in self.members]).mean(0)


@dataclass(frozen=True, slots=True, eq=False)
class _AwayFromAll:
    labels: tuple[int, ...]

    def __call__(self, logits: Tensor) -> Tensor:
        return logits.log_softmax(1)[:, self.labels].logsumexp(1)

    def wanted(self, probs: Tensor) -> Tensor:
        return 1 - probs[:, self.labels].sum(1)


def against(members: Sequence[Classifier], data: bytes, recipe: Recipe) -> Iterator[Frame]:
    """The run a recipe describes, against several networks at once: `film.shoot` on their ensemble.

    Without a target the picture is pushed away from whatever any of them takes it for untouched, since one
    network's wrong answer may be another's first. Raises ValueError and ImageError.
    """
    together = ensemble(members)
    if recipe.target is not None:
        yield from frames.run_recipe(together, data, recipe)
        return
    x = together.read(data)
    first = {measure.read(member, seen(member, x[None])[0]).label for member in members}
    mask = masks.mask(recipe.mask, together.size, recipe.painted)
    attack = recipe.attack(masks.values(mask, x))
    steps = trick(together, x, _AwayFromAll(tuple(sorted(first))), attack, mask=mask, seed=recipe.seed)
    yield from frames.frames(steps, attack.ball, mask)


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
                Rate(other.name, Tally(was, asked), Tally(now, asked), Tally(hit, asked if targets else 0))
                for other, (was, now, hit) in zip(others, counts.tolist(), strict=True)
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
    loss = away_from(torch.from_numpy(truth)) if targets is None else towards(torch.from_numpy(targets))
    x = clean.to(device_of(source.net, clean)).contiguous(memory_format=torch.channels_last)
    *_, end = pgd(source.net, x, loss, recipe.attack(clean[0].numel()), rng=rng)
    return end


def _answers(classifier: Classifier, x: Tensor) -> NDArray[np.int64]:
    """What a network takes pictures (N, C, H, W) of another size for, saved as PNG and opened by it: (N,)."""
    shown = torch.stack([classifier.read(to_png(one)) for one in x])
    answers: NDArray[np.int64] = measure.probabilities(classifier, shown).argmax(1)
    return answers
