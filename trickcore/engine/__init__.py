"""Who computes, and where. Pages ask here, by `call` and `stream`, and never touch torch themselves.

Until `start` was called, one thread of this process owns torch and does it all (`owner`). From then on a
job, which is a function that another process can find by its name, is done by worker processes (`pool`),
one torch thread each: two threads of one process wait for each other at every layer, and what they
compute depends on how many they are. What is no such function stays with the thread.
"""

from __future__ import annotations

from trickcore.engine import devices as devices
from trickcore.engine.devices import device, return_memory
from trickcore.engine.doors import call, pool, ready, standing, start, stop, stream
from trickcore.engine.jobs import job
from trickcore.engine.pool import WorkerLostError
from trickcore.engine.shared_passes import gradient
from trickcore.engine.standing import Standing
from trickcore.engine.streams import Stream

__all__ = [
    "Standing",
    "Stream",
    "WorkerLostError",
    "call",
    "device",
    "gradient",
    "job",
    "pool",
    "ready",
    "return_memory",
    "standing",
    "start",
    "stop",
    "stream",
]
