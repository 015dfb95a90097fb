"""Visits: for whom a thread computes, what a visitor is told who waits, and when one has left."""

from __future__ import annotations

import gc
import math
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from trickcore import engine
from trickcore.engine import Standing
from trickcore.engine.limits.gate import Held
from trickcore.jobs import networks
from trickcore.language import _, later, many, row
from trickcore.text import counted, seconds
from ui import state

PAUSE = 0.5  # seconds between two looks at who is still there
SWEEP = 30.0  # seconds between two returns of the memory of visits that have ended
PATIENCE = 0.5  # seconds before one is told of those ahead
AGAIN = 10  # seconds until one is told again in the corner of the page, where there is no other place
NUMBER = "trick_server"  # the cookie in which docs/deploy/trick.conf keeps a browser's number
_watched = threading.Event()
_here = threading.local()  # where this thread's visitor is told


def start(warm: str | None = None) -> None:
    """Start the workers, if they have not been, with this network loaded, and watch for who leaves."""
    first = (networks.named, warm) if warm else ()
    pool = engine.start(*first, visitor=visitor, account=account, waiting=wait)
    if pool is not None and not _watched.is_set():
        _watched.set()
        threading.Thread(target=_watch, name="visits", daemon=True).start()


def visitor() -> str | None:
    """The visit whose page this thread runs."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else None


def account() -> str | None:
    """For whom a server with limits counts what this thread asks for: the browser, where the proxy gave it
    a number, so that a page that is opened anew is no other visitor; else the visit."""
    visit = visitor()
    if visit is None:
        return None
    number = st.context.cookies.get(NUMBER, "")
    # A page in a test has no cookies, but a stand-in for them that gives no text.
    return number if isinstance(number, str) and re.fullmatch("[0-9a-f]{32}", number) else visit


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
    if standing is None:
        return
    if place is None:
        if standing.held is not None and now - getattr(_here, "toasted", -AGAIN) >= AGAIN:
            _here.toasted = now
            st.toast(held(standing.held), icon=":material/hourglass_top:", duration=AGAIN)
        return
    if _here.since is None or now - _here.since > 2:
        _here.since = now
    words = queue(standing)
    if words and words != _here.said and (_here.said or now - _here.since >= PATIENCE):
        place.caption(words, help=_(HELP_HELD if standing.held else HELP_QUEUE))
        _here.said = words


HELP_QUEUE = later(
    "One machine computes for everybody. Short runs are done first. You can read on elsewhere: your run "
    "goes on, and is here when you come back."
)


HELP_HELD = later(
    "This server is open to everybody, so each visitor has a share of it. You need not press anything again: "
    "what you asked for waits here, and nothing of your visit is lost."
)


def held(why: Held) -> str:
    """Why something is not begun yet, and when it will be."""
    if why.why == "runs":
        return _(
            "You began {runs} within a minute, as many as this server allows. The next one begins by itself "
            "in {time}.",
            runs=counted(why.limit, "run"),
            time=seconds(max(1.0, math.ceil(why.seconds))),
        )
    if why.why == "own":
        full = many(
            "{n:,} long computation of yours is on, as many as this server allows a visitor.",
            "{n:,} long computations of yours are on, as many as this server allows a visitor.",
            why.limit,
        )
    else:
        full = many(
            "{n:,} long computation of visitors is on, as many as this server does at once.",
            "{n:,} long computations of visitors are on, as many as this server does at once.",
            why.limit,
        )
    time = seconds(max(1.0, round(why.seconds)))
    if not why.before:
        return row(full, _("This one begins by itself when one is over, in about {time}.", time=time))
    begins = _(
        "This one begins by itself when one is over, in about {time}, after {before} that came before.",
        time=time,
        before=why.before,
    )
    return row(full, begins)


def queue(standing: Standing) -> str:
    """Who is ahead of a visitor, and about how long it takes; nothing where nobody is."""
    if standing.held is not None:
        return held(standing.held)
    if not standing.ahead:
        return ""
    time = seconds(max(1.0, round(standing.seconds)))
    return many(
        "{n} run is ahead, about {time}.", "{n} runs are ahead, about {time}.", standing.ahead, time=time
    )


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
