"""Randomized smoothing on the sample photos: how right its vote is, how far it proves, and what it costs.

    python -m benchmarks.smoothing [--network efficientnet-lite0] [--copies 200] [--sigmas 0.02 0.05 0.1 0.25]

Of the six sample photos it is known what they show. For each sigma: how many are read right by the vote of
so many noisy copies, how many abstain, the mean length proved where the vote is right, and the passes and
seconds a photo takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from trickcore import load
from trickcore.measure.smoothing import CHOOSING, Votes, votes
from trickcore.networks.classifier import Classifier, answer
from trickcore.pictures import samples


def voted(classifier: Classifier, name: str, sigma: float, copies: int, choosing: int) -> Votes:
    x = classifier.read(samples.sample(name))
    *_, end = votes(classifier, x, sigma, copies, choosing=choosing)
    return end


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="efficientnet-lite0")
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--choosing", type=int, default=CHOOSING)
    parser.add_argument("--sigmas", type=float, nargs="+", default=[0.02, 0.05, 0.1, 0.25])
    asked = parser.parse_args(arguments)
    classifier = load(asked.network)
    truth = {name: samples.truth(f"sample:{name}") or () for name in samples.SAMPLES}
    plain = sum(answer(classifier, classifier.read(samples.sample(name))) in truth[name] for name in truth)
    print(f"{asked.network}, {len(truth)} photos, {plain} read right in one pass each")
    print("| sigma | right and proved | wrong | abstains | mean length proved | passes | seconds a photo |")
    print("|---|---|---|---|---|---|---|")
    for sigma in asked.sigmas:
        start = time.perf_counter()
        ends = {name: voted(classifier, name, sigma, asked.copies, asked.choosing) for name in truth}
        took = (time.perf_counter() - start) / len(truth)
        right = [end for name, end in ends.items() if not end.abstains and end.label in truth[name]]
        abstain = sum(end.abstains for end in ends.values())
        wrong = len(truth) - len(right) - abstain
        reach = sum(end.radius for end in right) / len(right) if right else 0.0
        passes = next(iter(ends.values())).passes
        print(
            f"| {sigma} | {len(right)} | {wrong} | {abstain} | {reach:.3f} | {passes} | {took:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
