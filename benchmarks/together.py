"""What sharing a network's passes gives: steps a second of several runs at once in one worker, each with
passes of its own, and all in one batch, on the device that networks run on here.

    python -m benchmarks.together [--network efficientnet-lite0] [--runs 1 4 8 16] [--steps 40] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from itertools import count
from typing import Any

from trickcore import Recipe
from trickcore.engine.pool import Pool
from trickcore.engine.streams import Stream
from trickcore.jobs import networks, runs
from trickcore.jobs.networks import Network
from trickcore.pictures import samples

seeds = count(1)


def worker(most: int) -> Pool:
    """One worker, in which so many runs may share a pass."""
    before = os.environ.get("TRICK_BATCH")
    os.environ["TRICK_BATCH"] = str(most)
    try:
        pool = Pool(1)
        pool.call(networks.device, (), {})  # it is there, and has read the setting
    finally:
        del os.environ["TRICK_BATCH"]
        if before is not None:
            os.environ["TRICK_BATCH"] = before
    return pool


def seconds(pool: Pool, network: Network, how_many: int, steps: int) -> float:
    """Until all of so many runs, each with a seed that none had before, have ended."""
    failed: list[Exception] = []

    def one(seed: int) -> None:
        picture = samples.blank("noise", network.size, seed=seed)
        recipe = Recipe(target=seed % len(network.labels), steps=steps, seed=seed, random_start=True)
        try:
            for _ in Stream[Any](pool, runs.frames, (network, picture, recipe), {}):
                pass
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(next(seeds),)) for _ in range(how_many)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - begin


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--network", default="efficientnet-lite0")
    options.add_argument("--runs", type=int, nargs="+", default=[1, 4, 8, 16])
    options.add_argument("--steps", type=int, default=40)
    options.add_argument("--rounds", type=int, default=3, help="of which the median counts")
    given = options.parse_args()
    pools = [worker(1), worker(max(given.runs))]
    try:
        device = pools[0].call(networks.device, (), {})
        rates: dict[int, list[float]] = {}
        nets = [pool.call(networks.named, (given.network,), {}) for pool in pools]
        for pool, net in zip(pools, nets, strict=True):
            for how_many in given.runs:  # a GPU's kernels are chosen for each size of a batch
                seconds(pool, net, how_many, 2)
        for how_many in given.runs:
            times: list[list[float]] = [[], []]
            for _ in range(given.rounds):  # in turns, so that both meet the same machine
                for which, (pool, net) in enumerate(zip(pools, nets, strict=True)):
                    times[which].append(seconds(pool, net, how_many, given.steps))
            rates[how_many] = [how_many * given.steps / statistics.median(each) for each in times]
    finally:
        for pool in pools:
            pool.stop()
    print(f"\n{given.network} on {device}, runs of {given.steps} steps, median of {given.rounds}:")
    print("steps a second of all runs\n")
    print("| runs at once | a pass each | one pass for all | ratio |\n|---|---|---|---|")
    for how_many, (apart, together) in rates.items():
        print(f"| {how_many} | {apart:.1f} | {together:.1f} | {together / apart:.2f} |")


if __name__ == "__main__":
    main()
