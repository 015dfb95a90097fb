"""Proofs against the strictest judge: no digit that is proved may fall to AutoAttack.

    python -m benchmarks.proofs [--digits 500] [--network proved]

So many of MNIST's test digits, drawn from the whole set, are proved at eps 0.3 by interval bounds, and all
of them are then attacked by AutoAttack, its authors' own code (the package pyautoattack). The table says how
many are read right, how many withstand it, how many are proved, and how many of those it broke, which has to
be none: else this ends with an error.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import torch

from benchmarks.autoattack import CHUNK, OFFICIAL, attacked
from trickcore import load, proved
from trickcore.measure.accuracy import EPS
from trickcore.pictures import mnist


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digits", type=int, default=500, help="how many of the test digits")
    parser.add_argument("--network", default="proved", help="proved, robust or standard")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    net = load(f"digits-{asked.network}").net
    assert isinstance(net, torch.nn.Module)
    images, labels = mnist.mnist(train=False)
    chosen = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))[: asked.digits]
    x, y = images[chosen], labels[chosen]
    start = time.perf_counter()
    sure = proved(net, x, y, EPS)
    proving = time.perf_counter() - start
    parts = zip(torch.split(x, CHUNK), torch.split(y, CHUNK), strict=True)
    start = time.perf_counter()
    end = torch.cat([attacked(OFFICIAL, net, part, truth) for part, truth in parts])
    attacking = time.perf_counter() - start
    if (end - x).abs().max() > EPS + 1e-6 or end.min() < 0 or end.max() > 1:
        raise RuntimeError("the judge left the ball, so its figure would mean nothing")
    with torch.no_grad():
        clean, held = net(x).argmax(1) == y, net(end).argmax(1) == y
    broken = int((sure & ~held).sum())
    print("| network | digits | clean | AutoAttack 0.3 | proved 0.3 | proved and broken | seconds |")
    print("|---|---|---|---|---|---|---|")
    shares = " | ".join(f"{float(part.double().mean()):.2%}" for part in (clean, held, sure))
    print(f"| {asked.network} | {len(y)} | {shares} | {broken} | {proving:.1f} and {attacking:.0f} |")
    if broken:
        raise SystemExit(f"{broken} digits that were proved were broken: the proof is wrong")


if __name__ == "__main__":
    main()
