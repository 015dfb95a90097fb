"""What a visit keeps: results belong to the run and the network they were made of, files to the visitor."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.helpers import ROOT, lines, sound
from tests.ui.test_url_state import address, opened, went
from trickcore import Classifier, engine
from trickcore.jobs.networks import Network, trained
from trickcore.networks.small_net import SmallNet, untrained, weights_of
from trickcore.pictures import samples
from ui.session_run import Run, digest, pixels_of
from ui.widgets import remedy_buttons

HARD = {"network": "digits-robust", "steps": "3", "eps": "12"}  # a trick that fails, so that repair has work


def repaired(page: AppTest) -> Run:
    """The run in hand goes on on whole grey levels, as by the button on Trick."""
    run: Run = page.session_state["run"]
    before = len(run.frames)
    remedy_buttons.repair(run)
    while run.grow():
        pass
    run.finish()
    assert len(run.frames) > before
    return run


def test_a_count_is_not_shown_of_the_file_that_was_repaired_since():
    page = opened("survive", **HARD, survive="In the world", world_count="20")
    sound(page.button(key="count-views").click().run())
    assert not any("Nothing counted yet" in str(box.value) for box in page.info)
    repaired(page)
    sound(page.run())
    assert any("Nothing counted yet" in str(box.value) for box in page.info)


def test_the_hill_and_all_that_is_kept_of_a_trick_are_those_of_the_repaired_file():
    page = opened("why", **HARD, why="The hill", detail_digits="9 × 9")
    before = page.session_state["kept"].copy()
    run = repaired(page)
    sound(page.run())
    (new,) = [one for key, one in page.session_state["kept"].items() if key not in before]
    assert np.array_equal(new.plane.picture(1.0, 0.0), pixels_of(run.frames[-1]))


def test_a_tougher_trick_and_the_smallest_epsilon_are_not_shown_of_the_file_before():
    link = {"tougher_steps": "5", "tougher_views": "1", "tougher_count": "20"}
    page = opened("survive", **HARD, survive="Tougher", **link)
    sound(page.button(key="make-tougher").click().run())
    assert page.button(key="keep-tougher")
    repaired(page)
    sound(page.run())
    assert any("Nothing made yet" in str(box.value) for box in page.info)


# Networks


def net(seed: int) -> Network:
    return engine.call(lambda: trained(weights_of(SmallNet(seed=seed))))


def test_a_network_trained_again_makes_the_old_run_one_before_the_last_change():
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    page.session_state["mine"] = first = net(1)
    for name, value in {"network": "mine", "steps": "2"}.items():
        page.query_params[name] = value
    sound(page.run())
    assert page.session_state["run"].network is first
    page.session_state["mine"] = second = net(2)
    sound(page.run())
    assert page.session_state["run"].network is second
    page.toggle(key="live").set_value(False)
    sound(page.run())
    page.session_state["mine"] = net(3)
    sound(page.run())
    assert any("before your last change" in str(box.value) for box in page.info)


def test_what_is_kept_of_networks_is_kept_by_which_they_are_not_by_their_place_in_memory():
    page = opened("ask")
    page.session_state["mine"] = mine = net(1)
    sound(page.run())
    keys = list(page.session_state["answers"])
    assert [key for key in keys if mine.identity in key]
    assert not [key for key in keys if id(mine) in key]
    assert "digits-standard" in str(page.session_state["climb"].key)


def test_opening_train_again_keeps_the_network_that_was_trained():
    page = opened("train", pictures_small_plain="200", epochs_small_plain="1")
    first = page.session_state["mine"]
    sound(page.run())
    assert page.session_state["mine"] is first
    sound(page.button(key="carry-on").click().run())
    assert page.session_state["mine"].identity != first.identity
    assert page.session_state["mine"].name == first.name == "mine"


def test_what_was_measured_of_a_network_is_gone_once_it_was_trained_again():
    page = opened("defend", steps="2", measure_count_small="50", measure_attack="FGSM")
    page.session_state["mine"] = net(1)
    sound(page.run())
    sound(page.button(key="measure").click().run())
    assert any("Rings: measured here" in str(note.value) for note in page.caption)
    page.session_state["mine"] = net(2)
    sound(page.run())
    assert not any("Rings: measured here" in str(note.value) for note in page.caption)


# The visitor's own files


def uploaded() -> AppTest:
    page = opened("trick", picture="Upload", steps="2")
    return sound(
        page.file_uploader(key="upload").upload("my <b>*rocket*.jpg", samples.sample("rocket")).run()
    )


def said(page: AppTest) -> str:
    return " ".join(str(m.value) for m in page.markdown)


def test_an_upload_is_kept_for_the_visit_named_and_can_be_removed():
    page = uploaded()
    mine = digest(samples.sample("rocket"))
    number = page.session_state["run"].number
    assert page.session_state["run"].digest == mine
    address(page)
    page = went(page, "survive")
    assert page.pills(key="picture").value == "Upload"
    assert page.session_state["run"].number == number, "the same trick"
    assert "Kept for your visit" in said(page)
    assert "*rocket*" not in said(page), "a file's name is not formatted"
    assert any("not your own picture" in str(note.value) for note in page.caption), "the link does not"
    page = went(page, "trick")
    sound(page.slider(key="steps").set_value(3).run())
    assert page.session_state["run"].digest == mine
    assert page.session_state["run"].number != number, "it can be run again"
    sound(page.button(key="remove-upload").click().run())
    assert "Kept for your visit" not in said(page)
    (note,) = [str(box.value) for box in page.info]
    assert note.startswith("Choose a photo to begin.")
    assert "the run before your last change" in note
    assert lines(page), "which is still there"


def test_a_trick_whose_picture_is_not_there_any_more_is_marked_on_the_pages_about_it():
    page = uploaded()
    sound(page.file_uploader(key="upload").clear().run())
    address(page)
    page = went(page, "survive")
    assert any("the trick before your last change" in str(box.value) for box in page.info)


def test_a_broken_upload_leaves_the_stage_at_rest_and_the_run_in_hand():
    page = opened("trick", sample="rocket", steps="2")
    number = page.session_state["run"].number
    sound(page.pills(key="picture").set_value("Upload").run())
    sound(page.file_uploader(key="upload").upload("photo.png", b"hello, I am a text").run())
    assert page.error
    assert not page.success
    assert not page.get("plotly_chart")
    sound(page.pills(key="picture").set_value("Sample").run())
    assert page.session_state["run"].number == number
    assert lines(page)


def test_a_network_says_which_it_is():
    again = [engine.call(untrained).identity for _ in range(2)]
    assert again[0] == again[1], "the same weights"
    assert net(1).identity == net(1).identity != net(2).identity
    one, two = (Classifier("toy", lambda x: x, ("a",), (2, 2)) for _ in range(2))
    assert one.identity != two.identity
    assert one != two
