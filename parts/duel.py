"""The same attack on several networks at once: kept in the visit, drawn a row each."""

from __future__ import annotations

from dataclasses import dataclass, field

from parts import words
from parts.run import Clock, pixels_of
from parts.strip import Strip
from trickcore import Classifier, Recipe, engine, film, measure
from trickcore.film import Frame
from trickcore.images import encode


@dataclass
class Side:
    """One network's run."""

    title: str
    classifier: Classifier
    frames: list[Frame] = field(default_factory=list)
    verdict: measure.Verdict | None = None


@dataclass
class Duel:
    """What was attacked, how, and what came of it on each side."""

    key: object
    recipe: Recipe
    data: bytes
    sides: list[Side]
    done: bool = False


class Row(Strip):
    """Where one side is shown."""

    def side(self, side: Side, recipe: Recipe, *, growing: bool = True) -> None:
        self.draw(side.frames, side.classifier.labels, recipe, growing=growing)
        if side.verdict is not None:
            held = side.verdict.after.label == side.verdict.before.label
            box = self.verdict.success if held else self.verdict.warning
            box(words.held(side.verdict), icon=":material/shield:" if held else ":material/warning:")


def fight(duel: Duel, rows: list[Row]) -> None:
    """Let both runs grow side by side, a step each in turn, and ask about what would be saved."""
    if not duel.done:
        clock = Clock()
        for side in duel.sides:
            side.frames.clear()
        runs = [engine.stream(film.shoot(side.classifier, duel.data, duel.recipe)) for side in duel.sides]
        for frames in zip(*runs, strict=False):
            for side, frame in zip(duel.sides, frames, strict=True):
                side.frames.append(frame)
            if clock.due():
                for side, row in zip(duel.sides, rows, strict=True):
                    row.side(side, duel.recipe)
        for side in duel.sides:
            first, last = (encode(pixels_of(side.frames[i])) for i in (0, -1))
            side.verdict = engine.call(measure.verdict, side.classifier, first, last, duel.recipe.target)
        duel.done = True
    for side, row in zip(duel.sides, rows, strict=True):
        row.side(side, duel.recipe, growing=False)
