"""Writes timm's ImageNet classifiers with their sizes to assets/timm.json: after an upgrade of it.

It builds each network without its numbers, which takes some minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import timm
import torch

from trickcore.networks.sources.timm_networks import CLASSES
from trickcore.pictures.files import ASSETS


def listed() -> Iterator[tuple[str, str]]:
    """Name and repository of each that reads colour photos and answers with ImageNet's thousand classes."""
    for name in timm.list_pretrained():  # of several weights of a network the best known come first
        cfg: Any = timm.get_pretrained_cfg(name)
        if cfg is None or not cfg.hf_hub_id or cfg.num_classes != CLASSES or cfg.input_size[0] != 3:
            continue
        repository = str(cfg.hf_hub_id)
        if repository.startswith("timm/") and cfg.hf_hub_filename is None:
            yield name, repository


def megabytes(name: str) -> float:
    """What its weights take as 32-bit numbers."""
    with torch.device("meta"):
        body = timm.create_model(name, pretrained=False)
    size: int = sum(t.numel() * t.element_size() for t in body.state_dict().values())
    return round(size / 1e6, 1)


def as_json() -> str:
    rows = [json.dumps([name, megabytes(name), repository]) for name, repository in listed()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    (ASSETS / "timm.json").write_text(as_json())
