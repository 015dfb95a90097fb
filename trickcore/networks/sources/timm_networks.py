"""timm's ImageNet classifiers by their names: which there are, what is on this machine, and loading one.

Weights come from Hugging Face's hub through its own client, into its own cache, as safetensors and nothing
else: a file of numbers, in which no program can hide. Names and sizes are looked up in assets/timm.json, so
that a page need not import timm (see timm_cards.py).
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trickcore.language import _
from trickcore.networks.card import Card, WeightsError, check_downloads
from trickcore.networks.sources.downloads import BROKEN, matches, trouble
from trickcore.pictures.files import ASSETS

if TYPE_CHECKING:
    from trickcore.networks.classifier import Classifier

PREFIX = "timm/"
FILE = "model.safetensors"
CLASSES = 1000
# Listed though they are not on this machine: two hardened by adversarial pictures (Kurakin et al. 2017, Xie
# et al. 2020, arXiv:1911.09665), and one of each of some families.
FEATURED = (
    "inception_v3.tf_adv_in1k",
    "tf_efficientnet_b0.ap_in1k",
    "resnet50.a1_in1k",
    "convnext_atto.d2_in1k",
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
)
WAIT = 5.0  # seconds for the hub to say how large a file is


@cache
def _table() -> dict[str, tuple[float, str]]:
    """Megabytes and repository by name, without the prefix."""
    rows = json.loads((ASSETS / "timm.json").read_text())
    return {name: (megabytes, repository) for name, megabytes, repository in rows}


def names() -> tuple[str, ...]:
    """All of them, each with the prefix."""
    return tuple(f"{PREFIX}{name}" for name in _table())


def known(name: str) -> str | None:
    """The name as it is listed, with or without the prefix and in whatever case; None where it is not.

    A network's plain name stands for the weights that timm lists first for it.
    """
    plain = name.strip().lower().removeprefix(PREFIX)
    if plain in _table():
        return PREFIX + plain
    if name.strip().lower().startswith(PREFIX):
        first = next((one for one in _table() if one.partition(".")[0] == plain), None)
        return None if first is None else PREFIX + first
    return None


def near(name: str) -> list[str]:
    """A few names that are like this one."""
    plain = name.strip().lower().removeprefix(PREFIX)
    inside = [one for one in _table() if len(plain) > 2 and plain in one]
    close = difflib.get_close_matches(plain, list(_table()), n=3)
    return [PREFIX + one for one in dict.fromkeys([*close, *inside])][:3]


def cards() -> tuple[Card, ...]:
    """Those on this machine, and the featured ones."""
    return tuple(card(PREFIX + name) for name in dict.fromkeys([*_here(), *FEATURED]) if name in _table())


def card(name: str) -> Card:
    """The card of a name that is known."""
    plain = name.removeprefix(PREFIX)
    megabytes = _table()[plain][0]
    return Card(name, plain, megabytes, 0.0, file_of(name) is not None)


def hub_cache() -> Path:
    """The folder of Hugging Face's cache, as its client has it, without importing it."""
    if folder := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(folder).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "huggingface"
    return Path(home).expanduser() / "hub"


def _here() -> list[str]:
    """The names of timm's networks that have a folder in the cache."""
    folder, start = hub_cache(), "models--timm--"
    if not folder.is_dir():
        return []
    found = sorted(entry.removeprefix(start) for entry in os.listdir(folder) if entry.startswith(start))
    return [name for name in found if name in _table() and file_of(PREFIX + name) is not None]


def file_of(name: str) -> Path | None:
    """The file of weights in the cache, where it is there whole."""
    repository = _table()[name.removeprefix(PREFIX)][1]
    folder = hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        snapshot = folder / "snapshots" / (folder / "refs" / "main").read_text().strip()
        return snapshot / FILE if (snapshot / FILE).stat().st_size else None
    except OSError:
        return None


def megabytes_of(name: str) -> float:
    """The size of the download: as the hub says, or else worked out from the shape of its weights."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    megabytes, repository = _table()[name.removeprefix(PREFIX)]
    try:
        size = get_hf_file_metadata(hf_hub_url(repository, FILE), timeout=WAIT).size
    except Exception:  # no network, no such file, another server's answer: the download itself will say
        return megabytes
    return megabytes if size is None else size / 1e6


def fetch(name: str, *, refetch: bool = False) -> Path:
    """Download the weights, unless they are here. Raises WeightsError, with a sentence that says why not."""
    from huggingface_hub import hf_hub_download

    path = file_of(name)
    if path is not None and not refetch:
        return path
    plain = name.removeprefix(PREFIX)
    check_downloads(plain)
    megabytes, repository = _table()[plain]
    try:
        return Path(hf_hub_download(repository, FILE, cache_dir=hub_cache(), force_download=refetch))
    except Exception as error:  # the client's own errors, a broken connection, a full disk
        raise WeightsError(
            _(
                "{network} needs a download of {megabytes:.0f} MB from Hugging Face, and that failed: {why} "
                "Or choose a network that is on this machine.",
                network=plain,
                megabytes=megabytes,
                why=trouble(error, hub_cache()),
            )
        ) from error


def load(name: str, *, refetch: bool = False) -> Classifier:
    """The network, frozen. Raises WeightsError."""
    import timm

    from trickcore.networks.catalogue import imagenet_labels
    from trickcore.networks.classifier import Classifier
    from trickcore.networks.prepared import prepared

    plain = name.removeprefix(PREFIX)
    path = fetch(name, refetch=refetch)
    try:
        named = path.resolve().name  # in the hub's cache the file's SHA-256, where it can be a link to it
        if re.fullmatch("[0-9a-f]{64}", named) and not matches(path, named):
            raise ValueError("the fingerprint is not the published one")
        body = timm.create_model(plain, pretrained=True, pretrained_cfg_overlay={"file": str(path)})
    except Exception as error:  # a truncated or foreign file fails in many ways
        raise WeightsError(_(BROKEN, network=plain, path=str(path))) from error
    cfg = timm.data.resolve_data_config({}, model=body)
    height, width = cfg["input_size"][1:]
    revision = path.parent.name
    return Classifier(
        name,
        prepared(body, cfg["mean"], cfg["std"], (height, width), name),
        imagenet_labels(),
        (height, width),
        resize=math.floor(height / cfg["crop_pct"]),
        interpolation=cfg["interpolation"] if cfg["interpolation"] != "random" else "bicubic",
        identity=f"{name} {revision[:16]}",
    )
