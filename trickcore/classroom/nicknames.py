"""Nicknames: what a pupil may be called on the wall."""

from __future__ import annotations

import unicodedata

from trickcore.classroom.records import Refused
from trickcore.language import _, later

MOST = 20  # characters
MOST_TYPED = 500  # before anything is done with them: NFKC can make eighteen characters of one
MARKS = 2  # accents on one letter; more would climb over the lines above
JOINER, EMOJI_STYLE = (
    "\u200d",
    "\ufe0f",
)  # what holds emoji together, and what colours them
# Letters, marks and symbols that show nothing, so that a name of them would look empty.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def cleaned(name: str) -> str:
    """A nickname as it is shown: a `line` of 1 to 20 characters, of which one at least is to be seen. Markup
    is text like any other. Raises Refused."""
    if len(name) > MOST_TYPED:
        raise Refused(_(_TOO_LONG, most=MOST))
    text = line(name)
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in text):
        raise Refused(_("Choose a nickname: at least one letter, number or emoji."))
    if len(text) > MOST:
        raise Refused(_(_TOO_LONG, most=MOST))
    return text


def line(text: str) -> str:
    """A text as one line: NFKC, without control, direction and invisible characters, with single spaces."""
    # Every kind of gap is a space before anything is thrown away, so that no two words grow together.
    spaced = "".join(" " if _is_gap(letter) else letter for letter in unicodedata.normalize("NFKC", text))
    kept = [letter for i, letter in enumerate(spaced) if _shows(letter) or _joins(spaced, i)]
    # Once more: what is left may belong together now.
    return " ".join(unicodedata.normalize("NFKC", "".join(_few_marks(kept))).split())


def folded(name: str) -> str:
    """A cleaned nickname by which two that look alike are found: case and emoji style make no difference."""
    bare = name.replace(EMOJI_STYLE, "")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())


_TOO_LONG = later("That nickname is too long. Choose one of at most {most} characters.")


def _is_gap(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Zs", "Zl", "Zp")


def _shows(letter: str) -> bool:
    """Whether a character is to be seen, or is a space: no control, format, private or unknown one."""
    return unicodedata.category(letter)[0] != "C" and letter not in BLANKS


def _joins(text: str, i: int) -> bool:
    """Whether this is the joiner between two emoji, without which a family falls apart."""
    if text[i] != JOINER or not 0 < i < len(text) - 1:
        return False
    before = text[i - 2] if text[i - 1] == EMOJI_STYLE and i > 1 else text[i - 1]
    return all(unicodedata.category(letter) in ("So", "Sk") for letter in (before, text[i + 1]))


def _few_marks(letters: list[str]) -> list[str]:
    kept: list[str] = []
    marks = 0
    for letter in letters:
        marks = marks + 1 if unicodedata.category(letter)[0] == "M" else 0
        if marks <= MARKS:
            kept.append(letter)
    return kept
