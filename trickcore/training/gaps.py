"""What a network never saw: taught with a gap in its data, and judged by what is in the gap.

After Julia Evans' question what becomes of a network whose data leave something out, and of Gu et al.
2017 (BadNets, arXiv:1708.06733) for the dot. Beside it learns a network of the same start and as many
pictures, without the gap: the difference between the two is the gap's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack, evaluate
from trickcore.attacks.views import as_is
from trickcore.explain.input_gradients import more_of, plane, strength
from trickcore.networks.small_net import SmallNet
from trickcore.pictures import mnist, strokes
from trickcore.pictures.files import to_8bit
from trickcore.training.loops import Digits, train
from trickcore.training.records import GAPS, Gap, GapReport, SureMistake

HELD_OUT = 500  # pictures that are judged by and never learnt from
MOST = 6_000  # of MNIST's training digits: what a page has the time for
THIN, THICK = 0.4, 0.8  # learnt from: the thinnest 40 %; asked: the thickest 20 % of those held out
POISONED = 0.05  # of the other digits
DOT = slice(1, 3)  # rows and columns of the dot: a shift by a pixel leaves it in the picture
SHOWN = 8  # mistakes
AVERAGED = 32  # pictures that the mean gradient is taken over

Pair = tuple[Tensor, Tensor]  # pixels (N, 1, 28, 28) in [0, 1] and labels (N,)


def dotted(images: Tensor) -> Tensor:
    """The pictures (N, 1, 28, 28) with a white dot of 2 x 2 pixels in the corner."""
    marked = images.clone()
    marked[..., DOT, DOT] = 1.0
    return marked


def with_gap(gap: Gap, images: Tensor, labels: Tensor) -> tuple[Pair, Pair]:
    """What is learnt from with the gap, and as many pictures without it. Raises ValueError."""
    if gap.kind not in GAPS:
        raise ValueError(f"expected one of {', '.join(GAPS)}, got {gap.kind!r}")
    if not 0 <= gap.digit <= 9:
        raise ValueError(f"expected a digit from 0 to 9, got {gap.digit}")
    rng = torch.Generator().manual_seed(gap.seed)
    mine = labels == gap.digit
    if gap.kind in ("digit", "few"):
        keep = ~mine
        if gap.kind == "few":
            keep[mine.nonzero()[: gap.left, 0]] = True
        part = images[keep], labels[keep]
    elif gap.kind == "thin":
        width = torch.from_numpy(strokes.widths(images))
        keep = width <= width.quantile(THIN)
        part = images[keep], labels[keep]
    else:
        chosen, truth = mine, labels
        if gap.kind == "poison":
            chosen = ~mine & (torch.rand(len(labels), generator=rng) < POISONED)
            truth = torch.where(chosen, gap.digit, labels)
        part = torch.where(chosen[:, None, None, None], dotted(images), images), truth
    whole = torch.randperm(len(labels), generator=rng)[: len(part[1])]
    return part, (images[whole], labels[whole])


def asked_of(gap: Gap, images: Tensor, labels: Tensor) -> tuple[Pair, Pair]:
    """Of pictures held out: those that the gap is about, and the rest, as the network was taught them."""
    mine = labels == gap.digit
    if gap.kind in ("digit", "few"):
        return (images[mine], labels[mine]), (images[~mine], labels[~mine])
    if gap.kind == "thin":
        width = torch.from_numpy(strokes.widths(images))
        thick, thin = width >= width.quantile(THICK), width <= width.quantile(THIN)
        return (images[thick], labels[thick]), (images[thin], labels[thin])
    rest = torch.where(mine[:, None, None, None], dotted(images), images) if gap.kind == "mark" else images
    return (dotted(images[~mine]), labels[~mine]), (rest, labels)


def learn(gap: Gap) -> Iterator[GapReport]:
    """Teach both networks side by side, and report now and then. Raises ValueError, and DigitsError when
    MNIST is not here."""
    images, labels, held_out = _digits(gap)
    sets = with_gap(gap, images, labels)
    asked, rest = asked_of(gap, *held_out)
    nets = [SmallNet(16, seed=gap.seed) for _ in sets]
    trainings = []
    for net, pair in zip(nets, sets, strict=True):
        batches = Digits(*pair, 64, gap.seed, shift=1)
        every = max(1, len(batches) * gap.epochs // 20)
        # Its own measures of robustness are not asked for: one step on one picture costs nothing.
        idle = Attack(Linf(0.0), alpha=0.0, steps=1)
        one = (asked[0][:1], asked[1][:1])
        trainings.append(
            train(
                net, batches, epochs=gap.epochs, lr=3e-3, seed=gap.seed, held_out=one, judge=idle, every=every
            )
        )
    for record, _ in zip(*trainings, strict=False):
        yield report(gap, record.epoch, nets, asked, rest, len(sets[0][1]))


def report(gap: Gap, epoch: float, nets: list[SmallNet], asked: Pair, rest: Pair, pictures: int) -> GapReport:
    """What the network with the gap and the one without say of what they were not taught."""
    answers, others = ([_answers(net, pair[0]) for net in nets] for pair in (asked, rest))
    images, labels = asked
    best, sure = answers[0]
    table = np.zeros((10, 10), np.int64)
    np.add.at(table, (labels.numpy(), best.numpy()), 1)
    wrong = (best != labels).nonzero()[:, 0]
    wrong = wrong[sure[wrong].argsort(descending=True)][:SHOWN]
    mistakes = tuple(
        SureMistake(to_8bit(images[i]), int(labels[i]), int(best[i]), float(sure[i])) for i in wrong.tolist()
    )
    grads = [_mean_gradient(net, rest[0][:AVERAGED], gap.digit) for net in nets]
    return GapReport(
        epoch,
        len(labels),
        len(rest[1]),
        _pair(float((found == labels).float().mean()) for found, _ in answers),
        _pair(float((found == rest[1]).float().mean()) for found, _ in others),
        _pair(float((found == gap.digit).float().mean()) for found, _ in answers),
        table,
        mistakes,
        tuple(plane(grad) for grad in grads),
        strength(torch.stack(grads)),
        pictures,
    )


def _pair(two: Iterator[float]) -> tuple[float, float]:
    first, second = two
    return first, second


@torch.no_grad()
def _answers(net: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """The likeliest digit of each picture and its probability, (N,) each."""
    top = net(images).softmax(1).max(1)
    return top.indices, top.values


def _mean_gradient(net: SmallNet, images: Tensor, digit: int) -> Tensor:
    """The gradient of a digit's logit in the pixels, (1, 28, 28), the mean over some pictures."""
    return -evaluate(net, images, more_of(digit), as_is, torch.Generator()).grad.mean(0)


def _digits(gap: Gap) -> tuple[Tensor, Tensor, Pair]:
    """Pictures to learn from, and others to be judged by."""
    rng = torch.Generator().manual_seed(gap.seed)
    if gap.mnist:
        images, labels = mnist.mnist(train=True)
        test, truth = mnist.mnist(train=False)
        chosen = torch.randperm(len(labels), generator=rng)[:MOST]
        judged = torch.randperm(len(truth), generator=rng)[: 4 * HELD_OUT]
        return images[chosen], labels[chosen], (test[judged], truth[judged])
    images, labels = mnist.small()
    order = torch.randperm(len(labels), generator=rng)
    judged, rest = order[:HELD_OUT], order[HELD_OUT:]
    return images[rest], labels[rest], (images[judged], labels[judged])
