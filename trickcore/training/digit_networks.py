"""The digit networks, trained anew: assets/digits/*.pt, and card.json with what was measured of them.

`python -m trickcore.training.digit_networks [standard] [robust] [proved]`, which is `make train`; with
`--prove` what is there is not trained, but its share proved is counted anew.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from trickcore.attacks.balls import Linf
from trickcore.attacks.loop import Attack
from trickcore.measure.accuracy import (
    CARD,
    EPS,
    FGSM,
    GRID,
    PGD,
    PROVED,
    PUBLISHED,
    Report,
    accuracy,
    attack_of,
    report,
    reports,
)
from trickcore.measure.bounds import proved
from trickcore.networks.loaders import load
from trickcore.networks.proved_net import ProvedNet, half_weights_of, proved_net_of
from trickcore.networks.small_net import SmallNet, weights_of
from trickcore.networks.two_branch_net import TwoBranchNet, two_branch_net_of
from trickcore.pictures.mnist import mnist
from trickcore.training.certified import CertifiedPlan, certify
from trickcore.training.loops import Digits, harden, train
from trickcore.training.records import Epoch


@dataclass(frozen=True, slots=True)
class Plan:
    """How one of the networks is made."""

    epochs: int
    width: int = 32
    hidden: int = 100
    batch: int = 128
    shift: int = 0  # pixels each digit is moved by at most while training
    eps: float = 0.0  # of the attack it is hardened against; 0: plain training
    attack_steps: int = 10
    ramp: float = 0.0
    trades: float | None = None
    average: float = 0.999
    seed: int = 0


PLANS = {
    "standard": Plan(epochs=12, shift=1),
    # A little more than the 0.3 it is judged at, so that the edge is inside what it has seen.
    # It becomes one half of the robust network; the other is what the network with proofs begins with.
    "robust": Plan(epochs=30, eps=0.31, ramp=0.12, trades=2.0),
}
# The network with proofs learns twice: as wide as half of the robust network is, then wider, from there.
NARROW = CertifiedPlan()
WIDE = CertifiedPlan(
    epochs=79,
    plain=0,
    ramp=0,
    eps=0.33,
    later=((25, 0.31), (35, 0.3)),
    untouched=((0, 0.1), (25, 0.3), (37, 0.5)),
    rough=True,
    widths=(48, 96, 96, 160),
    hidden=256,
    seed=1,
)
ROBUST = "robust"


def lessons(plan: Plan, images: Tensor, labels: Tensor, held_out: tuple[Tensor, Tensor]) -> Iterator[Any]:
    """The training a plan describes: the net first, then its Epochs."""
    net = SmallNet(plan.width, plan.hidden, seed=plan.seed)
    yield net
    batches = Digits(images, labels, plan.batch, plan.seed, plan.shift)
    if not plan.eps:
        yield from train(
            net, batches, epochs=plan.epochs, seed=plan.seed, held_out=held_out, average=plan.average
        )
        return
    attack = Attack(
        Linf(plan.eps), alpha=2.5 * plan.eps / plan.attack_steps, steps=plan.attack_steps, random_start=True
    )
    yield from harden(
        net,
        batches,
        attack,
        epochs=plan.epochs,
        seed=plan.seed,
        ramp=plan.ramp,
        trades=plan.trades,
        held_out=held_out,
        judge=attack_of(PGD, EPS),
        average=plan.average,
    )


def measured(net: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Any]:
    """Accuracy clean and under FGSM and PGD-40, and the share proved, at each eps of GRID."""
    net.eval().requires_grad_(False)
    found: dict[str, Any] = {"clean": accuracy(net, images, labels)}
    for field, kind in (("fgsm", FGSM), ("pgd", PGD)):
        accuracies = []
        for eps in GRID:
            accuracies.append(accuracy(net, images, labels, attack_of(kind, eps)))
            print(f"  {kind:7} eps {eps:.2f}: {accuracies[-1]:.2%}", flush=True)
        found[field] = tuple(accuracies)
    found["proved"] = tuple(shares(net, images, labels))
    return found


def shares(net: nn.Module, images: Tensor, labels: Tensor) -> Iterator[float]:
    """The share of digits that is proved at each eps of GRID."""
    for eps in GRID:
        share = proved(net, images, labels, eps).double().mean().item()
        print(f"  {PROVED:7} eps {eps:.2f}: {share:.2%}", flush=True)
        yield share


def make(which: str) -> Report:
    """Train one network, write its weights and its line of the card."""
    if which == PROVED:
        return make_proved()
    plan, (images, labels), test = PLANS[which], mnist(True, download=True), mnist(False, download=True)
    steps = lessons(plan, images, labels, (test[0][::10], test[1][::10]))
    net, epoch = next(steps), None
    for epoch in steps:
        print(f"  {which} {epoch}", flush=True)
    seconds = epoch.seconds if isinstance(epoch, Epoch) else 0.0
    if which == ROBUST:
        return join(net, seconds, *narrow(), test)
    return record(which, net, weights_of(net), PLANS[which].epochs, test, seconds)


def join(
    small: SmallNet, seconds: float, sure: ProvedNet, more: float, test: tuple[Tensor, Tensor]
) -> Report:
    """The robust network of one that was hardened against attacks and one with proofs."""
    data = half_weights_of(TwoBranchNet(small, sure))
    return record(ROBUST, two_branch_net_of(data), data, PLANS[ROBUST].epochs, test, seconds + more)


@cache
def narrow() -> tuple[ProvedNet, float]:
    """The first training for proofs, from which two networks go on: made once, with its seconds."""
    return learnt(NARROW)


def make_proved() -> Report:
    """Train the network with proofs and write it down."""
    begin, before = narrow()
    net, seconds = learnt(WIDE, begin)
    data, epochs = half_weights_of(net), NARROW.epochs + WIDE.epochs
    return record(PROVED, proved_net_of(data), data, epochs, mnist(False, download=True), before + seconds)


def learnt(plan: CertifiedPlan, begin: ProvedNet | None = None) -> tuple[ProvedNet, float]:
    """A training for proofs, what it is at the end, and the seconds it took. How it fares is told by digits
    held out of the training set: no test digit has a say."""
    images, labels = mnist(True, download=True)
    kept = len(labels) - len(labels) // 20
    epoch = None
    for epoch in certify(images[:kept], labels[:kept], (images[kept:], labels[kept:]), plan, begin):
        told = f"clean {epoch.clean:.2%}, proved {epoch.proved:.2%}"
        print(f"  {PROVED} {epoch.epoch}: eps {epoch.eps:.3f}, loss {epoch.loss:.3f}, {told}", flush=True)
    assert epoch is not None
    return epoch.net, epoch.seconds


def record(
    which: str, net: nn.Module, data: bytes, epochs: int, test: tuple[Tensor, Tensor], seconds: float
) -> Report:
    """Write a network's weights, the bytes of its file, and its line of the card."""
    found = Report(
        sha256=hashlib.sha256(data).hexdigest(),
        parameters=sum(p.numel() for p in net.parameters()),
        epochs=epochs,
        seconds=round(seconds, 1),
        machine=f"CPU, {torch.get_num_threads()} thread{'s' if torch.get_num_threads() > 1 else ''}",
        autoattack=None,
        **measured(net, *test),
    )
    CARD.parent.mkdir(parents=True, exist_ok=True)
    (CARD.parent / f"{which}.pt").write_bytes(data)
    write(which, found)
    return found


