"""Trials: one network and some pictures, each tried in every way of a plan, in batches where that is faster.

A batch changes no outcome beyond float rounding: every picture has its own draws, as if it were alone.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trickcore import engine
from trickcore.jobs.networks import Network, classifier_of
from trickcore.language import _
from trickcore.measure.robustness import Row
from trickcore.networks.card import NO_NUMBER, AnswerError
from trickcore.pictures.files import ImageError
from trickcore.runs.recipe import Recipe
from trickcore.sweep.plan import AUTOATTACK, LEAST_LIKELY, RANDOM, Trial

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from trickcore.attacks.losses import Aim
    from trickcore.networks.classifier import Classifier


class Item(NamedTuple):
    """A picture to be tried."""

    name: str
    data: bytes
    label: int | None  # None: what the network says of it untouched


class Refused(NamedTuple):
    """A picture that cannot be read, or to which a network has no answer, and why."""

    picture: str
    why: str
    trials: int = 0  # that it is left out of; 0: of all in its chunk


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some pictures of a plan, for one network: what is computed and written whole or not at all."""

    number: int
    network: Network
    items: tuple[Item, ...]
    trials: tuple[Trial, ...]
    target: int | str | None  # a class, RANDOM, LEAST_LIKELY; None: untargeted
    batch: int | None = None

    @property
    def size(self) -> int:
        return len(self.items) * len(self.trials)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Pictures as a network sees them, and what it says of them untouched."""

    names: tuple[str, ...]
    x: Tensor  # (N, C, H, W) in [0, 1]
    labels: NDArray[np.int64]  # (N,)
    probs: NDArray[np.float32]  # (N, K)

    @property
    def before(self) -> NDArray[np.int64]:
        return np.asarray(self.probs.argmax(1), np.int64)

    def of(self, places: Sequence[int]) -> _Batch:
        names = tuple(self.names[place] for place in places)
        return _Batch(names, self.x[list(places)], self.labels[list(places)], self.probs[list(places)])


def _no_number(what: str) -> str:
    return _("{network}: {why}", network=what, why=_(NO_NUMBER))


@engine.job(heavy=True, shared=False, length=lambda chunk: chunk.size)
def outcomes(chunk: Chunk) -> Iterator[Row | Refused]:
    """Every trial of a chunk, as it is done, and the pictures that cannot be read or have no answer that is a
    number: these have no row, since they are neither right nor wrong. For the torch thread."""
    from trickcore.sweep.batches import batch_of

    classifier = classifier_of(chunk.network)
    size = chunk.batch or batch_of(classifier)
    for start in range(0, len(chunk.items), size):
        read: list[tuple[Item, Tensor]] = []
        for item in chunk.items[start : start + size]:
            try:
                read.append((item, seen(classifier, item.data)))
            except ImageError as error:
                yield Refused(item.name, str(error))
        if not read:
            continue
        batch = _looked_at(classifier, read)
        lost = np.isnan(batch.probs).any(1)
        for place in np.flatnonzero(lost):
            yield Refused(batch.names[place], _no_number(chunk.network.title))
        batch = batch.of(np.flatnonzero(~lost).tolist())
        if not batch.names:
            continue
        for trial in chunk.trials:
            yield from _tried(classifier, batch, trial, targets_of(batch, trial, chunk.target))


def seen(classifier: Classifier, data: bytes) -> Tensor:
    """A picture file as the network sees it, (C, H, W); a digit that is no 28 x 28 picture is cut out first.

    Raises ImageError.
    """
    if classifier.channels == 1:
        from trickcore.pictures.drawing import from_photo
        from trickcore.pictures.files import decoded

        height, width = classifier.size
        if decoded(data).size != (width, height):
            data = from_photo(data)
    return classifier.read(data)


def _looked_at(classifier: Classifier, read: Sequence[tuple[Item, Tensor]]) -> _Batch:
    import torch

    from trickcore.attacks.loop import device_of
    from trickcore.networks.classifier import answers

    x = torch.stack([picture for item, picture in read])
    x = x.to(device_of(classifier.net, x)).contiguous(memory_format=torch.channels_last)
    probs = answers(classifier, x)
    labels = [
        int(own.argmax()) if item.label is None else item.label
        for (item, picture), own in zip(read, probs, strict=True)
    ]
    return _Batch(tuple(item.name for item, _ in read), x, np.array(labels, np.int64), probs)


def targets_of(batch: _Batch, trial: Trial, target: int | str | None) -> NDArray[np.int64] | None:
    """The class each picture is to become, (N,); None without one. A target drawn by chance is the same for
    every network with these labels, whatever it says of the picture."""
    if target is None:
        return None
    if target == LEAST_LIKELY:
        probs = batch.probs.astype(np.float64)
        probs[np.arange(len(probs)), batch.labels] = np.inf  # the label is no target
        return np.asarray(probs.argmin(1), np.int64)
    if target == RANDOM:
        classes = batch.probs.shape[1]
        drawn = [drawn_class(name, trial.recipe.seed, classes) for name in batch.names]
        found = [a if a != label else b for (a, b), label in zip(drawn, batch.labels, strict=True)]
        return np.array(found, np.int64)
    return np.full(len(batch.names), int(target), np.int64)


def drawn_class(picture: str, seed: int, classes: int) -> tuple[int, int]:
    """Two different classes, drawn for a picture by its name."""
    name = int.from_bytes(hashlib.sha256(picture.encode("utf-8", "surrogateescape")).digest()[:8])
    first, second = np.random.default_rng([seed, name]).choice(classes, 2, replace=False).tolist()
    return first, second


def _tried(
    classifier: Classifier, batch: _Batch, trial: Trial, targets: NDArray[np.int64] | None
) -> Iterator[Row | Refused]:
    """A row for each picture of a batch. What is as wanted already is left as it is."""
    import torch

    already = batch.before != batch.labels if targets is None else batch.before == targets
    todo = np.flatnonzero(~already).tolist()
    saved, milliseconds, together = batch.x.clone(), np.zeros(len(already)), max(len(todo), 1)
    if todo:
        began = time.perf_counter()
        part, aims = batch.of(todo), None if targets is None else targets[todo]
        if trial.method == AUTOATTACK:
            from trickcore.sweep.autoattack import judged

            moved = judged(classifier, part.x, part.labels, trial.recipe)
        elif batches(trial.recipe):
            moved = together_moved(classifier, part, trial.recipe, aims)
        else:
            together = 1
            ends = [_alone_or_nan(classifier, part, place, trial.recipe, aims) for place in range(len(todo))]
            moved = torch.stack(ends).to(batch.x)
        saved[todo] = ((moved * 255).round() / 255).to(saved)
        milliseconds[todo] = 1000 * (time.perf_counter() - began) / len(todo)
    yield from _rows(classifier, batch, saved, trial, targets, already, milliseconds, together)


def batches(recipe: Recipe) -> bool:
    """Whether a run is the same in a batch as alone: the one loop, without random views."""
    return recipe.method == "gradient" and not recipe.views and recipe.mask == "everywhere"


def together_moved(
    classifier: Classifier, batch: _Batch, recipe: Recipe, targets: NDArray[np.int64] | None
) -> Tensor:
    """The pictures (N, C, H, W) after the recipe's steps, all at once."""
    from dataclasses import replace

    import torch

    from trickcore.attacks.loop import attacked
    from trickcore.attacks.losses import away_from, towards
    from trickcore.sweep.batches import AsAlone

    labels = torch.from_numpy(batch.labels if targets is None else targets).to(batch.x.device)
    goal = away_from(labels) if targets is None else towards(labels)
    attack = recipe.attack_on(batch.x[0])[1]
    attack = replace(attack, ball=AsAlone(attack.ball))
    return attacked(classifier.net, batch.x, goal, attack, torch.Generator().manual_seed(recipe.seed))


