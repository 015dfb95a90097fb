"""A link opens what it was copied from: every page and entry, every control, and hostile links too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from tests import helpers
from tests.helpers import sound, switched
from ui.sidebar import url_state

NAMES = ["trick", "ask", "why", "survive", "defend", "train", "sweep", "stories"]
DIGIT = {"network": "digits-standard", "steps": "3"}
QUICK = {"pictures_small_plain": "200", "epochs_small_plain": "1"}
KINDS = (
    "selectbox", "slider", "select_slider", "toggle", "number_input", "multiselect", "segmented_control",
    "radio",
)  # fmt: skip


def opened(name: str, **link: Any) -> AppTest:
    return helpers.opened(name, at_once=False, **link)


def controls(page: AppTest) -> Iterator[tuple[str, Any]]:
    """Every control with a value, by its key; a run's own number does not count."""
    for kind in KINDS:
        for widget in getattr(page, kind):
            yield re.sub(r"^(step|additions)-.*", r"\1", str(widget.key)), widget


def address(page: AppTest) -> dict[str, Any]:
    """The link as a browser's address bar has it: it writes what a visitor sets there by itself."""
    for _, widget in controls(page):
        if name := widget.proto.query_param_key:
            state = widget._widget_state
            kind = state.WhichOneof("value")
            if kind is not None:
                value = getattr(state, kind)
                several = kind.endswith("array_value")
                page.query_params[name] = [words(one) for one in (value.data if several else [value])]
    return dict(page.query_params)


