"""Landscapes: what a network says all around a trick, along straight lines, and of random noise as large.

All pictures are whole grey levels, as they would be saved, except along `lines`, which asks what a
gradient foretells for steps of any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.explain.records import Done, Lines, Noise, Values
from trickcore.language import _
from trickcore.networks.classifier import Classifier, checked_answer
from trickcore.pictures.files import Pixels

if TYPE_CHECKING:
    from torch import Tensor

ALONG, ACROSS = (-0.5, 1.5), (-1.0, 1.0)  # the part of the plane that is looked at
SIDES = (5, 9, 17, 33)  # points a side, coarse to fine
BATCH = 16  # pictures a pass: short enough for others to have their turn
FEW = 7  # along a line, so that one sees it move


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Two directions from a picture, in grey levels: u along the trick, v a random one as large."""

    origin: Pixels
    u: Values  # tricked - origin, of the origin's shape
    v: Values  # as large as u in the norm of the trick's ball, and (nearly) at right angles to it

    @property
    def length(self) -> float:
        """Of u (L2), on the [0, 1] scale."""
        return float(np.linalg.norm(self.u)) / 255

    def picture(self, a: float, b: float) -> Pixels:
        """The picture at origin + a u + b v, clipped and rounded, as it would be saved."""
        levels = (self.origin + a * self.u + b * self.v).round().clip(0, 255)
        return levels.astype(np.uint8)

    def where(self, pixels: Pixels) -> tuple[float, float]:
        """The (a, b) of the point of the plane that is nearest to a picture."""
        moved = pixels.astype(np.float64) - self.origin
        ways = np.stack([self.u.ravel(), self.v.ravel()], axis=1)  # which may lean on each other a little
        (a, b), *_ = np.linalg.lstsq(ways.T @ ways, ways.T @ moved.ravel(), rcond=None)
        return float(a), float(b)


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a network says on a grid of the plane: rows are b, columns a."""

    a: Values  # (n,)
    b: Values  # (n,)
    probability: Values  # (n, n): of the target
    winner: NDArray[np.int64]  # (n, n): the likeliest class
    sure: Values  # (n, n): the winner's probability
    done: float  # the share of all points to come that were asked about, 0 to 1

    def crossing(self, label: int) -> Crossing | None:
        """Where the way from the original (b = 0, a >= 0) is taken for a class for the first time."""
        row, start = (int(np.abs(axis).argmin()) for axis in (self.b, self.a))
        won = np.flatnonzero(self.winner[row, start:] == label)
        if not len(won):
            return None
        first = start + int(won[0])
        return Crossing(float(self.a[max(start, first - 1)]), float(self.a[first]))

    def beside(self) -> float:
        """The target's highest probability on the line across, where only the random direction moves."""
        return float(self.probability[:, int(np.abs(self.a).argmin())].max())


