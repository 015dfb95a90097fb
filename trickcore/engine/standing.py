"""Standing: how many jobs of a worker are given time before one of them is done, and how long that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trickcore.engine.limits.gate import Held
from trickcore.engine.tasks import Task


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands among those of its worker."""

    ahead: int  # others that will be given time before it is done
    seconds: float  # about how long until it is done
    begun: bool  # it has given something
    held: Held | None = None  # why it may not begin yet, on a server with limits


def among(task: Task, others: Iterable[Task]) -> Standing:
    """As `turns` shares time out: by what each was given and still needs, and by how long it is."""
    end = (task.spent + task.left) * task.length
    ahead, seconds = 0, task.left
    for other in others:
        if other is task or other.pausing or other.held or (other.heavy and not task.heavy):
            continue
        share = (end - other.spent * other.length) / other.length
        time = other.left if task.heavy and not other.heavy else min(other.left, max(share, 0.0))
        if time > 0:
            ahead, seconds = ahead + 1, seconds + time
    return Standing(ahead, seconds, bool(task.items))
