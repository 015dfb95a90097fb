"""What the network with two pixels parts, and how far a point has to be pushed beside a digit and a photo.

    python -m benchmarks.two_pixels [--seeds 10] [--digits 21]

Prints two Markdown tables: for each set of points and each network how many seeds part all 200 points,
and what share of 200 others is right; and the smallest epsilon, for two pixels by asking about all
65,536 pictures, for a digit and a photo as the page Survive searches for it (untargeted).
"""

from __future__ import annotations

import argparse
import time
from statistics import mean, median

from trickcore import Recipe, engine, load, samples
from trickcore.explain.point_sets import points
from trickcore.explain.two_pixels import COUNT, Moment, Plan, all_scores, smallest_move
from trickcore.jobs import two_pixels
from trickcore.measure.smallest_eps import smallest
from trickcore.networks.classifier import Classifier
from trickcore.pictures import drawing
from trickcore.text import percent

PLANS = (
    Plan("Moons", layers=0),
    Plan("Moons"),
    Plan("Moons", layers=3, units=2),
    Plan("Moons", layers=2, units=4, bend="ReLU"),
    Plan("Circles"),
    Plan("Circles", layers=2, units=2),
    Plan("Circles", bend="ReLU"),
    Plan("Spirals", layers=2, units=8, epochs=200),
    Plan("Spirals", layers=3, units=8, bend="ReLU", epochs=200),
    Plan("Spirals", layers=1, units=4),
)


def trained(plan: Plan, seeds: int) -> tuple[list[Moment], float]:
    """The last moment for each seed, and the seconds of one training."""
    found, begin = [], time.perf_counter()
    for seed in range(seeds):
        own = Plan(plan.data, plan.layers, plan.units, plan.bend, plan.epochs, seed)
        *_, last = engine.stream(two_pixels.learn, own)
        found.append(last)
    return found, (time.perf_counter() - begin) / seeds


def moves(plan: Plan, moments: list[Moment]) -> list[int]:
    """The smallest move of each point, in grey levels, of the networks that have parted all."""
    found = []
    for seed, moment in enumerate(moments):
        if moment.right == 1.0:
            scores = all_scores(moment.network)
            for pixels in points(plan.data, COUNT, seed).pixels:
                nearest = smallest_move(scores, pixels)
                assert nearest is not None  # there is a border where points were parted
                found.append(nearest[0])
    return found


def searched(classifier: Classifier, pictures: list[bytes], recipe: Recipe) -> list[float]:
    """The smallest epsilon that was found to work, of those pictures for which one was."""
    found = []
    for data in pictures:
        *_, last = engine.stream(smallest(classifier, data, recipe))
        if last.answer:
            found.append(last.answer)
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seeds", type=int, default=10, help="networks of each kind")
    options.add_argument("--digits", type=int, default=len(drawing.DRAWN), help="drawn digits to search for")
    asked = options.parse_args()
    print("| points | hidden layers | bend | epochs | seeds that part all | right, of unseen | seconds |")
    print("|---|---|---|---|---|---|---|")
    sizes: dict[str, list[int]] = {}
    for plan in PLANS:
        moments, took = trained(plan, asked.seeds)
        all_right = sum(moment.right == 1.0 for moment in moments)
        layers = f"{plan.layers} of {plan.units}" if plan.layers else "none"
        fresh = percent(mean(moment.fresh for moment in moments))
        print(
            f"| {plan.data} | {layers} | {plan.bend if plan.layers else ''} | {plan.epochs} "
            f"| {all_right} of {asked.seeds} | {fresh} | {took:.1f} |",
            flush=True,
        )
        sizes.setdefault(plan.data, []).extend(moves(plan, moments))
    print("\n| picture | numbers | pictures | smallest epsilon, median | from | to |")
    print("|---|---|---|---|---|---|")
    rows = [(f"two pixels, {name.lower()}", 2, [float(n) for n in found]) for name, found in sizes.items()]
    digit = engine.call(load, "digits-standard")
    pictures = [drawing.drawn_png(name) for name in drawing.DRAWN[: asked.digits]]
    recipe = Recipe(network="digits-standard", target=None, steps=30)
    rows.append(("drawn digits", 784, searched(digit, pictures, recipe)))
    photos = [samples.sample(name) for name in samples.SAMPLES]
    recipe = Recipe(target=None, steps=20)
    rows.append(("sample photos", 150_528, searched(engine.call(load), photos, recipe)))
    for name, numbers, found in rows:
        if found:
            print(
                f"| {name} | {numbers:,} | {len(found)} | {median(found):.3g} of 255 "
                f"| {min(found):.3g} | {max(found):.3g} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
