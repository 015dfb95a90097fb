"""The guided tour: five questions; one says first what one thinks will happen, then sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from trickcore import Recipe, engine
from trickcore.explain.landscape import shuffled
from trickcore.jobs import runs as run_jobs
from trickcore.pictures import drawing, reencode, samples
from trickcore.pictures.files import Pixels, encode, enlarged
from trickcore.runs.outcome import Reading
from trickcore.text import percent
from ui import text as words
from ui.runs import Run, catalogue, load_once, pixels_of, seen, start
from ui.sidebar.controls import DIGITS
from ui.sidebar.url_state import LINK, from_link, to_link, whole
from ui.widgets import main_button, outcome_box
from ui.widgets.run_row import RunRow

SHUFFLES = 20
HELP = "Choose first, then see. In a class: a show of hands."
OTHER = "efficientnet-lite2"
STAYS, UNSURE, PENGUIN, ELSE = "Still a cat", "A cat, but unsure", "A king penguin", "Something else"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured: which of the options came true, in words, and the picture it was measured on."""

    option: str
    words: str
    pixels: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    words: str
    picture: Callable[[], Pixels]  # shown before one has chosen
    options: tuple[str, ...]
    answer: Callable[[bool, bool], Answer]  # dark, narrow; draws what there is to see


def _trick(name: str, data: bytes, noun: str, recipe: Recipe, strip: RunRow) -> Run:
    """A run of the tour, kept for the visit and shown."""
    runs: dict[str, Run] = st.session_state.setdefault("tour.runs", {})
    if name not in runs:
        runs[name] = start(load_once(recipe.network), data, noun, recipe)
    strip.play(runs[name])
    return runs[name]


def _penguin(dark: bool, narrow: bool, *, hidden: bool = False) -> Run:
    """The cat that became a penguin in the first step; `hidden` where that is not to be seen again."""
    runs: dict[str, Run] = st.session_state.setdefault("tour.runs", {})
    if hidden:
        if "cat" not in runs:  # whoever begins in the middle
            runs["cat"] = start(load_once(Recipe().network), samples.sample("cat"), "cat", Recipe())
        while runs["cat"].grow():
            pass
        runs["cat"].finish()
        return runs["cat"]
    return _trick("cat", samples.sample("cat"), "cat", Recipe(), RunRow("", dark, narrow, advice=False))


def _option(run: Run, reading: Reading) -> str:
    """Which option a reading of the cat's picture is: any of the cats it was first taken for counts."""
    cats = set(run.frames[0].probs.argsort()[::-1][:3])
    if reading.label == run.recipe.target:
        return PENGUIN
    return STAYS if reading.label in cats else ELSE


def _cat() -> Pixels:
    return seen(load_once(Recipe().network), samples.sample("cat"))


def _tricked() -> Pixels:
    """The cat as it was tricked in the first step."""
    return pixels_of(_penguin(False, False, hidden=True).frames[-1])


def _five() -> Pixels:
    return seen(load_once("digits-standard"), drawing.drawn_png("5"))


def _first(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow)
    assert run.verdict is not None
    now = run.verdict.after
    option = _option(run, now)
    if option == STAYS and now.probability < 0.5:
        option = UNSURE
    return Answer(
        option,
        f"The network is {percent(now.probability)} sure of a {now.name}. The picture looks the same to you, "
        "since no value moved by more than 2 of 255.",
    )