@dataclass(frozen=True, slots=True)
class Crossing:
    """Between which two neighbours of a grid the answer changes; equal where it is so from the start."""

    before: float  # the last point with another answer
    after: float  # the first one with this

    @property
    def border(self) -> float:
        """Where it is said and drawn to lie: nothing was measured in between."""
        return (self.before + self.after) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Pictures of a run as points over the plane: seen from above where they are nearest to it."""

    a: Values  # (n,)
    b: Values  # (n,)
    probability: Values  # (n,): of the target, of the picture itself, as saved


def plane(
    original: Pixels,
    tricked: Pixels,
    *,
    seed: int = 0,
    norm: str = "l2",
    may: NDArray[np.bool_] | None = None,
) -> Plane:
    """The plane through two saved pictures of one shape, and a seeded random direction.

    The direction is one that the trick might have taken: only values where `may` (H, W) is true move.
    Under "linf" each moves up or down by as much as the trick's largest move, by chance: the corners of
    the ball. Under "l2" it is drawn evenly from all directions, at right angles to the trick's and as long.

    Raises ValueError where the two are equal, since then there is no direction to look along.
    """
    u = _moves(original, tricked)
    if not u.any():
        raise ValueError(
            _(
                "The tricked picture is the same file as the original, so there is no direction to look "
                "along. Choose a larger epsilon."
            )
        )
    free = np.ones(u.shape)
    if may is not None and may.sum() > 1:  # in the room of a single value there is no second way
        free *= may if u.ndim == 2 else may[..., None]
    drawn = np.random.default_rng(seed).normal(size=u.shape) * free
    if norm == "linf":
        return Plane(original, u, np.sign(drawn) * np.abs(u).max())
    v = drawn - (drawn * u).sum() / (u * u).sum() * u
    return Plane(original, u, v * np.linalg.norm(u) / np.linalg.norm(v))


def survey(
    classifier: Classifier,
    where: Plane,
    target: int,
    *,
    sides: Sequence[int] = SIDES,
    batch: int = BATCH,
) -> Iterator[Survey]:
    """The plane's pictures asked about in batches, coarse to fine; a finer grid keeps the coarser's points.

    Every Survey holds the finest grid that is whole, from the first one on; while the next is under
    way only `done` grows. Evans 2016 drew such a hill, Souterre 2018 such a map.
    """
    last = sides[-1]
    if min(sides) < 2 or any((fine - 1) % (side - 1) for side, fine in pairwise(sides)):
        raise ValueError(f"expected points a side that halve the gaps each time, as {SIDES}; got {sides}")
    a, b = np.linspace(*ALONG, last), np.linspace(*ACROSS, last)
    probability, sure = np.full((last, last), np.nan), np.zeros((last, last))
    winner = np.zeros((last, last), np.int64)
    whole: int | None = None  # the stride of the finest grid that is whole

    def seen() -> Survey:
        some = np.s_[::whole, ::whole]
        done = float(np.isfinite(probability).mean())
        return Survey(a[::whole], b[::whole], probability[some], winner[some], sure[some], done)

    for side in sides:
        stride = (last - 1) // (side - 1)
        places = [(i, j) for i in range(0, last, stride) for j in range(0, last, stride)]
        fresh = [place for place in places if np.isnan(probability[place])]
        for begin in range(0, len(fresh), batch):
            some = fresh[begin : begin + batch]
            probs = _asked(classifier, [where.picture(a[j], b[i]) for i, j in some])
            for place, answer in zip(some, probs, strict=True):
                winner[place] = best = int(answer.argmax())
                probability[place], sure[place] = answer[target], answer[best]
            if begin + batch >= len(fresh):
                whole = stride
            if whole is not None:
                yield seen()


def path(classifier: Classifier, where: Plane, pictures: Sequence[Pixels], target: int) -> Path:
    """A run's saved pictures over the plane, each as high as the network's own answer to it."""
    places = np.array([where.where(pixels) for pixels in pictures])
    return Path(places[:, 0], places[:, 1], _asked(classifier, pictures)[:, target])


def lines(classifier: Classifier, original: Pixels, target: int, eps: float, *, most: int = 5) -> Lines:
    """`lines_stepwise`, at once."""
    *_, found = lines_stepwise(classifier, original, target, eps, most=most)
    assert isinstance(found, Lines)
    return found


def lines_stepwise(
    classifier: Classifier, original: Pixels, target: int, eps: float, *, most: int = 5
) -> Iterator[Done | Lines]:
    """Logits of the leading classes along the sign of the gradient that raises the target.

    Moves go from -2 eps to 2 eps, on the [0, 1] scale, closer together about 0; `most` classes are kept:
    target, original, and those that come highest anywhere on the line.
    Goodfellow et al. 2015, arXiv:1412.6572, figure 4.
    How far it is comes after each batch of pictures, and the Lines at the end.
    Raises ValueError where eps or the gradient is 0.
    """
    import torch

    from trickcore.attacks.loop import device_of, evaluate
    from trickcore.attacks.losses import towards
    from trickcore.explain.input_gradients import gradients

    if eps <= 0:
        raise ValueError(_("Epsilon is 0, so the line has no length. Choose a larger one."))
    x = _pixels([original])
    signs = -evaluate(classifier.net, x.to(device_of(classifier.net, x)), towards(target)).grad.sign().cpu()
    if not signs.any():
        raise ValueError(
            _(
                "The gradient is 0 at this picture: the network is too sure for it to point anywhere. "
                "Choose another class or picture."
            )
        )
    moves = eps * np.union1d(np.linspace(-2, 2, 33), np.linspace(-0.125, 0.125, 17))
    at = torch.from_numpy(moves).float().view(-1, 1, 1, 1)
    pictures = (x + at * signs).clamp(0, 1)  # (T, C, H, W)
    found = []
    for begin in range(0, len(pictures), FEW):
        found.append(_logits(classifier, pictures[begin : begin + FEW]))
        yield Done(min(begin + FEW, len(pictures)), len(pictures))
    logits = np.concatenate(found)
    middle = len(moves) // 2
    leaders = [int(k) for k in logits.max(0).argsort()[::-1]]
    classes = tuple(dict.fromkeys([target, int(logits[middle].argmax()), *leaders]))[:most]
    grads = gradients(classifier.net, x[0], classes).double().flatten(1).numpy()
    moved = (pictures - x).double().flatten(1).numpy()
    chosen = logits[:, list(classes)]
    yield Lines(moves, classes, chosen, chosen[middle] + moved @ grads.T)


def noise_band(
    classifier: Classifier, pictures: Sequence[Pixels], *, n: int = 10, seed: int = 0
) -> Iterator[Noise]:
    """For each picture (the first is the untouched one): the same changes at other pixels, n times.

    A pixel's change goes to another pixel, whole: the same values as often, so the same size in every
    norm until they are clipped to 0 and 255; only the direction differs. The n shuffles are the same
    for all pictures.
    """
    if n < 1:
        raise ValueError(f"expected n >= 1 shuffles, got {n}")
    original = pictures[0]
    for picture in pictures:
        moves = _moves(original, picture)
        size = float(np.linalg.norm(moves))
        if not size:
            (probs,) = _asked(classifier, [picture])
            yield Noise(probs, probs, probs, probs, 1.0)
            continue
        dealt = [shuffled(original, picture, np.random.default_rng((seed, i))) for i in range(n)]
        probs, *noise = _asked(classifier, [picture, *dealt])
        stack = np.stack(noise)
        lengths = [float(np.linalg.norm(_moves(original, shuffle))) for shuffle in dealt]
        yield Noise(probs, stack.mean(0), stack.min(0), stack.max(0), float(np.mean(lengths)) / size)


def shuffled(original: Pixels, changed: Pixels, rng: np.random.Generator) -> Pixels:
    """The original with the very same changes, each at another pixel, clipped to 0 to 255."""
    moves = _moves(original, changed)
    pixels = moves.shape[0] * moves.shape[1]
    dealt = moves.reshape(pixels, -1)[rng.permutation(pixels)].reshape(moves.shape)
    noisy: Pixels = (original + dealt).clip(0, 255).astype(np.uint8)
    return noisy


def _moves(before: Pixels, after: Pixels) -> Values:
    if before.shape != after.shape:
        raise ValueError(f"expected two pictures of one shape, got {before.shape} and {after.shape}")
    return after.astype(np.float64) - before


def _pixels(pictures: Sequence[Pixels]) -> Tensor:
    """(N, C, H, W), float32 in [0, 1], the same values as `read_image` gives."""
    import torch

    x = torch.from_numpy(np.stack(pictures)).float() / 255
    return x.unsqueeze(1) if x.dim() == 3 else x.permute(0, 3, 1, 2)


def _logits(classifier: Classifier, x: Tensor) -> Values:
    """(N, K), in double precision, so that what is nearly impossible still has a logarithm."""
    import torch

    from trickcore.attacks.loop import device_of

    net = classifier.net
    with torch.no_grad():
        some = (x[begin : begin + BATCH].to(device_of(net, x)) for begin in range(0, len(x), BATCH))
        found = [checked_answer(net(batch)).double().cpu().numpy() for batch in some]
    logits: Values = np.concatenate(found)
    return logits


def _asked(classifier: Classifier, pictures: Sequence[Pixels]) -> Values:
    """What the network says of saved pictures: probabilities (N, K)."""
    logits = _logits(classifier, _pixels(pictures))
    powers: Values = np.exp(logits - logits.max(1, keepdims=True))
    shares: Values = powers / powers.sum(1, keepdims=True)
    return shares
