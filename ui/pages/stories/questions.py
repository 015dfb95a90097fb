"""The questions of the tour: what is shown, what one may answer, and how the answer is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trickcore import Recipe, engine
from trickcore.explain.landscape import shuffled
from trickcore.jobs import digits
from trickcore.jobs import proofs as proof_jobs
from trickcore.jobs import runs as run_jobs
from trickcore.pictures import drawing, reencode, samples
from trickcore.pictures.files import Pixels, encode
from trickcore.runs.outcome import Reading
from trickcore.runs.recipe import DIGITS
from trickcore.text import a, percent
from trickcore.training.records import Gap, GapReport
from ui import state
from ui.session_run import Run, catalogue, load_once, pixels_of, play, seen, start
from ui.widgets import progress
from ui.widgets.run_row import RunRow

SHUFFLES = 20
RANDOM = 200  # random changes beside the attack
NEVER = Gap("digit", digit=4)  # what it never saw
SURE = 0.9
OTHER = "efficientnet-lite2"
STAYS, UNSURE, PENGUIN, ELSE = "Still a cat", "A cat, but unsure", "A king penguin", "Something else"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured: which of the options came true, in words, and the picture it was measured on."""

    option: str
    words: str
    pixels: Pixels | None = None
    shown: str = ""  # what the picture shows


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    words: str
    picture: Callable[[], Pixels]  # shown before one has chosen
    options: tuple[str, ...]
    answer: Callable[[bool, bool], Answer]  # dark, narrow; draws what there is to see
    done: str  # what was done, in a short sentence


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


def penguin() -> Run:
    """The cat that became a penguin, drawn nowhere."""
    return _penguin(False, False, hidden=True)


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
    return pixels_of(penguin().frames[-1])


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
        f"The network is {percent(now.probability)} sure of {a(now.name)}. The picture looks the same to "
        "you, since no value moved by more than 2 of 255.",
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
        f"We shuffled them {SHUFFLES} times: {found.count(STAYS)} were still a cat, {found.count(PENGUIN)} a "
        "penguin. The changes are as large as before: it matters which pixel gets which.",
        dealt[0],
        "The cat with the changes shuffled",
    )


