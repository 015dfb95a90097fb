"""Another language on every page: no English is left on it, and links and choices hold."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks import words
from tests.helpers import opened
from tests.ui.page_texts import told
from tests.ui.test_one_for_all import upload
from tests.ui.test_url_state import ENTRIES
from trickcore import language
from trickcore.networks.catalogue import catalogue, imagenet_labels

KNOWN = {text for one in words.messages() for text in (one.id if one.pluralizable else [one.id]) if text}
FIELDS = {
    "body", "label", "help", "text", "content", "content_help", "caption", "placeholder_text", "placeholder",
    "options", "alt", "title", "message", "off_label",
}  # fmt: skip
CHARTS = {"text", "title", "name", "hovertext", "texttemplate", "hovertemplate", "ticktext"}
# What is not ours to translate, besides the names of classes and networks.
NAMES = re.compile(
    r":[a-z]+(-badge)?\[|\b(jpeg|webp|png|tanh|TRADES|Madry|AutoAttack|extra|livz)\b|et al\.?|https?://\S+"
    r"|:material/\w+:|[\w-]+\.(png|jpg|jpeg|csv|py)|<[^>]*>|%\{[^}]*\}|`[^`]*`|\$[^$]*\$"
)


class Pseudo(gettext.NullTranslations):
    """Every text of the source between brackets."""

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧" if text in KNOWN else text

    def ngettext(self, one: str, several: str, n: int) -> str:
        return self.gettext(one if n == 1 else several)


@pytest.fixture
def bracketed(monkeypatch) -> None:
    monkeypatch.setattr(language, "translations", lambda spoken: Pseudo() if spoken == "de" else PLAIN)
    monkeypatch.setattr(language, "_english", lambda: {f"⟦{text}⟧": text for text in KNOWN})


PLAIN = gettext.NullTranslations()


def outside(text: str) -> str:
    """What stands in no bracket."""
    left, depth = [], 0
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        left.append(sign if depth == 0 and sign != "⟧" else " ")
    return NAMES.sub(" ", "".join(left))


def charts(spec: Any) -> Iterator[str]:
    """The words of a chart."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key in CHARTS and isinstance(value, str):
                yield value
            elif key in CHARTS and isinstance(value, list):
                yield from (one for one in value if isinstance(one, str))
            elif key != "template":
                yield from charts(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from charts(value)


def left_over(page: Any, names: set[str]) -> set[str]:
    found = set()
    for kind, path, text in told(page):
        field = path.rpartition(".")[2]
        if kind == "plotly_chart" and field == "spec":
            texts = list(charts(json.loads(text)))
        elif kind in ("table", "arrow_table") or field in FIELDS:
            texts = [text]
        else:
            continue
        for one in texts:
            pieces = [piece.strip() for piece in re.split(r"[^\w' ,-]|, ", outside(one))]
            if one.split(" · ")[0] not in names and any(
                re.search(r"[a-z]{3,}", piece) and piece.split("  ")[0].rstrip(" 0123456789") not in names
                for piece in pieces
            ):
                found.add(f"{kind}{path}: {one[:160]}")
    return found


@pytest.fixture(scope="module")
def names() -> set[str]:
    """What is called the same in every language."""
    return {*imagenet_labels(), *(card.title for card in catalogue()), *(card.name for card in catalogue())}


@pytest.mark.parametrize(
    ("name", "link", "keep"),
    ENTRIES,
    ids=lambda one: next(iter(one.values()), "") if isinstance(one, dict) else None,
)
def test_no_english_is_left_on_a_page_in_another_language(bracketed, names, name, link, keep):
    page = opened(name, at_once=False, lang="de", **link)
    assert not page.exception
    assert left_over(page, names) == set()


def words_of(page: Any) -> str:
    return " ".join(text for _kind, _path, text in told(page))


def said_in(spoken: str, text: str) -> str:
    return language.translations(spoken).gettext(text)


@contextmanager
def by_hand(spoken: str) -> Iterator[None]:
    """A test sets a control in its own thread, where its words are asked for once more."""
    token = language._carried.set(spoken)
    yield
    language._carried.reset(token)


DIGIT = {"network": "digits-standard", "steps": "3"}


@pytest.mark.parametrize("spoken", list(words.others()))
def test_a_link_opens_the_page_in_its_language_and_a_choice_changes_it_for_the_visit(spoken):
    page = opened("trick", lang=spoken, **DIGIT)
    assert said_in(spoken, "Probability at each step") in words_of(page)
    assert "Probability at each step" not in words_of(page)
    with by_hand(spoken):
        page.segmented_control(key="language-choice").set_value("en").run()
    assert "Probability at each step" in words_of(page)
    assert page.query_params["lang"] == "en"
    page.segmented_control(key="language-choice").set_value(spoken).run()
    assert said_in(spoken, "Probability at each step") in words_of(page)
    assert page.query_params["lang"] == spoken


def test_a_language_that_nobody_knows_is_english_and_the_link_says_so_no_more():
    assert "Probability at each step" in words_of(opened("trick", lang="xx", **DIGIT))


@pytest.mark.parametrize("spoken", list(words.others()))
def test_a_choice_in_a_link_is_understood_in_whatever_language_it_was_sent(spoken):
    theirs = said_in(spoken, "Stop being what it is")
    assert theirs != "Stop being what it is"
    for lang in ("en", spoken):
        for asked in ("Stop being what it is", theirs):
            page = opened("trick", lang=lang, goal=asked, **DIGIT)
            assert page.session_state["run"].recipe.target is None, (lang, asked)
            assert not page.toast


@pytest.mark.parametrize("spoken", list(words.others()))
def test_what_was_wrong_with_a_file_is_said_in_the_visitors_language(spoken):
    page = opened("trick", lang=spoken, network="digits-standard", picture=said_in(spoken, "Upload"))
    with by_hand(spoken):
        upload(page, "upload").set_value([("a.png", b"no picture", "image/png")]).run()
    english = opened("trick", network="digits-standard", picture="Upload")
    upload(english, "upload").set_value([("a.png", b"no picture", "image/png")]).run()
    assert len(page.error) == len(english.error) == 1
    assert page.error[0].value != english.error[0].value
