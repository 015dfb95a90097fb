"""The class on pages: a pupil joins and hands in, a teacher opens the page, and none gets round another."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, said, sound
from trickcore.classroom.challenges import ready_made
from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Refused
from trickcore.pictures import samples
from ui import classroom

PIN = "135790"


@pytest.fixture
def room(tmp_path, monkeypatch) -> Classroom:
    monkeypatch.setenv("TRICK_CLASS", "1")
    monkeypatch.setenv("TRICK_DATA", str(tmp_path))
    monkeypatch.delenv("TRICK_DATABASE_URL", raising=False)
    room = classroom.room()
    room.set_pin(PIN)
    room.lesson()
    return room


def joined(room: Classroom, name: str) -> AppTest:
    """A phone whose owner has opened the link and given a nickname."""
    page = opened("trick", **{"class": room.lesson().code})
    page.text_input(key="nickname").set_value(name)
    return sound(press(page, "Join").run())


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (one for one in page.button if one.label == label)
    button.click()
    return page


def words(page: AppTest) -> str:
    return " ".join(str(one.value) for one in page.markdown)


def test_a_page_without_a_class_knows_nothing_of_one(monkeypatch):
    monkeypatch.delenv("TRICK_CLASS", raising=False)
    page = opened("trick", {"live": False}, at_once=False, **{"class": "ABCDEF"})
    assert not [one for one in page.text_input if one.label == "Nickname"]


def test_a_pupil_is_asked_for_a_nickname_and_nothing_else(room):
    page = opened("trick", **{"class": room.lesson().code})
    assert [one.label for one in page.text_input] == ["Nickname"]
    assert [one.label for one in page.button] == ["Join"]


def test_a_nickname_with_markup_is_kept_as_text(room):
    page = joined(room, "<b>*x*</b>")
    assert [one.nickname for one in room.pupils()] == ["<b>*x*</b>"]
    assert r"\<b\>\*x\*\</b\>" in words(page)


def test_a_name_that_is_taken_and_a_wrong_code_are_refused_in_a_sentence(room):
    joined(room, "Ada")
    assert "Choose another nickname" in joined(room, "ADA").error[0].value
    page = opened("trick", **{"class": "WRONG"})
    page.text_input(key="nickname").set_value("Bo")
    assert "That code is not" in sound(press(page, "Join").run()).error[0].value
    assert len(room.pupils()) == 1


def test_the_pin_stands_five_wrong_tries(room):
    page = opened("class")
    for _ in range(6):
        page.text_input(key="pin").set_value("000000")
        sound(press(page, "Open").run())
    assert "Wait" in page.error[0].value
    page.text_input(key="pin").set_value(PIN)
    sound(press(page, "Open").run())
    assert "Wait" in page.error[0].value
    assert not [one for one in page.button if one.label == "Projector"]


def test_a_teacher_starts_a_challenge(room):
    page = opened("class")
    page.text_input(key="pin").set_value(PIN)
    sound(press(page, "Open").run())
    sound(press(page, "Start").run())
    challenge = room.challenge()
    assert challenge is not None
    assert challenge.kind == "smallest-epsilon"


def test_what_a_pupil_hands_in_is_measured_and_placed(room):
    room.set_challenge(ready_made()[0])
    page = joined(room, "Ada")
    sound(press(page, "Hand in").run())
    (entry,) = room.board().entries
    assert entry.nickname == "Ada"
    assert entry.score.reached
    assert entry.score.value == 8
    assert "Counts" in said(page)
    assert "place **1**" in words(page)
    sound(press(page, "Hand in").run())
    assert page.error
    assert len(room.board().latest) == 1


def test_a_link_does_not_change_what_a_challenge_holds(room):
    challenge = room.set_challenge(ready_made()[0])
    token = room.join(room.lesson().code, "Ada").token
    page = opened("trick", {"class.pupil": token}, network="digits-standard", target="tabby (281)", pin="")
    run = page.session_state["run"]
    assert (run.recipe.network, run.recipe.target) == (challenge.recipe.network, challenge.recipe.target)
    assert run.origin == challenge.origin


def test_a_forged_hand_in_is_refused(room):
    room.set_challenge(ready_made()[0])
    ada, bo = (room.join(room.lesson().code, name).token for name in ("Ada", "Bo"))
    with pytest.raises(Refused):
        room.hand_in(ada, samples.sample("cat"), room.ticket(bo))
    with pytest.raises(Refused):
        room.hand_in(ada, b"no picture", room.ticket(ada))
    with pytest.raises(Refused):
        room.hand_in("made up", samples.sample("cat"), room.ticket(ada))
    assert not room.board().entries


def test_pictures_of_ones_own_are_off_until_the_teacher_allows_them(room):
    token = room.join(room.lesson().code, "Ada").token
    page = opened("trick", {"class.pupil": token, "picture": "Upload"}, at_once=False)
    assert not page.get("file_uploader")
    assert not page.get("camera_input")
    room.allow_uploads(True)
    page = opened("trick", {"class.pupil": token, "picture": "Upload"}, at_once=False)
    assert page.get("file_uploader")


def test_an_open_question_is_all_a_pupil_sees_and_the_run_starts_for_all(room):
    room.ask("What will it say? *Guess*", ["A cat", "A penguin"], right=1)
    page = joined(room, "Ada")
    sound(press(page, "A penguin").run())
    tally = room.tally()
    assert tally is not None
    assert tally.counts == (0, 1)
    assert "You say" in said(page)
    room.tell()
    page.run()
    assert "foresaw it" in said(sound(page))
    assert page.session_state["run"].verdict is not None


def test_a_device_can_be_handed_on_to_somebody_else(room):
    page = joined(room, "Ada")
    sound(press(page, "Not you?").run())
    page.text_input(key="nickname").set_value("Bo")
    sound(press(page, "Join").run())
    assert [one.nickname for one in room.pupils()] == ["Ada", "Bo"]
    assert "You are **Bo**" in words(page)


def test_a_teacher_makes_a_challenge_of_a_run(room):
    token = room.enter(PIN, "here")
    page = opened("trick", {"class.teacher": token}, steps="3", eps="4")
    sound(press(page, "Set as challenge").run())
    challenge = room.challenge()
    assert challenge is not None
    assert (challenge.recipe.steps, challenge.recipe.eps, challenge.origin) == (3, 4.0, "sample:cat")


def test_only_a_teacher_is_offered_to_set_a_challenge(room):
    room.set_challenge(ready_made()[0])
    page = joined(room, "Ada")
    assert "Set as challenge" not in [one.label for one in page.button]


def test_the_class_says_what_digit_it_reads(room):
    room.set_challenge(ready_made()[4])
    page = joined(room, "Ada")
    sound(press(page, "Hand in").run())
    (entry,) = room.board().latest
    assert not entry.score.reached
    for name in ("Bo", "Cy", "Di"):
        voter = joined(room, name)
        voter.button_group(key=f"vote-{entry.id}").set_value(3)
        sound(voter.run())
    assert room.votes(entry.id) == {3: 3}
    assert room.entry(entry.id).score.reached