def _jpeg(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    saved = reencode.as_jpeg(run.png, 75)
    reading = engine.call(run_jobs.reading, run.network, saved)
    option = _option(run, reading)
    why = (
        "This trick outlived it. A stronger JPEG, or a smaller trick, and it may be gone."
        if option == PENGUIN
        else "JPEG throws away what the eye does not miss, and this trick was made of just that."
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
        else "This trick fits the network it was made for. Larger ones, made against several networks, "
        "travel further."
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
        "The hardened one was attacked while it learnt, and came to look at strokes more than specks. That "
        "costs training time and a little accuracy; the page Defend measures both.",
    )


UNKNOWN, WAVERS, CERTAIN = (
    "It says that it does not know",
    "Another digit, and it is never sure",
    "Another digit, and it is sure at times",
)


def _four() -> Pixels:
    return seen(load_once("digits-standard"), drawing.drawn_png(str(NEVER.digit)))


def _never_saw(dark: bool, narrow: bool) -> Answer:
    report = state.tour_gap.get() or state.tour_gap.set(_taught())
    said = report.table[NEVER.digit].copy()
    surest = report.mistakes[0].probability if report.mistakes else 0.0
    likeliest = int(said.argmax())
    return Answer(
        CERTAIN if surest >= SURE else WAVERS,
        f"It was shown {report.asked} different {NEVER.digit}s and called {said[likeliest]} of them "
        f"{'an' if likeliest == 8 else 'a'} {likeliest}; of one it was {percent(surest)} sure. It has ten "
        "answers and has to give one: a network is only as good as its data.",
        np.hstack([mistake.pixels for mistake in report.mistakes]) if report.mistakes else None,
        "What it was surest of",
    )


def _taught() -> GapReport:
    """What a network says of the digit that was left out of its data."""
    with progress.shown("Teaching a network", "percent") as bar:
        for report in engine.stream(digits.with_gap, NEVER):
            bar.tell(100 * report.epoch / NEVER.epochs, 100)
    return report


ATTACK, CHANCE, NOTHING = "The attack changes it", "Chance changes it", "Neither does"
PROMISE = Recipe(network="digits-proved", target=None, eps=DIGITS.eps, random_start=True)


def _promise(dark: bool, narrow: bool) -> Answer:
    data = drawing.drawn_png("5")
    run = _trick("digits-proved", data, "5", PROMISE, RunRow("", dark, narrow, advice=False, network=True))
    assert run.verdict is not None
    label, after = run.verdict.before.label, run.verdict.after
    before, most = pixels_of(run.frames[0]).astype(int), int(PROMISE.eps)
    moves = np.random.default_rng(1).integers(-most, most, (RANDOM, *before.shape), endpoint=True)
    changed = [encode((before + move).clip(0, 255).astype(np.uint8)) for move in moves]
    with progress.spinning(f"Trying {RANDOM} random changes"):
        readings = engine.call(run_jobs.readings, run.network, changed)
        reach = engine.call(proof_jobs.bounds, run.network, data, (PROMISE.eps / 255,)).largest
    fooled = sum(reading.label != label for reading in readings)
    attack = after.label != label
    return Answer(
        ATTACK if attack else CHANCE if fooled else NOTHING,
        f"After the attack it reads {a(after.name)}, {percent(after.probability)}, and "
        f"{fooled} of {RANDOM} random changes gave another answer. It can be worked out that none up to "
        f"{int(255 * reach)} of 255 does. Such a network reads fewer digits right: a promise has its price, "
        "which the page Defend measures.",
    )


QUESTIONS = (
    Question(
        "Two levels of 255",
        "The network is shown a photo of a cat. An attack may now move every colour value by 2 of 255 at "
        "most, which you cannot see. What will the network say then?",
        _cat,
        (STAYS, UNSURE, PENGUIN),
        _first,
        "An attack moves every value of a cat's photo by 2 of 255 at most.",
    ),
    Question(
        "The same changes, shuffled",
        "Now the very same changes, but each is given to another pixel, at random. What will it say?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _noise,
        "Each change goes to another pixel.",
    ),
    Question(
        "Saved as a photo",
        "The tricked picture is saved as a JPEG, as phones and chats do with photos (quality 75). And now?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _jpeg,
        "The tricked picture is saved as a JPEG.",
    ),
    Question(
        "Another network",
        "The tricked picture is shown to another network, which had no part in it. What will that one say?",
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _other,
        "Another network is shown the tricked picture.",
    ),
    Question(
        "A network that was trained for it",
        "Two networks read a handwritten 5, and both are attacked in the same way: the usual one, and one "
        "that was attacked all through its training (hardened). Which is tricked?",
        _five,
        (BOTH, STANDARD, ROBUST, NEITHER),
        _robust,
        "A 5 is attacked, in the usual network and in one trained under attack (hardened). Which is tricked?",
    ),
    Question(
        "What it never saw",
        f"A network has learnt digits from pictures among which there was not a single {NEVER.digit}. Now "
        f"it is shown a {NEVER.digit}. What will it say?",
        _four,
        (UNKNOWN, WAVERS, CERTAIN),
        _never_saw,
        "A network learnt digits without a single 4, and is shown 4s.",
    ),
    Question(
        "A network with a promise",
        "Of this network it was proved that nothing changes its answer to this 5, as long as no pixel moves "
        f"by more than {PROMISE.eps:g} of 255. An attack now tries {PROMISE.steps} steps, and chance tries "
        f"{RANDOM} times. What changes the answer?",
        _five,
        (ATTACK, CHANCE, NOTHING),
        _promise,
        "Of a 5 it was proved that nothing within epsilon changes the answer. Attack and chance try.",
    ),
)
