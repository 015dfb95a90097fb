"""The page as a visitor uses it, without a browser: every control at both ends, every bad picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.helpers import ROOT, alts, lines, sound, verdict
from trickcore.pictures import samples
from trickcore.runs.recipe import EPSILONS


def opened(**link: str) -> AppTest:
    """The page, opened by a link. Three steps are enough to see that a setting arrives."""
    return helpers.opened("trick", at_once=False, **{"steps": "3", **link})


@pytest.fixture(scope="module")
def untouched() -> AppTest:
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    return sound(page.run())


def test_untouched_the_page_turns_the_cat_into_a_king_penguin(untouched):
    assert untouched.header[0].value == "Turn this cat into a king penguin"
    assert verdict(untouched).startswith("**Tricked.**")
    assert "king penguin" in verdict(untouched)
    target = lines(untouched)["king penguin (145)"]
    assert target == next(iter(lines(untouched).values())), "the target's line comes first"
    assert target[0] < 0.01 < 0.9 < target[-1]
    assert len(target) == 31


def test_the_row_names_its_three_pictures_for_those_who_cannot_see_them(untouched):
    original, perturbation, tricked = alts(untouched)
    assert original.startswith("Original: tiger cat")
    assert perturbation.startswith("Perturbation, magnified")
    assert tricked.startswith("Tricked: king penguin")


def test_every_control_of_the_panel_explains_itself(untouched):
    widgets = [
        *untouched.sidebar.selectbox,
        *untouched.sidebar.slider,
        *untouched.sidebar.select_slider,
        *untouched.sidebar.toggle,
        *untouched.sidebar.number_input,
        *untouched.sidebar.multiselect,
        *untouched.sidebar.button,
    ]
    assert len(widgets) >= 15
    for widget in widgets:
        assert len(widget.help) > 20, widget.label


def test_a_link_opens_the_settings_it_carries_and_an_untouched_page_needs_none(untouched):
    assert not dict(untouched.query_params)
    page = opened(eps="4", target="mouse (673)", seed="7", random_start="true", sample="rocket")
    assert page.select_slider(key="eps").value == 4.0
    assert page.selectbox(key="target").value == 673
    assert page.number_input(key="seed").value == 7
    assert page.toggle(key="random_start").value is True
    assert page.header[0].value == "Turn this rocket into a mouse"


def test_the_same_link_gives_the_same_run_and_another_seed_another():
    link = {"random_start": "true", "eps": "4"}
    first, second, third = (lines(opened(**link, seed=seed)) for seed in ("3", "3", "4"))
    assert first == second
    assert first["king penguin (145)"][1:] != third["king penguin (145)"][1:]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eps", "-1"),
        ("steps", "100000"),
        ("target", "unicorn (5000)"),
        ("network", "skynet"),
        ("sample", "../../etc/passwd"),
        ("seed", "<script>"),
        ("picture", "Painting"),
    ],
)
def test_a_link_with_nonsense_in_it_opens_the_default_instead(name, value):
    page = opened(**{name: value})
    assert verdict(page)


@pytest.mark.parametrize("eps", [EPSILONS[0], EPSILONS[-1]])
def test_epsilon_at_both_ends(eps):
    page = opened(eps=f"{eps:g}", steps="20")
    if eps:
        assert verdict(page).startswith("**Tricked.**")
    else:
        assert "Epsilon is 0" in verdict(page)
        target = lines(page)["king penguin (145)"]
        assert target == [target[0]] * 21, "nothing may move, so nothing changes, bit for bit"


@pytest.mark.parametrize("steps", [1, 200])
def test_steps_at_both_ends(steps):
    page = opened(steps=str(steps), sample="rocket")
    assert all(len(line) == steps + 1 for line in lines(page).values())
    offered = next(s for s in page.select_slider if s.label == "Step").options
    assert len(offered) == min(steps + 1, 60)


@pytest.mark.parametrize(
    "link",
    [
        {"alpha": "0.001"},
        {"alpha": "10000"},
        {"norm": "L2"},
        {"direction": "Raw gradient"},
        {"norm": "L2", "direction": "Raw gradient"},
        {"momentum": "1.0"},
        {"stop_at": "50%"},
        {"stop_at": "99.9%"},
        {"gain": "1"},
        {"gain": "100"},
        {"seed": "999999", "random_start": "true"},
        {"follow": "goldfish (1)"},
        {"network": "efficientnet-lite1"},
        {"network": "efficientnet-lite2"},
    ],
    ids=str,
)
def test_every_setting_under_more_at_its_ends_gives_a_run_and_a_verdict(link):
    page = opened(**link, eps="8")
    assert verdict(page)
    if "follow" in link:
        assert "goldfish (1)" in lines(page)


def test_stop_when_this_sure_ends_the_run_early():
    page = opened(steps="40", stop_at="50%")
    target = lines(page)["king penguin (145)"]
    assert len(target) < 41
    assert target[-2] < 0.5 <= target[-1]


def test_stop_being_what_it_is_needs_no_target_and_takes_the_cat_away():
    page = opened(goal="Stop being what it is", steps="10")
    assert "see something else" in page.header[0].value
    assert not [box for box in page.selectbox if box.label == "Target class"]
    assert verdict(page).startswith("**Nearly.**"), "it has become another cat"
    assert "Both are right for this picture" in verdict(page)
    original = lines(page)["tiger cat (282)"]
    assert original[0] > 0.3 > 0.1 > original[-1]


def test_the_class_it_already_is_becomes_more_so():
    page = opened(target="tiger cat (282)", steps="10")
    assert page.header[0].value == "Make this cat even more of a tiger cat"
    assert verdict(page).startswith("**More of the same.**")


def test_surprise_me_picks_another_class_and_the_link_carries_it():
    page = opened(live="false")
    sound(page.button(key="surprise").click().run())
    picked = page.selectbox(key="target").value
    assert picked != 145
    assert str(page.query_params["target"]).endswith(f"({picked})")
    other = opened(live="false")
    sound(other.button(key="surprise").click().run())
    assert other.selectbox(key="target").value == picked, "the same seed gives the same surprise"


@pytest.mark.parametrize("canvas", samples.CANVASES)
def test_a_blank_canvas_can_be_tricked_too(canvas):
    page = opened(picture="Blank", canvas=canvas.capitalize(), target="pineapple (953)", eps="8")
    assert "pineapple" in page.header[0].value
    assert verdict(page)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_every_sample_opens(name):
    page = opened(sample=name, steps="1")
    assert name in page.header[0].value
    assert verdict(page)


def test_without_live_nothing_runs_until_the_button_is_pressed():
    page = opened(live="false")
    assert not page.get("plotly_chart")
    sound(page.button(key="trick").click().run())
    before = lines(page)
    sound(page.select_slider(key="eps").set_value(16.0).run())
    assert lines(page) == before, "the run before the change stays"
    assert any("before your last change" in note.value for note in page.info)
    sound(page.button(key="trick").click().run())
    assert lines(page) != before
    assert not any("before your last change" in note.value for note in page.info)


def test_with_live_a_changed_setting_runs_at_once():
    page = opened()
    before = lines(page)
    sound(page.select_slider(key="eps").set_value(16.0).run())
    assert lines(page) != before


def test_looking_back_shows_another_step_without_a_new_run():
    page = opened(steps="10")
    before, end = lines(page), alts(page)
    slider = next(s for s in page.select_slider if s.label == "Step")
    sound(slider.set_value(2).run())
    assert lines(page) == before
    assert alts(page)[0] == end[0]
    assert alts(page)[2] != end[2]


def test_random_noise_of_the_same_size_is_drawn_beside_the_run_and_does_nothing():
    page = opened(steps="12", noise="true")
    noise = lines(page)["random noise"]
    target = lines(page)["king penguin (145)"]
    assert len(noise) == 12, "at twelve of the thirteen steps"
    assert noise[0] == pytest.approx(target[0], abs=1e-6), "at first both are the untouched picture"
    assert max(noise) < 0.01 < 0.9 < target[-1]


def test_the_downloads_hold_the_run():
    page = opened(steps="5")
    labels = [button.label for button in page.download_button]
    assert labels == ["PNG", "GIF", "Report", "CSV", "Original", "Settings"]


def uploaded(data: bytes, name: str = "photo.png") -> AppTest:
    page = opened(picture="Upload")
    assert any("Choose a photo" in note.value for note in page.info)
    return sound(page.file_uploader(key="upload").upload(name, data).run())


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello, I am a text", "not a picture that can be read"),
        (samples.sample("cat")[:5000], "broken or was cut short"),
        (encoded(Image.new("RGB", (7, 300))), "at least 8 a side"),
        (encoded(Image.new("1", (8000, 5001))), "megapixels"),
    ],
    ids=["not an image", "cut short", "too small", "too large"],
)
def test_a_picture_that_cannot_be_used_says_why_and_the_page_goes_on(data, says):
    page = uploaded(data)
    assert any(says in box.value for box in page.error)
    sound(page.pills(key="picture").set_value("Sample").run())
    assert verdict(page)


def test_a_picture_that_cannot_be_used_does_not_cost_the_run_in_hand():
    page = opened(sample="rocket")
    before = lines(page)
    sound(page.pills(key="picture").set_value("Upload").run())
    sound(page.file_uploader(key="upload").upload("photo.png", b"hello, I am a text").run())
    assert not page.get("plotly_chart"), "it is not shown under another picture's error"
    sound(page.pills(key="picture").set_value("Sample").run())
    assert lines(page) == before


def test_two_uploads_of_one_name_are_two_pictures():
    first = uploaded(samples.sample("rocket"), "same.jpg")
    before = lines(first)
    sound(first.file_uploader(key="upload").upload("same.jpg", samples.sample("espresso")).run())
    assert set(lines(first)) != set(before)


def test_a_photo_of_any_kind_is_taken():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8))
    for kind in ("JPEG", "WEBP", "BMP", "GIF", "TIFF"):
        page = uploaded(encoded(noise, kind), f"photo.{kind.lower()}")
        assert verdict(page), kind


def test_a_network_that_is_not_here_says_its_size_and_asks_first():
    page = opened(network="alexnet", live="true")
    assert any("233 MB" in note.value for note in page.info)
    assert page.button(key="fetch").label == "Download AlexNet (233 MB)"
    assert page.button(key="trick").disabled
