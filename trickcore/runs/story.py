"""What a story is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from trickcore.runs.recipe import Recipe

# What is shown besides the run: the picture with its colours at their fullest, the same target for all
# samples, the share of random photographs survived, which pixels would make it more of the class, up to
# which epsilon the answer is proved, or the same sticker on other pictures.
Extra = Literal["", "saturated", "six", "turned", "printed", "gradient", "proved", "sticker"]


@dataclass(frozen=True, slots=True)
class Further:
    """Where a story goes on: a part of a page, and what is seen there."""

    words: str  # a sentence
    page: str  # "why"
    key: str  # of the part, in that page's link
    part: str  # as the page calls it


@dataclass(frozen=True, slots=True)
class Story:
    """One click. The recipe's network is the one that is always here."""

    name: str  # in the link
    title: str
    who: str
    source: str  # the paper, where there is one
    words: str  # three sentences
    theirs: str  # the figure published
    told_on: str  # the network it was told with, by its name in the catalogue; "": one that nobody can have
    origin: str  # "sample:cat", "digit:5" or "blank:white"
    recipe: Recipe
    wants: str = ""  # what one's own photo has to show, where the picture cannot ship
    extra: Extra = ""
    further: Further | None = None

    def on(self, network: str) -> Recipe:
        """The recipe on another network."""
        return replace(self.recipe, network=network)
