"""Devices: where networks run, and how many workers a machine bears."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from trickcore.language import _

MOST = 4  # workers that are started unless more are asked for
TOGETHER = 16  # runs that share a pass on a GPU, unless another number is asked for
ROOM = 1.5e9  # bytes of memory that must be free for a second worker


_here = threading.local()  # .device: where this thread is told to run networks


@contextmanager
def running_on(where: str | None) -> Iterator[None]:
    """What this thread does meanwhile runs on that device; None: as everything else."""
    before, _here.device = forced(), where
    try:
        yield
    finally:
        _here.device = before


def forced() -> str | None:
    """Where this thread is told to run networks, if it is."""
    return getattr(_here, "device", None)


def memory_full(error: BaseException) -> bool:
    """Whether an error says that a graphics card has no memory left (torch.OutOfMemoryError, or MPS's)."""
    return type(error).__name__ == "OutOfMemoryError" or "MPS backend out of memory" in str(error)


def device() -> str:
    """Where networks run: TRICKCORE_DEVICE if set, else "cuda", "mps" or "cpu", the first there is; "cpu" for
    a job that was too large for the graphics card's memory.

    Raises ValueError, with a sentence for a person, when TRICKCORE_DEVICE names what is not there.
    """
    if told := forced():
        return told
    import torch

    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    wanted = os.environ.get("TRICKCORE_DEVICE", "").strip().lower()
    if not wanted:
        return next(name for name, there in found.items() if there)
    if not found.get(wanted.partition(":")[0], False):
        here = ", ".join(name for name, there in found.items() if there)
        raise ValueError(
            _(
                "TRICKCORE_DEVICE asks for {wanted!r}, which this machine does not have; it has: {here}.",
                wanted=wanted,
                here=here,
            )
        )
    return wanted


def workers() -> int:
    """How many worker processes: TRICK_WORKERS if set (0: none, a thread of this process), else one a core,
    at most four, and one where memory is short. Raises ValueError for another word than a number."""
    wanted = os.environ.get("TRICK_WORKERS", "").strip()
    if not wanted:
        return 1 if (_free() or ROOM) < ROOM else max(1, min(_cores(), MOST))
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) <= 256):
        raise ValueError(
            _(
                "TRICK_WORKERS asks for {wanted!r} workers; a whole number from 0 to 256 is meant.",
                wanted=wanted,
            )
        )
    return int(wanted)


def runs_wanted() -> int | None:
    """TRICK_BATCH: how many runs may share a pass, from 1 to 256; None if it is not set. Raises ValueError,
    with a sentence for a person, for another word. Touches no torch."""
    wanted = os.environ.get("TRICK_BATCH", "").strip()
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= 256):
        raise ValueError(
            _(
                "TRICK_BATCH asks for {wanted!r} runs a pass; a whole number from 1 to 256 is meant.",
                wanted=wanted,
            )
        )
    return int(wanted)


def runs_a_pass() -> int:
    """How many runs may share a pass of a network: `runs_wanted`, else 16 on a GPU and 1 on the CPU, where
    a picture takes as long in company as alone, and is to be the same byte for byte."""
    wanted = runs_wanted()
    if wanted is not None:
        return wanted
    try:
        return 1 if device() == "cpu" else TOGETHER
    except ValueError:  # each job that asks for a network says what is wrong
        return 1


def _cores() -> int:
    """Cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _free() -> int | None:
    """Bytes of memory that are free, where the system says so."""
    try:
        with open("/proc/meminfo") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # no Linux
        return None


def settle_threads(count: int = 1) -> None:
    """How many threads torch has. With one, what is computed is the same on every machine."""
    import torch

    torch.set_num_threads(count)


def return_memory() -> None:
    """Give freed memory back to the system, where the C library (glibc) keeps it for later, and the
    graphics card's to others."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
