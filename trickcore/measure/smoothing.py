"""Randomized smoothing: a network's answer by a vote of noisy copies, and how far that answer is proved.

Cohen, Rosenfeld and Kolter 2019 (arXiv:1902.02918), with the names of their pseudocode: n0 copies choose the
class, n others count how often it comes. The proof is of the vote of endlessly many copies, not of the
network itself; it holds with probability 1 - alpha, for changes no longer than R in L2 over all values.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from trickcore.pictures.files import Pixels, to_8bit

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.networks.classifier import Classifier

CHOOSING = 100  # n0: copies that choose the class that the others then count
ALPHA = 0.001  # the chance that a proof is wrong: Cohen et al.'s
BATCH = 20


@dataclass(frozen=True, slots=True)
class Votes:
    """What was counted so far of one picture's noisy copies."""

    sigma: float  # of the noise, on the [0, 1] scale
    label: int  # the class that the first copies chose; the likeliest so far while they do
    hits: int  # of the copies counted, those read as the label
    asked: int  # copies counted
    n: int  # copies to be counted in all
    others: tuple[tuple[int, int], ...]  # the answers of the copies counted, the most frequent first
    passes: int  # of the network, the choosing ones included
    over: bool = False
    p_low: float = 0.0  # the label's true share of votes is at least this; with `over`

    @property
    def abstains(self) -> bool:
        """Whether the vote is over and too close to say anything."""
        return self.over and self.p_low <= 0.5

    @property
    def radius(self) -> float:
        """To what L2 length the vote is proved, over all values on the [0, 1] scale; 0 where it is not."""
        return certified_radius(self.sigma, self.p_low) if self.over else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """A noisy copy as one sees it, cut to what a screen can show, and what the network takes it for."""

    pixels: Pixels
    label: int
    probability: float


def votes(
    classifier: Classifier,
    x: Tensor,
    sigma: float,
    n: int = 1000,
    *,
    choosing: int = CHOOSING,
    alpha: float = ALPHA,
    seed: int = 0,
    batch: int = BATCH,
) -> Iterator[Votes]:
    """The vote of one picture's copies, pixels (C, H, W) in [0, 1]: Votes after each batch, the last `over`.

    Each copy has normal noise of standard deviation sigma on every value, not clipped, drawn from
    `evaluation_seed`. `choosing` and `alpha` are the paper's n0 and alpha. It takes choosing + n forward
    passes. Raises ValueError for sigma not above 0, n, choosing or batch below 1, alpha not within 0 and 1.
    """
    import torch

    from trickcore.attacks.views import evaluation_seed

    if not sigma > 0 or min(n, choosing, batch) < 1 or not 0 < alpha < 1:
        raise ValueError(
            "expected sigma > 0, n, choosing and batch >= 1, and 0 < alpha < 1, "
            f"got {sigma}, {n}, {choosing}, {batch} and {alpha}"
        )
    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    chosen: Counter[int] = Counter()
    for answers in _answers(classifier, x, sigma, choosing, rng, batch):
        chosen.update(answers)
        yield Votes(sigma, chosen.most_common(1)[0][0], 0, 0, n, (), chosen.total())
    label = chosen.most_common(1)[0][0]
    counted: Counter[int] = Counter()
    for answers in _answers(classifier, x, sigma, n, rng, batch):
        counted.update(answers)
        asked = counted.total()
        over = asked == n
        p_low = share_at_least(counted[label], n, alpha) if over else 0.0
        passes, found = choosing + asked, tuple(counted.most_common())
        yield Votes(sigma, label, counted[label], asked, n, found, passes, over, p_low)


def copies(classifier: Classifier, x: Tensor, sigma: float, count: int, *, seed: int = 0) -> Iterator[Copy]:
    """The first of the noisy copies that `votes` with this seed asks about, in batches of BATCH, to be looked
    at. A larger count than that has others."""
    import torch

    from trickcore.attacks.views import evaluation_seed
    from trickcore.networks.classifier import probabilities

    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    noise = torch.randn(max(count, BATCH), *x.shape, generator=rng)  # fewer would end with other numbers
    noisy = x + sigma * noise[:count]
    for copy, probs in zip(noisy, probabilities(classifier, noisy), strict=True):
        yield Copy(to_8bit(copy.clamp(0, 1)), int(probs.argmax()), float(probs.max()))


def _answers(
    classifier: Classifier, x: Tensor, sigma: float, count: int, rng: Any, batch: int
) -> Iterator[list[int]]:
    """The answers to so many noisy copies, a batch at a time."""
    import torch

    from trickcore.networks.classifier import probabilities

    for first in range(0, count, batch):
        noise = torch.randn(min(batch, count - first), *x.shape, generator=rng)
        copies = (x + sigma * noise).contiguous(memory_format=torch.channels_last)
        yield probabilities(classifier, copies).argmax(1).tolist()


def certified_radius(sigma: float, p_low: float) -> float:
    """R = sigma times the normal quantile of p_low (Cohen et al. 2019, with 1 - p_low for all the others);
    0 where p_low is not above one half."""
    if p_low <= 0.5:
        return 0.0
    return sigma * NormalDist().inv_cdf(p_low) if p_low < 1 else math.inf


def share_at_least(hits: int, asked: int, alpha: float = ALPHA) -> float:
    """The one-sided lower bound of a share, right with probability 1 - alpha whatever the share is.

    Clopper and Pearson 1934 (doi:10.1093/biomet/26.4.404): the smallest p with which so many hits or more
    come with probability alpha. Found by bisection, rounded down.
    """
    if not 0 <= hits <= asked or not 0 < alpha < 1:
        raise ValueError(f"expected 0 <= hits <= asked and 0 < alpha < 1, got {hits}, {asked} and {alpha}")
    if not hits:
        return 0.0
    k = np.arange(hits, asked + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, asked + 1)))])  # of factorials
    ways = logs[asked] - logs[k] - logs[asked - k]
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if np.exp(ways + k * math.log(p) + (asked - k) * math.log1p(-p)).sum() < alpha:
            low = p
        else:
            high = p
    return low
