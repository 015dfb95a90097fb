"""One thread owns torch: who runs where, who waits for whom, and what happens when someone leaves."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.helpers import ROOT
from trickcore import engine


def here() -> str:
    return threading.current_thread().name


def noted(made: list[int]) -> Iterator[int]:
    """Ten numbers, each noted when it is made."""
    for n in range(10):
        made.append(n)
        yield n


def settle() -> None:
    """Wait until the owner has done everything asked of it before."""
    engine.call(lambda: None)


def test_everything_runs_on_one_thread_called_torch_owner():
    names = []

    def slowly() -> str:
        time.sleep(0.005)  # long enough for a second thread, were there one, to take the next job
        return here()

    def visitor() -> None:
        names.append(engine.call(slowly))
        names.extend(engine.stream(slowly() for _ in range(3)))

    threads = [threading.Thread(target=visitor) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 20
    assert len(set(names)) == 1
    assert names[0].startswith("torch-owner")
    assert here() != names[0]


def test_arguments_go_in_and_results_come_back():
    assert engine.call(divmod, 17, 5) == (3, 2)
    assert engine.call(sorted, [2, 3, 1], reverse=True) == [3, 2, 1]


def test_an_exception_comes_back_to_the_caller_and_the_owner_lives_on():
    with pytest.raises(ZeroDivisionError):
        engine.call(lambda: 1 // 0)
    assert engine.call(lambda: "still here") == "still here"


def test_a_call_from_the_owner_itself_is_done_at_once_and_blocks_nobody():
    assert engine.call(lambda: engine.call(lambda: engine.call(here))) == engine.call(here)


def test_a_stream_from_the_owner_itself_is_done_at_once():
    assert engine.call(lambda: list(engine.stream(iter("abc")))) == ["a", "b", "c"]


@pytest.mark.parametrize("items", [[], [1], [3, 1, 2], [None, None], (n * n for n in range(20))])
def test_a_stream_yields_everything_in_order(items):
    expected = [n * n for n in range(20)] if isinstance(items, Iterator) else list(items)
    assert list(engine.stream(items)) == expected


def test_an_exception_within_a_stream_comes_after_what_was_made_before_it():
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise RuntimeError("the weights ran away")

    stream = engine.stream(items())
    assert [next(stream), next(stream)] == [1, 2]
    with pytest.raises(RuntimeError, match="the weights ran away"):
        next(stream)


def test_nothing_is_made_before_the_first_item_is_asked_for():
    made: list[int] = []
    waiting = engine.stream(noted(made))
    settle()
    assert made == []
    assert list(waiting) == list(range(10))
    assert made == list(range(10))


def test_one_item_is_made_ahead_and_no_more():
    made: list[int] = []
    stream = engine.stream(noted(made))
    assert next(stream) == 0
    settle()
    assert made == [0, 1]
    assert next(stream) == 1
    settle()
    assert made == [0, 1, 2]


def test_two_streams_take_turns_an_item_each():
    made = []

    def items(name: str) -> Iterator[str]:
        for n in range(5):
            made.append(f"{name}{n}")
            yield f"{name}{n}"

    pairs = list(zip(engine.stream(items("a")), engine.stream(items("b")), strict=True))
    assert pairs == [(f"a{n}", f"b{n}") for n in range(5)]
    assert made == ["a0", "a1", "b0", "b1", "a2", "b2", "a3", "b3", "a4", "b4"]


def test_a_call_need_not_wait_for_the_end_of_anothers_stream():
    begun, enough = threading.Event(), threading.Event()

    def many() -> Iterator[bool]:
        for _ in range(100_000):
            begun.set()
            if enough.is_set():
                return
            yield True

    visitor = threading.Thread(target=lambda: all(engine.stream(many())))
    visitor.start()
    begun.wait()
    assert [engine.call(lambda: "my turn") for _ in range(20)] == ["my turn"] * 20
    assert visitor.is_alive()
    enough.set()
    visitor.join()


def test_four_visitors_at_once_each_get_their_own_items():
    got: dict[int, list[int]] = {}

    def visitor(k: int) -> None:
        got[k] = list(engine.stream(10 * k + n for n in range(10)))

    threads = [threading.Thread(target=visitor, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {k: list(range(10 * k, 10 * k + 10)) for k in range(4)}


def test_closing_a_stream_closes_its_generator_on_the_owners_thread():
    closed = []

    def items() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.append(here())

    source = items()  # held here, so that only closing closes it and not the garbage collector
    stream = engine.stream(source)
    assert [next(stream) for _ in range(3)] == [0, 0, 0]
    assert closed == []
    stream.close()  # type: ignore[attr-defined]
    settle()
    assert closed == [engine.call(here)]


LEFT = """
import gc
from trickcore.engine import owner

def items():
    yield from range(1000)

def leave():
    stream = owner.stream(items)
    next(stream)
    ring = [stream]
    ring.append(ring)  # only the garbage collector finds it

owner.call(int)
gc.disable()
for later in range(1, 120):  # so many objects later it comes: once in the midst of asking for a job
    gc.collect()
    leave()
    gc.set_threshold(later + gc.get_count()[0], 1000, 1000)
    gc.enable()
    owner.call(int)
    gc.disable()
print("done")
"""


def test_a_stream_that_the_garbage_collector_closes_while_another_job_is_asked_for_blocks_nobody():
    told = subprocess.run(
        [sys.executable, "-c", LEFT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout == "done\n"


def test_a_stream_that_is_left_by_an_exception_closes_its_generator_too():
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(here())

    source = items()

    def leave_early() -> None:
        for item in engine.stream(source):
            if item == 2:
                raise KeyError("the visitor went away")

    with pytest.raises(KeyError):
        leave_early()
    settle()
    assert closed == [engine.call(here)]


def test_the_device_can_be_chosen(monkeypatch):
    monkeypatch.setenv("TRICKCORE_DEVICE", " CPU ")
    assert engine.device() == "cpu"


def test_without_a_choice_the_device_is_one_that_is_there(monkeypatch):
    import torch

    monkeypatch.setenv("TRICKCORE_DEVICE", "")
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert engine.device() == expected
    monkeypatch.delenv("TRICKCORE_DEVICE")
    assert engine.device() == expected


@pytest.mark.parametrize("wanted", ["abacus", "abacus:1"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(monkeypatch, wanted):
    monkeypatch.setenv("TRICKCORE_DEVICE", wanted)
    with pytest.raises(
        ValueError,
        match=f"TRICKCORE_DEVICE asks for '{wanted}', which this machine does not have; it has: .*cpu",
    ):
        engine.device()
