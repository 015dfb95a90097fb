"""The questions of the tour: what is shown, what one may answer, and how the answer is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trickcore import Recipe, engine
from trickcore.explain.landscape import shuffled
from trickcore.jobs import runs as run_jobs
from trickcore.pictures import drawing, reencode, samples
from trickcore.pictures.files import Pixels, encode
from trickcore.runs.outcome import Reading
from trickcore.runs.recipe import DIGITS
from trickcore.text import percent
from ui import state
from ui.session_run import Run, catalogue, load_once, pixels_of, play, seen, start
from ui.widgets.run_row import RunRow

SHUFFLES = 20
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


def _trick(name: str, data: bytes, noun: str, recipe: Recipe, row: RunRow) -> Run:
    """A run of the tour, kept for the visit and shown."""
    runs = state.tour_runs.get()
    if name not in runs:
        runs[name] = start(load_once(recipe.network), data, noun, recipe)
    row.play(runs[name])
    return runs[name]


def _penguin(dark: bool, narrow: bool, *, hidden: bool = False) -> Run:
    """The cat that became a penguin in the first step; `hidden` where that is not to be seen again."""
    runs = state.tour_runs.get()
    if hidden:
        if "cat" not in runs:  # whoever begins in the middle
            runs["cat"] = start(load_once(Recipe().network), samples.sample("cat"), "cat", Recipe())
        play(runs["cat"])
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
    readings = engine.call(run_jobs.readings, run.network, [encode(picture) for picture in dealt])
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
    read_as = f"Read as {reading.name}, {percent(reading.probability)}."
    return Answer(option, f"{read_as} {why} The page Survive has more of this.")


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
