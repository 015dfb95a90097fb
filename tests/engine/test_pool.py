"""Worker processes, real ones: what is computed once, who waits, who leaves, what when one of them dies."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engine import small_jobs as jobs
from tests.helpers import ROOT
from trickcore import engine
from trickcore.engine.doors import call, stream
from trickcore.engine.pool import Pool, WorkerLostError
from trickcore.engine.streams import Stream
from trickcore.pictures.files import ImageError


@pytest.fixture(scope="module")
def two() -> Iterator[Pool]:
    pool = Pool(2, (jobs.warmed, ()))
    yield pool
    pool.stop()


@pytest.fixture
def started(two, monkeypatch) -> Pool:
    """The doors lead to the two workers."""
    monkeypatch.setattr("trickcore.engine.doors._pool", two)
    return two


def until(true: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def within(pool: Pool, job: Callable[..., Any], *args: Any, seconds: float = 60) -> Any:
    """The result of a job that is waited for no longer than that."""
    with ThreadPoolExecutor(1) as one:
        try:
            return one.submit(pool.call, job, args, {}).result(timeout=seconds)
        except TimeoutError:
            pool.stop()  # which ends the wait
            raise


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def closed(path: Path) -> bool:
    return lines(path) == ["closed"]


def test_a_job_is_done_in_another_process_with_one_torch_thread(started):
    until(lambda: len(started.pids()) == 2)
    assert call(jobs.where) in started.pids()
    assert call(jobs.threads) == 1


def test_workers_are_forked_from_a_process_that_is_warm(started):
    if not sys.platform.startswith("linux"):
        pytest.skip("workers are forked on Linux only")
    assert call(jobs.loaded)


def test_where_processes_cannot_be_forked_each_is_started_and_replaced_by_itself(monkeypatch):
    monkeypatch.setattr("trickcore.engine.processes.FORKS", False)  # as on Windows and macOS
    pool = Pool(2)
    try:
        until(lambda: len(pool.pids()) == 2)
        first = pool.call(jobs.where, (), {})
        assert not pool.call(jobs.loaded, (), {}), "nothing was warmed for it"
        assert pool.call(jobs.threads, (), {}) == 1
        os.kill(first, signal.SIGKILL)
        until(lambda: first not in pool.pids() and len(pool.pids()) == 2)
        assert pool.call(jobs.where, (1,), {}) in pool.pids()
    finally:
        pool.stop()


def test_what_no_process_can_find_is_done_by_the_thread(started):
    assert call(os.getpid) == os.getpid()
    assert call(lambda: threading.current_thread().name).startswith("torch-owner")
    assert list(stream(iter("ab"))) == ["a", "b"]


def test_a_stream_yields_everything_in_order(started, tmp_path):
    assert list(stream(jobs.counted, str(tmp_path / "a"), 50)) == list(range(50))
    assert list(stream(jobs.counted, str(tmp_path / "b"), 0)) == []


def test_nothing_is_begun_before_the_first_item_is_asked_for(started, tmp_path):
    path = tmp_path / "noted"
    source = stream(jobs.counted, str(path), 3)
    call(jobs.where, 1)
    assert lines(path) == []
    assert next(source) == 0


def test_errors_come_back_as_they_were(started):
    with pytest.raises(ImageError, match="too small"):
        call(jobs.refused, "too small")
    got: list[int] = []
    with pytest.raises(ValueError, match="second half is missing"):
        got.extend(item for item in stream(jobs.halfway, 3))
    with pytest.raises(RuntimeError, match="UnsendableError: salt and pepper"):
        call(jobs.unsendable)
    with pytest.raises(TypeError, match="cannot be sent"):
        call(jobs.where, lambda: 1)  # type: ignore[arg-type]


def test_a_run_that_failed_gave_what_it_had(started):
    source = stream(jobs.halfway, 4)
    assert [next(source) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="second half"):
        next(source)


def test_the_same_run_is_computed_once_for_all_who_ask_while_it_grows_and_after(started, tmp_path):
    path = tmp_path / "noted"
    got: list[list[int]] = []
    read = lambda: got.append(list(stream(jobs.counted, str(path), 40, pause=0.005)))  # noqa: E731
    first = threading.Thread(target=read)
    first.start()
    until(lambda: len(lines(path)) > 5)
    late = [threading.Thread(target=read) for _ in range(5)]
    for thread in late:
        thread.start()
    for thread in [first, *late]:
        thread.join()
    read()
    assert got == [list(range(40))] * 7
    assert lines(path) == [str(number) for number in range(40)]


def test_what_may_be_otherwise_tomorrow_is_asked_anew(started, tmp_path):
    path = tmp_path / "noted"
    for _ in range(2):
        call(jobs.noted, str(path), "today")
    assert lines(path) == ["today", "today"]
    for _ in range(2):
        call(jobs.noted_once, str(path), "once")
    assert lines(path).count("once") == 1
    started.forget()
    call(jobs.noted_once, str(path), "once")
    assert lines(path).count("once") == 2


def test_a_run_goes_on_while_nobody_looks_and_is_there_when_they_come_back(started, tmp_path):
    path = tmp_path / "noted"
    source = stream(jobs.counted, str(path), 20)
    assert next(source) == 0
    until(lambda: len(lines(path)) == 20)
    assert list(source) == list(range(1, 20))


def test_a_late_comer_is_given_all_at_once_and_only_the_newest_item_whole(started):
    first = list(stream(jobs.arrays, 30, 5000))
    assert [len(item) for item in first[-1:]] == [5000]
    late = list(stream(jobs.arrays, 30, 5000))
    assert [len(item) for item in late] == [1] * 29 + [5000]
    assert [int(item[0]) for item in late] == list(range(30))


def test_who_closes_a_stream_or_lets_it_go_frees_the_place(started, tmp_path):
    for number, leave in enumerate((lambda source: source.close(), lambda source: None)):
        path = tmp_path / str(number)
        source = stream(jobs.endless, str(path))
        next(source)
        leave(source)
        del source
        until(partial(closed, path))
    assert started.busy() == 0


def test_who_leaves_takes_only_what_is_theirs_alone(started, tmp_path):
    mine, ours = tmp_path / "mine", tmp_path / "ours"
    visitor = ["Ann"]
    started.visitor = lambda: visitor[0]
    try:
        sources = [stream(jobs.endless, str(path)) for path in (mine, ours)]
        for source in sources:
            next(source)
        visitor[0] = "Ben"
        other = stream(jobs.endless, str(ours))
        next(other)
        assert set(started.visitors()) == {"Ann", "Ben"}
        started.leave("Ann")
        until(lambda: lines(mine) == ["closed"])
        assert isinstance(next(other), int)
        assert lines(ours) == []
        started.leave("Ben")
        until(lambda: lines(ours) == ["closed"])
    finally:
        started.visitor = lambda: None


def test_who_comes_back_reads_on_where_they_were(started, tmp_path):
    path = tmp_path / "noted"
    source = stream(jobs.counted, str(path), 40, pause=0.002)
    assert isinstance(source, Stream)
    got = [next(source) for _ in range(5)]
    source.release()  # as when the connection is lost
    assert got + list(source) == list(range(40))


def test_one_who_pauses_stops_the_work_unless_another_wants_it(started, tmp_path):
    path = tmp_path / "noted"
    source = stream(jobs.counted, str(path), 10_000, pause=0.002)
    assert isinstance(source, Stream)
    next(source)
    source.pause(True)
    call(jobs.where, 2)
    time.sleep(0.3)  # a slice that was on may end
    before = len(lines(path))
    time.sleep(0.3)
    assert len(lines(path)) == before
    source.pause(False)
    until(lambda: len(lines(path)) > before)
    source.close()


def test_a_worker_that_dies_is_replaced_and_its_runs_are_begun_again_once(started, tmp_path):
    until(lambda: len(started.pids()) == 2)
    source = stream(jobs.dies_once, str(tmp_path / "died"), 20)
    assert isinstance(source, Stream)
    assert list(source) == list(range(20))
    assert source.begun_again
    until(lambda: len(started.pids()) == 2)
    fine = stream(jobs.counted, str(tmp_path / "fine"), 3)
    assert list(fine) == [0, 1, 2]
    assert not fine.begun_again  # type: ignore[attr-defined]


def test_a_job_that_ends_its_process_every_time_is_given_up_with_a_sentence(started):
    with pytest.raises(WorkerLostError, match=r"The process that computes ended twice .* Try again"):
        call(jobs.dies, 1)
    until(lambda: len(started.pids()) == 2)
    assert call(jobs.where, 3) in started.pids()


def test_a_worker_killed_while_idle_is_replaced_and_others_go_on_as_if_nothing_had_been(started, tmp_path):
    until(lambda: len(started.pids()) == 2 and started.busy() == 0)
    source = stream(jobs.counted, str(tmp_path / "mine"), 60, pause=0.02)
    assert next(source) == 0
    (idle,) = [worker.pid for worker in started._workers.values() if not worker.tasks]
    os.kill(idle, signal.SIGKILL)
    assert list(source) == list(range(1, 60))
    assert not source.begun_again  # type: ignore[attr-defined]
    assert lines(tmp_path / "mine") == [str(number) for number in range(60)], "nothing was done twice"
    until(lambda: len(started.pids()) == 2 and idle not in started.pids())


def test_a_process_that_forks_is_started_anew_once_it_is_needed_and_the_runs_go_on(started, tmp_path):
    """The system ends the largest processes first where memory is short, and that one is as large as any."""
    if not sys.platform.startswith("linux"):
        pytest.skip("workers are forked on Linux only")
    until(lambda: len(started.pids()) == 2)
    source = stream(jobs.counted, str(tmp_path / "mine"), 2000, pause=0.01)
    assert next(source) == 0
    server = started._processes._server
    assert server is not None
    for pid in [server.pid, *started.pids()]:
        os.kill(pid, signal.SIGKILL)
    assert next(source) == 1
    until(lambda: next(source) > 5)
    assert source.begun_again  # type: ignore[attr-defined]
    source.close()  # type: ignore[attr-defined]
    assert call(jobs.loaded), "the new one is warm, too"
    until(lambda: len(started.pids()) == 2)


def test_one_that_ends_while_it_loads_is_started_anew(monkeypatch):
    monkeypatch.setattr("trickcore.engine.processes.LATE", math.inf)  # its end is noticed, not its silence
    monkeypatch.setattr("trickcore.engine.processes.FORKS", False)  # as on Windows and macOS
    pool = Pool(1)
    try:
        until(lambda: pool._processes._started)
        loading = pool._processes._started[0]
        assert pool.pids() == []
        loading.kill()
        assert within(pool, jobs.where, 20) != loading.pid
    finally:
        pool.stop()


def test_where_processes_cannot_be_started_that_is_told_and_a_later_try_succeeds(monkeypatch):
    """What is started is put aside by a program that ends at once, as where a file is missing."""
    monkeypatch.setattr(sys.modules["trickcore.engine.pool"], "REST", 0.0)
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pool = Pool(1, (jobs.warmed, ()))
    try:
        if sys.platform.startswith("linux"):
            with pytest.raises(WorkerLostError, match=r"could not be started.*Try again in a moment"):
                within(pool, jobs.where, 21)
        monkeypatch.setattr(sys, "executable", python)
        assert within(pool, jobs.where, 21) in pool.pids()
    finally:
        pool.stop()


def test_a_run_too_large_for_the_graphics_card_is_begun_again_on_the_cpu_and_says_so(started):
    from trickcore import Recipe
    from trickcore.jobs import networks, runs
    from trickcore.pictures.drawing import drawn_png

    net = call(networks.named, "digits-standard")
    recipe = Recipe(network="digits-standard", target=8, eps=76.5, steps=8)
    source = stream(jobs.too_large, net, drawn_png("5"), recipe)
    beside = stream(runs.frames, net, drawn_png("3"), recipe)
    frames = [frame for pair in zip(source, beside, strict=True) for frame in pair][::2]
    assert [frame.index for frame in frames] == list(range(9)), "none is missing and none comes twice"
    assert source.fell_back  # type: ignore[attr-defined]
    assert not source.begun_again  # type: ignore[attr-defined]
    assert not beside.fell_back  # type: ignore[attr-defined]
    assert started.fell_back == 1
    expected = list(stream(runs.frames, net, drawn_png("5"), recipe))
    assert all((one.pixels == two.pixels).all() for one, two in zip(frames, expected, strict=True)
               if one.pixels is not None)  # fmt: skip
    assert call(jobs.told_to_run_on, 1) == "cpu"
    assert call(jobs.where, 31) in started.pids(), "others run where they did"


def test_who_waits_is_told_how_many_are_ahead_and_may_stop_waiting(started, tmp_path):
    told: list[Any] = []

    def waiting(standing: Any) -> None:
        told.append(standing)
        if len(told) == 3:
            raise InterruptedError

    others = [stream(jobs.counted, str(tmp_path / str(n)), 2000, pause=0.002) for n in range(4)]
    for other in others:
        next(other)
    started.waiting = waiting
    try:
        with pytest.raises(InterruptedError):
            list(stream(jobs.counted, str(tmp_path / "mine"), 2000, pause=0.004))
    finally:
        started.waiting = lambda standing: None
        for other in others:
            other.close()  # type: ignore[attr-defined]
    assert all(standing.ahead >= 1 and standing.seconds > 0 for standing in told)


def test_new_runs_go_to_the_worker_that_is_least_busy(started, tmp_path):
    until(lambda: len(started.pids()) == 2 and started.busy() == 0)
    busy = stream(jobs.endless, str(tmp_path / "busy"))
    next(busy)
    (at,) = [worker.pid for worker in started._workers.values() if worker.tasks]
    places = {call(jobs.where, number) for number in range(10, 16)}
    assert places == set(started.pids()) - {at}
    busy.close()  # type: ignore[attr-defined]


def test_a_server_that_is_killed_leaves_no_worker_behind():
    code = (
        "import time; from trickcore.engine.pool import Pool; from tests.engine import small_jobs as jobs;"
        "pool = Pool(2); pool.call(jobs.where, (), {});"
        "time.sleep(0.5); print(*pool.pids(), flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    pids = [int(word) for word in server.stdout.readline().split()]
    assert pids
    server.kill()
    server.wait()

    def gone(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    until(lambda: all(gone(pid) for pid in pids))


@pytest.mark.parametrize(("wanted", "expected"), [("0", 0), ("3", 3)])
def test_the_number_of_workers_can_be_chosen(monkeypatch, wanted, expected):
    monkeypatch.setenv("TRICK_WORKERS", wanted)
    assert engine.devices.workers() == expected


@pytest.mark.parametrize("wanted", ["many", "-1", "2.5", "²", "1000"])
def test_a_number_of_workers_that_is_none_is_refused(monkeypatch, wanted):
    monkeypatch.setenv("TRICK_WORKERS", wanted)
    with pytest.raises(ValueError, match="a whole number from 0 to 256"):
        engine.devices.workers()


def test_unless_chosen_there_is_a_worker_a_core_and_at_most_four(monkeypatch):
    monkeypatch.delenv("TRICK_WORKERS")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert engine.devices.workers() in (1, min(cores, 4))
    monkeypatch.setattr("trickcore.engine.devices._free", lambda: 500_000_000)
    assert engine.devices.workers() == 1


def test_a_run_is_the_same_byte_for_byte_with_one_two_and_four_workers():
    from trickcore import Recipe
    from trickcore.jobs import networks, runs
    from trickcore.pictures import samples
    from trickcore.pictures.files import encode

    files = []
    for count in (1, 2, 4):
        pool = Pool(count, (networks.named, ("efficientnet-lite0",)))
        net = pool.call(networks.named, ("efficientnet-lite0",), {})
        recipes = [Recipe(steps=6, seed=seed, random_start=True) for seed in range(3)]
        got: dict[int, bytes] = {}

        def one(recipe: Recipe, pool: Pool = pool, got: dict[int, bytes] = got, net: Any = net) -> None:
            frames = list(Stream[Any](pool, runs.frames, (net, samples.sample("cat"), recipe), {}))
            got[recipe.seed] = encode(frames[-1].pixels)

        threads = [threading.Thread(target=one, args=(recipe,)) for recipe in recipes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pool.stop()
        files.append([got[recipe.seed] for recipe in recipes])
    assert files[0] == files[1] == files[2]
    assert len(set(files[0])) == 3
