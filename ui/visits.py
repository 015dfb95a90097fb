"""Visits: for whom a thread computes, what a visitor is told who waits, and when one has left."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from trickcore import engine
from trickcore.engine import Standing
from trickcore.jobs import networks
from trickcore.text import seconds
from ui import state

PAUSE = 0.5  # seconds between two looks at who is still there
SWEEP = 30.0  # seconds between two returns of the memory of visits that have ended
PATIENCE = 0.5  # seconds before one is told of those ahead
_watched = threading.Event()
_here = threading.local()  # where this thread's visitor is told


def start(warm: str | None = None) -> None:
    """Start the workers, if they have not been, with this network loaded, and watch for who leaves."""
    first = (networks.named, warm) if warm else ()
    pool = engine.start(*first, visitor=visitor, waiting=wait)
    if pool is not None and not _watched.is_set():
        _watched.set()
        threading.Thread(target=_watch, name="visits", daemon=True).start()


def visitor() -> str | None:
    """The visit whose page this thread runs."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else None


@contextmanager
def told(place: DeltaGenerator) -> Iterator[None]:
    """Where a visitor who waits is told for whom."""
    before = getattr(_here, "place", None), getattr(_here, "since", None)
    _here.place, _here.since, _here.said = place, None, ""
    try:
        yield
    finally:
        if _here.said:
            place.empty()
        _here.place, _here.since = before
        _here.said = ""


def wait(standing: Standing | None) -> None:
    """Called some times a second by a thread that waits: ends it if its page was left or asked anew."""
    if visitor() is None:
        return
    state.run.exists()  # a look into the visit: there Streamlit raises what ends a script
    place, now = getattr(_here, "place", None), time.monotonic()
    if place is None or standing is None:
        return
    if _here.since is None or now - _here.since > 2:
        _here.since = now
    words = queue(standing)
    if words and words != _here.said and (_here.said or now - _here.since >= PATIENCE):
        place.caption(words, help=HELP_QUEUE)
        _here.said = words


HELP_QUEUE = (
    "One machine computes for everybody. Short runs are done first. You can read on elsewhere: your run "
    "goes on, and is here when you come back."
)


def queue(standing: Standing) -> str:
    """Who is ahead of a visitor, and about how long it takes; nothing where nobody is."""
    if not standing.ahead:
        return ""
    runs = "1 run is" if standing.ahead == 1 else f"{standing.ahead} runs are"
    return f"{runs} ahead, about {seconds(max(1.0, round(standing.seconds)))}."


def _watch() -> None:
    """Lets go of what those asked for who have left, and returns their memory to the system."""
    swept = time.monotonic()
    while True:
        time.sleep(PAUSE)
        pool = engine.pool()
        if pool is None or not exists():
            continue
        pool.tidy()
        runtime = get_instance()
        for one in pool.visitors():
            if not runtime.is_active_session(one):
                pool.leave(one)
        if time.monotonic() - swept >= SWEEP:
            swept = time.monotonic()
            # Streamlit's visits are rings of references, which Python by itself looks for once their number
            # has grown by a quarter of all there is; and freed memory stays with the C library.
            gc.collect()
            engine.return_memory()
