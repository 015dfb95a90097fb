"""HopSkipJump: from a picture that is what is wanted already back to the original, by labels alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

import torch
from torch import Generator, Tensor

from trickcore.attacks import masks
from trickcore.attacks.balls import L2, TINY, Ball, Linf
from trickcore.attacks.black_box import AT_ONCE, BlackBox
from trickcore.attacks.loop import Step, batch_of, check
from trickcore.attacks.losses import Aim, Towards, aim_of
from trickcore.language import _, later
from trickcore.networks.classifier import Classifier
from trickcore.pictures.origins import StartError

FINEST = 2.0**-17  # of the way home; what is finer drowns in float32, and the authors' theta is in photos
BLEND = 1e-3  # of the way home, as the authors search between noise and the picture
FIRST_DELTA = 0.1  # length of the first probes
HALVINGS = 8  # questions kept back for the length of a jump
FEWEST = 20  # probes that are worth a jump
OUTWARDS = (0.0, *(2.0**-n for n in range(6, -1, -1)))  # shares of the change added to it, to round
BACK = (0.125, 0.25, 0.5, 1.0)  # shares of the way back to the start
LATTICE = len(OUTWARDS) + len(BACK)  # questions kept back for a picture of whole levels
NOISES = 200  # random pictures asked about before there is none
GRAINS = (1, 2, 4, 8, 16)  # sides of the squares of random colour, in pixels
FINE = 8  # random pictures that are of single pixels, as the authors', before coarser ones are tried

NOT_READ_SO = later(
    "The walk has no picture to begin at: expected a start that is read as {wanted}, got one that is read as "
    "{name}."
)
NOT_IN_THE_MASK = later(
    "The walk has no picture to begin at: where only the pixels inside of the mask come from it, it is read "
    "as {name}, not as {wanted}. Choose a larger mask or another class."
)


@dataclass(frozen=True, slots=True, eq=False)
class HopSkipJump:
    """How to walk home. `gamma`, `initial` and `most` are the authors' and have their defaults."""

    norm: Literal["l2", "linf"] = "l2"  # which distance is made small
    questions: int = 2000  # asked at most, the one about the untouched picture too
    gamma: float = 1.0  # how coarsely the border between two answers is located
    initial: int = 100  # probes of the first gradient estimate; sqrt(t) times as many of the t-th
    most: int = 10_000  # probes of any estimate
    start: Tensor | None = None  # (C, H, W), what is wanted already; None asks about random noise
    whole_levels: bool = True  # ends with a picture of whole grey levels, which a PNG keeps

    def __post_init__(self) -> None:
        if self.norm not in ("l2", "linf"):
            raise ValueError(f"expected norm l2 or linf, got {self.norm!r}")
        if self.questions < 1:
            raise ValueError(f"expected questions >= 1, got {self.questions}")
        if not 0 < self.gamma < math.inf:
            raise ValueError(f"expected gamma > 0, got {self.gamma}")
        if self.initial < 1:
            raise ValueError(f"expected initial >= 1, got {self.initial}")
        if self.most < 1:
            raise ValueError(f"expected most >= 1, got {self.most}")


def hopskipjump(
    classifier: Classifier,
    image: Tensor,
    goal: Aim | int,
    settings: HopSkipJump,
    *,
    mask: Tensor | float = 1.0,
    seed: int = 0,
) -> Iterator[Step]:
    """Steps of a walk home for one picture (C, H, W), asking only which class wins.

    Index 0 is the untouched picture; then come the start, the nearest picture so far after every binary
    search, and every jump between them: all but the first are what `goal` wants. The last is the nearest
    found; with `whole_levels` the nearest found of whole grey levels. `index` counts the questions after
    the one about the untouched picture, `questions` that one too; at most `settings.questions` are asked.
    `distance` is in `settings.norm`. What the Steps show of probabilities is not asked and not read.

    Outside of the mask (1, H, W) the start is the picture itself. Raises ValueError when that is not read as
    what is wanted, when a target has no start, when no random noise is read as another class, and when
    a picture is not float32 (C, H, W) in [0, 1] with the network's channels.
    Chen, Jordan and Wainwright 2020, arXiv:1904.02144.
    """
    search = _Search(classifier, image, aim_of(goal), settings, mask, seed)
    done = search.wanted(search.x)
    untouched = search.step(search.x)
    start = None if done else search.start()
    yield untouched
    if start is not None:
        yield search.step(start)
        yield from search.walk(start)


