"""A run as something to run again: a few lines of Python, or a line for a terminal."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Protocol

from trickcore.language import _, later
from trickcore.pictures.origins import kind_of
from trickcore.runs.fields import FIELDS
from trickcore.runs.machine import Machine
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe, default
from trickcore.runs.settings_json import plain_strokes
from trickcore.text import percent

FILE = "original.png"
MINE = "mine"  # a network trained on the page, which no script can load
ALWAYS = ("eps", "steps")  # stand in every line and script, so that one sees where to change them
PUBLIC = "trickcore"  # where the names are that anyone may import


class Reading(Protocol):
    """What a network says of a picture, as far as a comment repeats it: see measure.Reading."""

    @property
    def name(self) -> str: ...
    @property
    def probability(self) -> float: ...


class Verdict(Protocol):
    """What came of a run: see measure.Verdict."""

    @property
    def before(self) -> Reading: ...
    @property
    def after(self) -> Reading: ...


def script(
    recipe: Recipe,
    picture: str,
    labels: Sequence[str],
    *,
    noun: str = later("picture"),
    said: Verdict | None = None,
    file: str = FILE,
    tricked: str = "tricked.png",
    repaired: Sequence[int] = (),
    last: int | None = None,
    machine: Machine | None = None,
) -> str:
    """Python that makes the run again, to the same file, and prints what the network says of it.

    `picture` is where it came from, as in `settings_json.Settings`; one's own is opened as `file`. `said`
    is what came of the run, for a comment; `repaired` how many steps each repair took that followed it
    (see `integer_repair.repaired`); `last` where a run was stopped whose method plans ahead, so that fewer
    steps would be another run; `machine` is noted in a comment. Raises ValueError for a network
    nobody else has.
    """
    if recipe.network == MINE:
        raise ValueError(
            _("This network was trained on the page and lives in this visit: a script cannot load it.")
        )
    original, remark, module = _opened(picture, recipe, file)
    names = {(PUBLIC, name) for name in ("Recipe", "encode", "load", "measure", "run_recipe")}
    names |= {module} if module else set()
    names |= {("torch", "set_num_threads")} if machine else set()
    names |= {("trickcore.runs.settings_json", "strokes")} if recipe.painted else set()
    names |= {("trickcore.runs", "integer_repair")} if repaired else set()
    goal = f"  # {_comment(labels[recipe.target])}" if recipe.target is not None else ""
    lines = [
        f"# {_comment(_outcome(noun, said))}",
        *([f"# {_comment(_made_with(machine))}"] if machine else []),
        "from pathlib import Path",
        "",
        *_imports(names),
        "",
        *([f"set_num_threads({machine.threads})"] if machine else []),
        f'classifier = load("{recipe.network}")',
        f"original = {original}{remark}",
        *_recipe(recipe, goal),
        "for frame in run_recipe(classifier, original, recipe):",
        "    print(frame.index, classifier.labels[frame.probs.argmax()], frame.probs.max())",
        *([f"    if frame.index >= {last}:  # {_('where it was stopped')}", "        break"] if last else []),
        "tricked = encode(frame.pixels)",
        *(line for steps in repaired for line in _repair(steps)),
        f'Path("{tricked}").write_bytes(tricked)',
        "verdict = measure.verdict(classifier, original, tricked, recipe.target)",
        'print(verdict.outcome, verdict.after.name, f"{verdict.after.probability:.2%}")',
    ]
    return "\n".join(lines) + "\n"


def _imports(names: set[tuple[str, str]]) -> list[str]:
    """A line a module, sorted as isort does."""
    modules = sorted({module for module, name in names})
    return [
        f"from {module} import {', '.join(sorted((n for m, n in names if m == module), key=_isort))}"
        for module in modules
    ]


def _repair(steps: int) -> tuple[str, str]:
    return (
        f"*_, frame = integer_repair.repaired(classifier, original, tricked, recipe, steps={steps})",
        "tricked = encode(frame.pixels)",
    )


def command(recipe: Recipe, picture: str, *, file: str = FILE, save: str = "tricked.png") -> str:
    """A line for a terminal that makes the run again. What it has no option for stays in the settings."""
    if recipe.network == MINE or recipe.painted:
        raise ValueError(_("A line cannot carry this run: save its settings and give them with --settings."))
    kind = kind_of(picture)[0]
    words = ["python", "-m", "trickcore", file if kind == "file" else picture]
    words += ["--network", recipe.network]
    words += ["--untargeted"] if recipe.target is None else ["--target", str(recipe.target)]
    options = [name for name, field in FIELDS.items() if field.option and name != "network"]
    for name in options:
        value = getattr(recipe, name)
        if not _is_flag(name) and (name in ALWAYS or value != default(name)):
            words += [dashed(name), _short(value)]
    words += [dashed(name) for name in options if _is_flag(name) and getattr(recipe, name)]
    return shlex.join([*words, "--save", save])


def until(recipe: Recipe, last: int) -> Recipe:
    """The recipe of a run that was stopped after so many steps: as many, each as long as it was.

    One stopped before its first step has none, and gets the whole; so does a method that plans ahead, of
    which a script has to stop where the run was stopped (see `stopped_at`).
    """
    if recipe.method != GRADIENT or not 0 < last < recipe.steps:
        return recipe
    return replace(recipe, alpha=recipe.step_size, steps=last)


def stopped_at(recipe: Recipe, last: int) -> int | None:
    """Where a script has to stop a run that was stopped there; None where its recipe says so already."""
    return last if recipe.method != GRADIENT and 0 < last < recipe.length else None


def slug(text: str) -> str:
    """A text as a piece of a file name."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "picture"


