"""Every setting of every page's link with fifteen kinds of nonsense: the page's own setting, and a notice.

TRICK_FUZZ_LINKS=15 opens every page with every kind for every setting; 1, as it stands, with one kind each.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase as fnmatch
from typing import Any

import pytest
from streamlit.runtime.state.query_params import parse_url_param
from streamlit.testing.v1 import AppTest

from tests.helpers import sound
from tests.ui.page_texts import MARKDOWN, told
from tests.ui.test_url_state import DIGIT, ENTRIES, QUICK, controls, opened, values
from trickcore.runs import fields
from ui.sidebar import link_notice, url_state

SHIFTS = int(os.environ.get("TRICK_FUZZ_LINKS", "1"))
NONSENSE: dict[str, list[str]] = {
    "nothing": [""],
    "very long": ["x" * 400],
    "a digit that is none": ["²"],
    "digits of another script": ["٣"],
    "not a number": ["nan"],
    "infinite": ["inf"],
    "below every range": ["-1000"],
    "a huge number": ["9" * 30],
    "more than a number holds": ["1e309"],
    "a null byte": ["a\x00b"],
    "a tag": ["<img src=x onerror=alert(1)>"],
    "a link": ["[l](javascript:alert(1)) **s** `c`"],
    "a template": ["${7*7}{{7*7}}%{x}"],
    "a path": ["../../../etc/passwd"],
    "given twice": ["no such", "value"],
}
MORE = [
    ("survive", {**DIGIT, "survive": "A sticker"}, {"survive"}),
    ("survive", {**DIGIT, "survive": "One for all", "universal_goal": "A class"}, {"survive"}),
    ("ask", {"ask": "From pixels to an answer"}, {"ask"}),
    ("train", {**QUICK, "train_part": "A forger and a detective", "gan_steps": "100"}, {"train_part"}),
    ("sweep", {"sweep_pictures": "Digits", "sweep_count_small": "20"}, {"sweep_pictures"}),
    ("sweep", {}, set()),
    ("stories", {"tour": "1"}, {"tour"}),
]
# Settings that decide what else there is, so that nonsense in them would hide the others; they are asked
# for wrongly by themselves.
CHOOSERS = {
    "network", "method", "picture", "goal", "why", "survive", "ask", "subject", "train_part", "train_how",
    "gap", "gan_part", "defend", "two_points", "train_on", "here", "story", "tour", "sum_up", "hide", "pin",
    "sweep_pictures", "universal_goal", "adapt",
}  # fmt: skip


def bound(page: AppTest) -> dict[str, Any]:
    """What Streamlit keeps of every widget that the link carries, by name: how it is read and written."""
    state = page._session_state._state
    found = {}
    for _, widget in controls(page):
        if name := widget.proto.query_param_key:
            found[name] = state._new_widget_state.widget_metadata[widget.id]
    return found


def ours(path: str) -> set[str]:
    """The settings of a page that no widget keeps, by name."""
    named = {one for one in url_state.PAGES[path] if "*" not in one}
    return named | (set(url_state.PANEL) | fields.link_names() if path in url_state.WITH_PANEL else set())


def notice(page: AppTest) -> set[str]:
    """The settings that the page says it could not use."""
    words = [toast.value for toast in page.toast]
    assert len(words) <= 1
    return set(words[0].partition(": ")[2].strip(".").replace("`", "").split(", ")) if words else set()


def untouched(page: AppTest, nonsense: dict[str, list[str]]) -> None:
    """Nothing of the nonsense stands on the page, nor in its address."""
    shown = [(kind, path, words) for kind, path, words in told(page) if path.rpartition(".")[2] in MARKDOWN]
    for value in ("onerror", "javascript:", "etc/passwd", "{{7*7}}", "\x00", "xxxxxxxx"):
        assert not [one for one in shown if value in one[2]]
    for name, asked in nonsense.items():
        now = page.query_params.get(name, [])
        assert set([now] if isinstance(now, str) else now).isdisjoint(asked), name


# Entries that take long, or show hardly another control than one that is tried: only in a thorough run.
LONG = {
    "A photo", "Adversarial", "Circles", "Few pixels", "Only its answers", "Only its label", "Blank",
    "A forger and a detective", "Only a few of it", "A dot gives it away",
}  # fmt: skip
CASES = [
    (name, link, shift)
    for name, link, _ in [*ENTRIES, *MORE]
    for shift in range(SHIFTS)
    if SHIFTS > 1 or LONG.isdisjoint(link.values())
]


@pytest.mark.parametrize(
    ("name", "link", "shift"),
    CASES,
    ids=lambda one: "-".join(list(one.values())[-2:]) if isinstance(one, dict) else str(one),
)
def test_nonsense_is_the_pages_own_setting_and_a_notice(name, link, shift):
    usual = opened(name, **link)
    assert not notice(usual)
    there, kinds = values(usual), list(NONSENSE.values())
    read = (
        {"step"} if "ask" in link else {"step", "added"}
    )  # by this entry; another's are told once it is opened
    settings = sorted(bound(usual).keys() | read & ours("" if name == "trick" else name))
    several = {name for name, each in bound(usual).items() if isinstance(each.deserializer(None), list)}
    wrong = {
        one: kinds[(place + shift + len(str(link))) % len(kinds)]
        for place, one in enumerate(settings)
        if one not in CHOOSERS and one not in link
    }
    page = opened(name, **link, **wrong)
    assert values(page) == there
    assert notice(page) == {one for one in wrong if one not in several or wrong[one] != [""]}
    untouched(page, wrong)
    every_kind_is_read_or_refused(usual)
    assert several == {one for one in settings if any(fnmatch(one, name) for name in url_state.SEVERAL)}


def test_what_only_another_entry_reads_is_told_once_that_is_opened():
    page = opened("ask", ask="From pixels to an answer", added="no such")
    assert not notice(page)
    sound(page.segmented_control(key="ask").set_value("The gradient").run())
    assert notice(page) == {"added"}
    assert "added" not in page.query_params


def every_kind_is_read_or_refused(page: AppTest) -> None:
    """All kinds for all settings of a page, as Streamlit reads them: refused in a way that it expects."""
    for name, metadata in bound(page).items():
        for kind, value in NONSENSE.items():
            if url_state._wrong(name, value):
                continue
            try:
                found = metadata.deserializer(parse_url_param(value, metadata.value_type))
            except (ValueError, TypeError, IndexError):  # what Streamlit takes for a refusal
                continue
            assert link_notice._same(value, metadata.serializer(found)) in (True, False), (name, kind)


@pytest.mark.parametrize(
    ("name", "link", "wrong"),
    [
        (
            "trick",
            DIGIT,
            {
                "picture": "", "goal": "²", "method": "follow the gradient", "live": "yes", "sample": "cat",
                "step": "99", "eps": "Sample",
            },
        ),
        ("trick", {"steps": "2"}, {"network": "<img src=x onerror=alert(1)>"}),
        ("why", DIGIT, {"why": "", "hide": "everything", "pin": "steps,²"}),
        ("survive", DIGIT, {"survive": "javascript:alert(1)"}),
        ("defend", {"steps": "2"}, {"defend": "Noisy"}),
        ("ask", {}, {"subject": "a photo", "added": "7-²"}),
        ("ask", {}, {"addition": "11", "ask": "../.."}),
        ("train", QUICK, {"train_part": "../..", "train_how": "plain"}),
        ("sweep", {}, {"sweep_pictures": "digits", "sweep_goal": "A class", "sweep_methods": "gradient"}),
        ("stories", {}, {"story": "More-Cat", "tour": "99", "sum_up": "1"}),
        ("stories", {"tour": "1"}, {"guesses": "9-²"}),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else str(one),
)  # fmt: skip
def test_a_setting_that_decides_what_there_is_may_be_nonsense_too(name, link, wrong):
    usual, page = opened(name, **link), opened(name, **link, **wrong)
    assert values(page) == values(usual)
    assert notice(page) == wrong.keys()
    kept = {"hide", "pin"}  # as they are, for the next page
    untouched(page, {one: [value] for one, value in wrong.items() if one not in kept})


def test_what_goes_without_saying_may_be_said_and_settings_of_nobody_are_nobodys():
    link = {"goal": "Become a class", "steps": "30", "gain": "automatic", "live": "FALSE", "utm_source": "²"}
    page = opened("trick", **{**link, "target": "king penguin (145)", "picture": "Sample", "follow": ""})
    assert not notice(page)


def test_the_notice_is_given_once():
    page = opened("trick", **{**DIGIT, "steps": "3.7"}, momentum="9")
    assert page.slider(key="steps").value == 3, "the nearest"
    assert notice(page) == {"momentum", "steps"}
    assert not notice(page.run())
