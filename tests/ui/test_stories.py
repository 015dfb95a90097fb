"""Stories, the tour and a teacher's link, as a visitor uses them, without a browser."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, opened, outcomes, sound, switched
from trickcore import catalogue
from trickcore.runs import stories
from trickcore.runs.stories import STORIES
from ui.pages.stories import tour

STORY, TRICK = "stories", "trick"


def now(page: AppTest) -> str:
    """What was measured, as the page says it."""
    return next(str(m.value) for m in page.markdown if str(m.value).startswith("**Now.**"))


@pytest.mark.parametrize("story", [s for s in STORIES if not s.recipe.views], ids=lambda s: s.name)
def test_every_story_runs_says_what_was_published_what_came_of_it_now_and_on_which_network(story):
    page = opened(STORY, story=story.name)
    assert page.header[0].value == story.title
    said = " ".join(str(m.value) for m in page.markdown)
    titles = {card.name: card.title for card in catalogue()}
    assert "**Then.**" in said
    assert titles.get(story.told_on, "a network of their own") in said
    assert titles[story.recipe.network] in now(page)
    runs = page.session_state["told"][story.name].runs
    assert len(runs) == (6 if story.extra == "six" else 1)
    for run in runs:
        assert run.verdict.outcome == ("not" if story.extra == "proved" else "tricked"), run.verdict
        assert run.recipe == story.recipe
    if story.extra == "six":
        assert "6 of 6 saved pictures are read as an ostrich" in now(page)
    else:
        assert runs[0].verdict.after.name in now(page)


@pytest.mark.parametrize(
    ("story", "says"),
    [
        ("cat-penguin", r"in 30 steps, by at most 2 levels of 255 in all\."),
        ("panda-gibbon", r"in 1 step, by at most 1 level of 255 in all\."),
        ("more-cat", r"in 10 steps, by at most 0\.9 levels of 255 in all, as saved 1\."),
        ("few-pixels", r"after [\d,]+ questions\. [1-5] pixels changed\."),
        ("only-a-label", r"after [\d,]+ questions\. Least change found: 2\.\d+ on the 0 to 1 scale \(L2\)\."),
        ("spoon", r"in \d+ steps, by at most 25\.5 levels of 255 in all, as saved \d+\."),
    ],
)
def test_a_story_says_how_far_values_moved_in_all_and_never_rounds_epsilon_away(story, says):
    assert re.search(says, now(opened(STORY, story=story)))


def test_the_turtle_outlives_most_random_views_where_each_step_looks_at_eight():
    page = opened("stories", at_once=False, story="turtle")
    telling = page.session_state["told"]["turtle"]
    (run,) = telling.runs
    assert run.recipe == stories.BY_NAME["turtle"].recipe
    assert run.verdict.outcome == "tricked"
    told = next(str(m.value) for m in page.markdown if "of the random views" in str(m.value))
    assert told.startswith(f"**{telling.count.wanted.hits} of 100 (")
    assert telling.count.wanted.share > 0.5, told
    assert telling.count.done == 1


def test_the_story_of_the_photograph_counts_printed_views():
    page = opened(STORY, story="photograph")
    told = next(str(m.value) for m in page.markdown if "printed and photographed" in str(m.value))
    hits = int(re.match(r"\*\*(\d+) of 100", told)[1])  # type: ignore[index]
    assert hits == page.session_state["told"]["photograph"].count.fooled.hits


def test_a_white_page_shows_its_pineapple_once_the_colours_are_at_their_fullest():
    page = opened(STORY, story="pineapple")
    assert "The tricked page, its colours at their fullest" in alts(page)


def test_a_story_opens_in_trick_with_the_same_picture_settings_and_run():
    page = opened(STORY, story="spoon")
    run = page.session_state["told"]["spoon"].runs[0]
    sound(page.button(key="story-open").click().run())
    switched(page, "trick")
    assert page.header[0].value == "Turn this cat into a wooden spoon"
    assert page.select_slider(key="eps").value == 25.5
    assert page.slider(key="steps").value == 40
    assert page.session_state["run"] is run, "and it is not made a second time"


def test_a_story_whose_picture_cannot_ship_takes_ones_own():
    from trickcore.pictures import samples

    page = opened(STORY, story="panda-vulture")
    sound(page.file_uploader(key="story-panda-vulture").upload("panda.png", samples.sample("rocket")).run())
    assert page.session_state["told"]["panda-vulture"].runs[0].verdict.before.name == "missile"


def test_a_pandas_story_on_the_cat_that_stays_a_cat_is_only_nearly_a_trick():
    page = opened(STORY, story="panda-gibbon")
    (box,) = outcomes(page)
    assert (box.colour, box.word) == ("yellow", "Nearly")
    assert "read as **Egyptian cat" in box.text
    assert "Both are right for this picture" in box.text
    assert "Both are right for this picture" in now(page)
    assert "Shown on the cat, until you give a photo of a giant panda." in now(page)


LEARN = {  # what a page teaches a network when it is opened, at its least
    "train": {"gan_steps": "100", "gap_epochs_small": "1"},
    "why": {"two_epochs_moons": "50"},
}


@pytest.mark.parametrize("story", [s for s in STORIES if s.further], ids=lambda s: s.name)
def test_where_a_story_goes_on_there_is_such_a_part(story):
    goes_on = story.further
    least = LEARN.get(goes_on.page, {})
    page = opened(goes_on.page, at_once=False, **least, **{goes_on.key: goes_on.part})
    parts = next(one for one in page.segmented_control if one.key == goes_on.key)
    assert parts.value == goes_on.part


def test_the_five_whose_answer_is_proved_says_up_to_where_and_holds():
    page = opened(STORY, story="promise")
    (box,) = outcomes(page)
    assert (box.colour, box.word) == ("blue", "Held")
    said = next(str(m.value) for m in page.markdown if "Proved up to epsilon" in str(m.value))
    proved = float(re.search(r"epsilon ([\d.]+)", said)[1])  # type: ignore[index]
    assert proved >= 76.5 / 255
    assert "stayed 5" in now(page)


# The tour


def test_the_tour_asks_first_and_then_shows_and_can_be_walked_to_its_end():
    page = opened(STORY)
    sound(page.button(key="tour-begin").click().run())
    for step, question in enumerate(tour.QUESTIONS, start=1):
        assert page.subheader[0].value == question.title
        assert page.button(key="tour-see").disabled, "nothing is shown to those who have not chosen"
        sound(page.radio(key=f"tour-guess-{step}").set_value(question.options[-1]).run())
        sound(page.button(key="tour-see").click().run())
        measured = page.session_state["tour.right"][step]
        assert any(box.word == "As you thought" for box in outcomes(page)) == measured
        sound(page.button(key="tour-next").click().run())
    right = page.session_state["tour.right"]
    assert right[1], "the cat became a penguin"
    assert not right[2], "shuffled, the same changes do nothing"
    assert right[6], "it is sure of what it never saw"
    assert right[7], "what was proved holds"
    assert any(f"{sum(right.values())} of 7" in str(m.value) for m in page.markdown)
    sound(page.button(key="tour-leave").click().run())
    assert page.header[0].value == STORIES[0].title


def test_the_tour_can_be_left_at_any_time():
    page = opened(STORY, tour="3")
    assert page.subheader[0].value == tour.QUESTIONS[2].title
    sound(page.button(key="tour-leave").click().run())
    assert page.header[0].value == STORIES[0].title
    assert "tour" not in page.query_params


# The sum-up


def test_the_sum_up_answers_all_that_the_tour_asks_and_is_left_for_the_stories():
    page = opened(STORY)
    sound(page.button(key="sum-up").click().run())
    assert page.header[0].value == "A sum-up for a class"
    said = " ".join(str(m.value) for m in page.markdown)
    for question in tour.QUESTIONS:
        (option,) = [
            one for one in question.options if f"**{question.title}.** {question.done} *{one}.*" in said
        ]
        assert option
    kept = page.session_state["sum_up"]
    sound(page.run())
    assert page.session_state["sum_up"] is kept, "nothing is worked out twice"
    sound(page.button(key="sum-up-leave").click().run())
    assert page.header[0].value == STORIES[0].title
    assert "sum_up" not in page.query_params


# A teacher's link


def test_what_a_teachers_link_hides_is_gone_and_keeps_its_value():
    page = opened(TRICK, hide="network,steps,more", steps="7", target="mouse (673)")
    frames = page.session_state["run"].frames
    assert len(frames) == 8
    assert page.header[0].value == "Turn this cat into a mouse"
    labels = [w.label for w in (*page.selectbox, *page.slider, *page.select_slider)]
    assert "Network" not in labels
    assert "Steps" not in labels
    assert "Target class" in labels


def test_what_a_teachers_link_pins_is_seen_and_cannot_be_changed():
    page = opened(TRICK, pin="epsilon,goal", eps="4", steps="3")
    assert page.select_slider(key="eps").value == 4.0
    assert page.select_slider(key="eps").disabled
    assert page.selectbox(key="target").disabled
    assert not page.slider(key="steps").disabled


def test_such_a_link_is_made_on_the_page_and_opens_what_it_says():
    page = opened(TRICK, steps="5")
    sound(page.multiselect(key="lesson-hide").set_value(["network"]).run())
    sound(page.multiselect(key="lesson-pin").set_value(["steps"]).run())
    link = (
        str(page.code[0].value)
        if len(page.code) == 1
        else next(str(c.value) for c in page.code if "hide=" in str(c.value))
    )
    assert "hide=network" in link
    assert "pin=steps" in link
    assert "steps=5" in link


def test_the_toasters_sticker_is_pasted_on_the_other_samples_and_counted():
    page = opened("stories", at_once=False, story="toaster")
    (run,) = page.session_state["told"]["toaster"].runs
    assert run.recipe.mask == "sticker"
    text = " ".join(str(one.value) for one in page.markdown)
    (hits,) = re.findall(r"The same sticker on the other samples: (\d) of 5 (?:is|are) read as toaster", text)
    shown = [alt for alt in alts(page) if " with the sticker: " in alt]
    assert len(shown) == 5
    assert sum(alt.endswith(": toaster") for alt in shown) == int(hits)
    assert not any(alt.startswith("The espresso") for alt in shown)
    assert "Run on EfficientNet-Lite0." in text