def _outcome(noun: str, verdict: Verdict | None) -> str:
    if verdict is None:
        return _("This makes the run on the {noun} again.", noun=_(noun))
    before, after = verdict.before, verdict.after
    return _(
        "{noun}: the original is read as {before}, {p_before}, the tricked one as {after}, {p_after}.",
        noun=_(noun),
        before=before.name,
        p_before=percent(before.probability),
        after=after.name,
        p_after=percent(after.probability),
    )


def _made_with(machine: Machine) -> str:
    return _("Made with {machine}; with others single values may differ.", machine=str(machine))


def _is_flag(name: str) -> bool:
    return FIELDS[name].kind == "flag"


def dashed(name: str) -> str:
    """The terminal's option for a field: "--stop-at" for stop_at."""
    return f"--{name.replace('_', '-')}"


def _opened(picture: str, recipe: Recipe, file: str) -> tuple[str, str, tuple[str, str] | None]:
    """What opens the picture, a remark, and the name it needs with the module that has it."""
    kind, name = kind_of(picture)
    if kind == "sample":
        return f'samples.sample("{name}")', "", (PUBLIC, "samples")
    if kind == "digit":
        return f'drawing.drawn_png("{name}")', "", ("trickcore.pictures", "drawing")
    if kind == "blank":
        seed = f", seed={recipe.seed}" if name == "noise" else ""
        canvas = f'samples.blank("{name}", classifier.size, channels=classifier.channels{seed})'
        return canvas, "", (PUBLIC, "samples")
    remark = _comment(_("your picture: save the run's original here"))
    return f'Path("{file}").read_bytes()', f"  # {remark}", None


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
            given.append("painted=strokes(PAINTED)")
        elif name == "target" or name in ALWAYS or value != default(name):
            given.append(f"{name}=" + (f'"{value}"' if isinstance(value, str) else repr(value)))
    line = f"recipe = Recipe({', '.join(given)}){goal}"
    if len(line) <= 100:
        return [*painted, line]
    return [*painted, f"recipe = Recipe({goal}", *(f"    {argument}," for argument in given), ")"]


def _comment(text: str) -> str:
    """A text on one line with plain spaces, whatever was in it."""
    return " ".join(text.split())


def _short(value: object) -> str:
    """A number without a needless .0, and exact."""
    brief = f"{value:g}" if isinstance(value, float) else str(value)
    return brief if brief == str(value) or float(brief) == value else str(value)


def _isort(name: str) -> tuple[bool, str]:
    return not name[0].isupper(), name
