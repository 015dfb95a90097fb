"""Labels of pictures in whatever words they come: a class's name, its number, or ImageNet's wnid."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from trickcore.language import _, later
from trickcore.networks.catalogue import labels_of
from trickcore.sweep.plan import PlanError

WNID = re.compile(r"(n\d{8})(?![0-9])")  # of a synset of WordNet, by which ImageNet's folders are called
IMAGENET = "efficientnet-lite0"  # a network whose labels are ImageNet's


@cache
def wnids() -> Mapping[str, int]:
    """ImageNet's class of each of its 1,000 synsets, as timm's package lists them."""
    package = importlib.util.find_spec("timm")  # not imported: it brings torch
    assert package is not None
    assert package.origin is not None
    listed = Path(package.origin).parent / "data" / "_info" / "imagenet_synsets.txt"
    return {wnid: k for k, wnid in enumerate(listed.read_text().split())}


def class_of(word: str, labels: Sequence[str]) -> int | None:
    """The class that a word means for a network with these labels; None where it means none of them.

    Raises PlanError for a name that two classes have.
    """
    plain = " ".join(word.replace("_", " ").split())
    word = plain.lower()
    if word.isascii() and word.isdigit():
        return int(word) if int(word) < len(labels) else None
    if wnid := WNID.match(word):
        known = wnids().get(wnid[1])
        return known if known is not None and tuple(labels) == labels_of(IMAGENET) else None
    same = [k for k, label in enumerate(labels) if plain == label]  # Cardigan is a dog, cardigan is not
    like = [k for k, label in enumerate(labels) if word in (label.lower(), f"{label.lower()} ({k})")]
    found = same or like
    if len(found) > 1:
        named = " and ".join(f"{labels[k]} ({k})" for k in found)
        raise PlanError(
            _(
                "The label {label!r} is the name of two classes: {classes}. Give the number.",
                label=plain,
                classes=named,
            )
        )
    return found[0] if found else None


def classes_of(words: Sequence[str | None], names: Sequence[str], labels: Sequence[str]) -> list[int | None]:
    """`class_of` each picture's word. Raises PlanError where some word is no class of the network."""
    found: dict[str, int | None] = {word: class_of(word, labels) for word in set(words) if word is not None}
    wrong = sorted(word for word, k in found.items() if k is None)
    if wrong:
        first = next(name for name, word in zip(names, words, strict=True) if word == wrong[0])
        which = f"{labels[0]!r} {_('to')} {labels[-1]!r}"
        if len(wrong) > 1:
            which = _("{classes}, and {n} more labels are not either", classes=which, n=len(wrong) - 1)
        raise PlanError(
            _(
                "The label {label!r} of {picture} is no class of the network, which knows {classes}. Rename "
                "it to a class's name, number or wnid, give labels as a CSV file, or take what the network "
                'says of the untouched pictures ("clean").',
                label=wrong[0],
                picture=first,
                classes=which,
            )
        )
    return [None if word is None else found[word] for word in words]


def from_names(names: Sequence[str]) -> tuple[list[str | None], str]:
    """The labels that folders or file names say, and where they stand; none where they say nothing.

    A picture in a folder has the folder's name; one that lies loose has the wnid its name begins with.
    Raises PlanError where only some say something.
    """
    words: list[str | None] = []
    for name in names:
        path = PurePosixPath(name)
        wnid = WNID.match(path.name)
        words.append(path.parent.name or (wnid[1] if wnid else None))
    without = [name for name, word in zip(names, words, strict=True) if word is None]
    if without and len(without) < len(names):
        raise PlanError(
            f"{len(names) - len(without)} pictures have a label by their folder or name, and "
            f"{len(without)} have "
            f"none, the first of them {without[0]}. Put them into folders called like their classes, give "
            'labels as a CSV file, or take what the network says of the untouched pictures ("clean").'
        )
    in_folders = any(PurePosixPath(name).parent.name for name in names)
    return words, "" if without else later("their folders") if in_folders else later("their names")


def from_csv(path: Path, names: Sequence[str]) -> list[str | None]:
    """The label of each picture from a CSV file: its name, with or without folder and ending, then the label.

    Of the label's column the first word counts where it is a wnid, as in ImageNet's own lists. A first line
    that names no picture is a head. Raises PlanError where a picture has none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"The labels in {path} cannot be read: {error}.") from None
    said: dict[str, str] = {}
    for cells in csv.reader(text.splitlines()):
        if len(cells) >= 2:
            wnid = WNID.match(cells[1].strip())
            said[cells[0].strip()] = wnid[1] if wnid else cells[1].strip()
    found = [_first(said, name) for name in names]
    missing = [name for name, word in zip(names, found, strict=True) if word is None]
    if missing:
        raise PlanError(
            f"{path} has no label for {missing[0]}"
            f"{f' and {len(missing) - 1} more pictures' if len(missing) > 1 else ''}. It needs a line for "
            "each "
            "picture: its name, a comma, its class."
        )
    return list(found)


def _first(said: Mapping[str, str], name: str) -> str | None:
    path = PurePosixPath(name)
    for key in (name, path.name, path.stem):
        if key in said:
            return said[key]
    return None
