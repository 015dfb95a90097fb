"""A run's settings as JSON, and back: what a page hands out, a terminal can read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from trickcore.attacks.masks import Brushed
from trickcore.pictures.drawing import Stroke
from trickcore.pictures.drawing import from_json as drawn_from_json
from trickcore.runs.field_kinds import Field
from trickcore.runs.fields import FIELDS
from trickcore.runs.machine import Machine
from trickcore.runs.recipe import Recipe

# What stands in the file besides the fields of a Recipe; all but the picture is a record, and sets nothing.
PICTURE = Field("picture", "text", 'where the picture came from, such as "sample:cat" or "file"')
RECORD = {
    "trickcore": Field("trickcore", "text", "the version it was written with, a text"),
    "torch": Field("torch", "text", "the version of torch it was made with, a text"),
    "device": Field("device", "text", "the device it was made on, a text"),
    "threads": Field("threads", "whole", "the number of threads it was made with", least=1),
    "note": Field("note", "text", "what happened there, a text"),
}
WIDTH = Field(
    "The width of a stroke", "number", "a number above 0 and at most 1", least=0, above=True, most=1
)


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
    if not made_on.get("note"):
        made_on.pop("note", None)
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
    known = _known()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
        raise ValueError(f"No setting is called {name!r}. {hint}")
    known[name].check(value)


def _known() -> dict[str, Field]:
    """Every name that may stand in the file, in the order in which people read them."""
    version, *machine = RECORD
    painted = replace(FIELDS["painted"], kind="list")  # strokes are objects there, and read one by one
    return {
        version: RECORD[version],
        PICTURE.name: PICTURE,
        **FIELDS,
        painted.name: painted,
        **{name: RECORD[name] for name in machine},
    }


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
        found = [stroke for stroke in found if not isinstance(stroke, dict) or stroke.get("points") != []]
    drawn = drawn_from_json(found)
    return tuple(
        Brushed(stroke.points, stroke.erases, _width(written["width"])) if "width" in written else stroke
        for stroke, written in zip(drawn, found, strict=True)
    )


def _width(value: object) -> float:
    WIDTH.check(value)
    return float(value)  # type: ignore[arg-type]


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _version() -> str:
    from trickcore import __version__  # which imports this file

    return __version__
