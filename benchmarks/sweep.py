"""Pictures a second: a sweep beside torchattacks and foolbox at their best batch, with all cores.

    python -m benchmarks.sweep [--photos FOLDER] [--case lite0 digits] [--rounds 2]
    python -m benchmarks.sweep --photos FOLDER --length 62 125 250 500 1000

Every contender is given the same pictures, the same random targets and the same number of steps, runs in a
process of its own, in turns, and reads the pictures untouched and tricked besides. A peer has its network as
its users build it, all cores for torch's threads, and the fastest of several batches. Ours is
`trickcore.sweep.run` whole, its files and its rows included; times are from the first trial on, the start is
told apart. One call is one sitting: quote the worst of several. The second form tells whether time grows as
the pictures do, and memory does not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from trickcore.runs.recipe import Recipe
from trickcore.sweep import Plan, opened, run
from trickcore.sweep.labels import classes_of
from trickcore.sweep.trials import drawn_class

BATCHES = {"lite0": (1, 2, 4, 8), "digits": (32, 128, 512)}
PEERS = ("torchattacks", "foolbox")
GOALS = {"lite0": 1.6, "digits": 1.5}


@dataclass(frozen=True, slots=True)
class Case:
    """A network with its pictures."""

    network: str
    eps: float
    steps: int
    pictures: int


CASES = {"lite0": Case("efficientnet-lite0", 4.0, 10, 64), "digits": Case("digits-standard", 76.5, 40, 1_797)}


def plan_of(case: Case, photos: str) -> Plan:
    digits = case.network.startswith("digits")
    return Plan(
        "digits" if digits else photos,
        (case.network,),
        eps=(case.eps,),
        settings=Recipe(steps=case.steps),
        labels="auto" if digits else "clean",
        limit=case.pictures,
    )


def ours(case: Case, photos: str) -> dict[str, Any]:
    """Seconds from the first trial to the last, and from the start to the first."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        first, rows = 0.0, 0
        for news in run(plan_of(case, photos), Path(folder) / "out"):
            if news.rows and not rows:
                trial = max(row.milliseconds * row.batch for row in news.rows) / 1000
                first = time.perf_counter() - began - trial
            rows += len(news.rows)
        whole = time.perf_counter() - began
    return {"pictures": rows, "seconds": whole - first, "start": first}


def plain_net(network: str) -> nn.Module:
    """The network as somebody builds it who does not know ours."""
    if network.startswith("digits"):
        from trickcore import load

        net = load(network).net
        assert isinstance(net, nn.Module)
        net.to(memory_format=torch.contiguous_format)
        return net.requires_grad_(True)
    from benchmarks.contenders import plain

    return plain(network, torch.float32)


def data_of(case: Case, photos: str) -> tuple[Tensor, Tensor, Tensor]:
    """The pictures (N, C, H, W), their labels and the targets that a sweep draws."""
    from trickcore import load

    classifier, plan = load(case.network), plan_of(case, photos)
    found = opened(plan.pictures, plan.labels, plan.limit)
    x = torch.stack([classifier.read(found.read(place)) for place in range(len(found))])
    with torch.no_grad():
        answers = torch.cat([classifier.net(part).argmax(1) for part in torch.split(x, 64)]).tolist()
    words = classes_of(found.words, found.names, classifier.labels)
    labels = [answer if word is None else word for answer, word in zip(answers, words, strict=True)]
    drawn = [drawn_class(name, 0, len(classifier.labels)) for name in found.names]
    targets = [a if a != label else b for (a, b), label in zip(drawn, labels, strict=True)]
    return x, torch.tensor(labels), torch.tensor(targets)


def attack_of(peer: str, net: nn.Module, case: Case) -> Callable[[Tensor, Tensor], Tensor]:
    eps, alpha = case.eps / 255, 2.5 * case.eps / 255 / case.steps
    if peer == "torchattacks":
        import torchattacks

        attack = torchattacks.PGD(net, eps=eps, alpha=alpha, steps=case.steps, random_start=False)
        attack.set_mode_targeted_by_label(quiet=True)
        return lambda x, target: attack(x, target)
    import foolbox

    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")
    pgd = foolbox.attacks.LinfBasicIterativeAttack(abs_stepsize=alpha, steps=case.steps, random_start=False)
    return lambda x, target: pgd(model, x, foolbox.criteria.TargetedMisclassification(target), epsilons=eps)[
        1
    ]


