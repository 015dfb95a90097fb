"""The strictest judge: AutoAttack (Croce and Hein 2020, arXiv:2003.01690), on the digit networks that ship.

    python -m benchmarks.autoattack [robust] [--digits 10000] [--write] [--resume FILE]
    python -m benchmarks.autoattack robust --digits 250 --compare

The judge is the authors' own code, as the package pyautoattack carries it: the standard version (APGD-CE,
APGD-T, FAB-T, Square). Fewer than all 10,000 digits are drawn from the whole set, so that they stand for
it. `--write` puts the figure and the number of digits into assets/digits/card.json, from 1,000 digits on;
with `--resume` a run that was cut short goes on where it was. `--compare` has torchattacks' AutoAttack
judge the same digits beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from os import cpu_count
from pathlib import Path

import torch
from torch import Tensor

from trickcore import load
from trickcore.measure import accuracy
from trickcore.measure.accuracy import EPS
from trickcore.networks.catalogue import our_cards
from trickcore.pictures import mnist
from trickcore.training import digit_networks

CHUNK = 250
ALL, LEAST = 10_000, 1_000  # test digits there are, and that a figure for the card is counted on
OFFICIAL, TORCHATTACKS = "official", "torchattacks"


def attacked(judge: str, net: torch.nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The digits (N, 1, 28, 28) as a judge leaves them, within EPS of what they were."""
    found: Tensor
    if judge == OFFICIAL:
        import pyautoattack

        autoattack = pyautoattack.AutoAttack(net, norm="Linf", eps=EPS, version="standard", seed=0)
        found, _ = autoattack.run_standard_evaluation(images, labels, batch_size=CHUNK)
    else:
        import torchattacks

        found = torchattacks.AutoAttack(net, norm="Linf", eps=EPS, version="standard", n_classes=10, seed=0)(
            images, labels
        )
    return found


def refuse_outside(images: Tensor, end: Tensor) -> None:
    """Raise RuntimeError where a judge went farther than EPS, or beyond what a pixel can be."""
    if (end - images).abs().max() > EPS + 1e-6 or end.min() < 0 or end.max() > 1:
        raise RuntimeError("the judge left the ball, so its figure would mean nothing")


def survivors(judge: str, which: str, first: int, count: int) -> tuple[int, int]:
    """How many of these test digits are read right clean, and how many after AutoAttack."""
    torch.set_num_threads(1)
    net = load(f"digits-{which}").net
    assert isinstance(net, torch.nn.Module)
    net = net.to(memory_format=torch.channels_last)  # a tenth faster here; the numbers are the same
    images, labels = (part[first : first + count] for part in mnist.mnist(train=False))
    end = attacked(judge, net, images, labels)
    refuse_outside(images, end)
    with torch.no_grad():
        clean, robust = (int((net(x).argmax(1) == labels).sum()) for x in (images, end))
    return clean, robust


def judged(
    judge: str, which: str, count: int, *, workers: int | None = None, resume: Path | None = None
) -> tuple[float, float]:
    """Clean and robust accuracy on `count` test digits, with the time that is left.

    `resume` is a file of what was counted, a line a chunk with its weights' sha256, which a later run reads.
    """
    weights = our_cards()[which]["sha256"]  # what was counted of other weights is not these weights' figure
    known = _read(resume, judge, weights)
    places = list(range(0, ALL, CHUNK))
    random.Random(0).shuffle(places)  # so that a part stands for the whole: MNIST's two halves differ
    sizes = {first: min(CHUNK, count - CHUNK * i) for i, first in enumerate(places) if count > CHUNK * i}
    todo = [first for first, size in sizes.items() if (first, size) not in known]
    start, done = time.perf_counter(), 0
    with ProcessPoolExecutor(workers or cpu_count()) as pool:
        many = len(todo)
        asked = [sizes[first] for first in todo]
        for first, found in zip(
            todo, pool.map(survivors, [judge] * many, [which] * many, todo, asked), strict=True
        ):
            known[first, sizes[first]] = found
            if resume is not None:
                with resume.open("a") as out:
                    out.write(json.dumps([judge, weights, first, sizes[first], *found]) + "\n")
            done += 1
            left = (time.perf_counter() - start) * (many - done) / done / 60
            print(f"  {judge}, {which}: {_in_words(known, sizes)}, {left:.0f} min left", flush=True)
    counted = [known[chunk] for chunk in sizes.items()]
    return sum(clean for clean, _ in counted) / count, sum(robust for _, robust in counted) / count


def _read(resume: Path | None, judge: str, weights: str) -> dict[tuple[int, int], tuple[int, int]]:
    """What a file says was counted. A last line that was cut short is taken off it."""
    text = resume.read_text() if resume is not None and resume.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if resume is not None and whole != text:
        resume.write_text(whole)
    found = (json.loads(line) for line in whole.splitlines())
    return {(first, size): (c, r) for j, w, first, size, c, r in found if (j, w) == (judge, weights)}


def _in_words(known: dict[tuple[int, int], tuple[int, int]], sizes: dict[int, int]) -> str:
    there = [chunk for chunk in sizes.items() if chunk in known]
    asked = sum(size for _, size in there)
    clean, robust = (sum(known[chunk][i] for chunk in there) / asked for i in (0, 1))
    return f"{asked} of {sum(sizes.values())}, clean {clean:.2%}, AutoAttack {robust:.2%}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("which", nargs="*", default=["robust"], help="robust, standard or both")
    parser.add_argument("--digits", type=int, default=ALL, help="how many of the test digits")
    parser.add_argument("--write", action="store_true", help="put the figure into the card")
    parser.add_argument("--compare", action="store_true", help="torchattacks' judge beside the official one")
    parser.add_argument("--resume", type=Path, help="a file that keeps what was counted, to go on from")
    parser.add_argument("--workers", type=int, help="processes (default: one a core)")
    asked = parser.parse_args(arguments)
    if not 1 <= asked.digits <= ALL:
        parser.error(f"--digits: there are {ALL:,} test digits, so give 1 to {ALL}")
    if asked.write and asked.digits < LEAST:
        parser.error(f"--write needs {LEAST:,} digits or more")
    if asked.compare:
        print("| network | digits | judge | clean | AutoAttack 0.3 | minutes |\n|---|---|---|---|---|---|")
    for which in asked.which:
        for judge in (OFFICIAL, TORCHATTACKS) if asked.compare else (OFFICIAL,):
            start, weights = time.perf_counter(), our_cards()[which]["sha256"]
            clean, robust = judged(judge, which, asked.digits, workers=asked.workers, resume=asked.resume)
            minutes = (time.perf_counter() - start) / 60
            if asked.compare:
                print(
                    f"| {which} | {asked.digits} | {judge} | {clean:.2%} | {robust:.2%} | {minutes:.1f} |",
                    flush=True,
                )
            elif asked.write:
                if accuracy.report(which).sha256 != weights:
                    raise SystemExit(f"The weights of {which} were replaced meanwhile: nothing is written.")
                digit_networks.write(
                    which,
                    replace(
                        accuracy.report(which), autoattack=robust, judged=asked.digits, judge="pyautoattack"
                    ),
                )
    if not asked.compare:
        print(digit_networks.table())


if __name__ == "__main__":
    main()
