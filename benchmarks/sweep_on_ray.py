"""A sweep on a Ray cluster of two nodes with a core each, one of which is killed on the way and replaced:

    python -m benchmarks.sweep_on_ray PHOTOS OUT [--network A,B] [--eps 0.5,1,2,4] [--steps 2] [--kill 0.3]

The nodes are processes of this machine, so that two of them are two cores. Compare with the same sweep
on this machine by `python -m trickcore compare OUT OTHER`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from trickcore.runs.recipe import Recipe
from trickcore.sweep import Plan, run
from trickcore.sweep.on_ray import OnRay


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos")
    parser.add_argument("out", type=Path)
    parser.add_argument("--network", default="efficientnet-lite0,efficientnet-lite1,efficientnet-lite2")
    parser.add_argument("--eps", default="0.5,1,2,4")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--kill", type=float, help="the share done at which a node is killed")
    asked = parser.parse_args(arguments)

    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(asked.nodes)]
    plan = Plan(
        asked.photos,
        tuple(asked.network.split(",")),
        eps=tuple(float(eps) for eps in asked.eps.split(",")),
        settings=Recipe(steps=asked.steps),
        labels="clean",
    )
    began, killed, found = time.perf_counter(), asked.kill is None, 0
    start, early = 0.0, 0  # until the first rows, and how many these are
    for news in run(plan, asked.out, lambda: OnRay(cluster.address)):
        found += len(news.rows)
        if found and not start:
            start, early = time.perf_counter() - began, found
        if not killed and news.done >= asked.kill * news.trials:
            cluster.remove_node(nodes[0], allow_graceful=False)
            print(f"a node killed after {news.done:,} of {news.trials:,} trials", flush=True)
            cluster.add_node(num_cpus=1)
            killed = True
    took = time.perf_counter() - began
    rate = (found - early) / (took - start)
    print(
        f"{found:,} rows in {took:.0f} s; after the first, at {start:.1f} s, {rate:.2f} a second", flush=True
    )
    cluster.shutdown()


if __name__ == "__main__":
    main()
