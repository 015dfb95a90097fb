"""Origins: where a picture came from, in a word, so that a link or a setting can name it."""

from __future__ import annotations

from trickcore.pictures.drawing import DRAWN, drawn_png
from trickcore.pictures.samples import CANVASES, SAMPLES, sample


class StartError(ValueError):
    """There is no picture for a method to begin at; the message is a sentence for a person."""


def kind_of(picture: str) -> tuple[str, str]:
    """Where a picture came from and which it is; what is not known is a file."""
    kind, _, name = picture.partition(":")
    known = {"sample": SAMPLES, "digit": DRAWN, "blank": CANVASES}
    return (kind, name) if name in known.get(kind, ()) else ("file", "")


def shipped(picture: str) -> bytes:
    """The file of a sample or a drawn digit. Raises ValueError for anything else."""
    kind, name = kind_of(picture)
    if kind == "sample":
        return sample(name)
    if kind == "digit":
        return drawn_png(name)
    raise ValueError(f'expected "sample:NAME" or "digit:NAME", got {picture!r}')
