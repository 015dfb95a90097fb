"""A run as a visit has it, whose frames came faster than they were taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from trickcore.jobs import networks, runs
from trickcore.pictures import drawing
from trickcore.runs import frames as film
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe
from ui.session_run import Run, newest

RECIPE = Recipe(network="digits-standard", target=8, eps=76.5, steps=120)


@pytest.fixture(scope="module")
def hurried() -> list[Frame]:
    """As workers send them: only the newest, and those a run keeps, have their pictures."""
    made = list(runs.frames(networks.named("digits-standard"), drawing.drawn_png("5"), RECIPE))
    keep = film.keep(RECIPE.steps)
    return [frame if frame.index in keep else replace(frame, pixels=None) for frame in made]


def run(source: Iterator[Frame]) -> Run:
    return Run(RECIPE, "", "5", networks.named("digits-standard"), source)


def test_what_is_drawn_of_a_growing_run_always_has_its_picture(hurried):
    growing = run(iter(hurried))
    without = 0
    while growing.grow():
        assert newest(growing.frames).pixels is not None
        assert newest(growing.frames).index >= growing.frames[-1].index - 2
        without += growing.frames[-1].pixels is None
    assert without == len(hurried) - film.MOST, "the pictures of some were gone before they were taken"


@pytest.mark.parametrize("at", [31, 32, 33, 34])
def test_a_run_stopped_where_the_picture_is_gone_ends_at_the_last_that_is_there(hurried, at):
    stopped = run(iter(hurried))
    for _ in range(at):
        stopped.grow()
    stopped.close(stopped=True)
    stopped.finish()
    last = stopped.frames[-1]
    assert last.index == max(k for k in film.keep(RECIPE.steps) if k < at)
    assert stopped.verdict is not None
    assert stopped.verdict.after.label == int(last.probs.argmax())