def alone_moved(
    classifier: Classifier, batch: _Batch, place: int, recipe: Recipe, targets: NDArray[np.int64] | None
) -> Tensor:
    """One picture (C, H, W) after the recipe's run, as a page makes it."""
    from trickcore.attacks.loop import trick
    from trickcore.attacks.losses import away_from, towards

    x = batch.x[place].cpu().contiguous()
    label = int(batch.labels[place] if targets is None else targets[place])
    goal: Aim = away_from(label) if targets is None else towards(label)
    if recipe.method == "gradient":
        mask, attack = recipe.attack_on(x)
        steps = trick(classifier, x, goal, attack, mask=mask, seed=recipe.seed)
    else:
        from trickcore.runs.method_runs import steps_of

        steps = steps_of(classifier, x, recipe, goal)
    last = x
    for step in steps:
        last = step.x_adv
    return last


def _alone_or_nan(classifier: Classifier, batch: _Batch, place: int, *rest: Any) -> Tensor:
    """The same, or NaN where the network had no answer on the way: its last answer will be none, too."""
    import torch

    try:
        return alone_moved(classifier, batch, place, *rest)
    except AnswerError:
        return torch.full_like(batch.x[place], math.nan, device="cpu")


def _rows(
    classifier: Classifier,
    batch: _Batch,
    saved: Tensor,
    trial: Trial,
    targets: NDArray[np.int64] | None,
    already: NDArray[np.bool_],
    milliseconds: NDArray[np.float64],
    together: int,
) -> Iterator[Row | Refused]:
    from trickcore.networks.classifier import answers

    probs = answers(classifier, saved)
    norm = trial.recipe.norm if trial.method != "pixels" else "l0"
    apart = ((saved - batch.x) * 255).double().round().flatten(1).cpu()
    pixels = apart.view(*saved.shape).ne(0).any(1).flatten(1).sum(1)
    for place, name in enumerate(batch.names):
        if np.isnan(probs[place]).any():
            what = f"{classifier.name}, {trial.method}, epsilon {trial.eps_levels or 0:g}"
            yield Refused(name, _no_number(what), trials=1)
            continue
        label, before = int(batch.labels[place]), int(batch.before[place])
        target = None if targets is None else int(targets[place])
        after = int(probs[place].argmax())
        wanted = 1 - probs[place][label] if target is None else probs[place][target]
        yield Row(
            picture=name,
            network=classifier.name,
            method=trial.method,
            norm=norm,
            eps_levels=trial.eps_levels,
            steps=trial.steps,
            seed=trial.recipe.seed,
            label=label,
            target=target,
            before=before,
            after=after,
            success=after != label if target is None else after == target,
            already=bool(already[place]),
            linf_levels=float(apart[place].abs().max()),
            distance=float(pixels[place]) if trial.method == "pixels" else _length(apart[place], norm),
            before_probability=float(batch.probs[place][before]),
            after_probability=float(probs[place][after]),
            wanted_probability=float(wanted),
            milliseconds=float(milliseconds[place]),
            batch=1 if already[place] else together,
            device=saved.device.type,
        )


def _length(levels: torch.Tensor, norm: str) -> float:
    """A change (C x H x W,) in whole levels, measured in its norm and in the unit of its epsilon."""
    if norm == "linf":
        return float(levels.abs().max())
    if norm == "l2":
        return float(levels.norm()) / math.sqrt(len(levels))
    return float(levels.abs().sum()) if norm == "l1" else float(levels.ne(0).sum())
