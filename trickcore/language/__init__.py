"""Words in the language of whoever reads them: English stands in the source, the others in `locale`.

    from trickcore.language import _, later, many

    st.button(_("Trick it"), help=_(HELP))            # HELP = later("…") where the module is loaded
    _("Turn this {noun} into {wish}", noun=noun, wish=wish)
    many("{n:,} step", "{n:,} steps", n)

gettext through Python's own module (https://docs.python.org/3/library/gettext.html). What a worker says is
English, and is said again in the language of the page that shows it: see `again`.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "es": "Español"}
ENGLISH = "en"
LOCALE = Path(__file__).parent / "locale"


class Words(str):
    """A text in one language, with what it was made of, so that it can be said in another."""

    template: str  # in English; empty where it is several texts in a row
    several: str  # the same for other numbers than one, where there is a difference
    values: Mapping[str, Any]

    def __new__(cls, text: str, template: str, values: Mapping[str, Any], several: str = "") -> Words:
        made = super().__new__(cls, text)
        made.template, made.values, made.several = template, values, several
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Words, (self[:], self.template, self.values, self.several)

    def __str__(self) -> str:  # so that an error with these words gives them, and not a copy
        return self


T = TypeVar("T")
_carried: ContextVar[str] = ContextVar("carried", default="")
_asked: Callable[[], str] = lambda: ENGLISH  # noqa: E731


def asks(whom: Callable[[], str]) -> None:
    """From now on this is asked which language is spoken."""
    global _asked
    _asked = whom


def language() -> str:
    """The language that is spoken now: English, unless a page said otherwise."""
    spoken = _carried.get() or _asked()
    return spoken if spoken in LANGUAGES else ENGLISH


def carried(make: Callable[[], T]) -> Callable[[], T]:
    """A function that is called later, where nobody knows the page, in the language of now: a download's."""
    spoken = language()

    def made() -> T:
        token = _carried.set(spoken)
        try:
            return make()
        finally:
            _carried.reset(token)

    return made


def _(text: str, /, **values: Any) -> Words:
    """A text in the language spoken now; {names} in it are filled in with the values."""
    said = translations(language()).gettext(text) if text else ""  # of nothing, gettext tells its own head
    return Words(said.format(**values) if values else said, text, values)


def many(one: str, several: str, n: float, **values: Any) -> Words:
    """A text that hangs on a number, which is {n} in it."""
    values = {"n": n, **values}
    said = translations(language()).ngettext(one, several, n if isinstance(n, int) else 1 + (n != 1))
    return Words(said.format(**values), one, values, several)


def later(text: str) -> str:
    """Marks a text that is translated when it is shown, by `_`."""
    return text


def later_many(one: str, several: str) -> tuple[str, str]:
    """Marks a text that hangs on a number, for `many`."""
    return one, several


def row(*texts: str) -> Words:
    """Several texts one after the other, the empty ones left out."""
    values = {str(place): text for place, text in enumerate(texts) if text}
    return Words(" ".join(values.values()), "", values)


def again(text: str) -> str:
    """A text that was made elsewhere, in the language spoken now."""
    if not isinstance(text, Words):
        return text
    values: dict[str, Any] = {
        name: again(value) if isinstance(value, str) else value for name, value in text.values.items()
    }
    if not text.template:
        return row(*values.values())
    if text.several:
        return many(text.template, text.several, **values)
    return _(text.template, **values)


def english(text: str) -> str:
    """The English for a text that stands as a whole in one of the catalogues, else the text itself."""
    return _english().get(text, text)


def heard(text: str) -> str:
    """What was said in any of the languages, in the one spoken now, also with a number filled in, such as
    "Unit 3"; what is in no catalogue stays as it is."""
    known = english(text)
    if known != text or not any(letter.isspace() for letter in text):
        return _(known)
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            said = translations(language()).gettext(template)
            return _FILLED.sub(lambda _place: found[1], said, count=1)
    return _(text)


@lru_cache
def translations(spoken: str) -> gettext.NullTranslations:
    """The catalogue of a language."""
    path = LOCALE / f"{spoken}.mo"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


_FILLED = re.compile(r"\{[^{}]*\}")
LONGEST = 24  # signs of a choice with a value in it


@lru_cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What short texts with one number look like in each language, with the text in English."""
    found = []
    for spoken in LANGUAGES:
        catalogue: Mapping[Any, str] = getattr(translations(spoken), "_catalog", {})
        for text, said in catalogue.items():
            if isinstance(text, str) and len(text) <= LONGEST and len(_FILLED.findall(text)) == 1:
                for form in {text, said}:
                    before, after = (re.escape(part) for part in _FILLED.split(form))
                    if re.search(r"[^\W\d_]{3}", before):
                        found.append((re.compile(rf"{before}(-?\d[\d.,]*){after}"), text))
    return found


@lru_cache
def _english() -> dict[str, str]:
    found: dict[str, str] = {}
    for spoken in LANGUAGES:
        catalogue: Mapping[Any, str] = getattr(translations(spoken), "_catalog", {})
        for text, said in catalogue.items():
            if isinstance(text, str) and text:
                found.setdefault(said, text)
    return found
