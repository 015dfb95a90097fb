"""Writes what is known of torchvision's networks to assets/torchvision.json: after an upgrade of it."""

from __future__ import annotations

import json
from dataclasses import asdict

from trickcore.networks.catalogue import from_torchvision
from trickcore.pictures.files import ASSETS

NOT_WRITTEN = ("ready", "digits", "own", "labels")  # what goes without saying, or changes


def as_json() -> str:
    """A row a network: its card, and the name of its file of weights."""
    rows = []
    for card, file in from_torchvision():
        known = {name: value for name, value in asdict(card).items() if name not in NOT_WRITTEN}
        rows.append([known, file])
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


if __name__ == "__main__":
    (ASSETS / "torchvision.json").write_text(as_json())
