"""Folders of pictures for sweeps: real digits and photos, in the layouts that people have."""

from __future__ import annotations

from pathlib import Path

from trickcore.pictures import drawing, samples
from trickcore.pictures.files import encode
from trickcore.pictures.mnist import small


def digits(folder: Path, count: int = 12) -> Path:
    """scikit-learn's digits in folders called like their classes."""
    images, labels = small()
    for place in range(count):
        where = folder / str(int(labels[place]))
        where.mkdir(parents=True, exist_ok=True)
        levels = (images[place, 0] * 255).round().byte().numpy()
        (where / f"{place:04}.png").write_bytes(encode(levels))
    return folder


def drawn(folder: Path) -> Path:
    """The drawn digits, loose, with nothing that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in "0123456789":
        (folder / f"drawn-{name}.png").write_bytes(drawing.drawn_png(name))
    return folder


def photos(folder: Path, *names: str) -> Path:
    """Sample photos by the names they are to have: "n02123045/a.png" holds a cat, whatever the name says."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(samples.sample("cat"))
    return folder
