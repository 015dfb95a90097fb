"""Defences: what is done to a picture before a network sees it, and the attack that takes it into account.

A defence that is no function one can differentiate (JPEG, fewer grey levels) is passed straight through
on the way back: BPDA; one that is random is attacked over several draws: EOT (Athalye, Carlini and Wagner
2018, arXiv:1802.00420).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from trickcore import measure
from trickcore.attacks import masks
from trickcore.attacks.loop import trick
from trickcore.attacks.photograph import SIDE, Shot, photographed
from trickcore.attacks.views import evaluation_seed, sampled
from trickcore.measure import accuracy
from trickcore.networks.classifiers import Classifier, Net
from trickcore.pictures import samples
from trickcore.pictures.files import Pixels, open_image, to_8bit
from trickcore.runs import frames
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe

DRAWS = 4  # of a random defence, at each step of an attack on it
LOOKS = 20  # draws of a random defence when its answer is asked for
DIGITS = 200  # on which a defence's cost is measured

Apply = Callable[[Tensor, float, Generator | None], Tensor]


@dataclass(frozen=True, slots=True)
class Defence:
    """One way to treat a picture first. Called with pixels (N, C, H, W) in [0, 1], it gives such pixels."""

    name: str
    title: str
    help: str
    apply: Apply  # pixels, strength and what chance is drawn from, to pixels
    strength: float
    choices: tuple[float, ...]  # strengths from gentle to harsh
    unit: str = "{:g}"  # how a strength is written
    on_digits: float | None = None  # the strength for digits, where it is another
    differentiable: bool = True
    random: bool = False

    def __post_init__(self) -> None:
        low, high = min(self.choices), max(self.choices)
        if not low <= self.strength <= high:
            raise ValueError(
                f"expected a strength of {self.name} from {low:g} to {high:g}, got {self.strength:g}"
            )

    def __call__(self, x: Tensor, rng: Generator | None = None) -> Tensor:
        return self.apply(x, self.strength, rng)

    def at(self, strength: float) -> Defence:
        """The same defence, gentler or harsher. Raises ValueError outside of its choices' range."""
        return replace(self, strength=strength)

    def told(self) -> str:
        """The strength in words; empty where there is nothing to set."""
        return self.unit.format(self.strength)


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


def defended(classifier: Classifier, defence: Defence, seed: int = 0) -> Classifier:
    """The network behind a defence: its net shows the body the defended picture.

    The gradient is exact where the defence is differentiable; where it is not, it is the body's own at
    the defended picture. A random defence draws anew at every pass, from the seed on.
    """
    return replace(classifier, net=DefendedNet(classifier.net, defence, seed))


def adapted(
    classifier: Classifier, data: bytes, recipe: Recipe, defence: Defence, draws: int = DRAWS
) -> Iterator[Frame]:
    """`film.shoot` through a defence: the same recipe, against the network behind it. Raises ImageError.

    A random defence is drawn `draws` times a step and the gradients averaged.
    """
    shown, x = defended(classifier, defence, recipe.seed), classifier.read(data)
    original = read_through(classifier, defence, data, recipe.seed).label if recipe.target is None else -1
    mask = masks.mask(recipe.mask, classifier.size, recipe.painted)
    attack = recipe.attack(masks.values(mask, x))
    if defence.random and not recipe.views:
        attack = replace(attack, views=sampled(lambda picture, rng: picture, draws))
    steps = trick(shown, x, recipe.loss(original), attack, mask=mask, seed=recipe.seed)
    yield from frames.frames(steps, attack.ball, mask)


def read_through(classifier: Classifier, defence: Defence, data: bytes, seed: int = 0) -> Seen:
    """A picture file through a defence; a random one is drawn LOOKS times. Raises ImageError.

    It is drawn from `evaluation_seed`: not as an attack with the same seed saw it.
    """
    x = classifier.read(data).expand(LOOKS if defence.random else 1, -1, -1, -1)
    shown = defence(x, Generator().manual_seed(evaluation_seed(seed)))
    probs = measure.probabilities(classifier, shown)
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
    if classifier.channels == 1:
        return accuracy.some(False, DIGITS)
    x = torch.stack([classifier.read(samples.sample(name)) for name in samples.SAMPLES])
    return x, torch.from_numpy(measure.probabilities(classifier, x).argmax(1))


