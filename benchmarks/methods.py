"""Each method beside its peer, on the same pictures, in one run.

    python -m benchmarks.methods [apgd] [fmn] [pixels] [square] [hopskipjump] [--photos 20] [--digits 200]

The photos are the 20 of ImageNet in foolbox's package, or a folder's, on EfficientNet-Lite0, each with the
network's own answer as its class; the digits are MNIST's test digits where MNIST_ROOT has them, else
scikit-learn's, on the standard network. One thread, one picture at a time. The peers: APGD-T and Square of
pyautoattack (the authors' own code), FMN of adv-lib, DDN and HopSkipJump of foolbox. Of few pixels no
author's code is packaged. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import foolbox
import torch
from torch import Tensor, nn

from trickcore import Attack, Classifier, Linf, attacks, away_from, load, towards, trick
from trickcore.attacks.loop import Step
from trickcore.attacks.minimum_norm import ORDERS
from trickcore.networks.classifier import answer
from trickcore.pictures import mnist

EPS = (0.1, 0.25, 0.5, 1.0)  # grey levels
SEEDS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is tricked: pixels (C, H, W) each, and the network's own answers."""

    classifier: Classifier
    x: list[Tensor]
    labels: list[int]


class Counted(nn.Module):
    """The network for a peer: counts the pictures that it is asked about."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier, self.asked = classifier, 0

    def forward(self, x: Tensor) -> Tensor:
        self.asked += len(x)
        return self.classifier.net(x)


def photos(asked: argparse.Namespace) -> Pictures:
    classifier = load()
    theirs = (Path(foolbox.__file__).parent / "data").glob("imagenet_*.jpg")
    files = sorted(theirs if asked.folder is None else asked.folder.iterdir())[: asked.photos]
    x = [classifier.read(file.read_bytes()) for file in files]
    return Pictures(classifier, x, [answer(classifier, one) for one in x])


def digits(most: int) -> Pictures:
    classifier, (x, labels) = load("digits-standard"), mnist.some(mnist.mnist_here(), most)
    right = [k for k, one in enumerate(x) if answer(classifier, one) == int(labels[k])]
    return Pictures(classifier, [x[k] for k in right], [int(labels[k]) for k in right])


def end(run: Iterator[Step]) -> Step:
    *_, last = run
    return last


def fell(step: Step, label: int) -> bool:
    return int(step.probs.argmax()) != label


def row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def head(*cells: str) -> None:
    print()
    row(*cells)
    print("|---" * len(cells) + "|", flush=True)


def apgd(of: Pictures, steps: int = 30) -> None:
    """Pictures that are tricked at each epsilon: by APGD, by PGD with as many passes, by APGD-T."""
    import pyautoattack

    targets = torch.randint(
        len(of.classifier.labels), (len(of.x),), generator=torch.Generator().manual_seed(4)
    ).tolist()
    head("goal", "eps of 255", "passes", "APGD", "PGD", "PGD, random start", "of")
    for targeted, levels in ((False, EPS), (True, (0.5, 1.0, 2.0))):
        for level in levels:
            eps, counts, passes = level / 255, [0, 0, 0], 0
            for x, label, target in zip(of.x, of.labels, targets, strict=True):
                goal = towards(target) if targeted else away_from(label)
                plain = [Attack(Linf(eps), 2.5 * eps / steps, steps, random_start=r) for r in (False, True)]
                runs = [
                    attacks.apgd(of.classifier, x, goal, attacks.APGD(Linf(eps), steps)),
                    *(trick(of.classifier, x, goal, attack) for attack in plain),
                ]
                for place, run in enumerate(runs):
                    last = end(run)
                    counts[place] += int(last.probs.argmax()) == target if targeted else fell(last, label)
                    passes = max(passes, last.passes)
            row("a random class" if targeted else "anything else", level, passes, *counts, len(of.x))
    head("eps of 255", "steps a target, targets", "APGD, as many steps", "pyautoattack's APGD-T", "of")
    for level in EPS[:2]:
        eps, ours = level / 255, 0
        for x, label in zip(of.x, of.labels, strict=True):
            asked = attacks.APGD(Linf(eps), 9 * steps, stop_at=None)
            ours += fell(end(attacks.apgd(of.classifier, x, away_from(label), asked)), label)
        judge = pyautoattack.AutoAttack(
            of.classifier.net, norm="Linf", eps=eps, version="custom", attacks=["apgd-t"], seed=0
        )
        judge.apgd_targeted.n_iter = steps
        x, labels = torch.stack(of.x), torch.tensor(of.labels)
        found, _ = judge.run_standard_evaluation(x, labels, batch_size=4)
        with torch.no_grad():
            theirs = int((of.classifier.net(found).argmax(1) != labels).sum())
        row(level, f"{steps}, 9", ours, theirs, len(of.x))


def fmn(of: Pictures, steps: int = 100) -> None:
    """The median norm of the least change."""
    # adv-lib imports visdom for its plots, which its attacks do not need.
    sys.modules.setdefault("visdom", types.ModuleType("visdom"))
    sys.modules["visdom"].Visdom = object  # type: ignore[attr-defined]
    from adv_lib.attacks import fmn as theirs_of  # type: ignore[import-untyped,import-not-found,unused-ignore]

    head("norm", "steps", "FMN", "adv-lib's FMN", "ratio", "foolbox's DDN", "found", "as saved")
    for norm, order in ORDERS.items():
        ours: list[float] = []
        saved: list[float] = []
        theirs, others, found = [], [], 0
        for x, label in zip(of.x, of.labels, strict=True):
            for whole in (False, True):
                settings = attacks.FMN(norm, steps, whole_levels=whole)  # type: ignore[arg-type]
                last = end(attacks.fmn(of.classifier, x, label, settings))
                distance = last.distance if fell(last, label) else float("inf")
                (saved if whole else ours).append(distance)
                found += fell(last, label) and not whole
            labels = torch.tensor([label])
            try:
                x_adv = theirs_of(of.classifier.net, x[None], labels, norm=order, steps=steps)
                theirs.append(_size(x_adv, x, order, of, label))
            except RuntimeError:  # its L0, once its bound has come down to no value at all
                theirs.append(float("inf"))
            if norm == "l2":
                net = foolbox.PyTorchModel(of.classifier.net, bounds=(0, 1))
                wrong = foolbox.criteria.Misclassification(labels)
                _, (x_adv,), _ = foolbox.attacks.DDNAttack(steps=steps)(net, x[None], wrong, epsilons=[None])
                others.append(_size(x_adv, x, order, of, label))
        mine, peer = statistics.median(ours), statistics.median(theirs)
        ddn = f"{statistics.median(others):.4g}" if others else ""
        row(
            norm,
            steps,
            f"{mine:.4g}",
            f"{peer:.4g}",
            f"{mine / peer:.3f}",
            ddn,
            found,
            f"{statistics.median(saved):.4g}",
        )


def _size(x_adv: Tensor, x: Tensor, order: float, of: Pictures, label: int) -> float:
    """The norm of a peer's change; infinite where the network still answers as before."""
    if answer(of.classifier, x_adv.reshape(x.shape)) == label:
        return float("inf")
    return float(torch.linalg.vector_norm((x_adv.reshape(x.shape) - x).flatten(), order))


