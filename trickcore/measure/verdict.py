"""Measuring: how far two pictures are apart, and what a network says of a picture as it was saved."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trickcore.networks.classifiers import Classifier

Outcome = Literal["tricked", "nearly", "not"]
WINDOW = 11  # pixels, of SSIM


@dataclass(frozen=True, slots=True)
class Change:
    """How far a picture y is from x, both (C, H, W) in [0, 1]."""

    linf: float  # the largest move of any value, on the [0, 1] scale
    l2: float  # the length of the whole difference
    changed: float  # the share of values that moved at all, 0 to 1
    psnr: float  # decibels, peak 1; infinite for equal pictures
    ssim: float  # structural similarity, 1 for equal pictures (Wang et al. 2004)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a network says of one picture."""

    label: int
    name: str
    probability: float
    probs: NDArray[np.float32]  # (K,)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What came of a trick, measured on the two pictures as they were saved."""

    outcome: Outcome
    before: Reading
    after: Reading
    change: Change
    target: int | None  # None when the goal was only to stop being what it is
    wanted: float  # probability of the target, or of anything but the original answer, when saved


def related(said: Verdict, truth: Collection[int] | None) -> bool:
    """Whether a picture that became another class is still read as one that is right for it.

    `truth` are the classes that are right for the picture, None where that is not known. A tiger cat that
    became an Egyptian cat has got another name, but nobody was fooled.
    """
    return truth is not None and said.after.label != said.before.label and said.after.label in truth


def convincing(said: Verdict, truth: Collection[int] | None) -> Outcome:
    """A verdict's outcome, in which any other answer is only nearly a trick where it is right, too."""
    if said.outcome == "tricked" and said.target is None and related(said, truth):
        return "nearly"
    return said.outcome


def compare(x: Tensor, y: Tensor) -> Change:
    """The distances between two pictures of one shape (C, H, W).

    SSIM is Wang et al.'s, doi:10.1109/TIP.2003.819861, with their constants: Gaussian windows of 11 x 11
    that lie whole in the picture (of a smaller one all that have their middle in it), sigma 1.5, the
    mean over windows and channels.
    """
    if x.shape != y.shape:
        raise ValueError(f"expected two pictures of one shape, got {tuple(x.shape)} and {tuple(y.shape)}")
    from skimage.metrics import structural_similarity  # brings SciPy, a second that a page need not wait for

    difference = (y.double() - x.double()).cpu()
    mse = difference.square().mean().item()
    return Change(
        linf=difference.abs().max().item(),
        l2=difference.norm().item(),
        changed=difference.ne(0).double().mean().item(),
        psnr=-10 * math.log10(mse) if mse else math.inf,
        ssim=float(
            structural_similarity(
                x.double().cpu().numpy(),
                y.double().cpu().numpy(),
                win_size=WINDOW if min(x.shape[1:]) >= WINDOW else 1,  # how much of the edge is left out
                data_range=1.0,
                channel_axis=0,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
        ),
    )


def own_epsilon(change: Change, norm: str, values: int) -> float:
    """The epsilon a saved file has itself, in grey levels of 255, whatever was asked for.

    Under "linf" a whole number: a file cannot move by less than a level. Under "l2" the root mean square
    over the values that may move, of which there are so many.
    """
    if norm == "l2":
        return change.l2 * 255 / math.sqrt(values)
    return float(round(change.linf * 255))


def read(classifier: Classifier, x: Tensor) -> Reading:
    """What the network says of pixels (C, H, W) in [0, 1]."""
    probs = probabilities(classifier, x.unsqueeze(0))[0]
    label = int(probs.argmax())
    return Reading(label, classifier.labels[label], float(probs[label]), probs)


def probabilities(classifier: Classifier, x: Tensor) -> NDArray[np.float32]:
    """What the network says of pixels (N, C, H, W) in [0, 1]: (N, K), each row sums to 1."""
    net = classifier.net
    weights = net.parameters() if isinstance(net, torch.nn.Module) else iter(())
    home = next((weight.device for weight in weights), x.device)  # a net may have no weights
    with torch.no_grad():
        probs: NDArray[np.float32] = net(x.to(home)).softmax(1).cpu().numpy()
    return probs


def verdict(classifier: Classifier, original: bytes, saved: bytes, target: int | None) -> Verdict:
    """Both files are opened as anyone would open them, and the network is asked again.

    "tricked": the saved picture is taken for the target (for anything else than before, without a
    target). "nearly": not so, but the answer has changed, or what was wanted rose by at least 0.1.
    """
    x, y = classifier.read(original), classifier.read(saved)
    before, after = read(classifier, x), read(classifier, y)
    if target is None:
        reached = after.label != before.label
        was, wanted = 1 - before.probability, 1 - float(after.probs[before.label])
    else:
        reached = after.label == target
        was, wanted = float(before.probs[target]), float(after.probs[target])
    close = after.label != before.label or wanted - was >= 0.1
    return Verdict(
        outcome="tricked" if reached else "nearly" if close else "not",
        before=before,
        after=after,
        change=compare(x, y),
        target=target,
        wanted=wanted,
    )
