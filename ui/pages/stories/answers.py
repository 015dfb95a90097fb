"""How the answers to the tour's questions are measured, and the pictures that are asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trickcore import Recipe, engine
from trickcore.explain.landscape import shuffled
from trickcore.jobs import digits
from trickcore.jobs import proofs as proof_jobs
from trickcore.jobs import runs as run_jobs
from trickcore.language import _, later, row
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


def cat() -> Pixels:
    return seen(load_once(Recipe().network), samples.sample("cat"))


def tricked() -> Pixels:
    """The cat as it was tricked in the first step."""
    return pixels_of(penguin().frames[-1])


def five() -> Pixels:
    return seen(load_once("digits-standard"), drawing.drawn_png("5"))


def first(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow)
    assert run.verdict is not None
    now = run.verdict.after
    option = _option(run, now)
    if option == STAYS and now.probability < 0.5:
        option = UNSURE
    return Answer(
        option,
        _(
            "The network is {sure} sure of {name}. The picture looks the same to you, since no value moved "
            "by more than 2 of 255.",
            sure=percent(now.probability),
            name=a(now.name),
        ),
    )


def noise(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    before, after = pixels_of(run.frames[0]), pixels_of(run.frames[-1])
    dealt = [shuffled(before, after, np.random.default_rng((0, i))) for i in range(SHUFFLES)]
    readings = engine.call(run_jobs.readings, run.network, [encode(picture) for picture in dealt])
    found = [_option(run, reading) for reading in readings]
    option = max(set(found), key=found.count)
    return Answer(
        option,
        _(
            "We shuffled them {times} times: {cats} were still a cat, {penguins} a penguin. The changes are "
            "as large as before: it matters which pixel gets which.",
            times=SHUFFLES,
            cats=found.count(STAYS),
            penguins=found.count(PENGUIN),
        ),
        dealt[0],
        later("The cat with the changes shuffled"),
    )


def jpeg(dark: bool, narrow: bool) -> Answer:
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


def other(dark: bool, narrow: bool) -> Answer:
    run = _penguin(dark, narrow, hidden=True)
    other = load_once(OTHER)
    reading = engine.call(run_jobs.reading, other, run.png)
    title = next(_(card.title) for card in catalogue() if card.name == OTHER)
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


def robust(dark: bool, narrow: bool) -> Answer:
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
            "The hardened one learnt to withstand attacks, and came to look at strokes more than specks. "
            "That costs training time and a little accuracy; the page Defend measures both."
        ),
    )


UNKNOWN, WAVERS, CERTAIN = (
    later("It says that it does not know"),
    later("Another digit, and it is never sure"),
    later("Another digit, and it is sure at times"),
)


def four() -> Pixels:
    return seen(load_once("digits-standard"), drawing.drawn_png(str(NEVER.digit)))


def never_saw(dark: bool, narrow: bool) -> Answer:
    report = state.tour_gap.get() or state.tour_gap.set(_taught())
    said = report.table[NEVER.digit].copy()
    surest = report.mistakes[0].probability if report.mistakes else 0.0
    likeliest = int(said.argmax())
    return Answer(
        CERTAIN if surest >= SURE else WAVERS,
        _(
            "It was shown {asked} different {digit}s and called {called} of them {name}; of one it was "
            "{sure} sure. It has ten answers and has to give one: a network is only as good as its data.",
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


def promise(dark: bool, narrow: bool) -> Answer:
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
