"""Proofs against the strictest judge: no digit that is proved may fall to AutoAttack, nor to chance.

    python -m benchmarks.proofs [--proved 500] [--points 200] [--network proved]

MNIST's test digits, drawn from the whole set until so many of them are proved at eps 0.3 by interval bounds,
are all attacked by AutoAttack, its authors' own code (the package pyautoattack). Of each that is proved so
many random pictures within eps are asked about as well, every other one with each pixel at one end of what
eps allows. The table says how many are read right, how many withstand AutoAttack, how many are proved, and
how many of those were broken, which has to be none: else this ends with an error.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks.autoattack import CHUNK, OFFICIAL, attacked, refuse_outside
from trickcore import load, proved
from trickcore.measure.accuracy import EPS
from trickcore.pictures import mnist


def drawn(net: nn.Module, wanted: int) -> tuple[Tensor, Tensor, Tensor]:
    """Test digits up to the one with which so many are proved: pixels, labels, and which of them are."""
    images, labels = mnist.mnist(train=False)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    sure = torch.zeros(0, dtype=torch.bool)
    while int(sure.sum()) < wanted and len(sure) < len(order):
        some = order[len(sure) : len(sure) + CHUNK]
        sure = torch.cat([sure, proved(net, images[some], labels[some], EPS)])
    if int(sure.sum()) < wanted:
        raise SystemExit(f"Of all {len(order)} digits {int(sure.sum())} are proved, fewer than {wanted}.")
    count = int((sure.cumsum(0) < wanted).sum()) + 1
    return images[order[:count]], labels[order[:count]], sure[:count]


@torch.no_grad()
def changed(net: nn.Module, x: Tensor, labels: Tensor, points: int) -> int:
    """To how many of so many random pictures within EPS of each digit the network gives another answer."""
    rng, found = torch.Generator().manual_seed(1), 0
    for i in range(points):
        for part, truth in zip(torch.split(x, CHUNK), torch.split(labels, CHUNK), strict=True):
            noise = 2 * torch.rand(part.shape, generator=rng) - 1
            near = (part + EPS * (noise.sign() if i % 2 else noise)).clamp(0, 1)
            found += int((net(near).argmax(1) != truth).sum())
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proved", type=int, default=500, help="how many proved digits are tried")
    parser.add_argument("--points", type=int, default=200, help="random pictures of each of them")
    parser.add_argument("--network", default="proved", help="proved, robust or standard")
    asked = parser.parse_args(arguments)
    if asked.proved < 1 or asked.points < 1:
        parser.error("--proved and --points are 1 or more")
    torch.set_num_threads(1)
    net = load(f"digits-{asked.network}").net
    assert isinstance(net, nn.Module)
    x, y, sure = drawn(net, asked.proved)
    moved = changed(net, x[sure], y[sure], asked.points)
    parts = zip(torch.split(x, CHUNK), torch.split(y, CHUNK), strict=True)
    start = time.perf_counter()
    end = torch.cat([attacked(OFFICIAL, net, part, truth) for part, truth in parts])
    seconds = time.perf_counter() - start
    refuse_outside(x, end)
    with torch.no_grad():
        clean, held = net(x).argmax(1) == y, net(end).argmax(1) == y
    broken = int((sure & ~held).sum())
    print(
        "| network | digits | clean | AutoAttack 0.3 | proved 0.3 | proved and broken "
        "| random pictures of those proved | read otherwise | AutoAttack, seconds |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    shares = " | ".join(f"{float(part.double().mean()):.2%}" for part in (clean, held, sure))
    tried = asked.points * int(sure.sum())
    print(f"| {asked.network} | {len(y)} | {shares} | {broken} | {tried:,} | {moved} | {seconds:.0f} |")
    if broken or moved:
        raise SystemExit(f"{broken + moved} answers that were proved were changed: the proof is wrong")


if __name__ == "__main__":
    main()