def kept(classifier: Classifier, defence: Defence, x: Tensor, labels: Tensor, seed: int = 0) -> int:
    """How many of pixels (N, C, H, W) are read as their labels (N,) through a defence."""
    probs = measure.probabilities(defended(classifier, defence, evaluation_seed(seed)), x)
    return int((probs.argmax(1) == labels.numpy()).sum())


class DefendedNet(nn.Module):
    def __init__(self, body: Net, defence: Defence, seed: int) -> None:
        super().__init__()
        self.body, self.defence = body, defence
        self.rng = Generator().manual_seed(seed)
        self.training = isinstance(body, nn.Module) and body.training

    def forward(self, x: Tensor) -> Tensor:
        if self.defence.differentiable:
            return self.body(self.defence(x, self.rng))
        shown: Tensor = _StraightThrough.apply(x, self.defence, self.rng)
        return self.body(shown)


class _StraightThrough(torch.autograd.Function):
    """Forward the defence, backward the identity: BPDA with the simplest stand-in."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, defence: Defence, rng: Generator) -> Tensor:
        return defence(x, rng)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0], None, None


def _none(x: Tensor, strength: float, rng: Generator | None) -> Tensor:
    return x


def _blur(x: Tensor, sigma: float, rng: Generator | None) -> Tensor:
    return photographed(x, Shot(blur=sigma * SIDE / min(x.shape[2:])))


def _median(x: Tensor, side: float, rng: Generator | None) -> Tensor:
    n, c, h, w = x.shape
    reach = int(side) // 2
    windows = F.unfold(F.pad(x, [reach] * 4, mode="reflect").flatten(0, 1)[:, None], int(side))
    middle: Tensor = windows.median(1).values
    return middle.view(n, c, h, w)


def _jpeg(x: Tensor, quality: float, rng: Generator | None) -> Tensor:
    return torch.stack([_through_jpeg(one, int(quality)) for one in x]).to(x.device)


def _through_jpeg(x: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    Image.fromarray(to_8bit(x)).save(file, "JPEG", quality=quality)
    pixels = torch.from_numpy(np.array(open_image(file.getvalue()))).float() / 255
    return pixels.unsqueeze(0) if pixels.dim() == 2 else pixels.permute(2, 0, 1)


def _bits(x: Tensor, bits: float, rng: Generator | None) -> Tensor:
    top: int = 2 ** int(bits) - 1
    return (x * top).round() / top


def _rotation(x: Tensor, degrees: float, rng: Generator | None) -> Tensor:
    """Each picture by an angle of its own."""
    angles = (2 * torch.rand(len(x), generator=rng) - 1) * degrees
    turned = [photographed(x[i : i + 1], Shot(rotation=angle)) for i, angle in enumerate(angles.tolist())]
    return torch.cat(turned)


DEFENCES = (
    Defence("none", "No defence", "The picture as it is.", _none, 0.0, (0.0,), ""),
    Defence(
        "blur",
        "Blur",
        "Each pixel becomes a weighted mean of its neighbours, which smears fine grain away. The strength is "
        "the width of the smear (sigma), in pixels.",
        _blur,
        1.0,
        (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0),
        "sigma {:g}",
    ),
    Defence(
        "median",
        "Median",
        "Each value becomes the middle one of those around it, in a square of so many pixels a side. Single "
        "pixels that stick out vanish, edges stay.",
        _median,
        3.0,
        (3.0, 5.0, 7.0),
        "{0:g} × {0:g}",
    ),
    Defence(
        "jpeg",
        "JPEG",
        "Saved as a JPEG and opened again: the format throws away fine detail that an eye does not miss. The "
        "strength is the quality, from 1 to 100; lower throws away more.",
        _jpeg,
        90.0,
        (95.0, 90.0, 75.0, 50.0, 30.0, 20.0, 10.0),
        "quality {:g}",
        differentiable=False,
    ),
    Defence(
        "bits",
        "Fewer grey levels",
        "Each colour is rounded to a few levels: 3 bits are 8 levels, 1 bit is black or white (feature "
        "squeezing, Xu et al. 2018).",
        _bits,
        3.0,
        (6.0, 5.0, 4.0, 3.0, 2.0, 1.0),
        "{:g}-bit",
        on_digits=1.0,
        differentiable=False,
    ),
    Defence(
        "rotation",
        "Random turn",
        "Turned by a random angle, another one every time the network looks. The strength is the largest "
        "angle.",
        _rotation,
        10.0,
        (2.0, 5.0, 10.0, 15.0, 20.0),
        "up to {:g}°",
        random=True,
    ),
)