def square(of: Pictures, questions: int = 1000) -> None:
    """The median number of questions at eps 8, untargeted; and what a target costs."""
    from pyautoattack.square import SquareAttack

    ours, theirs = [], []
    for seed in SEEDS:
        for x, label in zip(of.x, of.labels, strict=True):
            settings = attacks.Square(8 / 255, questions=questions)
            last = end(attacks.square(of.classifier, x, label, settings, seed=seed))
            ours.append(last.questions if fell(last, label) else questions + 1)
            net = Counted(of.classifier)
            peer = SquareAttack(net, norm="Linf", eps=8 / 255, n_queries=questions, seed=seed)
            with torch.no_grad():
                x_adv = peer.perturb(x[None], torch.tensor([label]))
            # Its last question is of its own result, which it knew.
            theirs.append(net.asked - 1 if answer(of.classifier, x_adv[0]) != label else questions + 1)
    head(
        "goal",
        "eps of 255",
        "questions at most",
        "median",
        "pyautoattack's",
        "ratio",
        "tricked",
        "theirs",
        "of",
    )
    mine, peer = statistics.median(ours), statistics.median(theirs)
    counts = [sum(many <= questions for many in each) for each in (ours, theirs)]
    row("anything else", 8, questions, mine, peer, f"{mine / peer:.2f}", *counts, len(ours))
    targets = torch.randint(
        len(of.classifier.labels), (4,), generator=torch.Generator().manual_seed(4)
    ).tolist()
    asked = []
    for x, target in zip(of.x[:4], targets, strict=False):
        settings = attacks.Square(16 / 255, questions=5000)
        last = end(attacks.square(of.classifier, x, towards(target), settings))
        asked.append(last.questions if int(last.probs.argmax()) == target else 5001)
    row(
        "a random class",
        16,
        5000,
        statistics.median(asked),
        "",
        "",
        sum(many <= 5000 for many in asked),
        "",
        4,
    )


