"""Behind a defence: what a network reads there, what it recovers and costs, the attack that knows of it.

A random defence is attacked over several draws: EOT (Athalye, Carlini and Wagner 2018, arXiv:1802.00420).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.networks.classifier import Classifier, probabilities
from trickcore.networks.defences import Defence
from trickcore.pictures import mnist, samples
from trickcore.pictures.files import Pixels, to_8bit, to_png
from trickcore.runs import frames
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

DRAWS = 4  # of a random defence, at each step of an attack on it
LOOKS = 20  # draws of a random defence when its answer is asked for
DIGITS = 200  # on which a defence's cost is measured


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture through a defence, and what the network says of it."""

    pixels: Pixels  # as the network is shown it; the first of several draws
    labels: tuple[int, ...]  # the answer to each draw; one where nothing is random
    probs: NDArray[np.float32]  # (K,), the mean over the draws

    @property
    def label(self) -> int:
        """The answer most draws agree on."""
        return max(self.labels, key=self.labels.count)

    def share(self, label: int) -> float:
        """The share of the draws with this answer."""
        return self.labels.count(label) / len(self.labels)


def adapted(
    classifier: Classifier, data: bytes, recipe: Recipe, defence: Defence, draws: int = DRAWS
) -> Iterator[Frame]:
    """`run_recipe` through a defence: the same recipe, against the network behind it. Raises ImageError.

    A random defence is drawn `draws` times a step and the gradients averaged.
    """
    from trickcore.attacks.views import sampled
    from trickcore.networks.defence_transforms import defended

    shown, x = defended(classifier, defence, recipe.seed), classifier.read(data)
    original = read_through(classifier, defence, data, recipe.seed).label if recipe.target is None else -1
    drawn = defence.random and not recipe.views
    views = sampled(lambda picture, rng: picture, draws) if drawn else None
    yield from frames.attacked(shown, x, recipe, recipe.loss(original), views)


def read_through(classifier: Classifier, defence: Defence, data: bytes, seed: int = 0) -> Seen:
    """A picture file through a defence; a random one is drawn LOOKS times. Raises ImageError.

    It is drawn from `evaluation_seed`: not as an attack with the same seed saw it.
    """
    from torch import Generator

    from trickcore.attacks.views import evaluation_seed

    x = classifier.read(data).expand(LOOKS if defence.random else 1, -1, -1, -1)
    shown = defence(x, Generator().manual_seed(evaluation_seed(seed)))
    probs = probabilities(classifier, shown)
    return Seen(to_8bit(shown[0]), tuple(probs.argmax(1).tolist()), probs.mean(0))


def recovered(tricked: Seen, label: int) -> bool:
    """Whether the tricked picture is read, through the defence, as what the untouched one was read as."""
    return tricked.share(label) > 0.5


def beaten(clean: Seen, tricked: Seen, target: int | None) -> bool:
    """Whether a tricked picture wins through the defence: the target, or without one another answer than
    the clean picture's, in more than half of the draws."""
    if target is None:
        return tricked.share(clean.label) < 0.5
    return tricked.share(target) > 0.5


def references(classifier: Classifier) -> tuple[Tensor, Tensor]:
    """What a defence's cost is measured on: pixels (N, C, H, W) and labels (N,).

    The first of scikit-learn's digits with what they are; of photos there is no labelled set on board, so
    the sample photos, with what the network says of them as they are.
    """
    import torch

    if classifier.channels == 1:
        images, labels = mnist.some(False, DIGITS)
        if tuple(images.shape[2:]) != tuple(classifier.size):  # a network of one's own
            images = torch.stack([classifier.read(to_png(digit)) for digit in images])
        return images, labels
    x = torch.stack([classifier.read(samples.sample(name)) for name in samples.SAMPLES])
    return x, torch.from_numpy(probabilities(classifier, x).argmax(1))


def kept(classifier: Classifier, defence: Defence, x: Tensor, labels: Tensor, seed: int = 0) -> int:
    """How many of pixels (N, C, H, W) are read as their labels (N,) through a defence."""
    from trickcore.attacks.views import evaluation_seed
    from trickcore.networks.defence_transforms import defended

    probs = probabilities(defended(classifier, defence, evaluation_seed(seed)), x)
    return int((probs.argmax(1) == labels.numpy()).sum())