def write(which: str, found: Report) -> None:
    """Put one network's figures into the card."""
    known = json.loads(CARD.read_text())["networks"] if CARD.exists() else {}
    known[which] = asdict(found)
    CARD.write_text(json.dumps({"eps": GRID, "networks": known}, indent=1) + "\n")
    reports.cache_clear()


def prove(which: str) -> None:
    """Put the share proved of a network that is there into the card, without training it again."""
    net = load(f"digits-{which}").net
    assert isinstance(net, nn.Module)
    write(which, replace(report(which), proved=tuple(shares(net, *mnist(False, download=True)))))


def table() -> str:
    """The card beside the published figures, as Markdown."""
    rows = [
        "| network | clean | FGSM 0.3 | PGD-40 0.3 | AutoAttack 0.3 | proved 0.3 |",
        "|---|---|---|---|---|---|",
    ]
    at = GRID.index(EPS)
    for which, found in reports().items():
        judged = "" if found.autoattack is None else f"{found.autoattack:.2%}"
        judged += f" ({found.judged:,} digits)" if judged and found.judged < 10_000 else ""
        sure = f"{found.proved[at]:.2%}" if found.proved else ""
        figures = (f"{found.clean:.2%}", f"{found.fgsm[at]:.2%}", f"{found.pgd[at]:.2%}", judged, sure)
        rows.append(f"| ours, {which} | {' | '.join(figures)} |")
    for name in dict.fromkeys(name for name, _, _ in PUBLISHED):
        cells = [
            next((f"{p:.2%}" for (n, a, _), p in PUBLISHED.items() if (n, a) == (name, kind)), "")
            for kind in ("clean", "FGSM", "PGD-40", "AutoAttack", PROVED)
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    asked = sys.argv[1:]
    task = prove if "--prove" in asked else make
    for which in [name for name in asked if name != "--prove"] or ["standard", PROVED, ROBUST]:
        task(which)
    print(table())


if __name__ == "__main__":
    main()