def words(value: Any) -> str:
    """A value as the browser writes it: 7, not 7.0, and true, not True."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def went(page: AppTest, name: str) -> AppTest:
    """To another page as a browser goes there: without the widgets and settings of the one before."""
    for _, widget in controls(page):
        page.query_params.pop(widget.proto.query_param_key, None)
    page._tree.children = {}
    return switched(page, name)


def values(page: AppTest) -> dict[str, Any]:
    return {key: widget.value for key, widget in controls(page)}


def raw(widget: Any, option: str) -> Any:
    """The value whose words an option is: what the page itself works with."""
    tries: list[Any] = [option, option.lower()]
    for number in re.findall(r"\d+\.?\d*", option):
        tries += [float(number), *([] if "." in number else [int(number)])]
    return next((one for one in tries if _told(widget, one) == option), option)


def _told(widget: Any, value: Any) -> str:
    try:
        return str(widget.format_func(value))
    except (TypeError, ValueError, KeyError, IndexError):
        return ""


# What a control is set to where another value would take long, or its words do not tell it.
SET = {
    "wanted": 0, "climber": "digits-robust", "others_networks": [], "stop_at": 0.8, "measure_on": None,
    "first_photo": 1, "second_photo": 2, "target": 3, "follow": [2, 4], "lesson-hide": ["steps"],
    "lesson-pin": ["epsilon"], "alpha": 1.5, "seed": 7, "adapt": "blur",
}  # fmt: skip
# Where the page one is on, the kind of picture, and whether anything is run are not changed.
KEPT = {
    "language-choice",
    "network",
    "live",
    "why",
    "survive",
    "subject",
    "photo_network",
    "train_on",
    "train_how",
    "story",
    "train_part",
    "defend",
}


def another(key: str, widget: Widget) -> Any:
    if key in SET:
        return SET[key]
    if widget.type in ("toggle", "checkbox"):
        return not widget.value
    if widget.type == "slider":
        low, step = widget.min, widget.step or 1
        return low if widget.value != low else type(low)(low + step)
    options = list(widget.options)
    now = options.index(_told(widget, widget.value))
    return raw(widget, options[now - 1 if now else min(1, len(options) - 1)])


def changed(page: AppTest, keep: set[str]) -> set[str]:
    """Set every control to another value, at once; those that were."""
    done = set()
    for key, widget in controls(page):
        if key in keep or getattr(widget, "disabled", False):
            continue
        value = another(key, widget)
        if value is not None and value != widget.value:
            widget.set_value(value)
            done.add(key)
    sound(page.run())
    return done


ENTRIES = [
    ("trick", DIGIT, {"picture"}),
    ("trick", {**DIGIT, "picture": "Blank"}, {"picture", "stop_at"}),  # sure from the start, it takes no step
    *(
        ("trick", {**DIGIT, "method": method, "goal": "Stop being what it is"}, {"picture", "method", "goal"})
        for method in ("Least change", "Few pixels", "Only its answers", "Only its label")
    ),
    *(
        ("why", {**DIGIT, "why": part, "detail_digits": "9 × 9"}, {"picture"})
        for part in ("The hill", "Straight lines", "Random noise", "Where it looks")
    ),
    ("why", {"why": "Two pixels"}, {"two_points"}),
    (
        "why",
        {"why": "Two pixels", "two_points": "Circles", "two_layers_circles": "2"},
        {"two_layers_circles"},
    ),
    *(
        ("survive", {**DIGIT, "survive": part, "here_steps": "20", "world_count": "20"}, {"picture"})
        for part in (
            "As a file",
            "In the world",
            "Tougher",
            "Only here",
            "Other networks",
            "Defences",
            "Smallest epsilon",
        )
    ),
    ("ask", {}, {"picture"}),
    ("ask", {"subject": "A photo"}, {"picture"}),
    ("defend", {"steps": "3"}, {"picture"}),
    ("defend", {"steps": "3", "defend": "Proved"}, {"picture"}),
    ("defend", {"defend": "Noisy copies"}, {"picture"}),
    ("train", QUICK, set()),
    ("train", {**QUICK, "train_how": "Adversarial", "pictures_small_adversarial": "201"}, set()),
    *(
        ("train", {"train_part": "What it never saw", "gap_epochs_small": "1", "gap": gap}, {"gap", "gap_on"})
        for gap in ("A digit is left out", "Only a few of it", "A dot gives it away")
    ),
    *(
        (
            "train",
            {"train_part": "A forger and a detective", "gan_part": part, "gan_steps": "100"},
            {"gan_part", "gan_on", "gan_steps"},
        )
        for part in ("Watch them learn", "Draw me a digit", "Which one is real?")
    ),
    ("stories", {"story": "more-cat"}, set()),
]


@pytest.mark.parametrize(
    ("name", "link", "keep"),
    ENTRIES,
    ids=lambda one: next(iter(one.values()), "") if isinstance(one, dict) else None,
)
def test_a_link_opens_every_control_as_it_was_when_the_link_was_copied(name, link, keep):
    page = opened(name, **link)
    done = changed(page, KEPT | keep)
    if name == "trick":
        step = next(widget for key, widget in controls(page) if key == "step")
        sound(step.set_value(min(step.value, 1)).run())
    there = values(page)
    assert done or name == "stories"
    copied = address(page)
    again = opened(name, **copied)
    assert values(again) == there, copied
    assert not again.toast, "all of it could be used"
    path = "" if name == "trick" else name
    assert [one for one in copied if not url_state.has(path, one)] == [], "each is known as this page's"


def test_the_digits_climb_is_climbed_again_by_the_link():
    page = opened("ask")
    sound(page.button(key="add-1").click().run())
    sound(page.button(key="add-10").click().run())
    (scrubber,) = [one for one in page.select_slider if str(one.key).startswith("additions")]
    sound(scrubber.set_value(12).run())
    assert page.query_params["added"] == "10-1-10"
    again = opened("ask", **address(page))
    assert values(again)["additions"] == 12
    first, second = (one.session_state["climb"].frames for one in (page, again))
    assert [frame.probs.tolist() for frame in first] == [frame.probs.tolist() for frame in second]
    sound(page.button(key="again").click().run())
    assert len(opened("ask", **address(page)).session_state["climb"].frames) == 1


def test_the_link_carries_the_story_the_step_of_the_tour_and_every_answer():
    page = opened("stories", tour="1")
    for step, choice in ((1, "A king penguin"), (2, None), (3, "Still a cat")):
        assert values(opened("stories", **address(page))) == values(page)
        if choice is None:
            page.query_params["tour"] = str(step + 1)
            sound(page.run())
            continue
        sound(page.radio(key=f"tour-guess-{step}").set_value(choice).run())
        assert values(opened("stories", **address(page))) == values(page), "chosen, not yet seen"
        sound(page.button(key="tour-see").click().run())
        again = opened("stories", **address(page))
        assert [box.value for box in (*again.success, *again.info)] == [
            box.value for box in (*page.success, *page.info)
        ]
        sound(page.button(key="tour-next").click().run())
    assert page.query_params["guesses"] == "2--0"
    page.query_params["tour"] = "8"
    sound(page.run())
    right = sum(page.session_state["tour.right"].values())
    for one in (page, opened("stories", **address(page))):
        said = " ".join(str(m.value) for m in one.markdown)
        assert f"You foresaw **{right} of 2**; 5 were not answered." in said


@pytest.mark.parametrize("tour", ["99", "²", "-1", "0", "1e1", "٣", "six", ""])
def test_a_step_the_tour_does_not_have_is_no_step_and_never_its_end(tour):
    page = opened("stories", tour=tour, story="more-cat", guesses="9-²--x")
    assert not page.subheader
    assert page.header[0].value == "A cat becomes more of a cat"


@pytest.mark.parametrize(
    ("told", "number"),
    [
        *(("0", 0), ("7", 7), ("007", None), ("100", None), ("²", None), ("٣", None), ("-1", None)),
        *(("1e1", None), ("", None), (None, None), ("1.0", None), (" 1", None), ("9" * 5000, None), (7, 7)),
    ],
)
def test_a_whole_number_of_a_link_is_read_or_it_is_none(told, number):
    assert url_state.whole(told, 0, 99) == number


@pytest.mark.parametrize(
    "seed", ["²", "٣", "-1", "1e9", "1e3", "1000000", "7.5", "nan", "inf", "<script>", ""]
)
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_that_is_none_breaks_no_page_and_is_zero(name, seed):
    if seed != "²" and name not in ("trick", "defend"):
        pytest.skip("the same code; one page of each kind is enough for the rest")
    link = {**DIGIT, "story": "more-cat", **QUICK, "seed": seed, "picture": "Blank", "canvas": "Noise"}
    page = opened(name, **link)
    for widget in page.number_input:
        if widget.key == "seed":
            assert widget.value == 0
    assert "seed" not in page.query_params or name == "stories"


def test_a_link_for_a_class_carries_every_class_that_is_followed():
    page = opened("trick", **DIGIT)
    page.multiselect(key="follow").set_value([2, 4])
    address(page)
    sound(page.run())
    sound(page.multiselect(key="lesson-hide").set_value(["steps"]).run())
    (link,) = [str(one.value) for one in page.code if "hide=" in str(one.value)]
    assert link.count("follow=") == 2
    assert "lesson" not in link


def test_a_story_opened_in_trick_is_in_the_address_and_the_link_opens_it():
    page = opened("stories", story="cat-mouse")
    sound(page.button(key="story-open").click().run())
    assert page.header[0].value == "Turn this cat into a mouse"
    assert page.query_params == {"target": "mouse (673)", "steps": "10"}
    assert values(opened("trick", **page.query_params)) == values(page)
    assert any("steps=10" in str(one.value) for one in page.code), "the link for a class, too"


def test_a_tougher_trick_that_is_kept_is_in_the_address():
    link = {**DIGIT, "survive": "Tougher", "tougher_steps": "5", "tougher_views": "2", "tougher_count": "20"}
    page = opened("survive", **link)
    sound(page.button(key="make-tougher").click().run())
    sound(page.button(key="keep-tougher").click().run())
    run = page.session_state["run"]
    assert page.query_params["views"] == "2"
    assert page.query_params["steps"] == "5"
    again = opened("trick", **{k: v for k, v in page.query_params.items() if url_state.has("", k)})
    assert again.session_state["run"].recipe == run.recipe


def test_another_page_says_in_its_address_what_is_its_own_and_no_more():
    page = opened("stories", story="more-cat")
    for name, value in QUICK.items():
        page.query_params[name] = value
    page.query_params["network"] = "digits-robust"
    page = switched(page, "train")
    assert set(page.query_params) == set(QUICK)


def test_a_setting_that_a_link_brought_stays_at_the_first_change_of_page_and_at_the_next():
    """As a browser goes from page to page. Digits and photos keep settings of their own."""
    page = opened("trick", **DIGIT, eps="25.5", momentum="0.3", follow=["2", "4"], hide="picture")
    for name in ("survive", "why", "trick", "train", "survive"):
        page = went(page, name)
        if name != "train":
            assert page.select_slider(key="eps").value == 25.5, name
            assert page.slider(key="steps").value == 3
            assert page.slider(key="momentum").value == 0.3
            assert page.multiselect(key="follow").value == [2, 4]
            assert page.query_params["eps"] == "25.5"
            assert page.session_state["run"].recipe.eps == 25.5
        assert page.query_params["hide"] == "picture"
    page = went(page, "defend")
    assert page.select_slider(key="eps").value == 25.5, "digits, too"
    page = went(opened("trick", eps="0.5", steps="2"), "defend")
    assert page.select_slider(key="eps").value == 76.5, "of photos"
    page = went(page, "trick")
    assert page.select_slider(key="eps").value == 0.5


@pytest.mark.parametrize(
    ("name", "link", "key", "value"),
    [
        ("why", {"why": "Random noise", "shuffles": "5"}, "shuffles", 5),
        ("survive", {"jpg_quality": "31"}, "jpg_quality", 31),
        ("defend", {"eps": "12", "measure_attack": "FGSM"}, "measure_attack", "FGSM"),
        ("ask", {"first": "3", "dream_steps": "20"}, "first", 3),
        ("train", {**QUICK, "margin": "1"}, "margin", 1.0),
    ],
)
def test_the_settings_of_each_page_are_there_when_one_comes_back(name, link, key, value):
    page = opened(name, **{**DIGIT, **link})
    page = went(went(page, "stories" if name == "trick" else "trick"), name)
    found = values(page)
    assert found[key] == value


def test_the_sample_of_photos_is_still_there_after_a_page_about_digits():
    page = opened("trick", sample="rocket", steps="2")
    page = switched(switched(page, "defend"), "trick")
    assert "rocket" in page.header[0].value
    assert page.query_params["sample"] == "rocket"