def pixels(of: Pictures, small: Pictures, questions: int = 1000) -> None:
    """The share that few pixels trick, untargeted."""
    head("pictures", "pixels", "questions at most", "tricked", "of", "median questions of those")
    for which, pictures, counts, most in (
        ("digits", small, (1, 5, 20), 2000),
        ("photos", of, (50, 200), questions),
    ):
        for count in counts:
            asked = []
            for x, label in zip(pictures.x, pictures.labels, strict=True):
                last = end(attacks.pixels(pictures.classifier, x, label, attacks.Pixels(count, most)))
                asked += [last.questions] if fell(last, label) else []
            median = statistics.median(asked) if asked else ""
            row(which, count, most, len(asked), len(pictures.x), median)


def hopskipjump(of: Pictures, most: int = 6, questions: int = 2000) -> None:
    """The median L2 distance after so many questions, both from the same start."""
    ours: list[float] = []
    saved: list[float] = []
    theirs, asked = [], []
    for place, (x, label) in enumerate(zip(of.x[:most], of.labels[:most], strict=True)):
        begin = next(
            other
            for other, k in zip(of.x[place + 1 :] + of.x, of.labels[place + 1 :] + of.labels, strict=True)
            if k != label
        )
        settings = attacks.HopSkipJump("l2", questions, start=begin)
        steps = list(attacks.hopskipjump(of.classifier, x, label, settings))
        ours.append(min(step.distance for step in steps if fell(step, label)))
        saved.append(steps[-1].distance)  # of whole levels
        net = Counted(of.classifier)
        model = foolbox.PyTorchModel(net.eval(), bounds=(0, 1))
        # 9 estimates of 100, 141, 173 ... probes and the searches between them: a little over 2,000 in all.
        attack = foolbox.attacks.HopSkipJumpAttack(steps=9, initial_gradient_eval_steps=100)
        torch.manual_seed(0)
        wrong = foolbox.criteria.Misclassification(torch.tensor([label]))
        x_adv = attack.run(model, x[None], wrong, starting_points=begin[None])
        theirs.append((x_adv[0] - x).norm().item())
        asked.append(net.asked)
        print(f"photo {place + 1}: {ours[-1]:.3g} against {theirs[-1]:.3g}", file=sys.stderr)
    head("questions", "HopSkipJump, L2", "foolbox's", "its questions", "ratio", "as saved", "photos")
    mine, peer = statistics.median(ours), statistics.median(theirs)
    row(
        questions,
        f"{mine:.3g}",
        f"{peer:.3g}",
        statistics.median(asked),
        f"{mine / peer:.2f}",
        f"{statistics.median(saved):.3g}",
        len(ours),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known: dict[str, Callable[[argparse.Namespace], None]] = {
        "apgd": lambda asked: apgd(photos(asked), asked.steps or 30),
        "fmn": lambda asked: fmn(photos(asked), asked.steps or 100),
        "pixels": lambda asked: pixels(photos(asked), digits(asked.digits), asked.questions or 1000),
        "square": lambda asked: square(photos(asked), asked.questions or 1000),
        "hopskipjump": lambda asked: hopskipjump(photos(asked), asked.walks),
    }
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(known)} (all)")
    parser.add_argument("--photos", type=int, default=20, help="how many (20)")
    parser.add_argument("--digits", type=int, default=200, help="how many (200)")
    parser.add_argument("--walks", type=int, default=6, help="photos for HopSkipJump, a minute each (6)")
    parser.add_argument("--folder", type=Path, help="other photos than foolbox's")
    parser.add_argument("--steps", type=int, help="of apgd (30) and fmn (100)")
    parser.add_argument("--questions", type=int, help="at most, of pixels and square (1000)")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.methods) - known.keys():
        parser.error(f"there is no method {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    torch.set_num_threads(1)
    for name in asked.methods or known:
        known[name](asked)


if __name__ == "__main__":
    main()
