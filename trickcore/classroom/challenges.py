"""Challenges: the kinds there are, five that are ready, and how a run becomes one.

A new kind is a line in KINDS and a rule in scores.RULES.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from trickcore.classroom.nicknames import line
from trickcore.classroom.records import Challenge, Refused
from trickcore.language import _, later
from trickcore.networks.catalogue import EMBEDDED, OURS
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import ImageError
from trickcore.pictures.origins import kind_of
from trickcore.pictures.reading.notes import without_notes
from trickcore.runs.recipe import KING_PENGUIN, Recipe
from trickcore.text import a

PHOTO_LIMIT, DIGIT_LIMIT = 32, 128  # grey levels: beyond, a hand-in is another picture and no trick
TROMBONE = 875  # of those tried the hardest to make of the cat: 2 levels take 20 steps, 1 is not enough
VOTERS = 3  # so many people have to say what they read before it counts
LONGEST_TITLE, LONGEST_TASK = 80, 400  # characters
LARGEST = 20_000_000  # bytes of a picture


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of challenge. In `title` and `task` {noun} is the picture, {wish} what it should become."""

    title: str
    task: str
    unit: str  # of the score
    smaller: bool  # is better
    hide: tuple[str, ...] = ()  # controls, as pages name them
    pin: tuple[str, ...] = ()
    limited: bool = True  # whether a hand-in may only move so far
    mask: str = "everywhere"  # where it has to be another one


LEVELS, PROBABILITY = later("levels"), later("probability")
SOMETHING, TARGET = later("something else"), later("the target")  # what to make of it, where it has no name
FIXED = ("network", "picture", "goal")  # pupils see them and cannot change them
KINDS = {
    "smallest-epsilon": Kind(
        later("The smallest epsilon"),
        later(
            "Make the network see {wish} in this {noun}. The less your picture changes, the better: what "
            "counts is the largest change of any value in it, in levels of 255."
        ),
        LEVELS,
        smaller=True,
        pin=FIXED,
    ),
    "glasses": Kind(
        later("Nothing but glasses"),
        later(
            "Make the network see {wish}, but change only what lies under the glasses, as much as you like. "
            "The surer the network is, the better."
        ),
        PROBABILITY,
        smaller=False,
        pin=(*FIXED, "epsilon"),
        limited=False,
        mask="glasses",
    ),
    "jpeg75": Kind(
        later("Still tricked as a JPEG"),
        later(
            "Phones save photos as JPEG, and that wipes out small tricks. Make the network see {wish} in "
            "this {noun} even after your picture was saved as a JPEG of quality 75. The smallest change wins."
        ),
        LEVELS,
        smaller=True,
        pin=FIXED,
    ),
    "three-networks": Kind(
        later("Fool all three networks"),
        later(
            "Three networks look at your picture, and it has to fool all of them: each has to see {wish} "
            "in this {noun}. The smallest change wins."
        ),
        LEVELS,
        smaller=True,
        pin=FIXED,
    ),
    "two-readers": Kind(
        later("People read one digit, the network another"),
        later(
            "Make the network read {wish} in this {noun}. Then the class says what it reads: your picture "
            "counts when at least three have voted and most still read {noun}. The smallest change wins."
        ),
        LEVELS,
        smaller=True,
        pin=FIXED,
    ),
}


