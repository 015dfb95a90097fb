"""What a job is found by, and what is kept of those that are done."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.small_jobs import arrays, noted, where
from trickcore import Recipe
from trickcore.engine.tasks import Store, Task, key_of
from trickcore.jobs.networks import Network, behind
from trickcore.jobs.runs import frames

NET = Network("net 1", "net", "Net", ("a", "b"), (8, 8), 3)


def key(*args: object, **kwargs: object) -> bytes:
    found = key_of(frames, args, kwargs)
    assert found is not None
    return found


def test_the_same_picture_network_and_recipe_are_one_run():
    assert key(NET, b"picture", Recipe()) == key(replace(NET), bytes(bytearray(b"picture")), Recipe())


@pytest.mark.parametrize(
    "args",
    [
        (replace(NET, identity="net 2"), b"picture", Recipe()),
        (behind(NET, "jpeg", 75, 0), b"picture", Recipe()),
        (NET, b"pictures", Recipe()),
        (NET, b"Picture", Recipe()),
        (NET, b"picture", Recipe(seed=1)),
        (NET, b"picture", Recipe(eps=2.0000001)),
        (NET, b"picture"),
    ],
)
def test_another_network_picture_or_recipe_is_another_run(args):
    assert key(*args) != key(NET, b"picture", Recipe())


def test_what_is_said_in_other_places_is_not_the_same():
    assert key(b"ab", b"c") != key(b"a", b"bc")
    assert key([1, 2], [3]) != key([1], [2, 3])
    assert key(1) != key(1.0) != key("1") != key(True)
    assert key(seed=1) != key(1)
    assert key({"a": 1, "b": 2}) != key({"a": 2, "b": 1})
    assert key(np.zeros((2, 3), np.uint8)) != key(np.zeros((3, 2), np.uint8))
    assert key(np.zeros((2, 3), np.uint8)) != key(np.ones((2, 3), np.uint8))


def test_what_may_be_otherwise_tomorrow_has_no_key():
    assert key_of(noted, ("a", "b"), {}) is None
    assert key_of(where, (object(),), {}) is None


def done(store: Store, number: int, size: int) -> Task:
    task = Task(number, where, (number,), {}, str(number).encode(), threading.RLock())
    store.put(task)
    with task.changed:
        task.end(number, size=size)
    store.tidy()
    return task


def test_those_used_last_are_kept_within_the_bounds_of_size_and_count():
    store = Store(most_bytes=100, most_tasks=3)
    tasks = [done(store, number, 30) for number in range(3)]
    assert store.get(b"0") is tasks[0], "which makes it the one used last"
    done(store, 3, 30)
    assert [store.get(str(number).encode()) is None for number in range(4)] == [False, True, False, False]
    done(store, 4, 95)
    assert store.size <= 100
    assert store.get(b"4") is not None


def test_what_nobody_asked_for_of_late_is_let_go_unless_it_is_pinned():
    clock = [0.0]
    store = Store(most_seconds=10, now=lambda: clock[0])
    for number in range(3):
        done(store, number, 10)
    first = store.get(b"0")
    assert first is not None
    first.pinned = True
    clock[0] = 9.0
    assert store.get(b"1") is not None
    clock[0] = 12.0
    store.tidy()
    assert [store.get(str(number).encode()) is None for number in range(3)] == [False, False, True]


def test_an_error_or_one_that_was_given_up_is_not_found_again():
    store = Store()
    failed, given_up = done(store, 1, 10), done(store, 2, 10)
    failed.error, given_up.cancelled = ValueError("no"), True
    assert store.get(b"1") is None
    assert store.get(b"2") is None


def test_of_items_only_the_newest_is_kept_whole():
    task = Task(1, arrays, (3, 1000), {}, None, threading.RLock())
    with task.changed:
        task.give([np.zeros(1000), np.ones(1000)], 2000, 0.1)
        task.give([np.full(1000, 2)], 1000, 0.1)
    assert [len(item) for item in task.items] == [1000, 1, 1000], "the worker thins what it sends at once"