def theirs(peer: str, case: Case, photos: str, batch: int) -> dict[str, Any]:
    torch.set_num_threads(os.cpu_count() or 1)
    x, labels, targets = data_of(case, photos)
    net = plain_net(case.network)
    attack = attack_of(peer, net, case)
    attack(x[:batch], targets[:batch])  # warm
    began, right = time.perf_counter(), 0
    for part, label, target in zip(*(torch.split(each, batch) for each in (x, labels, targets)), strict=True):
        with torch.no_grad():
            net(part).argmax(1)
        end = attack(part, target)
        with torch.no_grad():
            right += int((net(end).argmax(1) == label).sum())
    return {"pictures": len(x), "seconds": time.perf_counter() - began, "right": right}


def measured(*words: str) -> dict[str, Any]:
    """A contender, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sweep", *words]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(out.splitlines()[-1]))


def compete(name: str, photos: str, rounds: int) -> bool:
    """A table of one case; whether the goal was met."""
    best: dict[str, tuple[float, str]] = {}
    of = ("--case", name, "--photos", photos)
    for _ in range(rounds):
        for peer in PEERS:
            for batch in BATCHES[name]:
                found = measured("--contender", peer, *of, "--batch", str(batch))
                rate = found["pictures"] / found["seconds"]
                best[peer] = max(best.get(peer, (0.0, "")), (rate, f"batch {batch}"))
        found = measured("--contender", "ours", *of)
        rate = found["pictures"] / found["seconds"]
        best["ours"] = max(best.get("ours", (0.0, "")), (rate, f"start {found['start']:.1f} s"))
    case = CASES[name]
    print(f"\n### {case.network}, {case.steps} steps, {case.pictures:,} pictures, {os.cpu_count()} cores\n")
    print("| contender | pictures a second | |\n|---|---:|---|")
    for who, (rate, how) in best.items():
        print(f"| {who} | {rate:.2f} | {how} |")
    times = best["ours"][0] / max(best[peer][0] for peer in PEERS)
    print(f"\n{times:.2f} times the faster peer (goal {GOALS[name]}).", flush=True)
    return times >= GOALS[name]


def lengths(photos: str, counts: Sequence[int]) -> None:
    """Seconds and memory for more and more pictures: FGSM on Lite0."""
    print("| photos | seconds | photos a second | most memory, all processes, MB |\n|---:|---:|---:|---:|")
    for count in counts:
        most, stop = [0.0], threading.Event()

        def watch(most: list[float] = most, stop: threading.Event = stop) -> None:
            while not stop.wait(0.2):
                most[0] = max(most[0], memory(os.getpid()))

        thread = threading.Thread(target=watch)
        thread.start()
        with tempfile.TemporaryDirectory() as folder:
            case = Case("efficientnet-lite0", 4.0, 1, count)
            began, first = time.perf_counter(), 0.0
            for news in run(plan_of(case, photos), folder):
                first = first or (time.perf_counter() if news.rows else 0.0)
            took = time.perf_counter() - (first or began)
        stop.set()
        thread.join()
        print(f"| {count:,} | {took:.1f} | {count / took:.2f} | {most[0]:.0f} |", flush=True)


def memory(root: int) -> float:
    """Megabytes of a process and all it started; what several share is counted once."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
        except OSError:
            continue
    family, total = {root}, 0.0
    for _ in range(4):
        family |= {pid for pid, parent in parents.items() if parent in family}
    for pid in family:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        except OSError:
            continue
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", default="samples", help="a folder of photos (the six on board)")
    parser.add_argument("--case", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--length", type=int, nargs="+", help="numbers of photos")
    parser.add_argument("--contender", choices=[*PEERS, "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.length:
        lengths(asked.photos, asked.length)
        return 0
    if asked.contender:
        case = CASES[asked.case[0]]
        mine = asked.contender == "ours"
        done = ours(case, asked.photos) if mine else theirs(asked.contender, case, asked.photos, asked.batch)
        print(json.dumps(done))
        return 0
    met = [compete(name, asked.photos, asked.rounds) for name in asked.case]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
