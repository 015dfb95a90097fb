"""What visitors of a public server may ask for: who is held, for how long, and who is let in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine import small_jobs as jobs
from tests.helpers import ROOT
from trickcore.engine.limits.gate import Gate, Held
from trickcore.engine.limits.settings import Limits, limits
from trickcore.engine.pool import Pool
from trickcore.engine.standing import Standing
from trickcore.engine.streams import Stream
from trickcore.engine.tasks import Task


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Asking:
    """Visitors before a gate, and a clock that is set by hand."""

    def __init__(self, **most: int) -> None:
        self.clock = Clock()
        self.gate = Gate(Limits(**most), self.clock)

    def _task(self, fn: Any, *args: Any) -> Task:
        task = Task(0, fn, args, {}, None, threading.RLock())
        task.readers = 1
        return task

    def run(self, account: str | None) -> Task:
        task = self._task(jobs.counted, "nowhere", 10)
        self.gate.ask(task, account)
        return task

    def heavy(self, account: str | None) -> Task:
        task = self._task(jobs.endless, "nowhere")
        self.gate.ask(task, account)
        return task

    def at(self, seconds: float) -> list[Task]:
        """Who is let in so many seconds after the beginning."""
        self.clock.time = 1000.0 + seconds
        return self.gate.let_in()


@pytest.fixture(autouse=True)
def none_set(monkeypatch):
    for name in ("TRICK_RUNS_A_MINUTE", "TRICK_HEAVY_AT_ONCE", "TRICK_HEAVY_IN_ALL"):
        monkeypatch.delenv(name, raising=False)


def test_one_run_more_than_a_minute_allows_begins_when_the_first_is_a_minute_old():
    asking = Asking(runs_a_minute=3)
    begun = []
    for second in (0, 10, 50):
        assert asking.at(second) == []
        begun.append(asking.run("ann"))
    assert not any(task.held for task in begun)
    asking.at(55)
    fourth, fifth = asking.run("ann"), asking.run("ann")
    assert asking.gate.reason(fourth) == Held("runs", 3, 5.0)  # the first began at 0
    assert asking.gate.reason(fifth) == Held("runs", 3, 15.0)  # the second at 10
    assert not asking.run("bo").held, "another visitor's are counted apart"
    assert asking.at(59.9) == []
    assert asking.at(60) == [fourth]
    assert asking.gate.reason(fifth) == Held("runs", 3, 10.0)
    assert asking.at(70) == [fifth]
    assert asking.run("ann").held  # those of 50, 60 and 70
    assert asking.gate.reason(fourth) is None


def test_a_run_that_nobody_waits_for_any_more_takes_no_place():
    asking = Asking(runs_a_minute=1)
    asking.run("ann")
    asking.at(30)
    gone, stays = asking.run("ann"), asking.run("ann")
    gone.cancelled = True
    assert asking.at(60) == [stays]
    assert asking.gate.held == []


def test_so_much_heavy_work_of_a_visitor_is_done_at_once_and_the_next_when_one_is_over():
    asking = Asking(heavy_at_once=2)
    first, second, third = (asking.heavy("ann") for _ in range(3))
    assert [task.held for task in (first, second, third)] == [False, False, True]
    assert not asking.heavy("bo").held
    assert not asking.run("ann").held, "a live run is not heavy"
    first.spent, first.items = 10.0, [0] * 20  # half a second each, 80 of 100 to come
    second.spent, second.items = 10.0, [0] * 40  # a quarter each, 60 to come
    assert asking.gate.reason(third) == Held("own", 2, 15.0)
    second.done = True
    assert asking.at(0) == [third]


def test_what_was_stopped_makes_room_and_waits_when_it_is_to_go_on():
    asking = Asking(heavy_at_once=1)
    first = asking.heavy("ann")
    first.pausing = 1
    second = asking.heavy("ann")
    assert not second.held
    first.pausing = 0
    assert not asking.gate.ask(first, "ann")
    assert asking.gate.reason(first) is not None
    second.pausing = 1
    assert asking.at(0) == [first]


def test_so_much_heavy_work_of_all_visitors_is_done_at_once_in_the_order_in_which_they_came():
    asking = Asking(heavy_in_all=2)
    on = [asking.heavy("ann"), asking.heavy("bo")]
    waiting = [asking.heavy(name) for name in ("cem", "dot", "ann")]
    assert all(task.held for task in waiting)
    found = [asking.gate.reason(task) for task in waiting]
    assert [(one.why, one.limit, one.before) for one in found if one] == [
        ("all", 2, 0),
        ("all", 2, 1),
        ("all", 2, 2),
    ]
    on[0].done = True
    assert asking.at(0) == waiting[:1]
    on[1].done = waiting[0].done = True
    assert asking.at(0) == waiting[1:]


def test_the_server_itself_has_no_limit_and_without_settings_nobody_has():
    asking = Asking(runs_a_minute=1, heavy_at_once=1, heavy_in_all=1)
    assert not any(task.held for _ in range(5) for task in (asking.run(None), asking.heavy(None)))
    assert not asking.heavy("ann").held
    free = Gate(limits())
    assert free.limits == Limits(None, None, None)
    at_home = Asking()
    assert not any(task.held for _ in range(100) for task in (at_home.run("ann"), at_home.heavy("ann")))


def test_thirty_pupils_who_begin_at_once_are_not_held_by_what_a_public_server_is_given(monkeypatch):
    text = (ROOT / "docs" / "deploy" / "trick.env").read_text()
    for name, value in re.findall(r"^(TRICK_\w+)=(.*)$", text, re.MULTILINE):
        monkeypatch.setenv(name, value)
    given = limits()
    assert given.runs_a_minute
    assert given.heavy_at_once
    assert given.heavy_in_all
    asking = Asking()
    asking.gate.limits = given
    assert not any(asking.run(f"pupil {number}").held for number in range(30) for _ in range(10))


@pytest.mark.parametrize("name", ["TRICK_RUNS_A_MINUTE", "TRICK_HEAVY_AT_ONCE", "TRICK_HEAVY_IN_ALL"])
def test_a_limit_that_is_no_number_is_refused(monkeypatch, name):
    for wanted in ("many", "0", "-1", "2.5", "²", "99999", "1" * 5000):
        monkeypatch.setenv(name, wanted)
        with pytest.raises(ValueError, match=f"{name} asks for .*; a whole number from 1 to 10000 is meant"):
            limits()
    monkeypatch.setenv(name, " 12 ")
    assert 12 in (limits().runs_a_minute, limits().heavy_at_once, limits().heavy_in_all)


# With a real worker


class HeldError(Exception):
    """What somebody who waits was told."""


@pytest.fixture
def one() -> Iterator[Pool]:
    """A worker, and room for one heavy job of a visitor."""
    pool = Pool(1, None, Gate(Limits(runs_a_minute=4, heavy_at_once=1)))
    pool.account = lambda: "ann"
    yield pool
    pool.stop()


def reading(pool: Pool, job: Any, *args: Any) -> Stream[int]:
    return Stream(pool, job, args, {})


def asks(pool: Pool, source: Stream[Any]) -> Any:
    """The next item, or why there is none yet."""

    def waiting(standing: Standing | None) -> None:
        if standing is not None and standing.held is not None:
            raise HeldError(standing.held.why)

    pool.waiting = waiting
    try:
        return next(source)
    except HeldError as why:
        return str(why)


def test_what_is_held_begins_by_itself_and_nothing_of_it_is_lost(one, tmp_path):
    first = reading(one, jobs.endless, str(tmp_path / "a"))
    second = reading(one, jobs.endless, str(tmp_path / "b"))
    assert asks(one, first) == 1
    assert asks(one, second) == "own"
    assert one.busy() == 2
    first.pause(True)
    assert asks(one, second) == 1
    first.pause(False)  # it was stopped, and is to go on: now it waits itself
    while isinstance(number := asks(one, first), int):
        pass  # what it had given before
    assert number == "own"
    second.close()
    assert isinstance(asks(one, first), int)
    first.close()


def test_what_is_there_already_is_given_and_not_counted(one, tmp_path):
    for _ in range(9):
        assert list(reading(one, jobs.counted, str(tmp_path / "a"), 3)) == [0, 1, 2]
    others = [reading(one, jobs.counted, str(tmp_path / f"b{n}"), 1) for n in range(4)]
    assert [asks(one, other) for other in others] == [0, 0, 0, "runs"]
    assert one.call(jobs.where, (1,), {}) in one.pids(), "a question that is answered at once is no run"
    one.account = lambda: "bo"
    same = reading(one, jobs.counted, str(tmp_path / "b3"), 1)
    assert asks(one, same) == 0, "somebody else asks for it who may"
    assert asks(one, others[3]) == 0


def test_what_its_reader_has_stopped_goes_on_for_another(one, tmp_path):
    path = str(tmp_path / "a")
    first, second = (reading(one, jobs.endless, path) for _ in range(2))
    assert asks(one, first) == 1
    first.pause(True)
    assert [asks(one, second) for _ in range(40)][-1] == 40
