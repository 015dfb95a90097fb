"""A run as something to run again: a few lines of Python, or a line for a terminal."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import MISSING, fields, replace

from trickcore.pictures.drawing import DRAWN
from trickcore.pictures.samples import CANVASES, SAMPLES
from trickcore.runs.machine import Machine
from trickcore.runs.outcome import Verdict
from trickcore.runs.recipe import Recipe
from trickcore.runs.settings import plain_strokes
from trickcore.text import percent

FILE = "original.png"
MINE = "mine"  # a network trained on the page, which no script can load


def script(
    recipe: Recipe,
    picture: str,
    labels: Sequence[str],
    *,
    noun: str = "picture",
    said: Verdict | None = None,
    file: str = FILE,
    tricked: str = "tricked.png",
    repaired: Sequence[int] = (),
    machine: Machine | None = None,
) -> str:
    """Python that makes the run again, to the same file, and prints what the network says of it.

    `picture` is where it came from, as in `settings.Settings`; one's own is opened as `file`. `said`
    is what came of the run, told in a comment; `repaired` how many steps each repair took that
    followed it (see `lattice.repaired`); `machine` is noted in a comment. Raises ValueError for a
    network nobody else has.
    """
    if recipe.network == MINE:
        raise ValueError(
            "This network was trained on the page and lives in this visit: a script cannot load it."
        )
    source, remark, needs = _opened(picture, recipe, file)
    names = sorted(
        {"Recipe", "film", "images", "load", "measure", *needs, *_needs(recipe)}
        | ({"lattice"} if repaired else set()),
        key=_isort,
    )
    goal = f"  # {_comment(labels[recipe.target])}" if recipe.target is not None else ""
    lines = [
        f"# {_comment(_told(noun, said))}",
        *([f"# Made with {machine}; with others single values may differ."] if machine else []),
        "from pathlib import Path",
        "",
        f"from trickcore import {', '.join(names)}",
        "",
        f'classifier = load("{recipe.network}")',
        f"original = {source}{remark}",
        *_recipe(recipe, goal),
        "for frame in film.shoot(classifier, original, recipe):",
        "    print(frame.index, classifier.labels[frame.probs.argmax()], frame.probs.max())",
        "tricked = images.encode(frame.pixels)",
        *(line for steps in repaired for line in _repair(steps)),
        f'Path("{tricked}").write_bytes(tricked)',
        "said = measure.verdict(classifier, original, tricked, recipe.target)",
        'print(said.outcome, said.after.name, f"{said.after.probability:.2%}")',
    ]
    return "\n".join(lines) + "\n"


def _repair(steps: int) -> tuple[str, str]:
    return (
        f"*_, frame = lattice.repaired(classifier, original, tricked, recipe, steps={steps})",
        "tricked = images.encode(frame.pixels)",
    )


def command(recipe: Recipe, picture: str, *, file: str = FILE, save: str = "tricked.png") -> str:
    """A line for a terminal that makes the run again. What it has no option for stays in the settings."""
    if recipe.network == MINE or recipe.painted:
        raise ValueError("A line cannot carry this run: save its settings and give them with --settings.")
    kind, _ = kind_of(picture)
    words = ["python", "-m", "trickcore", file if kind == "file" else picture]
    words += ["--network", recipe.network]
    words += ["--untargeted"] if recipe.target is None else ["--target", str(recipe.target)]
    for name in ("eps", "steps", "alpha", "norm", "momentum", "seed", "stop_at", "mask", "views"):
        value = getattr(recipe, name)
        if name in ("eps", "steps") or value != _default(name):
            words += [f"--{name.replace('_', '-')}", _short(value)]
    words += [f"--{name.replace('_', '-')}" for name in ("raw", "random_start") if getattr(recipe, name)]
    return shlex.join([*words, "--save", save])


def until(recipe: Recipe, last: int) -> Recipe:
    """The recipe of a run that was stopped after so many steps: as many, each as long as it was.

    One stopped before its first step has none, and gets the whole.
    """
    if not 0 < last < recipe.steps:
        return recipe
    return replace(recipe, alpha=recipe.step_size, steps=last)


def slug(text: str) -> str:
    """A text as a piece of a file name."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "picture"


def _told(noun: str, said: Verdict | None) -> str:
    if said is None:
        return f"This makes the run on the {noun} again."
    before, after = said.before, said.after
    return (
        f"{noun}: the original is read as {before.name}, {percent(before.probability)}, "
        f"the tricked one as {after.name}, {percent(after.probability)}."
    )


def kind_of(picture: str) -> tuple[str, str]:
    """Where a picture came from and which it is; what is not known is a file."""
    kind, _, name = picture.partition(":")
    known = {"sample": SAMPLES, "digit": DRAWN, "blank": CANVASES}
    return (kind, name) if name in known.get(kind, ()) else ("file", "")


def _opened(picture: str, recipe: Recipe, file: str) -> tuple[str, str, set[str]]:
    """The line that opens the picture, a remark, and what it needs of trickcore."""
    kind, name = kind_of(picture)
    if kind == "sample":
        return f'samples.sample("{name}")', "", {"samples"}
    if kind == "digit":
        return f'drawing.drawn_png("{name}")', "", {"drawing"}
    if kind == "blank":
        seed = f", seed={recipe.seed}" if name == "noise" else ""
        made = f'samples.blank("{name}", classifier.size, channels=classifier.channels{seed})'
        return made, "", {"samples"}
    return f'Path("{file}").read_bytes()', "  # your picture: save the run's original here", set()


def _needs(recipe: Recipe) -> set[str]:
    return {"settings"} if recipe.painted else set()


def _recipe(recipe: Recipe, goal: str) -> list[str]:
    """The recipe in as few words as make it: target, epsilon and steps, and what is not as usual."""
    given, painted = [], []
    for field in fields(recipe):
        value, name = getattr(recipe, field.name), field.name
        if name == "network":
            continue  # the classifier is loaded by its name
        if name == "painted" and value:
            text = json.dumps(plain_strokes(value))
            painted = ['PAINTED = """', *textwrap.wrap(text, 100), '"""']
            given.append("painted=settings.strokes(PAINTED)")
        elif name in ("target", "eps", "steps") or value != _default(name):
            given.append(f"{name}=" + (f'"{value}"' if isinstance(value, str) else repr(value)))
    line = f"recipe = Recipe({', '.join(given)}){goal}"
    if len(line) <= 100:
        return [*painted, line]
    return [*painted, f"recipe = Recipe({goal}", *(f"    {one}," for one in given), ")"]


def _default(name: str) -> object:
    (field,) = (field for field in fields(Recipe) if field.name == name)
    assert field.default is not MISSING
    return field.default


def _comment(text: str) -> str:
    """A text on one line with plain spaces, whatever was in it."""
    return " ".join(text.split())


def _short(value: object) -> str:
    """A number without a needless .0, and exact."""
    brief = f"{value:g}" if isinstance(value, float) else str(value)
    return brief if brief == str(value) or float(brief) == value else str(value)


def _isort(name: str) -> tuple[bool, str]:
    return not name[0].isupper(), name
