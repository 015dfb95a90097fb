"""A run as it is kept, drawn and exported: 8-bit frames, a GIF of them, a CSV of their numbers.

A Frame is a Step without tensors, so a page may hold many of them and draw them in its own thread.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trickcore.networks.classifier import Classifier, answer
from trickcore.pictures.files import Pixels, enlarged, magnified, to_8bit
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe
from trickcore.text import cell, named

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.attacks.loop import Step
    from trickcore.attacks.losses import Loss
    from trickcore.attacks.views import Views

MOST = 60  # pictures kept of one run


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One step of a run, as the page reads it."""

    index: int
    probs: NDArray[np.float32]  # (K,)
    loss: float  # nats
    distance: float  # in the ball's norm
    pixels: Pixels | None  # as saved; None where the picture was let go
    passes: int = 0  # of pictures through the network so far, forward and backward together
    questions: int = 0  # so far, of a method that only asks
    kept: bool = True  # whether a run keeps the picture once the next step is there


def frames(steps: Iterable[Step], length: int) -> Iterator[Frame]:
    """Steps as Frames, made where the Steps are made: on the thread that owns torch.

    Of a run of that `length` MOST pictures are kept: the first step at or after each of so many marks.
    """
    marks, passed = sorted(keep(length)), 0
    for step in steps:
        kept = passed < len(marks) and step.index >= marks[passed]
        while passed < len(marks) and step.index >= marks[passed]:
            passed += 1
        yield Frame(
            step.index,
            step.probs.numpy(),
            step.loss,
            step.distance,
            to_8bit(step.x_adv),
            step.passes,
            step.questions,
            kept,
        )


def run_recipe(
    classifier: Classifier, data: bytes, recipe: Recipe, start: bytes | None = None
) -> Iterator[Frame]:
    """The run a recipe describes, on a picture file, as Frames. Raises ImageError.

    `start` is the picture file to begin at where the recipe says "file" (see `Recipe.start`).
    """
    x = classifier.read(data)
    original = answer(classifier, x) if recipe.target is None else -1
    if recipe.method == GRADIENT:
        yield from attacked(classifier, x, recipe, recipe.loss(original))
    else:
        from trickcore.runs.method_runs import steps_of

        steps = steps_of(classifier, x, recipe, recipe.loss(original), start)
        yield from frames(steps, recipe.length)


def attacked(
    classifier: Classifier, x: Tensor, recipe: Recipe, loss: Loss, views: Views | None = None
) -> Iterator[Frame]:
    """The recipe's attack along the gradient on pixels (C, H, W), as Frames; over other `views`, if given."""
    from trickcore.attacks.loop import trick

    mask, attack = recipe.attack_on(x)
    attack = attack if views is None else replace(attack, views=views)
    steps = trick(classifier, x, loss, attack, mask=mask, seed=recipe.seed)
    yield from frames(steps, attack.steps)


@lru_cache(maxsize=256)
def keep(steps: int, most: int = MOST) -> frozenset[int]:
    """Which steps of a run keep their pictures: at most `most`, evenly spaced, first and last among them."""
    return frozenset(np.linspace(0, steps, min(most, steps + 1)).round().astype(int).tolist())


def to_csv(run: Iterable[Frame], labels: Sequence[str], watch: Sequence[int]) -> str:
    """A row a step: step, probability of every watched class, loss in nats, distance in the method's norm on
    [0, 1], passes through the network so far. A step of a method that only asks is a question."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["step", *(cell(named(labels, k)) for k in watch), "loss (nats)", "distance", "passes"])
    for frame in run:
        chances = (f"{frame.probs[k]:.6g}" for k in watch)
        rows.writerow([frame.index, *chances, f"{frame.loss:.6g}", f"{frame.distance:.6g}", frame.passes])
    return out.getvalue()


def automatic_gain(recipe: Recipe, run: Sequence[Frame] = ()) -> float:
    """How many times a run's perturbation is magnified, wherever it is shown, unless somebody chose.

    The largest move allowed then fills the range from black to white. Under L2 single values move
    further than epsilon, their root mean square: three times as far is taken for the largest. Where a
    method has no epsilon it is the largest move of the run as far as it is.
    """
    widest = max(1.0, recipe.eps) * (3 if recipe.norm == "l2" else 1)
    if not recipe.how.reads("eps"):
        kept = [frame.pixels for frame in run if frame.pixels is not None]
        moved = np.abs(kept[-1].astype(np.int16) - kept[0]).max() if kept else 255
        widest = max(1.0, float(moved))
    return float(min(max(math.floor(127.5 / widest), 1), 100))


def to_gif(run: Iterable[Frame], gain: float, *, seconds: float = 4.0, least: int = 1) -> bytes:
    """The original, the perturbation times gain and the tricked picture, side by side, over the steps.

    Small pictures have each pixel repeated until their short side has `least` pixels.
    """
    kept = [enlarged(frame.pixels, least) for frame in run if frame.pixels is not None]
    if not kept:
        raise ValueError("expected at least one frame with its picture, got none")
    gap = np.full((kept[0].shape[0], 8, *kept[0].shape[2:]), 255, np.uint8)
    strips = [
        Image.fromarray(np.hstack([kept[0], gap, magnified(kept[0], now, gain), gap, now])) for now in kept
    ]
    each = max(20, round(1000 * seconds / len(strips)))  # browsers slow down anything under 20 ms
    pause = [*[each] * (len(strips) - 1), each + 1500]
    out = io.BytesIO()
    strips[0].save(out, "GIF", save_all=True, append_images=strips[1:], duration=pause, loop=0)
    return out.getvalue()