class _Search:
    """One run: the picture x (1, C, H, W), the network, and the questions that are left."""

    def __init__(
        self,
        classifier: Classifier,
        image: Tensor,
        aim: Aim,
        settings: HopSkipJump,
        mask: Tensor | float,
        seed: int,
    ) -> None:
        self.classifier, self.aim, self.settings = classifier, aim, settings
        self.x = batch_of(classifier, image)
        self.mask = mask.to(self.x) if isinstance(mask, Tensor) else mask
        self.rng = Generator().manual_seed(seed)
        self.box = BlackBox(classifier.net)
        self.label = int(torch.as_tensor(aim.label))
        self.ball: Ball = L2(0.0) if settings.norm == "l2" else Linf(0.0)
        self.kept = LATTICE if settings.whole_levels else 0
        free = masks.values(mask, image) if isinstance(mask, Tensor) else image.numel()
        self.dimensions = max(1, free)
        power = 1.5 if settings.norm == "l2" else 2.0
        self.theta = max(settings.gamma / self.dimensions**power, FINEST)

    @property
    def left(self) -> int:
        """Questions before those that are kept back."""
        return self.settings.questions - self.kept - self.box.asked

    def is_wanted(self, labels: Tensor) -> Tensor:
        return labels == self.label if isinstance(self.aim, Towards) else labels != self.label

    def wanted(self, x_adv: Tensor) -> bool:
        """Whether one picture is what is wanted: a question."""
        return bool(self.is_wanted(self.box.labels(x_adv)))

    def distance(self, x_adv: Tensor) -> float:
        return self.ball.norm(x_adv - self.x).item()

    def step(self, x_adv: Tensor) -> Step:
        probs = self.box.shown(x_adv)
        loss = self.aim(probs.clamp_min(TINY).log()).item()  # logarithms of probabilities are logits
        asked = self.box.asked
        distance = self.distance(x_adv)
        return Step(asked - 1, x_adv[0].cpu(), probs[0].cpu(), loss, distance, asked, asked)

    def start(self) -> Tensor | None:
        """The picture that the walk begins at; None when no question is left for one."""
        settings = self.settings
        if settings.start is None:
            return self.noise()
        check(settings.start, self.classifier)
        given, own = settings.start.unsqueeze(0).to(self.x), self.x
        if given.shape != own.shape:
            expected, got = tuple(own.shape[1:]), tuple(given.shape[1:])
            raise ValueError(f"expected a start of the picture's shape {expected}, got {got}")
        if self.box.asked >= settings.questions:
            return None
        given = self.shaped(own + self.mask * (given - own) if isinstance(self.mask, Tensor) else given)
        label = self.box.labels(given)
        if not self.is_wanted(label):
            labels, what = self.classifier.labels, self.classifier.labels[self.label]
            if not isinstance(self.aim, Towards):
                what = _("anything but {name}", name=what)
            why = NOT_IN_THE_MASK if isinstance(self.mask, Tensor) else NOT_READ_SO
            raise StartError(_(why, wanted=what, name=labels[int(label)]))
        return given

    def noise(self) -> Tensor | None:
        """Random colours that are read as another class, of whole levels; None without questions for one."""
        if isinstance(self.aim, Towards):
            raise StartError(
                _(
                    "The walk has no picture to begin at: expected a start that is read as {name}, got none, "
                    "and a target is not found in random noise.",
                    name=self.classifier.labels[self.label],
                )
            )
        height, width = self.x.shape[2:]
        for number in range(NOISES):
            if self.box.asked >= self.settings.questions:
                return None
            grain = 1 if number < FINE else GRAINS[number % len(GRAINS)]
            size = (*self.x.shape[:2], -(-height // grain), -(-width // grain))
            levels = torch.randint(256, size, generator=self.rng)
            coarse = levels.repeat_interleave(grain, 2).repeat_interleave(grain, 3)
            colours = coarse[:, :, :height, :width].to(self.x) / 255
            start = self.shaped(torch.where(self.moves, colours, self.x))
            if self.wanted(start):
                return start
        raise StartError(
            _(
                "The walk has no picture to begin at: of {n} pictures of random colours none is read as "
                "anything but {name}. Choose a larger mask, or give a picture to start from.",
                name=self.classifier.labels[self.label],
                n=NOISES,
            )
        )

    @property
    def moves(self) -> Tensor:
        """Where the picture may move."""
        return torch.as_tensor(self.mask, device=self.x.device) > 0

    def shaped(self, x_adv: Tensor) -> Tensor:
        return x_adv.contiguous(memory_format=torch.channels_last)

    def walk(self, start: Tensor) -> Iterator[Step]:
        """Home from the start: to the border, along it by its estimated normal, and to it again."""
        best, delta = start, FIRST_DELTA
        if isinstance(self.ball, Linf) and self.settings.start is None and self.left > 0:
            best = self.border(best, BLEND, straight=True)
            yield self.step(best)
        if self.left > 0:
            best = self.border(best, self.theta)
            yield self.step(best)
        searching = math.ceil(-math.log2(self.theta))
        for turn in count(1):
            probes = int(min(self.settings.initial * math.sqrt(turn), self.settings.most))
            probes = min(probes, self.left - searching - HALVINGS)
            if probes < min(FEWEST, self.settings.initial):
                break
            normal = self.ball.direction(self.normal(best, probes, delta))
            jumped = self.jump(best, normal, self.distance(best) / math.sqrt(turn))
            if jumped is None:
                continue
            yield self.step(jumped)
            near = self.border(jumped, self.theta)
            room = self.dimensions if isinstance(self.ball, Linf) else math.sqrt(self.dimensions)
            delta = room * self.theta * self.distance(jumped)
            if self.distance(near) < self.distance(best):
                best = near
            yield self.step(best)
        if self.settings.whole_levels:
            yield from self.rounded(best, start)

    def between(self, far: Tensor, share: float, straight: bool) -> Tensor:
        """A picture on the way from x to another: the line, or where its values are held within a bound."""
        change = far - self.x
        if straight:
            change = share * change
        else:
            bound = share * self.distance(far)
            change = change.clamp(-bound, bound)
        return (self.x + change).clamp(0, 1)

    def border(self, far: Tensor, precision: float, straight: bool | None = None) -> Tensor:
        """The picture nearest to x on the way from `far` that is still what is wanted: bisection."""
        straight = isinstance(self.ball, L2) if straight is None else straight
        low, high, found = 0.0, 1.0, far
        while high - low > precision and self.left > 0:
            middle = (low + high) / 2
            tried = self.between(far, middle, straight)
            if self.wanted(tried):
                high, found = middle, tried
            else:
                low = middle
        return found

    def normal(self, x_adv: Tensor, probes: int, delta: float) -> Tensor:
        """Which way what is wanted lies, (1, C, H, W), from the answers to random probes delta away."""
        unit, votes = L2(0.0), 0.0
        signed, total = torch.zeros_like(x_adv), torch.zeros_like(x_adv)
        for begun in range(0, probes, AT_ONCE):
            size = (min(AT_ONCE, probes - begun), *x_adv.shape[1:])
            if isinstance(self.ball, Linf):
                drawn = 2 * torch.rand(size, generator=self.rng) - 1
            else:
                drawn = torch.randn(size, generator=self.rng)
            probed = (x_adv + delta * unit.direction(drawn.to(x_adv) * self.mask)).clamp(0, 1)
            probed = self.shaped(probed)
            answers = self.is_wanted(self.box.labels(probed)).to(x_adv) * 2 - 1
            moved = (probed - x_adv) / delta
            signed += (answers.view(-1, 1, 1, 1) * moved).sum(0, keepdim=True)
            total += moved.sum(0, keepdim=True)
            votes += answers.sum().item()
        mean = votes / probes
        return unit.direction(signed if abs(mean) == 1 else signed - mean * total)

    def jump(self, x_adv: Tensor, normal: Tensor, length: float) -> Tensor | None:
        """Away from the border, half as far until what is there is what is wanted; None when it never is."""
        shortest = self.theta * length
        while length > shortest and self.left > 1:
            tried = (x_adv + length * normal).clamp(0, 1)
            if self.wanted(tried):
                return tried
            length /= 2
        return None

    def rounded(self, best: Tensor, start: Tensor) -> Iterator[Step]:
        """The nearest picture of whole levels on the way back from `best` that is still what is wanted.

        At first straight away from x, up to twice as far; then, where nothing was found, towards the start.
        """
        self.kept = 0
        twice = (2 * best - self.x).clamp(0, 1)
        for end, shares in ((twice, OUTWARDS), (start, BACK)):
            found = self.whole_between(best, end, shares)
            if found is not None:
                yield self.step(found)
                return

    def whole_between(self, near: Tensor, far: Tensor, shares: tuple[float, ...]) -> Tensor | None:
        """The first picture of whole levels on a line that is what is wanted, made nearer by bisection."""
        low, high, found = 0.0, 0.0, None
        for high in shares:
            if self.left < 1:
                return None
            tried = self.whole(near + high * (far - near))
            if self.wanted(tried):
                found = tried
                break
            low = high
        while found is not None and high - low > shares[-1] / 512 and self.left > 0:
            middle = (low + high) / 2
            tried = self.whole(near + middle * (far - near))
            if self.wanted(tried):
                high, found = middle, tried
            else:
                low = middle
        return found

    def whole(self, x_adv: Tensor) -> Tensor:
        return torch.where(self.moves, (255 * x_adv).round() / 255, self.x)
