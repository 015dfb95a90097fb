"""Runs that share passes in a real worker, as several visitors' do where a GPU is: here on the CPU."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engine import small_jobs as jobs
from trickcore import Recipe, engine
from trickcore.engine import devices
from trickcore.engine.pool import Pool
from trickcore.engine.streams import Stream
from trickcore.jobs import networks, runs
from trickcore.jobs.networks import Network
from trickcore.pictures import samples
from trickcore.pictures.files import ImageError, to_png
from trickcore.pictures.mnist import small
from trickcore.runs.frames import Frame

STEPS, EIGHT = 60, 8


def worker(most: int) -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRICK_BATCH", str(most))
        pool = Pool(1, (networks.named, ("digits-standard",)))
        pool.call(jobs.where, (), {})  # it is there
    yield pool
    pool.stop()


@pytest.fixture(scope="module")
def apart() -> Iterator[Pool]:
    yield from worker(1)


@pytest.fixture(scope="module")
def together() -> Iterator[Pool]:
    yield from worker(EIGHT)


@pytest.fixture(scope="module")
def asked() -> list[tuple[bytes, Recipe]]:
    images, labels = small()
    return [
        (to_png(image), Recipe(target=(int(label) + 1) % 10, eps=20, steps=STEPS, seed=seed))
        for seed, (image, label) in enumerate(zip(images[:EIGHT], labels[:EIGHT], strict=True))
    ]


def network(pool: Pool, name: str = "digits-standard") -> Network:
    found: Network = pool.call(networks.named, (name,), {})
    return found


def read(pool: Pool, works: list[tuple[Any, ...]]) -> list[Any]:
    """Each stream's items, or the error that ended it: all are read at once, a thread each."""
    found: list[Any] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def one(place: int, fn: Any, *args: Any) -> None:
        ready.wait()
        try:
            found[place] = list(Stream[Any](pool, fn, args, {}))
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=one, args=(place, *work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody is still waiting"
    return found


def same(run: list[Frame], other: list[Frame]) -> bool:
    return len(run) == len(other) and all(
        np.abs(one.probs - two.probs).max() < 1e-5 and one.index == two.index
        for one, two in zip(run, other, strict=True)
    )


def test_eight_visitors_runs_share_passes_and_end_as_each_would_alone(apart, together, asked):
    found = {}
    passes = {}
    for name, pool in (("apart", apart), ("together", together)):
        net = network(pool)
        pool.call(jobs.passes, (net,), {})
        found[name] = read(pool, [(runs.frames, net, data, recipe) for data, recipe in asked])
        passes[name] = pool.call(jobs.passes, (net,), {})
    steps = EIGHT * (STEPS + 1)
    assert passes["apart"] == [1] * steps
    assert sum(passes["together"]) == steps
    assert len(passes["together"]) < steps / 3
    assert max(passes["together"]) <= EIGHT
    assert all(same(one, two) for one, two in zip(found["apart"], found["together"], strict=True))
    last = [run[-1].pixels.tobytes() for run in found["together"]]
    assert last == [run[-1].pixels.tobytes() for run in found["apart"]]
    assert len(set(last)) == EIGHT


def test_one_who_leaves_in_the_middle_takes_nobody_along(apart, together, asked):
    net = network(together)
    data, recipe = asked[0]
    source = Stream[Frame](together, runs.frames, (net, data, replace(recipe, steps=1000)), {})
    next(source)
    leaving = threading.Timer(0.2, source.close)
    leaving.start()
    works = [(runs.frames, net, data, replace(recipe, steps=100)) for data, recipe in asked[1:4]]
    found = read(together, works)
    leaving.join()
    assert all(len(run) == 101 for run in found)
    net = network(apart)
    expected = read(apart, [(fn, net, *rest) for fn, _, *rest in works])
    assert all(same(one, two) for one, two in zip(expected, found, strict=True))
    end = time.monotonic() + 10
    while together.busy():
        assert time.monotonic() < end, "the run that was left goes on"
        time.sleep(0.01)


def test_an_error_in_one_run_reaches_its_visitor_and_no_other(together, asked):
    net = network(together)
    works: list[tuple[Any, ...]] = [
        (runs.frames, net, data, replace(recipe, seed=77)) for data, recipe in asked[:3]
    ]
    works.insert(1, (jobs.breaks, net, asked[4][0], asked[4][1], 5))
    works.insert(2, (runs.frames, net, b"no picture", asked[4][1]))
    found = read(together, works)
    assert isinstance(found[1], ImageError)
    assert str(found[1]) == "it went wrong on the way"
    assert isinstance(found[2], ImageError)
    assert [len(found[place]) for place in (0, 3, 4)] == [STEPS + 1] * 3


def test_other_networks_and_jobs_without_one_are_done_beside_them(apart, together, asked, tmp_path):
    recipes = [(data, replace(recipe, seed=99)) for data, recipe in asked[:2]]
    cat = samples.sample("cat")
    photo = Recipe(target=145, eps=2, steps=2)
    found = {}
    for name, pool in (("apart", apart), ("together", together)):
        nets = [network(pool, one) for one in ("digits-standard", "digits-robust")]
        works: list[tuple[Any, ...]] = [
            *((runs.frames, net, data, recipe) for net in nets for data, recipe in recipes),
            (jobs.counted, str(tmp_path / name), 30),
            (runs.frames, network(pool, "efficientnet-lite0"), cat, photo),
        ]
        found[name] = read(pool, works)
    assert found["together"][4] == list(range(30))
    for place in (0, 1, 2, 3, 5):
        assert same(found["apart"][place], found["together"][place])


def test_heavy_runs_have_their_turns_alone(together, asked):
    net = network(together)
    together.call(jobs.passes, (net,), {})
    data, recipe = asked[5]
    views = replace(recipe, steps=4, views=30)
    works: list[tuple[Any, ...]] = [(runs.frames, net, data, replace(views, seed=n)) for n in (1, 2)]
    heavy = read(together, works)
    assert [len(run) for run in heavy] == [5, 5]
    assert set(together.call(jobs.passes, (net,), {})) == {1}


@pytest.mark.parametrize("wanted", ["many", "0", "-1", "2.5", "²", "1000"])
def test_a_number_of_runs_that_is_none_is_refused_when_the_server_starts(monkeypatch, wanted):
    monkeypatch.setenv("TRICK_BATCH", wanted)
    with pytest.raises(ValueError, match="a whole number from 1 to 256"):
        engine.start()


def test_unless_chosen_sixteen_runs_share_a_pass_on_a_gpu_and_none_on_the_cpu(monkeypatch):
    monkeypatch.delenv("TRICK_BATCH", raising=False)
    for where, expected in (("cpu", 1), ("cuda", 16), ("cuda:1", 16), ("mps", 16)):
        monkeypatch.setattr("trickcore.engine.devices.device", lambda where=where: where)
        assert devices.runs_a_pass() == expected
    monkeypatch.setenv("TRICK_BATCH", "3")
    assert devices.runs_a_pass() == 3
    monkeypatch.undo()
    monkeypatch.delenv("TRICK_BATCH", raising=False)
    monkeypatch.setenv("TRICKCORE_DEVICE", "abacus")
    assert devices.runs_a_pass() == 1
