"""What came of a trick, said on all pages: one meaning has one colour and one word."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.helpers import ROOT, Box, alts, opened, outcomes, sound
from trickcore.plots.palette import palette
from ui.widgets import outcome_box

DIGIT = {"network": "digits-standard", "steps": "20"}


def looks(boxes: list[Box]) -> list[tuple[str, str]]:
    return [(box.colour, box.word) for box in boxes]


def test_a_trick_that_lasts_is_orange_and_one_that_is_undone_blue_in_every_part():
    file = looks(outcomes(opened("survive", None, survive="As a file", **DIGIT)))
    defences = looks(outcomes(opened("survive", None, survive="Defences", **DIGIT)))
    assert set(file) == {("orange", "Survives"), ("blue", "Gone")}
    assert ("blue", "Recovered") in defences
    assert {colour for colour, word in defences if word in ("Survives", "Fooled")} == {"orange"}


def test_the_same_attack_is_told_alike_on_defend_and_on_the_tour():
    defend = looks(outcomes(opened("defend")))
    tour = opened("stories", tour="5")
    sound(tour.radio(key="tour-guess-5").set_value("Neither").run())
    sound(tour.button(key="tour-see").click().run())
    assert defend == [("orange", "Fooled"), ("blue", "Held")]
    assert looks(outcomes(tour))[:2] == defend
    assert outcomes(tour)[2].colour == "gray", "not as one thought"


@pytest.mark.parametrize(
    ("link", "look"),
    [
        (DIGIT, ("green", "Tricked")),
        ({"network": "digits-robust", "steps": "5"}, ("gray", "Not yet")),
        ({"goal": "Stop being what it is", "eps": "1", "steps": "1"}, ("yellow", "Nearly")),
        ({"network": "digits-standard", "target": "5", "steps": "5"}, ("green", "More of the same")),
    ],
)
def test_on_trick_the_colour_says_whether_the_wish_came_true(link, look):
    page = opened("trick", None, **link)
    assert looks(outcomes(page)) == [look]
    assert not page.error, "red is for errors"


def test_a_cat_that_became_another_cat_is_told_and_what_to_do_about_it():
    page = opened("trick", goal="Stop being what it is", eps="1", steps="1")
    (box,) = outcomes(page)
    assert "Both are right for this picture: it has got another name, but nobody was fooled." in box.text
    (aim,) = [button.label for button in page.button if button.label.startswith("Aim at ")]
    index = int(aim.rpartition("(")[2].rstrip(")"))
    assert not 260 < index < 300, "no cat, and none of its relatives"


def test_the_verdicts_numbers_are_explained_where_they_stand():
    page = opened("trick", None, **DIGIT)
    (told,) = [text for text in page.markdown if "PSNR" in str(text.value)]
    assert "PSNR" in told.proto.help
    assert "SSIM" in told.proto.help


def test_the_interval_and_its_whisker_are_explained_where_they_stand():
    page = opened("survive", None, survive="In the world", world_count="20", **DIGIT)
    sound(page.button(key="count-views").click().run())
    (told,) = [text for text in page.markdown if "interval" in str(text.value)]
    assert "whisker" in told.proto.help


def test_the_top_five_are_of_the_original_and_of_the_tricked_picture():
    page = opened("trick", None, **DIGIT)
    titles = [str(text.value) for text in page.markdown]
    assert titles.index("**Tricked**") > titles.index("**Original**")
    (step,) = [slider for slider in page.select_slider if slider.label == "Step"]
    sound(step.set_value(7).run())
    assert "**Tricked, at step 7**" in [str(text.value) for text in page.markdown]


def test_the_trick_in_hand_is_shown_as_original_and_tricked():
    page = opened("survive", None, survive="Smallest epsilon", **DIGIT)
    assert [alt.split(":")[0] for alt in alts(page)] == ["Original", "Tricked"]


def test_every_badge_has_a_colour_and_an_icon_of_its_own():
    badges = [*outcome_box.WISH.values(), *outcome_box.NETWORK.values()]
    for part in range(3):
        assert len({badge[part] for badge in badges}) == len(badges)
    assert "red" not in {badge.colour for badge in badges}


@pytest.mark.parametrize("dark", [False, True])
def test_a_badge_has_the_colour_that_its_meaning_has_in_the_charts(dark):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    theme, look = config["theme"]["dark" if dark else "light"], palette(dark)
    assert theme[f"{outcome_box.NETWORK[True].colour}TextColor"] == look.target.text
    assert theme[f"{outcome_box.NETWORK[False].colour}TextColor"] == look.original.text


def test_no_page_tells_an_outcome_in_streamlits_own_boxes():
    """They have neither orange nor grey. Green is left to a training that is done, red to errors."""
    for path in ROOT.glob("ui/**/*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            where = f"{path.name}:{call.lineno}"
            assert call.func.attr != "warning", where
            assert call.func.attr != "success" or path.parent.name == "train", where
            if call.func.attr == "error":
                assert any(word in ast.unparse(call) for word in ("error", "wrong", "trouble")), where