def of_run(
    kind: str,
    picture: bytes,
    noun: str,
    origin: str,
    recipe: Recipe,
    *,
    wish: str = "",
    title: str = "",
    task: str = "",
    networks: tuple[str, ...] = (),
    hide: tuple[str, ...] | None = None,
    pin: tuple[str, ...] | None = None,
    limit: int | None = None,
    wanted: int | None = None,
) -> Challenge:
    """A challenge from a run: its original file, what it shows, where that came from, and the recipe.

    `wish` is the target's name ("king penguin"); all else that is left out is the kind's. Raises Refused for
    what cannot be one: an unknown kind, a network that is not everybody's, a digit nobody is to read.
    """
    if kind not in KINDS:
        raise Refused(
            _(
                "There is no challenge of the kind {kind!r}. There are: {kinds}.",
                kind=kind,
                kinds=", ".join(KINDS),
            )
        )
    if not 0 < len(picture) <= LARGEST:
        raise Refused(_("The picture of a challenge may have 20 MB at most. Choose a smaller file."))
    try:
        bare = without_notes(picture)  # where a photo was taken is not for the class
    except ImageError as error:
        raise Refused(str(error)) from None
    chosen, digits = KINDS[kind], recipe.network in OURS
    names = networks or (tuple(EMBEDDED) if kind == "three-networks" else (recipe.network,))
    _check_networks(names, kind)
    if kind == "two-readers":
        shown = noun if noun.isascii() and noun.isdigit() and len(noun) == 1 else None
        wanted = wanted if wanted is not None else int(shown) if shown else None
        if not digits or wanted is None or recipe.target is None or wanted == recipe.target:
            raise Refused(
                _(
                    "For people and the network to read two digits, the picture has to be a digit, and the "
                    "target another one. Choose a digit network, a digit and a target."
                )
            )
    if recipe.mask == "everywhere" and chosen.mask != "everywhere":
        recipe = replace(recipe, mask=chosen.mask, eps=255.0, alpha=None)
    if limit is None and chosen.limited:
        limit = DIGIT_LIMIT if digits else PHOTO_LIMIT
    words = {"noun": noun, "wish": _wished(recipe, wish, noun)}
    return Challenge(
        id=None,
        kind=kind,
        title=_line(title or chosen.title.format(**words), LONGEST_TITLE),
        task=_line(task or chosen.task.format(**words), LONGEST_TASK),
        picture=bare if kind_of(origin)[0] == "file" else picture,
        noun=_line(noun, LONGEST_TITLE),
        origin=origin,
        recipe=recipe,
        networks=names,
        hide=chosen.hide if hide is None else hide,
        pin=chosen.pin if pin is None else pin,
        limit=limit,
        wanted=wanted if kind == "two-readers" else None,
    )


def ready_made() -> tuple[Challenge, ...]:
    """The five to begin with, on pictures that ship. Each is reached with the recipe it begins with, and can
    be done better; what is possible stands in docs/lesson.md."""
    cat, penguin = (samples.sample("cat"), "cat", "sample:cat"), "king penguin"
    espresso = samples.sample("espresso"), "espresso", "sample:espresso"
    glasses = Recipe(target=KING_PENGUIN, eps=255.0, steps=40, mask="glasses")
    jpeg = Recipe(target=KING_PENGUIN, eps=16.0, steps=40, momentum=1.0)
    away = Recipe(target=None, eps=24.0, steps=30, momentum=1.0)
    digit = Recipe(network="digits-standard", target=8, eps=102.0, steps=40)
    return (
        of_run("smallest-epsilon", *cat, Recipe(target=TROMBONE, eps=8.0, steps=10), wish="trombone"),
        of_run("glasses", *cat, glasses, wish=penguin),
        of_run("jpeg75", *cat, jpeg, wish=penguin),
        of_run("three-networks", *espresso, away),
        of_run("two-readers", drawing.drawn_png("3"), "3", "digit:3", digit, wish="8"),
    )


def task_in_words(challenge: Challenge) -> str:
    """The task in the language spoken now, if it is its kind's; a teacher's own stays as it was written."""
    task = KINDS[challenge.kind].task if challenge.kind in KINDS else ""
    pattern = re.escape(task).replace(r"\{noun\}", re.escape(challenge.noun)).replace(r"\{wish\}", "(.+)")
    found = re.fullmatch(pattern, challenge.task)
    if found is None:
        return challenge.task
    bare = re.sub("^an? ", "", found[1])
    return _(task, noun=_(challenge.noun), wish=_(found[1]) if bare == found[1] else a(bare))


def _wished(recipe: Recipe, wish: str, noun: str) -> str:
    if recipe.target is None:
        return SOMETHING
    if wish.isdigit() or not wish:
        return wish or TARGET
    return f"{'an' if wish[:1].lower() in 'aeiou8' else 'a'} {wish}"  # as it is kept, so in English


def _check_networks(names: tuple[str, ...], kind: str) -> None:
    """Every pupil's picture is asked of them, so they are the catalogue's; torchvision's names are looked up
    when they are loaded."""
    if any(name == "mine" or " + " in name or name == "digits-untrained" for name in names):
        raise Refused(
            _("A network you trained is yours alone. Choose one of the list, then set the challenge.")
        )
    if kind == "three-networks" and not set(names) <= EMBEDDED.keys():
        raise Refused(_("For three networks the picture has to be a photo. Choose EfficientNet-Lite0."))


def _line(text: str, most: int) -> str:
    text = line(text)
    if not 0 < len(text) <= most:
        raise Refused(
            _(
                "Titles have 1 to {title} characters, tasks 1 to {task}.",
                title=LONGEST_TITLE,
                task=LONGEST_TASK,
            )
        )
    return text
