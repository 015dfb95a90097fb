"""The bar with words that long work shows, and that pages show it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, said, sound
from ui.widgets import progress


class Place:
    """Where a bar is drawn: keeps all that was said."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str]] = []

    def progress(self, share: float, words: str) -> None:
        self.said.append((share, words))


@pytest.fixture
def clock(monkeypatch):
    """A clock on which every look takes half a second."""
    ticks = itertools.count(0, 0.5)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))


def bar(*args: Any) -> tuple[progress.Progress, Place]:
    place = Place()
    return progress.Progress(place, *args), place  # type: ignore[arg-type]


def test_before_anything_is_done_it_says_what_it_does_only():
    _, place = bar("Tricking the picture")
    assert place.said == [(0.0, "Tricking the picture…")]


def test_no_time_is_told_before_it_was_measured(clock):
    told, place = bar("Tricking the picture")
    told.tell(1, 30)
    assert place.said[-1] == (1 / 30, "Tricking the picture: step 1 of 30")


def test_the_time_left_is_that_of_the_items_to_come_at_the_speed_so_far(clock):
    told, place = bar("Tricking the picture")
    for done in range(1, 13):
        told.tell(done, 30)
    assert place.said[-1] == (12 / 30, "Tricking the picture: step 12 of 30, about 9 s left")


def test_what_was_done_before_it_was_stopped_does_not_count_for_the_speed(clock):
    told, place = bar("Asking", "picture")
    told.tell(100, 110)
    told.tell(102, 110)  # two in half a second
    assert place.said[-1][1] == "Asking: picture 102 of 110, about 2 s left"


def test_another_try_starts_its_clock_anew_and_says_its_name(clock):
    told, place = bar("Looking")
    told.tell(1, 10, doing="Try 1")
    told.tell(9, 10, doing="Try 1")
    told.tell(0, 10, doing="Try 2")
    assert place.said[-1] == (0.0, "Try 2: step 0 of 10")


def test_a_bar_is_drawn_a_few_times_a_second_and_always_at_its_end(monkeypatch):
    monkeypatch.setattr("time.perf_counter", lambda: 5.0)
    told, place = bar("Tricking the picture")
    for done in range(1, 101):
        told.tell(done, 100)
    assert [words for _, words in place.said[1:]] == [
        "Tricking the picture: step 1 of 100",
        "Tricking the picture: step 100 of 100",
    ]


def test_a_share_is_told_in_percent_and_a_name_is_no_markup():
    assert progress.said("Way *1*", "percent", 41.7, 100) == r"Way \*1\*: 41" + "\u00a0%"


def test_a_bar_is_full_at_most(clock):
    told, place = bar("Tricking the picture")
    told.tell(12, 10)
    assert place.said[-1] == (1.0, "Tricking the picture: step 10 of 10")


DIGIT = {"network": "digits-standard", "steps": "10"}


@pytest.fixture
def bars(monkeypatch):
    """All that bars say on a page, in their order."""
    found: list[str] = []
    real = progress.said

    def keep(*args: Any, **kwargs: Any) -> str:
        found.append(real(*args, **kwargs))
        return found[-1]

    monkeypatch.setattr(progress, "said", keep)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)  # digits are quick
    return found


def gone(page: AppTest) -> bool:
    """Whether nothing is left of a bar once the work is done."""
    return not page.get("progress")


def told_of(bars: list[str], *beginnings: str) -> bool:
    return all(any(one.startswith(beginning) for one in bars) for beginning in beginnings)


@pytest.mark.parametrize(
    ("name", "link", "button", "beginnings"),
    [
        ("why", {}, "", ["Tricking the picture…", "Asking the network about the pictures all"]),
        ("why", {"why": "Straight lines"}, "", ["Asking the network about the pictures along"]),
        ("why", {"why": "Random noise"}, "", ["Dealing the changes to other pixels: size 1 of 17"]),
        ("survive", {}, "", ["Saving both pictures and asking the network: form 1", "Saving and asking: q"]),
        ("survive", {"survive": "In the world"}, "count-views", ["Showing the network random views: view 5"]),
        ("survive", {"survive": "Defences"}, "", ["Looking at both pictures through: def", "Counting what"]),
        ("survive", {"survive": "Smallest epsilon"}, "find-smallest", ["Looking for the smallest epsilon…"]),
        ("survive", {"survive": "Tougher", "tougher_steps": "5"}, "make-tougher", ["Tricking the picture…"]),
        ("defend", {"measure_attack": "FGSM"}, "measure", ["Tricking the picture…", "Attacking the st"]),
        ("ask", {"dream_steps": "10"}, "dream", ["Asking what would make it more", "The robust network"]),
        ("train", {}, "", ["Training the network…"]),
    ],
)  # fmt: skip
def test_what_a_page_does_is_told_while_it_does_it(bars, name, link, button, beginnings):
    settings = {} if name in ("train", "ask", "defend") else DIGIT
    if name == "train":
        settings = {"epochs_small_plain": "1"}
    page = opened(name, at_once=False, **settings, **link)
    if button:
        sound(page.button(key=button).click().run())
    assert told_of(bars, *beginnings), bars
    assert gone(page)


def test_a_trick_stopped_before_its_first_step_is_told_and_can_be_made_after_all():
    page = opened("why", at_once=False, **DIGIT)
    run = page.session_state["run"]
    run.frames, run.verdict, run.source, run.stopped = [], None, None, True
    sound(page.run())
    assert "Stopped before its first step" in said(page)
    sound(page.button(key="make-after-all").click().run())
    assert page.session_state["run"].verdict is not None


def test_a_trick_stopped_on_the_way_is_looked_into_as_far_as_it_came():
    page = opened("why", at_once=False, **DIGIT)
    run = page.session_state["run"]
    run.frames, run.verdict, run.stopped = run.frames[:4], None, True
    sound(page.run())
    assert run.verdict is not None
    assert page.header[0].value.startswith("Why does this 5 ")


def test_what_is_drawn_while_a_spinner_turns_stays_where_it_belongs():
    def page() -> None:
        import streamlit as st

        from ui.widgets import progress

        place = st.empty()
        with st.sidebar, progress.spinning("Waking the network", place):
            st.markdown("in the sidebar")

    drawn = sound(AppTest.from_function(page).run())
    assert [text.value for text in drawn.sidebar.markdown] == ["in the sidebar"]
    assert not drawn.main.markdown


def test_with_patience_quick_work_shows_no_bar_and_slow_work_does(clock):
    place = Place()
    told = progress.Progress(place, "Saving", "form", patience=1.2)  # type: ignore[arg-type]
    told.tell(1, 4)
    told.tell(2, 4)
    assert not place.said
    told.tell(3, 4)
    assert place.said[-1][1].startswith("Saving: form 3 of 4")
    quick = progress.Progress(Place(), "Saving", patience=1.2)  # type: ignore[arg-type]
    quick.tell(1, 1)
    assert not quick.drawn
