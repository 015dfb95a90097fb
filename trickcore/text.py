"""Labels, percents, seconds and articles: words without charts."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from trickcore.language import _, later_many, many


def named(labels: Sequence[str], k: int) -> str:
    """A class with its index, since two of ImageNet's names occur twice; a digit is its own index."""
    return labels[k] if labels[k] == str(k) else f"{labels[k]} ({k})"


def find_class(labels: Sequence[str], text: str) -> int:
    """A class by its number, its name, or a part of one that fits no other.

    Raises ValueError, with a sentence that says what is near, where that is none or several.
    """
    word = " ".join(text.lower().split())
    if re.fullmatch(r"\d+", word):
        if int(word) >= len(labels):
            raise ValueError(
                _("A class is a number from 0 to {last}, got {given}.", last=len(labels) - 1, given=word)
            )
        return int(word)
    lower = [name.lower() for name in labels]
    whole = [k for k, name in enumerate(lower) if word in (name, f"{name} ({k})")]
    matches = whole or [k for k, name in enumerate(lower) if word and word in name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = ", ".join(named(labels, k) for k in matches[:8]) + (", ..." if len(matches) > 8 else "")
        raise ValueError(
            _(
                "{text} fits {matches} classes: {listed}. Give more of the name, or the number.",
                text=repr(text),
                matches=len(matches),
                listed=listed,
            )
        )
    close = difflib.get_close_matches(word, lower, n=4, cutoff=0.5)
    near = [named(labels, lower.index(name)) for name in close]
    if near:
        close_to = _("No class is called {text}. Close to it: {near}.", text=repr(text), near=", ".join(near))
        raise ValueError(close_to)
    raise ValueError(_("No class is called {text}. --list-classes lists them.", text=repr(text)))


def rounded_down(value: float) -> float:
    """A number told with three decimals that may not be too large: what is proved, or how far it holds."""
    return math.floor(1000 * value) / 1000


def percent(p: float, digits: int | None = None) -> str:
    """A probability for people: 99.9 %, with two decimals below 1 %, or with so many digits.

    Number and sign are held together by a no-break space.
    """
    if digits is not None:
        return f"{p:.{digits}%}".replace("%", "\u00a0%")
    if 0 < p < 0.0001:
        return _("under 0.01\u00a0%")
    if 0.9995 <= p < 1:
        return _("over 99.9\u00a0%")
    return percent(p, 2 if p < 0.01 and p else 1)


def unbroken(text: str) -> str:
    """A text in which no number is parted from its sign or unit at the end of a line."""
    for parted in (" %", " dB", "PSNR ", "SSIM "):
        text = text.replace(parted, parted.replace(" ", "\u00a0"))
    return text


def likeliest(probs: Any, n: int) -> list[int]:
    """The n likeliest classes, the likeliest first, of a Step's tensor or a Frame's array."""
    return [int(k) for k in np.asarray(probs).argsort()[::-1][:n]]


def short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet takes a text for something to compute


def cell(text: str) -> str:
    """A text in a table that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def a(noun: str) -> str:
    return _("an {noun}", noun=noun) if noun[:1].lower() in "aeiou8" else _("a {noun}", noun=noun)


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, and a minus that is one; 0 has none."""
    text = f"{value:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


def levels(number: float) -> str:
    """A number of grey levels, unrounded, in the right number: "1 level", "25.5 levels"."""
    return many("{n:g} level", "{n:g} levels", number)


_COUNTED = {
    "epsilon": later_many("{n:,} epsilon", "{n:,} epsilons"),
    "line": later_many("{n:,} line", "{n:,} lines"),
    "long computation": later_many("{n:,} long computation", "{n:,} long computations"),
    "method": later_many("{n:,} method", "{n:,} methods"),
    "network": later_many("{n:,} network", "{n:,} networks"),
    "pass": later_many("{n:,} pass", "{n:,} passes"),
    "photo": later_many("{n:,} photo", "{n:,} photos"),
    "picture": later_many("{n:,} picture", "{n:,} pictures"),
    "pixel": later_many("{n:,} pixel", "{n:,} pixels"),
    "question": later_many("{n:,} question", "{n:,} questions"),
    "run": later_many("{n:,} run", "{n:,} runs"),
    "step": later_many("{n:,} step", "{n:,} steps"),
    "sweep": later_many("{n:,} sweep", "{n:,} sweeps"),
    "time": later_many("{n:,} time", "{n:,} times"),
    "trial": later_many("{n:,} trial", "{n:,} trials"),
    "value": later_many("{n:,} value", "{n:,} values"),
}


def counted(number: int, noun: str) -> str:
    """A number of things, in the right number: "1 step", "2,000 questions"."""
    if noun in _COUNTED:
        return many(*_COUNTED[noun], number)
    ending = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{'' if number == 1 else ending}"


def seconds(time: float) -> str:
    return f"{time:.0f} s" if time < 90 else f"{time / 60:.0f} min"
