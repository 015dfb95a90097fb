"""A sweep on a real Ray cluster of two nodes, one of which is killed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweep import folders
from trickcore import Recipe
from trickcore.networks.card import WeightsError
from trickcore.sweep import Plan, PlanError, agreement, read, run
from trickcore.sweep.on_ray import OnRay
from trickcore.sweep.this_machine import ThisMachine

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator:
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield found
    ray.shutdown()
    found.shutdown()


def plan(folder: Path, **changes) -> Plan:
    given = {"eps": (25.5, 76.5), "target": "untargeted", "settings": Recipe(steps=40), "batch": 4}
    return Plan(str(folder), ("digits-standard", "digits-robust"), **{**given, **changes})


def test_a_node_that_is_killed_costs_no_row_and_doubles_none_and_this_machine_agrees(cluster, tmp_path):
    wanted = plan(folders.digits(tmp_path / "in", 60))
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    killed = False
    for news in run(wanted, tmp_path / "ray", lambda: OnRay(cluster.address)):
        if news.rows and not killed:
            cluster.remove_node(nodes[0], allow_graceful=False)
            killed = True
    assert killed
    there = read(tmp_path / "ray")
    assert set(Counter((row.picture, row.network, row.eps_levels) for row in there).values()) == {1}
    assert len(there) == 240
    for _ in run(wanted, tmp_path / "here", lambda: ThisMachine(0)):
        pass
    found = agreement(there, read(tmp_path / "here"))
    assert (found.both, found.alike, found.only_first, found.only_second) == (240, 240, 0, 0)


def test_what_this_machine_began_ray_carries_on(cluster, tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"), settings=Recipe(steps=2))
    for news in run(wanted, tmp_path / "out", lambda: ThisMachine(0)):
        if news.written:
            break
    kept = len(read(tmp_path / "out"))
    new = sum(len(news.rows) for news in run(wanted, tmp_path / "out", lambda: OnRay(cluster.address)))
    assert 0 < kept < 48
    assert kept + new == len(read(tmp_path / "out")) == 48


def test_what_is_wrong_on_a_node_is_said_as_it_is_here(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    wanted = plan(folders.digits(tmp_path / "in"), labels="clean")
    object.__setattr__(wanted, "networks", ("resnet18",))
    with pytest.raises(WeightsError, match="download"):
        list(run(wanted, tmp_path / "out", lambda: OnRay(cluster.address)))


def test_no_cluster_is_said_with_what_to_do():
    ray.shutdown()
    with pytest.raises(PlanError, match=r"no Ray cluster at '127\.0\.0\.1:1'.*ray start --head"):
        OnRay("127.0.0.1:1")
