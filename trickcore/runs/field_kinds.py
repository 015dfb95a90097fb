"""A row of the table of a Recipe's fields: what a field may be, and what it is called where it is set."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

from trickcore.language import _, english
from trickcore.pictures.drawing import Stroke

Kind = Literal["text", "number", "whole", "flag", "choice", "strokes", "list"]
Widget = Literal["selectbox", "select_slider", "slider", "number_input", "toggle"]
MOST_STEPS = 100_000
LONGEST = 60  # characters of a wrong value that a sentence repeats


def plain(held: object) -> str:
    """A value in the panel's words: 2.5, not 2.50, and 30, not 3e+01."""
    return f"{held:g}" if isinstance(held, float) else _(held) if isinstance(held, str) else str(held)


def share(held: float | str) -> str:
    """A probability in the panel's words, or the word that stands in its place."""
    return _(held) if isinstance(held, str) else f"{held:.1%}".replace(".0%", "%")


@dataclass(frozen=True, slots=True)
class Option:
    """A field in the terminal: `--name`, with dashes for underscores."""

    help: str
    metavar: str | None = None  # None: the choices stand there, or nothing


@dataclass(frozen=True, slots=True)
class Control:
    """A field's widget on the panel, which may end before the field does."""

    key: str  # the widget's, and the setting's name in the link
    label: str
    help: str
    widget: Widget
    group: str = "more"  # the part of the panel, as a link for a class calls it
    least: float = 0.0  # of numbers
    most: float = math.inf
    step: float | None = None
    choices: tuple[Any, ...] = ()  # as the widget holds them
    # What the widget holds for a value of the Recipe, where it is not the value itself.
    held: Mapping[Any, Any] = dataclasses.field(default_factory=dict)
    words: Callable[[Any], str] = plain  # of what the widget holds

    def of_recipe(self, value: Any) -> Any:
        """What the widget holds for a Recipe's value."""
        return self.held.get(value, value) if self.held else value

    def to_recipe(self, held: Any) -> Any:
        """The Recipe's value for what the widget holds."""
        return next((value for value, of_widget in self.held.items() if of_widget == held), held)

    def in_link(self, value: Any) -> str:
        """A Recipe's value as the address bar has it; empty where nothing is set."""
        held = self.of_recipe(value)
        if isinstance(held, bool):
            return str(held).lower()
        return "" if held is None else english(self.words(held))


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a Recipe, or of its settings as JSON."""

    name: str
    kind: Kind
    expected: str  # ends the sentence "eps is ..."
    least: float = -math.inf
    most: float = math.inf
    above: bool = False  # `least` itself is too little
    optional: bool = False  # None, null in JSON, is a value too
    choices: tuple[str, ...] = ()
    option: Option | None = None
    control: Control | None = None

    def check(self, value: object) -> None:
        """Raises ValueError, with a sentence, unless the field can have that value."""
        if not self._fits(value):
            given = repr(value)
            given = given if len(given) <= LONGEST else given[: LONGEST - 1] + "…"
            raise ValueError(f"{self.name} is {self.expected}, got {given}.")

    def _fits(self, value: object) -> bool:
        if value is None:
            return self.optional
        match self.kind:
            case "text":
                return isinstance(value, str)
            case "flag":
                return isinstance(value, bool)
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "list":
                return isinstance(value, list)
            case "strokes":
                return isinstance(value, list | tuple) and all(isinstance(stroke, Stroke) for stroke in value)
            case "whole" | "number":
                number = Integral if self.kind == "whole" else Real
                if isinstance(value, bool) or not isinstance(value, number):
                    return False
                low = self.least < value if self.above else self.least <= value  # type: ignore[operator]
                return low and value <= self.most and value < math.inf  # nan is none of these
