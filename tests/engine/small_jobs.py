"""Jobs that worker processes of the tests can find: small, and some of them ill-behaved."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from trickcore import engine
from trickcore.jobs import runs
from trickcore.jobs.networks import Network, classifier_of
from trickcore.pictures.files import ImageError
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe


def where(number: int = 0) -> int:
    """The process that does it."""
    return os.getpid()


def threads() -> int:
    import torch

    return torch.get_num_threads()


@engine.job(shared=False)
def noted(path: str, word: str) -> str:
    """Writes a word down, so that one can count how often it was done."""
    with Path(path).open("a") as file:
        file.write(word + "\n")
    return word


def noted_once(path: str, word: str) -> str:
    return noted(path, word)


@engine.job(heavy=False, length=lambda path, count, pause=0.0: count)
def counted(path: str, count: int, pause: float = 0.0) -> Iterator[int]:
    """Numbers, each written down when it is made."""
    for number in range(count):
        noted(path, str(number))
        time.sleep(pause)
        yield number


@engine.job(heavy=True)
def endless(path: str) -> Iterator[int]:
    try:
        number = 0
        while True:
            time.sleep(0.01)
            yield (number := number + 1)
    finally:
        noted(path, "closed")


@engine.job(heavy=False, length=lambda count, large: count, thin=lambda item, count, large: item[:1])
def arrays(count: int, large: int) -> Iterator[np.ndarray]:
    """Arrays of which only the newest is wanted whole."""
    for number in range(count):
        yield np.full(large, number, np.uint8)


def refused(why: str) -> None:
    raise ImageError(why)


def halfway(count: int) -> Iterator[int]:
    yield from range(count)
    raise ValueError("the second half is missing")


class UnsendableError(Exception):
    """An error that does not survive being sent."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def unsendable() -> None:
    raise UnsendableError("salt", "pepper")


@engine.job(heavy=False)
def dies_once(path: str, count: int) -> Iterator[int]:
    """Its process ends in the middle, the first time."""
    for number in range(count):
        if number == count // 2 and not Path(path).exists():
            Path(path).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield number


def dies(number: int) -> None:
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def loaded() -> bool:
    """Whether this process has what the warm job left behind."""
    return bool(WARM)


WARM: list[int] = []


def warmed() -> None:
    WARM.append(1)


@engine.job(shared=False)
def passes(network: Network) -> list[int]:
    """How many pictures went through the network in each pass since it was asked for the last time."""
    net: Any = classifier_of(network).net
    body = getattr(net, "body", net)  # of one whose passes may be shared
    seen = PASSES.setdefault(network.identity, [])
    if network.identity not in HOOKED:
        HOOKED.add(network.identity)
        body.register_forward_hook(lambda layer, given, logits: seen.append(len(logits)))
    found = list(seen)
    seen.clear()
    return found


PASSES: dict[str, list[int]] = {}
HOOKED: set[str] = set()


@engine.job(heavy=False, length=lambda network, data, recipe, after: recipe.steps)
def breaks(network: Network, data: bytes, recipe: Recipe, after: int) -> Iterator[Frame]:
    """A run that goes wrong after so many frames."""
    for number, frame in enumerate(runs.frames(network, data, recipe)):
        if number == after:
            raise ImageError("it went wrong on the way")
        yield frame


@engine.job(heavy=False, length=lambda network, data, recipe, start=None: recipe.steps)
def too_large(network: Network, data: bytes, recipe: Recipe, start: bytes | None = None) -> Iterator[Frame]:
    """A run for which the graphics card has no memory left after some frames. There is none here: the error
    that torch raises then is raised by hand, unless the job is told to run on the CPU."""
    import torch

    told = engine.devices.forced()
    for frame in runs.frames(network, data, recipe, start):
        if frame.index == 3 and told is None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        yield frame


def told_to_run_on(number: int) -> str | None:
    """Where a job is told to run; without being told it is too large for the graphics card."""
    import torch

    if engine.devices.forced() is None:
        raise torch.OutOfMemoryError("CUDA out of memory")
    return engine.devices.forced()


KILLED = "SMALL_JOBS_KILLED"  # a file that counts how often a process was killed
KILLED_ONCE, KILLED_TWICE, TOO_LARGE = 7, 9, 8  # seeds


@runs.run_job
def with_faults(network: Network, data: bytes, recipe: Recipe, start: bytes | None = None) -> Iterator[Frame]:
    """A run as it is, but for those with three seeds: a process that is killed on the way, once or twice,
    and a graphics card without memory."""
    if recipe.seed == TOO_LARGE:
        yield from too_large(network, data, recipe, start)
        return
    often = {KILLED_ONCE: 1, KILLED_TWICE: 2}.get(recipe.seed, 0)
    for frame in runs.frames(network, data, recipe, start):
        path = Path(os.environ[KILLED])
        if frame.index == 3 and path.stat().st_size < often:
            with path.open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        yield frame
