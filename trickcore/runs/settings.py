"""A run's settings as JSON, and back: what a page hands out, a terminal can read."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from trickcore.attacks.masks import MASKS, Brushed
from trickcore.pictures.drawing import Stroke
from trickcore.pictures.drawing import from_json as drawn_from_json
from trickcore.runs.machine import Machine
from trickcore.runs.recipe import Recipe

MOST_STEPS = 100_000
RECORD = ("trickcore", "torch", "device", "threads")  # what a run was made with; it sets nothing


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was made with: the recipe, and the picture it was made on."""

    recipe: Recipe
    picture: str = "file"  # "sample:cat", "digit:5-a", "blank:white", or "file": one's own


def to_json(recipe: Recipe, picture: str = "file", machine: Machine | None = None) -> str:
    """Every setting on a line of its own, which `from_json` reads back as it was.

    `machine` is what the run was made on: a record for people, since its last digits depend on that.
    """
    made_on = asdict(machine) if machine is not None else {}
    settings = {"trickcore": _version(), **made_on, **plain(recipe, picture)}
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in settings.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def plain(recipe: Recipe, picture: str = "file") -> dict[str, Any]:
    """The settings as JSON's own types."""
    values = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    return {"picture": picture, **values, "painted": plain_strokes(recipe.painted)}


def from_json(text: str | bytes) -> Settings:
    """Settings from JSON; what is left out is as a Recipe has it.

    Raises ValueError, with a sentence that says what was expected, for anything else: a name that is
    not known, a value that makes no sense.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The settings are not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise ValueError(f"Settings are names with values, {{...}}, got {_kind(found)}.")
    for name, value in found.items():
        check(name, value)
    for name in RECORD:
        found.pop(name, None)
    picture = found.pop("picture", "file")
    if "painted" in found:
        found["painted"] = strokes(found["painted"])
    return Settings(Recipe(**found), picture)


def check(name: str, value: object) -> None:
    """Raises ValueError, with a sentence, unless that is a setting and a value it can have."""
    if name not in _CHECKS:
        close = difflib.get_close_matches(name, _CHECKS, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(_CHECKS)}."
        raise ValueError(f"No setting is called {name!r}. {hint}")
    fits, expected = _CHECKS[name]
    if not fits(value):
        said = repr(value)
        raise ValueError(f"{name} is {expected}, got {said if len(said) <= 60 else said[:59] + '…'}.")


def plain_strokes(painted: Sequence[Stroke]) -> list[dict[str, Any]]:
    """Strokes as JSON's own types, with every digit of their points, which `strokes` reads back."""
    return [
        {"points": [list(point) for point in stroke.points], "erases": stroke.erases}
        | ({"width": stroke.width} if isinstance(stroke, Brushed) else {})
        for stroke in painted
    ]


def strokes(text_or_list: str | list[Any]) -> tuple[Stroke, ...]:
    """Strokes from JSON, or from what it decodes to. Raises ValueError with a sentence."""
    found = json.loads(text_or_list) if isinstance(text_or_list, str) else text_or_list
    if isinstance(found, list):
        found = [one for one in found if not isinstance(one, dict) or one.get("points") != []]
    drawn = drawn_from_json(found)
    return tuple(
        Brushed(stroke.points, stroke.erases, _width(one["width"])) if "width" in one else stroke
        for stroke, one in zip(drawn, found, strict=True)
    )


def _width(value: object) -> float:
    if not _number(value, 0, 1) or not value:
        raise ValueError(f"The width of a stroke is a number above 0 and at most 1, got {value!r}.")
    return float(value)  # type: ignore[arg-type]


def _number(value: object, least: float, most: float = math.inf) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most and value < math.inf  # nan is none of these


def _whole(value: object, least: int, most: float = math.inf) -> bool:
    return isinstance(value, int) and _number(value, least, most)


def _none_or(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _version() -> str:
    from trickcore import __version__  # which imports this file

    return __version__


# In the order people read them; the second half ends the sentence "eps is ...".
_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "trickcore": (_text, "the version it was written with, a text"),
    "picture": (_text, 'where the picture came from, such as "sample:cat" or "file"'),
    "network": (_text, "the name of a network"),
    "target": (
        _none_or(lambda v: _whole(v, 0)),
        "the number of a class, or null to stop being what the picture is",
    ),
    "eps": (lambda v: _number(v, 0, 255), "a number of grey levels from 0 to 255"),
    "steps": (lambda v: _whole(v, 1, MOST_STEPS), f"a whole number from 1 to {MOST_STEPS:,}"),
    "alpha": (
        _none_or(lambda v: _number(v, 0)),
        "a number of grey levels of at least 0, or null for automatic",
    ),
    "norm": (lambda v: v in ("linf", "l2"), "linf or l2"),
    "raw": (_flag, "true or false"),
    "momentum": (lambda v: _number(v, 0), "a number of at least 0"),
    "random_start": (_flag, "true or false"),
    "seed": (lambda v: _whole(v, 0, 2**63 - 1), "a whole number of at least 0"),
    "stop_at": (
        _none_or(lambda v: _number(v, 0, 1) and v != 0),
        "a probability above 0 and at most 1, or null for never",
    ),
    "mask": (lambda v: v in MASKS, f"one of {', '.join(MASKS)}"),
    "painted": (lambda v: isinstance(v, list), "a list of strokes"),
    "views": (lambda v: _whole(v, 0, 1000), "a whole number from 0 to 1,000"),
    "torch": (_text, "the version of torch it was made with, a text"),
    "device": (_text, "the device it was made on, a text"),
    "threads": (lambda v: _whole(v, 1), "the number of threads it was made with"),
}
