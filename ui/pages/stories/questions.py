"""The questions of the tour: what is shown, what one may answer, and how the answer is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trickcore.language import _, later
from trickcore.pictures.files import Pixels
from ui.pages.stories import answers
from ui.pages.stories.answers import (
    ATTACK,
    BOTH,
    CERTAIN,
    CHANCE,
    ELSE,
    NEITHER,
    NEVER,
    NOTHING,
    PENGUIN,
    PROMISE,
    RANDOM,
    ROBUST,
    STANDARD,
    STAYS,
    UNKNOWN,
    UNSURE,
    WAVERS,
    Answer,
)


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


QUESTIONS = (
    Question(
        later("Two levels of 255"),
        later(
            "The network is shown a photo of a cat. An attack may now move every colour value by 2 of 255 at "
            "most, which you cannot see. What will the network say then?"
        ),
        answers.cat,
        (STAYS, UNSURE, PENGUIN),
        answers.first,
        later("An attack moves every value of a cat's photo by 2 of 255 at most."),
    ),
    Question(
        later("The same changes, shuffled"),
        later("Now the very same changes, but each is given to another pixel, at random. What will it say?"),
        answers.tricked,
        (STAYS, PENGUIN, ELSE),
        answers.noise,
        later("Each change goes to another pixel."),
    ),
    Question(
        later("Saved as a photo"),
        later(
            "The tricked picture is saved as a JPEG, as phones and chats do with photos (quality 75). And "
            "now?"
        ),
        answers.tricked,
        (STAYS, PENGUIN, ELSE),
        answers.jpeg,
        later("The tricked picture is saved as a JPEG."),
    ),
    Question(
        later("Another network"),
        later(
            "The tricked picture is shown to another network, which had no part in it. What will that one "
            "say?"
        ),
        answers.tricked,
        (STAYS, PENGUIN, ELSE),
        answers.other,
        later("Another network is shown the tricked picture."),
    ),
    Question(
        later("A network that was trained for it"),
        later(
            "Two networks read a handwritten 5, and both are attacked in the same way: the usual one, and "
            "one that was trained to withstand attacks (hardened). Which is tricked?"
        ),
        answers.five,
        (BOTH, STANDARD, ROBUST, NEITHER),
        answers.robust,
        later(
            "A 5 is attacked, in the usual network and in one trained under attack (hardened). Which is "
            "tricked?"
        ),
    ),
    Question(
        later("What it never saw"),
        later(
            "A network has learnt digits from pictures among which there was not a single {digit}. Now it is "
            "shown a {digit}. What will it say?"
        ),
        answers.four,
        (UNKNOWN, WAVERS, CERTAIN),
        answers.never_saw,
        later("A network learnt digits without a single 4, and is shown 4s."),
        {"digit": NEVER.digit},
    ),
    Question(
        later("A network with a promise"),
        later(
            "Of this network it was proved that nothing changes its answer to this 5, as long as no pixel "
            "moves by more than {eps:g} of 255. An attack now tries {steps} steps, and chance tries {tries} "
            "times. What changes the answer?"
        ),
        answers.five,
        (ATTACK, CHANCE, NOTHING),
        answers.promise,
        later("Of a 5 it was proved that nothing within epsilon changes the answer. Attack and chance try."),
        {"eps": PROMISE.eps, "steps": PROMISE.steps, "tries": RANDOM},
    ),
)
