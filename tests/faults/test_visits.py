"""Visits, each with a fault of its own, and one without: what its page says, and that nobody else notices.

The processes are real, and so is their end; that a graphics card is full is raised by hand, as there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.engine import small_jobs as jobs
from tests.helpers import opened, outcomes, said, sound, verdict
from trickcore import engine
from trickcore.engine.pool import Pool
from trickcore.engine.processes import GIVEN_UP
from trickcore.jobs import networks
from trickcore.pictures.drawing import drawn_png
from trickcore.runs.recipe import Recipe
from trickcore.runs.settings_json import from_json, to_json
from ui import session_run, text

DIGIT = {"network": "digits-standard", "steps": "8", "goal": "Stop being what it is"}
UNTOUCHED = Recipe(network="digits-standard", target=8, eps=76.5, steps=8)


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Path:
    """The file that counts how often a process was killed."""
    path: Path = tmp_path_factory.mktemp("killed") / "count"
    return path


@pytest.fixture(scope="module")
def pool(killed) -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(jobs.KILLED, str(killed))
        found = Pool(2, (networks.named, ("digits-standard",)))
        found.call(jobs.where, (), {})
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def started(pool, killed, monkeypatch) -> None:
    """Pages compute in the two processes, in which some runs go wrong."""
    monkeypatch.setattr("trickcore.engine.doors._pool", pool)
    # So that pages ask for the function that has the faults, by its own name.
    monkeypatch.setattr("trickcore.jobs.runs.frames", jobs.with_faults)
    killed.write_text("")


def notes(page: AppTest) -> str:
    return said(page).replace("\\", "")


def test_a_visit_whose_process_is_killed_is_told_and_another_goes_on_untouched(pool):
    network = session_run.load_once("digits-standard")
    other = session_run.start(network, drawn_png("5"), "5", UNTOUCHED)
    other.grow()
    page = opened("trick", **DIGIT, seed=str(jobs.KILLED_ONCE))
    assert text.BEGUN_AGAIN in notes(page)
    assert "saved PNG" in verdict(page)
    run = page.session_state["run"]
    assert [frame.index for frame in run.frames] == list(range(run.frames[-1].index + 1))
    session_run.play(other)
    assert other.verdict is not None
    alone = list(engine.stream(jobs.with_faults, network, drawn_png("5"), replace(UNTOUCHED, seed=1)))
    assert [frame.loss for frame in other.frames] == [frame.loss for frame in alone], "nothing is drawn here"


def test_a_run_that_was_given_up_says_so_and_another_try_succeeds(pool):
    page = opened("trick", **DIGIT, seed=str(jobs.KILLED_TWICE))
    assert GIVEN_UP in notes(page)
    assert not outcomes(page)
    sound(page.button(key="trick").click().run())
    assert GIVEN_UP not in notes(page)
    assert "saved PNG" in verdict(page)


def test_a_run_too_large_for_the_graphics_card_says_so_on_the_page_and_in_its_record(pool):
    page = opened("trick", **DIGIT, seed=str(jobs.TOO_LARGE))
    assert text.FELL_BACK in notes(page)
    run = page.session_state["run"]
    assert run.machine.device == "cpu"
    assert "begun on a graphics card, whose memory was full" in str(run.machine)
    settings = to_json(run.recipe, "digit:5", run.machine)
    assert "whose memory was full" in settings
    assert from_json(settings).recipe == run.recipe
    other = opened("trick", **DIGIT, seed="1")
    assert text.FELL_BACK not in notes(other)
    assert other.session_state["run"].machine.note == ""
