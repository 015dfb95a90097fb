"""The strictest judge: AutoAttack (Croce and Hein 2020) by torchattacks, on the digit networks that ship.

python -m benchmarks.autoattack [robust] [--digits 10000] [--write]
`--write` puts the figure into assets/digits/card.json, which only a measurement of all 10,000 may do.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from os import cpu_count

import torch

from trickcore import digits, load, making
from trickcore.training import EPS

CHUNK = 250


def survivors(which: str, first: int, count: int) -> tuple[int, int]:
    """How many of these test digits are read right clean, and how many after AutoAttack."""
    import torchattacks

    torch.set_num_threads(1)
    net = load(f"digits-{which}").net
    images, labels = (part[first : first + count] for part in digits.mnist(train=False))
    judge = torchattacks.AutoAttack(net, norm="Linf", eps=EPS, version="standard", n_classes=10, seed=0)
    attacked = judge(images, labels)
    if (attacked - images).abs().max() > EPS + 1e-6 or attacked.min() < 0 or attacked.max() > 1:
        raise RuntimeError("the judge left the ball, so its figure would mean nothing")
    with torch.no_grad():
        clean, robust = (int((net(x).argmax(1) == labels).sum()) for x in (images, attacked))
    return clean, robust


def judged(which: str, count: int) -> tuple[float, float]:
    """Clean and robust accuracy on the first `count` test digits, with the time that is left."""
    start, clean, robust, done = time.perf_counter(), 0, 0, 0
    places = range(0, count, CHUNK)
    sizes = [min(CHUNK, count - first) for first in places]
    with ProcessPoolExecutor(cpu_count()) as workers:
        parts = workers.map(survivors, [which] * len(sizes), places, sizes)
        for size, (right, held) in zip(sizes, parts, strict=True):
            clean, robust, done = clean + right, robust + held, done + size
            left = (time.perf_counter() - start) * (count - done) / done / 60
            print(
                f"  {which}: {done} of {count}, clean {clean / done:.2%}, AutoAttack {robust / done:.2%}, "
                f"{left:.0f} min left",
                flush=True,
            )
    return clean / count, robust / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("which", nargs="*", default=["robust"], help="robust, standard or both")
    parser.add_argument("--digits", type=int, default=10_000, help="how many of the test digits")
    parser.add_argument("--write", action="store_true", help="put the figure into the card")
    asked = parser.parse_args()
    for which in asked.which:
        _, robust = judged(which, asked.digits)
        if asked.write and asked.digits == 10_000:
            making.write(which, replace(digits.report(which), autoattack=robust))
    print(making.table())


if __name__ == "__main__":
    main()
