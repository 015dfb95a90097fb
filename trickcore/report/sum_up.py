"""A sum-up for a class: one page of A4 to print, with what was measured on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from trickcore.language import _, again, language, later
from trickcore.pictures.files import Pixels
from trickcore.report.html import POLICY, data_url
from trickcore.text import unbroken

FOLDER = Path(__file__).parent
WORDS = (
    (
        later("Neural network"),
        later("a calculation with many learnt numbers: pixels in, one number a class out"),
    ),
    (
        later("Probability"),
        later("how well each class it knows fits, 100\u00a0% in all; not how likely it is to be right"),
    ),
    (later("Gradient"), later("for every pixel: which way, and how much, it moves the answer")),
    (later("Epsilon"), later("how far any value of the picture may move, in grey levels of 255")),
    (
        later("Adversarial example"),
        later("a picture changed on purpose so that a network is wrong and people are not"),
    ),
    (
        later("Robust"),
        later("still right when attacked, up to some epsilon; proved, if it is certain for every attack"),
    ),
)
TO_THINK_ABOUT = (
    later("Where would you not let such a network decide alone, and who should decide with it?"),
    later("A network is 99.9\u00a0% sure. What do you know now, and what do you not?"),
    later("A firm says that its network cannot be tricked. What do you ask it to show?"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture of the row on top."""

    pixels: Pixels
    alt: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was done, what came of it, and why."""

    title: str
    done: str  # what was done
    answer: str
    words: str


def sum_up(tiles: Sequence[Tile], findings: Sequence[Finding], when: str = "") -> str:
    """The page as HTML that fetches and runs nothing, black on white; a phone shows it in one column."""
    pages = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["text"] = lambda words: Markup(unbroken(str(escape(again(words)))))
    pages.globals.update(_=_, language=language())
    pages.filters["url"] = data_url
    return pages.get_template("sum_up.html.j2").render(
        policy=POLICY, tiles=tiles, findings=findings, words=WORDS, questions=TO_THINK_ABOUT, when=when
    )
