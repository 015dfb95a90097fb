"""Who goes on next, worked by hand: no clock, only seconds that are said to have been spent."""

from __future__ import annotations

from trickcore.engine.turns import Turns


def given(turns: Turns, rounds: int, each: float = 0.1) -> dict[int, int]:
    """How often each is chosen, when every turn takes as long."""
    found: dict[int, int] = {}
    for _ in range(rounds):
        (number,) = turns.next()
        turns.spent(number, each)
        found[number] = found.get(number, 0) + 1
    return found


def test_nobody_is_next_where_there_is_nobody():
    assert Turns().next() == []


def test_two_of_one_length_take_turns():
    turns = Turns()
    turns.add(1, heavy=False, length=40)
    turns.add(2, heavy=False, length=40)
    assert given(turns, 10) == {1: 5, 2: 5}


def test_time_is_given_in_inverse_proportion_to_length():
    turns = Turns()
    turns.add(1, heavy=False, length=30)
    turns.add(2, heavy=False, length=150)
    assert given(turns, 60) == {1: 50, 2: 10}


def test_whoever_has_given_nothing_yet_comes_first_even_before_a_short_one():
    turns = Turns()
    turns.add(1, heavy=False, length=10)
    turns.spent(1, 0.1)
    turns.add(2, heavy=False, length=1000)
    assert turns.next() == [2]


def test_a_newcomer_does_not_make_up_for_the_time_before_it_came():
    turns = Turns()
    turns.add(1, heavy=False, length=10)
    given(turns, 100)
    turns.add(2, heavy=False, length=10)
    assert given(turns, 20) == {1: 10, 2: 10}


def test_heavy_ones_wait_until_no_live_one_is_left_and_then_take_turns():
    turns = Turns()
    turns.add(1, heavy=True, length=1)
    turns.add(2, heavy=True, length=1)
    turns.add(3, heavy=False, length=1000)
    assert given(turns, 5) == {3: 5}
    turns.remove(3)
    assert given(turns, 4) == {1: 2, 2: 2}


def test_one_that_pauses_is_passed_over():
    turns = Turns()
    turns.add(1, heavy=False, length=1)
    turns.add(2, heavy=True, length=1)
    turns.pause(1, True)
    assert turns.next() == [2]
    turns.pause(1, False)
    assert turns.next() == [1]
    turns.remove(1)
    turns.pause(2, True)
    assert turns.next() == []


def test_side_by_side_go_those_whose_turn_is_next_and_a_heavy_one_alone():
    turns = Turns()
    for number in (1, 2):
        turns.add(number, heavy=True, length=1)
    for number in (3, 4, 5, 6):
        turns.add(number, heavy=False, length=40)
    turns.pause(5, True)
    assert turns.next(8) == [3, 4, 6]
    assert turns.next(2) == [3, 4]
    for number in (3, 4):
        turns.spent(number, 0.1)
    assert turns.next(2) == [6, 3]
    for number in (3, 4, 6):
        turns.remove(number)
    assert turns.next(8) == [1]
