"""Outcome boxes: what came of a trick, in one family of boxes. One meaning has one colour on every page.

Two scales that are never mixed. What the visitor wished for: green when it came true, amber when nearly,
grey when not yet. What happened to a network: orange when it was fooled, blue when it was not. Red is for
errors. Streamlit's own boxes have neither orange nor grey, so a box is a frame with a badge in front.
"""

from __future__ import annotations

from typing import NamedTuple

from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, later
from trickcore.measure.verdict import Outcome
from ui.widgets.access import announcer


class Badge(NamedTuple):
    """What stands in front: never colour alone, the first word says it and an icon shows it."""

    colour: str
    icon: str
    word: str


WISH: dict[Outcome, Badge] = {
    "tricked": Badge("green", ":material/check_circle:", later("Tricked")),
    "nearly": Badge("yellow", ":material/hourglass_top:", later("Nearly")),
    "not": Badge("gray", ":material/pending:", later("Not yet")),
}
NETWORK: dict[bool, Badge] = {  # whether it was fooled
    True: Badge("orange", ":material/gpp_bad:", later("Fooled")),
    False: Badge("blue", ":material/gpp_good:", later("Held")),
}


def wish(
    place: DeltaGenerator, came: Outcome, text: str, *, word: str | None = None, help: str | None = None
) -> None:
    """Whether the visitor's wish came true. `word` stands for the scale's own first word."""
    _box(place, WISH[came], text, word, help)


def network(
    place: DeltaGenerator,
    fooled: bool,
    text: str,
    *,
    word: str | None = None,
    help: str | None = None,
    framed: bool = True,
) -> None:
    """What happened to a network; not `framed` where the box stands in a tile that has a frame."""
    _box(place, NETWORK[fooled], text, word, help, framed=framed)


def _box(
    place: DeltaGenerator, badge: Badge, text: str, word: str | None, help: str | None, *, framed: bool = True
) -> None:
    word = word or _(badge.word)
    announcer.outcome(place, f"{word}. {text}")
    place.container(border=framed).markdown(
        f":{badge.colour}-badge[{badge.icon} **{word}**] {text}", help=help
    )
