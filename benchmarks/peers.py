"""One attack, five programs: ms a step, and whether they reach the same picture.

    python -m benchmarks.peers [--rounds 2] [--steps 20] [--threads 1 2] [--network efficientnet-lite0]

The attack is the targeted L-infinity sign attack on the sample cat, towards king penguin, without a
random start, on the CPU. Every contender runs in a process of its own, in turns, so that no one's
threads slow another, and all have the same number of threads: one, and then all cores. Prints two
Markdown tables a network; exits with 1 when two pictures differ. One call is one sitting, about five
minutes on two cores: quote the worst of several.
benchmarks/requirements.txt says how to install the peers; those that are missing are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.contenders import EPS, NETWORKS, PEERS, RUNS, Result, race
from trickcore.text import percent

SAME = 1 / 255
GOAL = 0.75  # ours, at most, of the fastest peer's time, on either network with any number of threads
TITLES = {name: peer.title for name, peer in PEERS.items()} | {"ours": "ours, through engine.stream"}


def measured(name: str, network: str, steps: int, threads: Sequence[int], save: Path | None) -> Result:
    """One contender, in a process of its own. Raises CalledProcessError when that fails."""
    command = [sys.executable, "-m", "benchmarks.peers", "--contender", name, "--network", network]
    command += ["--steps", str(steps), "--threads", *map(str, threads)]
    command += ["--save", str(save)] if save else []
    env = os.environ | {"TRICKCORE_DEVICE": "cpu"}
    out = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Result(**json.loads(out.splitlines()[-1]))


def compete(network: str, rounds: int, steps: int, threads: Sequence[int], folder: Path) -> bool:
    """All rounds on one network, printed; True when every contender reached the same picture."""
    racing = [*(name for name, peer in PEERS.items() if importlib.util.find_spec(peer.package)), "ours"]
    results: dict[str, list[Result]] = {name: [] for name in racing}
    for turn in range(rounds):
        for name in racing:
            save = None if turn else folder / f"{network}-{name}.npz"
            results[name].append(measured(name, network, steps, threads, save))
            times = ", ".join(f"{ms:.1f}" for ms in results[name][-1].ms)
            print(f"{network}, round {turn + 1}: {name} {times} ms", file=sys.stderr)
    print(
        f"\n### {network}: {steps} steps, fastest of {rounds} rounds of {RUNS} runs, {os.cpu_count()} cores\n"
    )
    print_times(
        threads,
        {name: [min(ms) for ms in zip(*(r.ms for r in of), strict=True)] for name, of in results.items()},
    )
    return print_pictures({name: of[0] for name, of in results.items()}, network, folder)


def print_times(threads: Sequence[int], ms: dict[str, list[float]]) -> None:
    """One row a contender: its milliseconds a step with each number of threads, beside the fastest peer's."""
    rivals = [ms[name] for name in ms if name not in ("notebook", "ours")] or [ms["notebook"]]
    fastest = [min(times) for times in zip(*rivals, strict=True)]
    heads = [f"{n} thread{'s' if n > 1 else ''}, ms a step | of the fastest peer" for n in threads]
    print(f"| contender | {' | '.join(heads)} |\n|---|{'---|---|' * len(threads)}")
    for name, title in TITLES.items():
        if name in ms:
            pairs = zip(ms[name], fastest, strict=True)
            print(f"| {title} | {' | '.join(f'{own:.1f} | {own / best:.2f}' for own, best in pairs)} |")
        else:
            print(f"| {title} | not installed |{' |' * (2 * len(threads) - 1)}")
    ratios = [own / best for own, best in zip(ms["ours"], fastest, strict=True)]
    told = "met" if max(ratios) <= GOAL else "missed"
    print(f"\nGoal, at most {GOAL} of the fastest peer: {told} ({', '.join(f'{r:.2f}' for r in ratios)}).")


def print_pictures(results: dict[str, Result], network: str, folder: Path) -> bool:
    """Each contender's picture beside ours, in double precision (the check) and in float32 (as timed)."""
    pictures = {name: np.load(folder / f"{network}-{name}.npz") for name in results}
    ours, same = pictures["ours"], True
    print("\n| contender | same picture to 1/255 | largest difference | equal to 1e-6 ", end="")
    print("| float32: largest difference | equal to 1e-6 | target |\n|---|---|---|---|---|---|---|")
    for name, result in results.items():
        off = {kind: np.abs(pictures[name][kind] - ours[kind]) for kind in ("double", "single")}
        agrees = bool(off["double"].max() <= SAME)
        same = same and agrees
        columns = [f"{255 * d.max():.2g} | {percent((d <= 1e-6).mean())}" for d in off.values()]
        odds = f"{percent(result.before)} to {percent(result.after)}"
        print(f"| {TITLES[name]} | {'yes' if agrees else 'no'} | {' | '.join(columns)} | {odds} |")
    print(
        f"\nEpsilon {255 * EPS:g} grey levels, alpha 2.5 epsilon / steps; differences in grey levels. The"
        "\ncheck is in double precision: in float32 rounding flips signs, and the paths part."
    )
    if network == "googlenet":
        print("GoogLeNet's weights are random (seed 0), so its time means something and its answers do not.")
    return same


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    cores = os.cpu_count() or 1
    options.add_argument("--rounds", type=int, default=2, help="processes a contender (default 2)")
    options.add_argument("--steps", type=int, default=20, help="steps a run (default 20)")
    options.add_argument(
        "--threads",
        type=int,
        nargs="+",
        default=sorted({1, cores}),
        help="torch's threads, one measurement after the other (default one, then all cores)",
    )
    options.add_argument("--network", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    options.add_argument("--contender", choices=list(TITLES), help=argparse.SUPPRESS)  # what a process is for
    options.add_argument("--save", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args(arguments)
    if given.contender:
        found = race(given.contender, given.network[0], given.steps, given.threads, given.save)
        print(json.dumps(asdict(found)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        same = [
            compete(network, given.rounds, given.steps, given.threads, Path(folder))
            for network in given.network
        ]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
