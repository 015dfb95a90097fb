"""Who takes part, in either database: nicknames, devices, and the teacher's PIN."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.classroom.conftest import joined
from trickcore.classroom import people
from trickcore.classroom.lessons import LETTERS
from trickcore.classroom.nicknames import cleaned, folded
from trickcore.classroom.records import Refused


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("<b>x</b>", "<b>x</b>"),
        ("a\u202eb", "ab"),
        ("a\u200bb\x00\x07", "ab"),
        ("ＡＤＡ", "ADA"),
        ("line\nbreak", "line break"),
        ("\N{PENGUIN}", "\N{PENGUIN}"),
        ("a" + "\u0301" * 30, "\u00e1" + "\u0301" * 2),
    ],
)
def test_a_nickname_is_shown_as_one_line_of_what_can_be_seen(typed, kept):
    assert cleaned(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u200b\u200b", "\u202e", "\u3164", "x" * 21, "y" * 10_000, "\u0301"]
)
def test_a_nickname_that_is_none_is_refused_in_a_sentence(typed):
    with pytest.raises(Refused, match=r"[Cc]hoose"):
        cleaned(typed)


def test_names_that_look_alike_are_one(room):
    joined(room, "Ada")
    for other in ("ADA", "ａｄａ", " ada ", "A\u200bda"):
        with pytest.raises(Refused, match=r"Somebody is called .* already"):
            joined(room, other)
    assert folded(cleaned("STRASSE")) == folded(cleaned("straße"))


def test_thirty_who_want_one_name_at_once_one_gets_it(room):
    code = room.lesson().code

    def wants(_: int) -> bool:
        try:
            room.join(code, "Ada")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(30) as pool:
        assert sum(pool.map(wants, range(30))) == 1


def test_a_code_has_six_letters_that_nobody_takes_for_digits(room):
    code = room.lesson().code
    assert len(code) == 6
    assert set(code) <= set(LETTERS)
    assert not set(LETTERS) & set("ILO0123456789")
    assert room.join(f" {code.lower()} ", "Ada").nickname == "Ada"
    with pytest.raises(Refused, match="not the one of this lesson"):
        room.join("AAAAAA", "Ben")
    assert room.is_code(f" {code.lower()} ")
    assert not room.is_code("AAAAAA")
    assert not room.is_code("")


def test_a_device_finds_its_pupil_by_its_token_and_by_no_other(room):
    ada = joined(room)
    found = room.pupil(ada.token)
    assert found is not None
    assert found.nickname == "Ada"
    assert [pupil.token for pupil in room.pupils()] == [""]
    for wrong in ("", "x", ada.token[:-1], ada.token + "x"):
        assert room.pupil(wrong) is None


# The PIN


def test_after_five_wrong_tries_even_the_right_pin_has_to_wait(room, clock):
    room.set_pin("135790")
    for _ in range(5):
        with pytest.raises(Refused, match="PIN"):
            room.enter("000000", "Eve")
    with pytest.raises(Refused, match="Wait"):
        room.enter("135790", "Eve")
    assert room.is_teacher(room.enter("135790", "Ada")), "who waits is the one who tried"
    clock.now += 61
    assert room.is_teacher(room.enter("135790", "Eve"))


def test_the_wait_doubles_with_each_wrong_try_after_it(room, clock):
    room.set_pin("135790")
    for _ in range(5):
        with pytest.raises(Refused):
            room.enter("000000", "Eve")
    clock.now += 61
    with pytest.raises(Refused):
        room.enter("000000", "Eve")
    clock.now += 61
    with pytest.raises(Refused, match="Wait"):
        room.enter("135790", "Eve")
    clock.now += 60
    assert room.is_teacher(room.enter("135790", "Eve"))


def test_a_clock_that_is_put_back_makes_no_wait_longer_and_ends_no_teachers_visit(room, clock):
    room.set_pin("135790")
    token = room.enter("135790", "Ada")
    for _ in range(5):
        with pytest.raises(Refused):
            room.enter("000000", "Eve")
    clock.now -= 3600
    with pytest.raises(Refused, match="Wait 60 s"):
        room.enter("135790", "Eve")
    assert room.is_teacher(token)
    clock.now += 61
    assert room.is_teacher(room.enter("135790", "Eve"))
    clock.now += 25 * 3600  # a day forward
    assert not room.is_teacher(token), "it is good for a day"
    assert room.is_teacher(room.enter("135790", "Ada"))


def test_a_pupils_wrong_tries_do_not_keep_out_a_teacher_behind_the_same_address(room, clock):
    room.set_pin("135790")
    for _ in range(5):
        with pytest.raises(Refused):
            room.enter("000000", "Eve", "10.0.0.7")
    with pytest.raises(Refused, match="Wait"):
        room.enter("135790", "Eve", "10.0.0.7")
    assert room.is_teacher(room.enter("135790", "Ada", "10.0.0.7"))


@pytest.mark.parametrize("bound", ["address", "all"])
def test_reloading_is_no_way_to_more_tries_and_keeps_others_waiting_a_minute_at_most(
    bound, room, clock, monkeypatch
):
    monkeypatch.setattr(people, "ADDRESS", 4 if bound == "address" else 99)
    monkeypatch.setattr(people, "ALL", 4 if bound == "all" else 99)
    room.set_pin("135790")

    def address(number: int) -> str:
        return "10.0.0.7" if bound == "address" else f"10.0.0.{number}"

    for number in range(4):
        with pytest.raises(Refused, match="wrong"):
            room.enter("000000", f"visit {number}", address(number))
    with pytest.raises(Refused, match="Wait 60 s"):
        room.enter("135790", "Ada", address(50))
    for number in range(5, 8):  # who guesses on does not make the wait longer
        clock.now += 61
        with pytest.raises(Refused, match="wrong"):
            room.enter("000000", f"visit {number}", address(number))
        with pytest.raises(Refused, match="Wait 60 s"):
            room.enter("135790", "Ada", address(50))
    clock.now += 61
    assert room.is_teacher(room.enter("135790", "Ada", address(50)))
    if bound == "address":
        assert room.is_teacher(room.enter("135790", "Ben", "10.0.0.8"))


def test_the_right_pin_counts_against_nobody(room):
    room.set_pin("135790")
    for number in range(people.ADDRESS + 2):
        room.enter("135790", f"visit {number}", "10.0.0.7")


def test_a_new_pin_ends_the_tokens_and_the_same_one_after_a_restart_does_not(room, opened):
    room.set_pin("135790")
    token = room.enter("135790", "Ada")
    again = opened()
    again.set_pin("135790")
    assert again.is_teacher(token)
    again.set_pin("246800")
    assert not again.is_teacher(token)
    assert not again.is_teacher("")
    with pytest.raises(Refused):
        again.enter("135790", "Ada")
