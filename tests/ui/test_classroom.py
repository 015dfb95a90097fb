"""The class on pages: a pupil joins and hands in, a teacher opens the page, and none gets round another."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, said, sound
from trickcore import engine
from trickcore.classroom.challenges import ready_made
from trickcore.classroom.database import FILE
from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Entry, Refused, Unusable
from trickcore.jobs import forgeries
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


def test_a_link_of_another_lesson_asks_for_the_code(room):
    old = room.lesson().code
    new = room.begin().code
    page = opened("trick", **{"class": old})
    assert [one.label for one in page.text_input] == ["Code", "Nickname"]
    page.text_input(key="join-code").set_value(new.lower())
    page.text_input(key="nickname").set_value("Ada")
    sound(press(page, "Join").run())
    assert [one.nickname for one in room.pupils()] == ["Ada"]
    assert "You are **Ada**" in words(page)


def guess(page: AppTest, pin: str) -> AppTest:
    page.text_input(key="pin").set_value(pin)
    return sound(press(page, "Open").run())


def test_the_pin_stands_five_wrong_tries_of_a_visit(room, monkeypatch):
    page = opened("class")
    for _ in range(6):
        guess(page, "000000")
    assert "Wait" in page.error[0].value
    guess(page, PIN)
    assert "Wait" in page.error[0].value
    assert not [one for one in page.button if one.label == "Projector"]
    monkeypatch.setattr("ui.visits.visitor", lambda: "another visit")
    assert [one for one in guess(page, PIN).button if one.label == "Projector"]


def as_teacher(room: Classroom) -> AppTest:
    return opened("class", {"class.teacher": room.enter(PIN, "here")})


def test_the_switches_stand_where_the_lesson_has_them(room):
    page = as_teacher(room)
    sound(page.toggle(key="freeze").set_value(True).run())
    assert room.lesson().frozen
    room.begin()
    assert not sound(page.run()).toggle(key="freeze").value
    room.allow_uploads(True)
    assert sound(page.run()).toggle(key="uploads").value


def test_a_database_that_is_gone_is_told_on_every_page_and_found_again(room, tmp_path):
    room.set_challenge(ready_made()[0])
    pages = [as_teacher(room), joined(room, "Ada"), opened("class", {"class.projecting": True})]
    pages[2].session_state["class.teacher"] = room.enter(PIN, "there")
    sound(pages[2].run())
    (tmp_path / FILE).rename(tmp_path / "away")
    for page, words in zip(pages, ("its file is gone", "cannot be reached", "its file is gone"), strict=True):
        sound(page.run())
        assert words in page.error[0].value
        assert not [one for one in page.button if one.label in ("Projector", "Hand in")]
    assert "saved PNG" in said(pages[1]), "a pupil's page goes on, but for the class"
    (tmp_path / "away").rename(tmp_path / FILE)
    assert [one for one in sound(pages[0].run()).button if one.label == "Projector"]
    assert [one for one in sound(pages[1].run()).button if one.label == "Hand in"]
    assert not sound(pages[2].run()).error


@pytest.mark.parametrize(
    ("asked", "rest"),
    [("board", "Ask the class"), ("tally", "Start the run for all"), ("pupils", "Projector")],
)
def test_a_part_that_refreshes_itself_says_what_is_wrong_and_leaves_the_rest(asked, rest, room, monkeypatch):
    if asked == "tally":
        room.ask("Why?", ["a", "b"], right=1)
    page = as_teacher(room)

    def gone(_: Classroom) -> None:
        raise Unusable("The class's database is gone.")

    monkeypatch.setattr(Classroom, asked, gone)
    sound(page.run())
    assert [one.value for one in page.error] == ["The class's database is gone."]
    assert [one for one in page.button if one.label == rest]


def test_a_button_that_the_database_refuses_says_so(room, monkeypatch):
    def gone(*_: object) -> None:
        raise Unusable("The class's database is gone.")

    monkeypatch.setattr(Classroom, "freeze", gone)
    page = as_teacher(room)
    sound(page.toggle(key="freeze").set_value(True).run())
    assert [one.value for one in page.toast] == ["The class's database is gone."]
    assert not page.toggle(key="freeze").value


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


def test_a_hand_in_is_not_lost_when_the_page_is_asked_for_something_else_meanwhile(room, monkeypatch):
    room.set_challenge(ready_made()[0])
    page = joined(room, "Ada")
    measure, asked = Classroom.hand_in, []

    def interrupted(self: Classroom, token: str, png: bytes, ticket: str) -> Entry:
        asked.append(png)
        if len(asked) == 1:
            st.rerun()
        return measure(self, token, png, ticket)

    monkeypatch.setattr(Classroom, "hand_in", interrupted)
    sound(press(page, "Hand in").run())
    assert len(asked) == 2
    assert "Counts" in said(page)
    assert [entry.nickname for entry in room.board().entries] == ["Ada"]
    sound(page.run())
    assert len(asked) == 2


def test_a_hand_in_that_the_teacher_forgets_is_forgotten_on_the_pupils_page(room):
    room.set_challenge(ready_made()[0])
    page = joined(room, "Ada")
    sound(press(page, "Hand in").run())
    assert "Counts" in said(page)
    room.reset()
    assert "Counts" not in said(sound(page.run()))
    assert not page.error


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


@pytest.mark.parametrize("source", ["Upload", "Camera"])
def test_who_never_joined_may_use_no_pictures_of_their_own_either(room, source):
    """Anyone in the local network can open the page of a class."""
    page = opened("trick", {"picture": source}, at_once=False)
    assert not page.get("file_uploader")
    assert not page.get("camera_input")
    assert source not in page.button_group(key="picture").options
    room.allow_uploads(True)
    page = opened("trick", {"picture": source}, at_once=False)
    assert page.get("file_uploader" if source == "Upload" else "camera_input")


def test_a_picture_that_was_kept_before_the_teacher_said_no_is_not_run(room):
    room.allow_uploads(True)
    state = {"picture": "Upload", "own.upload": ("mine.png", samples.sample("espresso"))}
    page = opened("trick", state)
    assert page.session_state["run"].origin == "file"
    room.allow_uploads(False)
    page = opened("trick", state)
    assert "run" not in page.session_state or page.session_state["run"].origin != "file"


def test_a_teachers_own_pictures_are_never_off(room):
    token = room.enter(PIN, "here")
    page = opened("trick", {"class.teacher": token, "picture": "Upload"}, at_once=False)
    assert page.get("file_uploader")


def test_the_story_that_wants_a_photo_takes_none_while_they_are_off(room):
    assert not opened("stories", story="panda-gibbon").get("file_uploader")
    room.allow_uploads(True)
    assert opened("stories", story="panda-gibbon").get("file_uploader")


def test_an_open_question_is_all_a_pupil_sees_and_the_run_starts_for_all(room):
    room.ask("What will it say? *Guess*", ["A cat", "A penguin"], right=1)
    page = joined(room, "Ada")
    sound(press(page, "A penguin").run())
    tally = room.tally()
    assert tally is not None
    assert tally.counts == (0, 1)
    assert "You say: **A penguin**" in said(page)
    assert "You say: **A penguin**" in said(sound(page.run())), "and it stays in sight"
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


def test_a_pupils_first_score_is_on_the_wall_and_later_ones_are_not(room):
    token = joined(room, "Ada").session_state["class.pupil"]
    link = {"train_part": "A forger and a detective", "gan_part": "Which one is real?"}
    one = opened("train", {"class.pupil": token}, at_once=False, **link)
    pairs = engine.call(forgeries.twins, 0)
    for right in (7, 10):
        for place, pair in enumerate(pairs):
            side = "lr"[pair.real if place < right else 1 - pair.real]
            sound(one.button(key=f"gan-guess-{side}").click().run())
        assert one.subheader[0].value == f"You told {right} of 10 apart"
        assert one.info[-1].value.startswith("**The class so far: 7.0 of 10.** 1 of you has played.")
        version = room.version()
        sound(one.run())
        assert room.version() == version, "a page that is drawn again writes nothing"
        sound(one.button(key="gan-again").click().run())
    assert room.games().counts == (0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
