"""A lesson in either database: challenges, hand-ins, questions, and what is kept of them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from tests.classroom.conftest import joined
from tests.helpers import ROOT
from trickcore import engine
from trickcore.classroom.challenges import of_run, ready_made
from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Challenge, Pupil, Refused, Score
from trickcore.classroom.scores import score, voted
from trickcore.jobs import networks, runs
from trickcore.jobs.classroom import measured
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import decoded, encode
from trickcore.pictures.samples import truth
from trickcore.runs.recipe import Recipe

DIGIT = Recipe(network="digits-standard", target=8, eps=102.0, steps=20)


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    """A digit, which is quickly measured."""
    return of_run("smallest-epsilon", drawn_png("3"), "3", "digit:3", DIGIT, wish="8")


@pytest.fixture(scope="module")
def tricked() -> dict[float, bytes]:
    """The 3 as an 8, by the epsilon it took."""
    net = engine.call(networks.named, "digits-standard")
    found = {}
    for eps in (102.0, 76.5, 90.0):
        *_, last = engine.stream(runs.frames, net, drawn_png("3"), replace(DIGIT, eps=eps))
        assert last.pixels is not None
        found[eps] = encode(last.pixels)
    return found


def hand_in(room: Classroom, pupil: Pupil, png: bytes):
    return room.hand_in(pupil.token, png, room.ticket(pupil.token))


# Hand-ins


def test_a_hand_in_is_measured_from_its_own_pixels_and_the_best_of_each_counts(room, challenge, tricked):
    room.set_challenge(challenge)
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    worse = hand_in(room, ada, tricked[102.0])
    assert worse.score.reached
    assert worse.first
    original = decoded(drawn_png("3"))
    moved = np.abs(np.asarray(decoded(tricked[102.0])).astype(int) - np.asarray(original).astype(int)).max()
    assert worse.score.value == moved
    hand_in(room, ben, tricked[90.0])
    board = room.board()
    assert [entry.nickname for entry in board.entries] == ["Ben", "Ada"]
    assert board.first is not None
    assert board.first.nickname == "Ada"
    assert board.pupils == 2
    hand_in(room, ada, tricked[76.5])
    assert [entry.nickname for entry in room.board().entries] == ["Ada", "Ben"]
    assert [entry.nickname for entry in room.board().latest] == ["Ada", "Ben", "Ada"]


def test_equal_scores_are_placed_by_time(room, challenge, tricked, clock):
    room.set_challenge(challenge)
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    hand_in(room, ben, tricked[90.0])
    clock.now += 1
    hand_in(room, ada, tricked[90.0])
    assert [entry.nickname for entry in room.board().entries] == ["Ben", "Ada"]


def test_a_clock_that_is_put_back_changes_no_place_and_a_day_forward_ends_no_lesson(
    room, challenge, tricked, clock
):
    room.set_challenge(challenge)
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    hand_in(room, ben, tricked[90.0])
    clock.now -= 3600
    hand_in(room, ada, tricked[90.0])
    board = room.board()
    assert [entry.nickname for entry in board.entries] == ["Ben", "Ada"], "of equal ones the earlier is first"
    assert [entry.nickname for entry in board.latest] == ["Ada", "Ben"]
    assert board.first is not None
    assert board.first.nickname == "Ben"
    code = room.lesson().code
    clock.now += 25 * 3600
    assert room.purge() == 0
    assert room.lesson().code == code
    assert room.pupil(ada.token) is not None
    assert [entry.nickname for entry in room.board().entries] == ["Ben", "Ada"]


def test_what_is_forged_is_refused(room, challenge, tricked):
    """Another picture of the wished-for class, the original itself, no picture, and another size."""
    room.set_challenge(challenge)
    ada = joined(room)
    large = encode(np.zeros((60, 60), np.uint8))
    for forged, why in (
        (drawn_png("8"), "at most 128 are allowed"),
        (drawn_png("3"), "nothing in it has moved"),
        (b"\x89PNG and no more", "picture"),
        (large, "28"),
        (b"", "PNG of your run"),
        (b"x" * 4_000_001, "4 MB"),
    ):
        with pytest.raises(Refused, match=why):
            hand_in(room, ada, forged)
    assert room.board().entries == ()


def test_a_request_that_is_replayed_counts_once(room, challenge, tricked):
    room.set_challenge(challenge)
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    ticket = room.ticket(ada.token)
    with pytest.raises(Refused):
        room.hand_in(ben.token, tricked[90.0], ticket)  # of another pupil
    room.hand_in(ada.token, tricked[90.0], ticket)
    with pytest.raises(Refused):
        room.hand_in(ada.token, tricked[76.5], ticket)
    with pytest.raises(Refused):
        hand_in(room, ada, tricked[90.0])  # the same file again
    with pytest.raises(Refused):
        room.hand_in("nobody", tricked[90.0], room.ticket(ada.token))
    assert len(room.board().latest) == 1


def test_a_frozen_board_takes_nothing_and_a_reset_forgets(room, challenge, tricked):
    room.set_challenge(challenge)
    ada = joined(room)
    room.freeze()
    with pytest.raises(Refused, match="closed"):
        hand_in(room, ada, tricked[90.0])
    room.freeze(False)
    hand_in(room, ada, tricked[90.0])
    room.reset()
    assert room.board().entries == ()
    room.no_challenge()
    with pytest.raises(Refused):
        hand_in(room, ada, tricked[90.0])


def test_a_hidden_name_is_off_the_wall_but_counted(room, challenge, tricked):
    room.set_challenge(challenge)
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    hand_in(room, ada, tricked[90.0])
    hand_in(room, ben, tricked[102.0])
    room.hide(ada.id)
    board = room.board()
    assert [entry.nickname for entry in board.entries] == ["Ben"]
    assert "Ada" not in [entry.nickname for entry in board.latest]
    assert board.pupils == 2
    room.hide(ada.id, False)
    assert len(room.board().entries) == 2


def test_thirty_hand_in_at_once_and_all_are_counted(room, challenge, tricked):
    room.set_challenge(challenge)
    pupils = [joined(room, f"pupil {number}") for number in range(30)]
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda pupil: hand_in(room, pupil, tricked[90.0]), pupils))
    assert {entry.nickname for entry in room.board().entries} == {pupil.nickname for pupil in pupils}


def test_a_digit_for_people_counts_once_three_have_voted_and_most_read_it():
    worth = Score(90.0, "8 99 % with 90 levels", True)
    assert not voted(worth, {3: 2}, 3).reached
    assert voted(worth, {3: 2, 8: 1}, 3).reached
    assert not voted(worth, {3: 2, 8: 2}, 3).reached


def test_a_class_votes_on_each_others_pictures_and_not_on_its_own(room, tricked):
    room.set_challenge(of_run("two-readers", drawn_png("3"), "3", "digit:3", DIGIT, wish="8"))
    ada, *others = [joined(room, name) for name in ("Ada", "Ben", "Cem", "Dot")]
    entry = hand_in(room, ada, tricked[90.0])
    assert not entry.score.reached
    assert room.to_vote(ada.token) is None
    with pytest.raises(Refused):
        room.vote(ada.token, entry.id, 3)
    for pupil in others:
        shown = room.to_vote(pupil.token)
        assert shown is not None
        assert shown.id == entry.id
        room.vote(pupil.token, entry.id, 3)
    assert room.votes(entry.id) == {3: 3}
    assert room.board().entries[0].score.reached


# Questions


def test_the_class_foretells_and_those_who_were_right_are_named(room):
    ada, ben = joined(room, "Ada"), joined(room, "Ben")
    room.ask("What will it say?", ["A cat", "A king penguin"])
    room.answer(ada.token, 0)
    room.answer(ada.token, 1)
    room.answer(ben.token, 0)
    tally = room.tally()
    assert tally is not None
    assert (tally.counts, tally.total, tally.who_was_right) == ((1, 1), 2, ())
    room.tell(1)
    tally = room.tally()
    assert tally is not None
    assert tally.question.right == 1
    assert tally.who_was_right == ("Ada",)
    with pytest.raises(Refused):
        room.answer(ben.token, 1)


@pytest.mark.parametrize(
    ("text", "options"), [("", ["a", "b"]), ("Why?", ["a"]), ("Why?", ["a", "a"]), ("x" * 5000, "ab")]
)
def test_a_question_that_cannot_be_asked_is_refused(room, text, options):
    with pytest.raises(Refused):
        room.ask(text, options)


def test_the_first_game_of_each_counts_and_hidden_names_with_it(room):
    assert room.games() is None
    ada, ben, eve = (joined(room, name) for name in ("Ada", "Ben", "Eve"))
    assert room.played(ada.token, 9)
    assert not room.played(ada.token, 10)
    assert room.played(ben.token, 4)
    assert room.played(eve.token, 4)
    room.hide(eve.id)
    games = room.games()
    assert games is not None
    assert games.counts == (0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0)
    assert (games.pupils, games.pairs) == (3, 10)
    assert games.mean == pytest.approx(17 / 3)
    assert "5.7 of 10 pairs" in room.report()
    room.begin()
    assert room.games() is None


@pytest.mark.parametrize(("correct", "pairs"), [(11, 10), (-1, 10), (True, 10), (3, 3)])
def test_a_game_that_cannot_be_is_refused(room, correct, pairs):
    ada = joined(room)
    with pytest.raises(Refused, match="10 pairs"):
        room.played(ada.token, correct, pairs)
    with pytest.raises(Refused, match="not in this lesson"):
        room.played("somebody", 5)


def test_a_database_of_before_the_games_is_brought_up_to_date_with_all_in_it(room, opened, url):
    ada = joined(room)
    database = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with database.begin() as connection:
        connection.execute(sa.text("DROP TABLE games"))
        connection.execute(sa.text("UPDATE state SET schema = 1"))
    database.dispose()
    again = opened()
    assert again.pupil(ada.token) is not None
    assert again.played(ada.token, 7)
    assert not opened().played(ada.token, 7)
    again.end()
    assert again.games() is None


# What is kept


def test_a_server_that_is_killed_comes_back_with_everything(room, opened, url, challenge, tricked, tmp_path):
    """Another process joins, hands in, and is killed the moment it has been told so."""
    room.set_challenge(challenge)
    room.ask("And now?", ["a", "b"])
    picture = tmp_path / "tricked.png"
    picture.write_bytes(tricked[90.0])
    code = (
        "import os, signal, sys, pathlib\n"
        "from trickcore.classroom.lessons import Classroom\n"
        f"room = Classroom({url!r}, now=lambda: 1_700_000_005.0)\n"
        "ada = room.join(room.lesson().code, 'Ada')\n"
        f"room.hand_in(ada.token, pathlib.Path({str(picture)!r}).read_bytes(), room.ticket(ada.token))\n"
        "room.answer(ada.token, 1)\n"
        "print(ada.token, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip(), done.stderr
    again = opened()
    found = again.pupil(done.stdout.strip())
    assert found is not None
    assert found.nickname == "Ada"
    assert [entry.nickname for entry in again.board().entries] == ["Ada"]
    assert again.challenge() == room.challenge()
    tally = again.tally()
    assert tally is not None
    assert tally.counts == (0, 1)


def test_the_version_grows_with_every_change_that_a_page_shows(room, challenge):
    before = room.version()
    room.lesson()
    for change in (
        lambda: room.set_challenge(challenge),
        lambda: joined(room),
        lambda: room.freeze(),
        lambda: room.ask("Why?", ["a", "b"]),
        lambda: room.tell(0),
    ):
        change()
        assert room.version() > before
        before = room.version()
    room.board()
    room.tally()
    assert room.version() == before


def test_old_lessons_are_deleted_and_one_that_is_on_at_once_by_the_teacher(room, clock):
    first = room.lesson()
    joined(room)
    second = room.begin()
    assert second.code != first.code
    clock.now += 29 * 24 * 3600
    room.freeze()
    clock.now += 2 * 24 * 3600
    assert room.purge() == 1
    assert room.lesson() == replace(second, frozen=True)
    room.end()
    assert room.lesson().code != second.code
    assert room.pupils() == []


def test_one_takes_home_a_table_no_spreadsheet_computes_and_a_page_that_loads_nothing(
    room, challenge, tricked
):
    room.set_challenge(challenge)
    eve = joined(room, "=1+1")
    hand_in(room, eve, tricked[90.0])
    hand_in(room, joined(room, "<script>"), tricked[102.0])
    room.ask("<i>Why?</i>", ["a", "b"])
    header, *rows = room.csv().splitlines()
    assert header.startswith("challenge,place,nickname")
    assert ",'=1+1," in rows[0]
    for dark in (False, True):
        page = room.report(dark)
        assert "&lt;script&gt;" in page
        assert "<script" not in page
        assert "&lt;i&gt;Why?" in page
        assert "http" not in page.replace("http-equiv", "")
        assert page.count("data:image/jpeg;base64,") == 2


@pytest.mark.parametrize("challenge", ready_made(), ids=lambda challenge: challenge.kind)
def test_a_challenge_that_is_ready_is_reached_with_the_recipe_it_begins_with(challenge):
    net = engine.call(networks.named, challenge.recipe.network)
    *_, last = engine.stream(runs.frames, net, challenge.picture, challenge.recipe)
    assert last.pixels is not None
    handed, right = encode(last.pixels), truth(challenge.origin) or ()
    found = engine.call(measured, challenge.networks, challenge.picture, handed, challenge.recipe, right)
    assert score(challenge, found).reached


def test_five_challenges_are_ready_and_each_is_of_its_own_kind():
    kinds = [challenge.kind for challenge in ready_made()]
    assert len(kinds) == len(set(kinds)) == 5


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite:///", "nonsense", "postgresql://:::"])
def test_an_address_that_is_none_is_refused_in_a_sentence(address):
    with pytest.raises(Refused):
        Classroom(address)


def test_a_database_that_is_not_there_is_refused_without_its_password():
    with pytest.raises(Refused) as refused:
        Classroom("postgresql://teacher:secret@127.0.0.1:1/class")
    assert "secret" not in str(refused.value)