def _noise(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    before, after = pixels_of(run.frames[0]), pixels_of(run.frames[-1])
    dealt = [shuffled(before, after, np.random.default_rng((0, i))) for i in range(SHUFFLES)]
    readings = engine.call(run_jobs.readings, run.network, [encode(one) for one in dealt])
    found = [_option(run, reading) for reading in readings]
    option = max(set(found), key=found.count)
    return Answer(
        option,
        f"We shuffled them {SHUFFLES} times: {found.count(STAYS)} times it was still a cat, "
        f"{found.count(PENGUIN)} times a penguin. Not the size of the changes matters but which pixel gets "
        "which.",
        dealt[0],
    )


def _jpeg(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    saved = reencode.as_jpeg(run.png, 75)
    reading = engine.call(run_jobs.reading, run.network, saved)
    option = _option(run, reading)
    why = (
        "This trick outlived it. A stronger JPEG, or a smaller trick, and it would be gone."
        if option == PENGUIN
        else "JPEG throws away what the eye does not miss, and the trick is made of just that."
    )
    told = f"Read as {reading.name}, {percent(reading.probability)}. {why} The page Survive has more of this."
    return Answer(option, told)


def _other(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    other = load_once(OTHER)
    reading = engine.call(run_jobs.reading, other, run.png)
    title = next(card.title for card in catalogue() if card.name == OTHER)
    option = _option(run, reading)
    why = (
        "Even so small a trick can travel from one network to the next."
        if option == PENGUIN
        else "A small trick fits only the network it was made for. Larger ones, made against several "
        "networks at once, travel further."
    )
    return Answer(option, f"{title} says {reading.name}, {percent(reading.probability)}. {why}")


BOTH, STANDARD, ROBUST, NEITHER = "Both", "Only the usual one", "Only the hardened one", "Neither"


def _robust(dark: bool, narrow: bool) -> Answer:
    fell = []
    for name, title in (
        ("digits-standard", "The usual network (standard)"),
        ("digits-robust", "The hardened network (robust)"),
    ):
        recipe = Recipe(network=name, target=DIGITS.target, eps=DIGITS.eps)
        run = _trick(
            name, drawing.drawn_png("5"), "5", recipe, RunRow(title, dark, narrow, advice=False, network=True)
        )
        assert run.verdict is not None
        fell.append(run.verdict.after.label != run.verdict.before.label)
    option = {(True, True): BOTH, (True, False): STANDARD, (False, True): ROBUST}.get(
        (fell[0], fell[1]), NEITHER
    )
    return Answer(
        option,
        "One of them was attacked all through its training, and learnt to look at strokes instead of specks. "
        "It costs training time and a little accuracy; the page Defend measures both.",
    )


QUESTIONS = (
    Question(
        "Two levels of 255",
        "The network is shown a photo of a cat. Every colour value may now move by 2 of 255 at most, which "
        "you cannot see. What will the network say then?",
        _cat,
        (STAYS, UNSURE, PENGUIN),
        _first,
    ),
    Question(
        "The same changes, shuffled",
        "Now the very same changes, but each is given to another pixel, at random. What will it say?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _noise,
    ),
    Question(
        "Saved as a photo",
        "The tricked picture is saved as a JPEG, as a phone does with every photo (quality 75). And now?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _jpeg,
    ),
    Question(
        "Another network",
        "The tricked picture is shown to another network, which had no part in it. What will that one say?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _other,
    ),
    Question(
        "A network that was trained for it",
        "Two networks read a handwritten 5, and both are attacked in the same way: the usual one, and one "
        "that was attacked all through its training. Which is tricked?",
        _five,
        (BOTH, STANDARD, ROBUST, NEITHER),
        _robust,
    ),
)


def show(step: int, dark: bool, narrow: bool) -> None:
    """Step 1 to 5 of the tour, and 6, its end."""
    guesses = _guesses()
    right: dict[int, bool] = st.session_state.setdefault("tour.right", {})
    if step > len(QUESTIONS):
        _end(guesses, right)
        return
    question = QUESTIONS[step - 1]
    st.progress((step - 1) / len(QUESTIONS), f"Step {step} of {len(QUESTIONS)}")
    left, right_side = st.columns([1, 2.4], gap="medium")
    width: Literal["stretch"] | int = 160 if narrow else "stretch"
    left.image(encode(enlarged(question.picture())), width=width, alt="What it is about")
    with right_side:
        st.subheader(question.title)
        st.markdown(question.words)
        asking = "What do you think?", question.options
        if step in guesses:
            chosen = question.options.index(guesses[step])
            st.radio(*asking, index=chosen, key=f"tour-said-{step}", disabled=True, help=HELP)
        else:
            guess = st.radio(*asking, index=None, key=f"tour-guess-{step}", help=HELP, **LINK)
            with st.container(horizontal=True, gap="small"):
                main_button.button(
                    "See what happens",
                    key="tour-see",
                    icon=":material/visibility:",
                    disabled=guess is None,
                    help="Does it, here and now." if guess else "Choose an answer first.",
                    on_click=_say,
                    args=(step,),
                )
                _leave()
    if step not in guesses:
        return
    answer = question.answer(dark, narrow)
    right[step] = answer.option == guesses[step]
    if answer.pixels is not None:
        left, _ = st.columns([1, 3])
        left.image(encode(answer.pixels), width="stretch", alt="The cat with the changes shuffled")
    text = f"**{answer.option}.** {words.escape(answer.words)}"
    if right[step]:
        outcome_box.wish(st.empty(), "tricked", text, word="As you thought")
    else:
        guess = f"{guesses[step][0].lower()}{guesses[step][1:]}"
        outcome_box.wish(st.empty(), "not", text, word=f"Not as you thought ({guess})")
    with st.container(horizontal=True, gap="small"):
        main_button.button(
            "Next" if step < len(QUESTIONS) else "Finish",
            key="tour-next",
            icon=":material/arrow_forward:",
            help="On to the next question." if step < len(QUESTIONS) else "To the end of the tour.",
            on_click=go,
            args=(step + 1,),
        )
        _leave()


def _guesses() -> dict[int, str]:
    """What was answered so far, by step. The link carries it: "1--2" is the second option of the first
    question, none of the second, the third of the third."""
    state = st.session_state
    kept: dict[int, str] | None = state.get("tour.guesses")
    if kept is None:
        kept = state["tour.guesses"] = {}
        told = str(st.query_params.get("guesses", "")).split("-")
        for step, (question, one) in enumerate(zip(QUESTIONS, told, strict=False), 1):
            number = whole(one, 0, len(question.options) - 1)
            if number is not None:
                kept[step] = question.options[number]
    _put(kept)
    return kept


def _put(guesses: dict[int, str]) -> None:
    told = [
        str(question.options.index(guesses[step])) if step in guesses else ""
        for step, question in enumerate(QUESTIONS, 1)
    ]
    to_link("guesses", "-".join(told).rstrip("-"), "")


def _say(step: int) -> None:
    guesses: dict[int, str] = st.session_state["tour.guesses"]
    guesses[step] = str(st.session_state[f"tour-guess-{step}"])


def _end(guesses: dict[int, str], right: dict[int, bool]) -> None:
    st.progress(1.0)
    st.subheader("That was the tour")
    place = st.empty()
    for step in sorted(guesses.keys() - right.keys()):  # whoever came back by a link
        with place.container():
            st.markdown("Working your answers out again…")
            right[step] = QUESTIONS[step - 1].answer(False, False).option == guesses[step]
    place.markdown(f"{_score(right)} Now it is your turn: take a photo of your own, choose a class, and see.")
    with st.container(horizontal=True, gap="small"):
        st.page_link("ui/pages/trick.py", label="Trick a network", icon=":material/auto_fix_high:")
        st.page_link("ui/pages/why/page.py", label="See why it works", icon=":material/landscape_2:")
        st.button("Take it again", key="tour-again", type="tertiary", help="From the start.", on_click=begin)
        _leave("Back to the stories")


def _score(right: dict[int, bool]) -> str:
    """Of the questions answered, and how many were not."""
    left = len(QUESTIONS) - len(right)
    if not right:
        return "You answered none of the questions."
    told = f"You foresaw **{sum(right.values())} of {len(right)}**"
    return f"{told}; {left} {'was' if left == 1 else 'were'} not answered." if left else f"{told}."


def begin() -> None:
    for name in ("tour.right", "tour.runs"):
        st.session_state.pop(name, None)
    st.session_state["tour.guesses"] = {}
    for step in range(1, len(QUESTIONS) + 1):
        st.session_state.pop(f"tour-guess-{step}", None)
    go(1)


def go(step: int | None) -> None:
    """To a step, or None to leave; the link says where one is."""
    to_link("tour", "" if step is None else str(step), "")
    if step is None:
        to_link("guesses", "", "")


def _leave(label: str = "Leave the tour") -> None:
    st.button(
        label,
        key="tour-leave",
        type="tertiary",
        icon=":material/close:",
        help="Back to the stories. You can begin again at any time.",
        on_click=go,
        args=(None,),
    )


def step() -> int | None:
    """Where one is on the tour, as the link says; the last step is its end."""
    steps = [str(step) for step in range(1, len(QUESTIONS) + 2)]
    told = from_link("tour", steps, "")
    to_link("tour", told, "")
    return int(told) if told else None
