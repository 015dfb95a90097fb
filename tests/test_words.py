"""The languages: each text of the source has its translation, none is left over, all can be filled in."""

from __future__ import annotations

import gettext
import pickle
import re
import string

import pytest

from benchmarks import words
from trickcore import language
from trickcore.language import Words, _, again, many, row

OTHERS = list(words.others())
TEXTS = list(words.messages())


@pytest.fixture
def speaking(monkeypatch) -> list[str]:
    """A list whose last item is the language that is spoken."""
    spoken = ["en"]
    monkeypatch.setattr(language, "_asked", lambda: spoken[-1])
    return spoken


def forms(one: object) -> list[str]:
    return list(one) if isinstance(one, (tuple, list)) else [str(one or "")]


def names(text: str) -> set[str]:
    """What is filled in, with its form."""
    parts = string.Formatter().parse(text)
    return {f"{name}:{form}!{way}" for _text, name, form, way in parts if name is not None}


@pytest.mark.parametrize("spoken", OTHERS)
def test_every_text_of_the_source_is_translated_and_no_translation_is_left_over(spoken):
    there = {str(one.id): one for one in words.catalogue(spoken) if one.id}
    asked = {str(one.id) for one in TEXTS if one.id}
    assert asked - set(there) == set(), "not in the catalogue: make words"
    assert set(there) - asked == set(), "no longer in the source: make words"
    assert [key for key, one in there.items() if not all(forms(one.string))] == []
    assert [key for key, one in there.items() if one.fuzzy] == []


@pytest.mark.parametrize("spoken", OTHERS)
def test_what_is_filled_in_and_what_is_marked_is_the_same_in_every_language(spoken):
    wrong = []
    for one in words.catalogue(spoken):
        if not one.id:
            continue
        for said in forms(one.string):
            wants = forms(one.id)
            filled = "{" in "".join(wants)
            same = not filled or names(said) == names(wants[-1])
            marks = all(said.count(mark) == wants[-1].count(mark) for mark in ("**", "`", "$", ":material"))
            edges = (
                said[:1].isspace() == wants[-1][:1].isspace()
                and said[-1:].isspace() == wants[-1][-1:].isspace()
            )
            if not (same and marks and edges):
                wrong.append(f"{wants[-1]!r} -> {said!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spoken", OTHERS)
def test_what_is_loaded_was_compiled_from_what_is_read(spoken):
    compiled = words.path(spoken).with_suffix(".mo").read_bytes()
    assert compiled == words.compiled(words.catalogue(spoken)), "make words"


def test_no_text_is_made_before_it_is_marked():
    """An f-string, a sum or a variable in the place of a message would never be found."""
    loose = []
    for folder in ("ui", "trickcore"):
        for path in (words.ROOT / folder).rglob("*.py"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if re.search(r"(?<![\w.])(?:_|later|many|later_many)\(f[\"']", line):
                    loose.append(f"{path.relative_to(words.ROOT)}:{number}: {line.strip()}")
    assert not loose, "\n".join(loose)


def test_a_text_is_said_again_in_the_language_of_whoever_reads_it(speaking, monkeypatch):
    french = {
        "Stop": "Arrêter",
        "Turn {what} into {wish}": "Changer {what} en {wish}",
        "a {noun}": "« {noun} »",
    }

    class Catalogue(gettext.NullTranslations):
        def gettext(self, text):
            return french.get(text, text)

        def ngettext(self, one, several, n):
            return "{n} pas" if one == "{n} step" else super().ngettext(one, several, n)

    monkeypatch.setattr(language, "translations", lambda spoken: Catalogue() if spoken == "fr" else NONE)
    said = row(
        _("Turn {what} into {wish}", what="8", wish=_("a {noun}", noun="cat")),
        "",
        many("{n} step", "{n} steps", 3),
    )
    assert said == "Turn 8 into a cat 3 steps"
    sent = pickle.loads(pickle.dumps(ValueError(said)))
    speaking.append("fr")
    assert again(str(sent)) == "Changer 8 en « cat » 3 pas"
    assert _("Stop") == "Arrêter"
    assert _("") == ""
    speaking.append("en")
    assert again(again(str(sent))) == said
    assert isinstance(str(sent), Words)


# Of the same meaning, and neither a choice in a menu nor a menu's.
ALIKE = {"Make it again", "What each shall become", "Views a step", "Forger and detective"}


@pytest.mark.parametrize("spoken", OTHERS)
def test_a_choice_is_found_again_by_its_words_in_every_language(spoken):
    lost = {}
    for one in words.catalogue(spoken):
        text = forms(one.id)[0]
        if text and text[0].isupper() and len(text) <= 40 and "{" not in text and text not in ALIKE:
            found = language.english(forms(one.string)[0])
            if found not in (text, *ALIKE):
                lost[text] = found
    assert not lost


@pytest.mark.parametrize("spoken", OTHERS)
@pytest.mark.parametrize("text", ["Unit {n}", "quality {:g}"])
def test_a_choice_with_a_number_is_found_again_too(speaking, spoken, text):
    speaking.append(spoken)
    theirs = re.sub(r"{.*}", "75", _(text))
    assert theirs != re.sub(r"{.*}", "75", text)
    speaking.append("en")
    assert language.heard(theirs) == re.sub(r"{.*}", "75", text)
    speaking.append(spoken)
    assert language.heard(re.sub(r"{.*}", "75", text)) == theirs
    assert language.heard("tabby (281)") == "tabby (281)"


NONE = gettext.NullTranslations()


def test_a_language_that_nobody_knows_is_english(speaking):
    speaking.append("xx")
    assert language.language() == "en"
