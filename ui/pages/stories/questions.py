"""The questions of the tour: what is shown, what one may answer, and how the answer is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trickcore.language import _, later, row
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
STAYS, UNSURE = later("Still a cat"), later("A cat, but unsure")
PENGUIN, ELSE = later("A king penguin"), later("Something else")


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
    values: Mapping[str, Any] = field(default_factory=dict)  # of the words

    def asked(self) -> str:
        return _(self.words, **self.values)


def _trick(name: str, data: bytes, noun: str, recipe: Recipe, shown: RunRow) -> Run:
    """A run of the tour, kept for the visit and shown."""
    runs = state.tour_runs.get()
    if name not in runs:
        runs[name] = start(load_once(recipe.network), data, noun, recipe)
    shown.play(runs[name])
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
        _(
            "The network is {sure} sure of {name}. The picture looks the same to you, since no value moved by "
            "more than 2 of 255.",
            sure=percent(now.probability),
            name=a(now.name),
        ),
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
        _(
            "We shuffled them {times} times: {cats} were still a cat, {penguins} a penguin. The changes are as "
            "large as before: it matters which pixel gets which.",
            times=SHUFFLES,
            cats=found.count(STAYS),
            penguins=found.count(PENGUIN),
        ),
        dealt[0],
        later("The cat with the changes shuffled"),
    )


def _jpeg(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    saved = reencode.as_jpeg(run.png, 75)
    reading = engine.call(run_jobs.reading, run.network, saved)
    option = _option(run, reading)
    why = (
        _("This trick outlived it. A stronger JPEG, or a smaller trick, and it may be gone.")
        if option == PENGUIN
        else _("JPEG throws away what the eye does not miss, and this trick was made of just that.")
    )
    read_as = _("Read as {name}, {sure}.", name=reading.name, sure=percent(reading.probability))
    return Answer(option, row(read_as, why, _("The page Survive has more of this.")))


def _other(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    other = load_once(OTHER)
    reading = engine.call(run_jobs.reading, other, run.png)
    title = next(card.title for card in catalogue() if card.name == OTHER)
    option = _option(run, reading)
    why = (
        _("Even so small a trick can travel from one network to the next.")
        if option == PENGUIN
        else _(
            "This trick fits the network it was made for. Larger ones, made against several networks, "
            "travel further."
        )
    )
    sure = percent(reading.probability)
    says = _("{network} says {name}, {sure}.", network=title, name=reading.name, sure=sure)
    return Answer(option, row(says, why))


BOTH, NEITHER = later("Both"), later("Neither")
STANDARD, ROBUST = later("Only the usual one"), later("Only the hardened one")


def _robust(dark: bool, narrow: bool) -> Answer:
    fell = []
    for name, title in (
        ("digits-standard", _("The usual network (standard)")),
        ("digits-robust", _("The hardened network (robust)")),
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
        _(
            "The hardened one was attacked while it learnt, and came to look at strokes more than specks. That "
            "costs training time and a little accuracy; the page Defend measures both."
        ),
    )


UNKNOWN, WAVERS, CERTAIN = (
    later("It says that it does not know"),
    later("Another digit, and it is never sure"),
    later("Another digit, and it is sure at times"),
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
        _(
            "It was shown {asked} different {digit}s and called {called} of them {name}; of one it was {sure} "
            "sure. It has ten answers and has to give one: a network is only as good as its data.",
            asked=report.asked,
            digit=NEVER.digit,
            called=said[likeliest],
            name=a(str(likeliest)),
            sure=percent(surest),
        ),
        np.hstack([mistake.pixels for mistake in report.mistakes]) if report.mistakes else None,
        later("What it was surest of"),
    )


def _taught() -> GapReport:
    """What a network says of the digit that was left out of its data."""
    with progress.shown(_("Teaching a network"), "percent") as bar:
        for report in engine.stream(digits.with_gap, NEVER):
            bar.tell(100 * report.epoch / NEVER.epochs, 100)
    return report


ATTACK, CHANCE = later("The attack changes it"), later("Chance changes it")
NOTHING = later("Neither does")
PROMISE = Recipe(network="digits-proved", target=None, eps=DIGITS.eps, random_start=True)


def _promise(dark: bool, narrow: bool) -> Answer:
    data = drawing.drawn_png("5")
    run = _trick("digits-proved", data, "5", PROMISE, RunRow("", dark, narrow, advice=False, network=True))
    assert run.verdict is not None
    label, after = run.verdict.before.label, run.verdict.after
    before, most = pixels_of(run.frames[0]).astype(int), int(PROMISE.eps)
    moves = np.random.default_rng(1).integers(-most, most, (RANDOM, *before.shape), endpoint=True)
    changed = [encode((before + move).clip(0, 255).astype(np.uint8)) for move in moves]
    with progress.spinning(_("Trying {n} random changes", n=RANDOM)):
        readings = engine.call(run_jobs.readings, run.network, changed)
        reach = engine.call(proof_jobs.bounds, run.network, data, (PROMISE.eps / 255,)).largest
    fooled = sum(reading.label != label for reading in readings)
    attack = after.label != label
    return Answer(
        ATTACK if attack else CHANCE if fooled else NOTHING,
        _(
            "After the attack it reads {name}, {sure}, and {fooled} of {tries} random changes gave another "
            "answer. It can be worked out that none up to {reach} of 255 does. Such a network reads fewer "
            "digits right: a promise has its price, which the page Defend measures.",
            name=a(after.name),
            sure=percent(after.probability),
            fooled=fooled,
            tries=RANDOM,
            reach=int(255 * reach),
        ),
    )


QUESTIONS = (
    Question(
        later("Two levels of 255"),
        later(
            "The network is shown a photo of a cat. An attack may now move every colour value by 2 of 255 at "
            "most, which you cannot see. What will the network say then?"
        ),
        _cat,
        (STAYS, UNSURE, PENGUIN),
        _first,
        later("An attack moves every value of a cat's photo by 2 of 255 at most."),
    ),
    Question(
        later("The same changes, shuffled"),
        later("Now the very same changes, but each is given to another pixel, at random. What will it say?"),
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _noise,
        later("Each change goes to another pixel."),
    ),
    Question(
        later("Saved as a photo"),
        later("The tricked picture is saved as a JPEG, as phones and chats do with photos (quality 75). And now?"),
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _jpeg,
        later("The tricked picture is saved as a JPEG."),
    ),
    Question(
        later("Another network"),
        later("The tricked picture is shown to another network, which had no part in it. What will that one say?"),
        _tricked,
        (STAYS, PENGUIN, ELSE),
        _other,
        later("Another network is shown the tricked picture."),
    ),
    Question(
        later("A network that was trained for it"),
        later(
            "Two networks read a handwritten 5, and both are attacked in the same way: the usual one, and one "
            "that was attacked all through its training (hardened). Which is tricked?"
        ),
        _five,
        (BOTH, STANDARD, ROBUST, NEITHER),
        _robust,
        later("A 5 is attacked, in the usual network and in one trained under attack (hardened). Which is tricked?"),
    ),
    Question(
        later("What it never saw"),
        later(
            "A network has learnt digits from pictures among which there was not a single {digit}. Now it is "
            "shown a {digit}. What will it say?"
        ),
        _four,
        (UNKNOWN, WAVERS, CERTAIN),
        _never_saw,
        later("A network learnt digits without a single 4, and is shown 4s."),
        {"digit": NEVER.digit},
    ),
    Question(
        later("A network with a promise"),
        later(
            "Of this network it was proved that nothing changes its answer to this 5, as long as no pixel moves "
            "by more than {eps:g} of 255. An attack now tries {steps} steps, and chance tries {tries} times. "
            "What changes the answer?"
        ),
        _five,
        (ATTACK, CHANCE, NOTHING),
        _promise,
        later("Of a 5 it was proved that nothing within epsilon changes the answer. Attack and chance try."),
        {"eps": PROMISE.eps, "steps": PROMISE.steps, "tries": RANDOM},
    ),
)
