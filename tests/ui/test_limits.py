"""A server with limits: what a visitor who waits is told, and that nothing is lost."""

from __future__ import annotations

import threading

import pytest

from tests.helpers import opened, sound
from trickcore.engine.limits.gate import Gate, Held
from trickcore.engine.limits.settings import Limits
from trickcore.engine.pool import Pool
from trickcore.engine.standing import Standing
from trickcore.jobs import networks
from trickcore.sweep.background import Sweep, sweeps
from ui import visits


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (
            Held("runs", 30, 11.2),
            "You began 30 runs within a minute, as many as this server allows. The next one begins by itself "
            "in 12 s.",
        ),
        (
            Held("own", 1, 40.4),
            "1 long computation of yours is on, as many as this server allows a visitor. This one begins by "
            "itself when one is over, in about 40 s.",
        ),
        (
            Held("all", 8, 0.2, 3),
            "8 long computations of visitors are on, as many as this server does at once. This one begins by "
            "itself when one is over, in about 1 s, after 3 that came before.",
        ),
    ],
)
def test_who_has_to_wait_is_told_why_and_how_long(why, words):
    assert visits.queue(Standing(0, why.seconds, False, why)) == words


def test_a_run_that_is_held_is_shown_when_its_time_has_come(monkeypatch):
    """The pool is a real one; its clock stands still until somebody was told to wait, and is then set on."""
    time, told = [1000.0], list[str]()
    gate = Gate(Limits(runs_a_minute=1), lambda: time[0])
    pool = Pool(1, (networks.named, ("digits-standard",)), gate)
    pool.account = visits.visitor  # of a cookie AppTest knows nothing

    def waiting(standing: Standing | None) -> None:
        visits.wait(standing)
        if standing is not None and standing.held is not None:
            told.append(visits.queue(standing))
            time[0] = 1060.0

    pool.waiting = waiting
    monkeypatch.setattr("trickcore.engine.doors._pool", pool)
    monkeypatch.setattr(visits, "start", lambda warm=None: None)
    try:
        page = opened("trick", network="digits-standard", sample="5", target="3", steps="3")
        assert not told
        sound(page.slider(key="steps").set_value(4).run())
        assert told[0].endswith("begins by itself in 60 s.")
        assert page.session_state["run"].frames[-1].index == 4
        assert page.session_state["run"].verdict is not None
    finally:
        pool.stop()


def test_who_waits_where_no_place_is_told_reads_it_in_the_corner_once(monkeypatch):
    said = list[str]()
    monkeypatch.setattr(visits, "visitor", lambda: "a visit")
    monkeypatch.setattr("streamlit.toast", lambda words, **how: said.append(words))
    for _ in range(3):
        visits.wait(Standing(0, 5.0, False, Held("runs", 30, 5.0)))
    assert said == [visits.held(Held("runs", 30, 5.0))]


def test_where_downloads_are_off_none_is_offered(monkeypatch, tmp_path):
    monkeypatch.setenv("TRICK_DOWNLOADS", "0")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    page = opened("trick", network="googlenet")
    assert [one.value for one in page.info] == [
        "**GoogLeNet** is not on this machine yet. This server downloads no networks; choose one that is "
        "ready."
    ]
    assert not [one for one in page.button if one.key == "fetch"]


def test_the_proxys_number_of_a_browser_is_whom_a_server_counts_for(monkeypatch):
    monkeypatch.setattr(visits, "visitor", lambda: "a visit")
    cookies: dict[str, str] = {}
    monkeypatch.setattr("streamlit.context", type("Context", (), {"cookies": cookies}))
    assert visits.account() == "a visit"
    cookies["trick_server"] = "0123456789abcdef" * 2
    assert visits.account() == "0123456789abcdef" * 2
    cookies["trick_server"] = "made up"
    assert visits.account() == "a visit"
    monkeypatch.setattr(visits, "visitor", lambda: None)
    assert visits.account() is None, "the server's own work"


def test_a_visitor_has_so_many_sweeps_on_their_way(tmp_path, monkeypatch):
    monkeypatch.setenv("TRICK_SWEEPS", str(tmp_path))
    monkeypatch.setenv("TRICK_HEAVY_AT_ONCE", "1")
    monkeypatch.setattr(visits, "account", visits.visitor)  # of a cookie AppTest knows nothing
    sweeps.cache_clear()
    held, begin = threading.Event(), Sweep._swept
    monkeypatch.setattr(Sweep, "_swept", lambda self, stopping: held.wait(60) and begin(self, stopping))
    try:
        page = opened("sweep", at_once=False, sweep_pictures="Digits", sweep_count_small="20")
        sound(page.button(key="start-sweep").click().run())
        sound(page.slider(key="sweep_count_small").set_value(30).run())
        sound(page.button(key="start-sweep").click().run())
        assert [one.value for one in page.info] == [
            "1 sweep of yours is on the way, as many as this server allows. Stop one, or press this again "
            "when one is done."
        ]
        assert [one.state for one in sweeps()._sweeps.values()] == ["running", "new"]
    finally:
        for one in sweeps()._sweeps.values():
            one.stop()
        held.set()
        sweeps.cache_clear()
