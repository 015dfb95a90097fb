"""Sets of pictures: a folder, Parquet or Hugging Face files on disk, torchvision's data sets, the samples.

A set knows its pictures' names and labels, and reads a picture file when it is asked for one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trickcore.language import _, later
from trickcore.pictures import mnist, samples
from trickcore.pictures.files import encode
from trickcore.sweep import labels as labelled
from trickcore.sweep.plan import AUTO, CLEAN_ANSWER, PlanError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
TABLES = (".parquet", ".arrow")
SAMPLES, SMALL, MNIST, TORCHVISION = "samples", "digits", "mnist", "torchvision:"
CLEAN = later("what the network says of the untouched picture")


@dataclass(frozen=True, slots=True, eq=False)
class PictureSet:
    """Pictures by their names, in an order that stays."""

    source: str
    names: tuple[str, ...]
    words: tuple[str | None, ...]  # the label of each, in its own words; None: the clean answer counts
    said_by: str  # where the labels come from, for people
    reader: Callable[[int], bytes]

    def __len__(self) -> int:
        return len(self.names)

    def read(self, place: int) -> bytes:
        """The picture file at a place. Raises OSError where it has gone."""
        return self.reader(place)

    @property
    def digest(self) -> str:
        """Of the names and labels: a set that has others is not the same any more."""
        lines = (f"{name}\t{word}" for name, word in zip(self.names, self.words, strict=True))
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def some(self, count: int | None) -> PictureSet:
        """So many of them, evenly spaced over all, so that every folder has its share."""
        if count is None or count >= len(self):
            return self
        places = np.linspace(0, len(self), count, endpoint=False).astype(int).tolist()
        return PictureSet(
            self.source,
            tuple(self.names[place] for place in places),
            tuple(self.words[place] for place in places),
            self.said_by,
            lambda place: self.reader(places[place]),
        )


def opened(source: str, labels: str = AUTO, limit: int | None = None) -> PictureSet:
    """The pictures that a source names: a folder (of pictures, or of Parquet or Hugging Face's Arrow files),
    a Parquet file, "samples", "digits" (scikit-learn's), "mnist" (its test digits) or "torchvision:NAME" with
    the folder that has it after an @. Raises PlanError, with a sentence, where there is nothing to be had.
    """
    found = _opened(source)
    if not len(found):
        raise PlanError(
            _(
                "There is no picture in {source}. Pictures end in {endings}; folders inside are looked into, "
                "too.",
                source=source,
                endings=", ".join(ENDINGS),
            )
        )
    if labels == CLEAN_ANSWER:
        found = _relabelled(found, [None] * len(found), "")
    elif labels != AUTO:
        path = Path(labels)
        found = _relabelled(found, labelled.from_csv(path, found.names), path.name)
    return found.some(limit)


def loaded(
    source: str, limit: int | None = None
) -> tuple[tuple[str, ...], tuple[str | None, ...], str, list[bytes]]:
    """A set's names, labels, where those come from, and its files, for whoever must not touch torch."""
    found = opened(source, AUTO, limit)
    return found.names, found.words, found.said_by, [found.read(place) for place in range(len(found))]


def _relabelled(found: PictureSet, words: Sequence[str | None], said_by: str) -> PictureSet:
    return PictureSet(found.source, found.names, tuple(words), said_by or CLEAN, found.reader)


def _opened(source: str) -> PictureSet:
    if source == SAMPLES:
        names = samples.SAMPLES
        nothing = (None,) * len(names)
        return PictureSet(source, names, nothing, CLEAN, lambda place: samples.sample(names[place]))
    if source in (SMALL, MNIST):
        return _digits(source)
    if source.startswith(TORCHVISION):
        from trickcore.sweep.picture_tables import of_torchvision

        return of_torchvision(source)
    path = Path(source)
    if path.is_file() and path.suffix in TABLES:
        return _table([path], source)
    if path.is_file():
        raise PlanError(
            _("{source} is a file. Give the folder it lies in, or a Parquet file.", source=source)
        )
    if not path.is_dir():
        raise PlanError(_("There is no folder {source}.", source=source))
    tables = sorted(file for file in path.rglob("*") if file.suffix in TABLES)
    found = tuple(_pictures_in(path))
    if tables and not found:
        return _table(tables, source)
    words, said_by = labelled.from_names(found)
    return PictureSet(
        source, found, tuple(words), said_by or CLEAN, lambda place: (path / found[place]).read_bytes()
    )


def _pictures_in(folder: Path) -> list[str]:
    """The pictures in a folder and those inside of it, by name; what is hidden is left out."""
    found = []
    for root, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                found.append((Path(root) / name).relative_to(folder).as_posix())
    return sorted(found)


def _table(files: Sequence[Path], source: str) -> PictureSet:
    from trickcore.sweep.picture_tables import of_files

    return of_files(files, source)


def _digits(source: str) -> PictureSet:
    try:
        images, classes = mnist.mnist(train=False) if source == MNIST else mnist.small()
    except mnist.DigitsError as error:
        raise PlanError(str(error)) from None
    levels = (images[:, 0] * 255).round().byte().numpy()
    names = tuple(f"{source}/{place:05}" for place in range(len(levels)))
    words = tuple(str(k) for k in classes.tolist())
    return PictureSet(source, names, words, later("the data set"), lambda place: encode(levels[place]))
