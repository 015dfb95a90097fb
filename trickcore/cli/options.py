"""The command line: what can be asked for, and what was meant by it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from trickcore.cli import picture_file
from trickcore.pictures import samples
from trickcore.pictures.drawing import from_photo
from trickcore.pictures.origins import kind_of
from trickcore.runs import settings_json as settings
from trickcore.runs.field_kinds import Field
from trickcore.runs.fields import FIELDS
from trickcore.runs.recipe import DIGITS, Recipe
from trickcore.runs.script import dashed
from trickcore.text import find_class as find_class

FILES = {"save": (".png",), "report": (".html", ".htm"), "gif": (".gif",), "csv": (".csv",)}

EPILOG = f"""\
pictures that need no file:
  https://...   a picture on the web, up to 20 MB, within 10 seconds; only public machines are asked,
                and those in the networks that TRICK_WEB_ALLOW names
  sample:NAME   a photo: {", ".join(samples.SAMPLES)}
  digit:NAME    a drawn digit: 0 to 9, 0-upright to 9-upright, 5-or-6
  blank:NAME    a canvas: {", ".join(samples.CANVASES)}
  -             a picture file from standard input

exit codes:
  0    tricked: the saved picture is read as the target (untargeted: as anything else than before)
  1    not tricked; what was asked for is saved all the same
  2    wrong use, or a picture that cannot be read
  3    the network's weights are not on this machine, or broken, or its answer is no number
  130  stopped by Ctrl-C; nothing is saved

examples:
  python -m trickcore photo.jpg --target "king penguin" --eps 2 --steps 30 --save tricked.png
  python -m trickcore https://example.org/photo.jpg --target "king penguin" --save tricked.png
  python -m trickcore sample:cat --untargeted --eps 0.5 --report run.html
  python -m trickcore sample:astronaut --target pineapple --mask glasses --eps 64 --steps 100
  python -m trickcore digit:5 --target 8 --network digits-robust --json
  python -m trickcore sample:cat --untargeted --method square --eps 8 --questions 1000
  python -m trickcore photo.jpg --settings settings.json --gif run.gif --csv run.csv

more: `python -m trickcore page` opens the page in a browser; it takes Streamlit's options
      `sweep`, `autoattack`, `table`, `compare`: many pictures at once; each has a --help of its own

Epsilon and the step size are in grey levels of 255. The result goes to standard output, the progress bar
to standard error."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, once it makes sense."""

    recipe: Recipe
    labels: tuple[str, ...]
    picture: str  # a path, an address on the web, "-", or as in settings.Settings
    files: dict[str, Path]  # what to save, by FILES' names
    json: bool
    quiet: bool
    download: bool
    threads: int
    start: bytes | None = None  # the picture file that --start names


def parser() -> argparse.ArgumentParser:
    """Options of the recipe are left out of the result unless they are given."""
    found = argparse.ArgumentParser(
        "python -m trickcore",
        usage="python -m trickcore PICTURE [--target CLASS | --untargeted] [options]",
        description="Trick a neural network: change a picture, by less than one can see, until it is read "
        "as something else.",
        epilog=EPILOG,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, max_help_position=26, width=106),
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    found.add_argument(
        "picture",
        nargs="?",
        metavar="PICTURE",
        help="a picture file, its address on the web, or one of those below",
    )
    goal = found.add_argument_group("goal").add_mutually_exclusive_group()
    goal.add_argument(
        "--target",
        metavar="CLASS",
        help='what it should be read as: a name, a part of one that fits no other, or a number ("king '
        'penguin"; 8 for a digit)',
    )
    goal.add_argument("--untargeted", action="store_true", help="anything but what it is read as now")
    _add_attack(found.add_argument_group("attack"))
    _add_output(found.add_argument_group("what comes out"))
    lists = found.add_argument_group("lists")
    lists.add_argument("--list-networks", action="store_true", help="which networks there are, and stop")
    lists.add_argument("--list-classes", action="store_true", help="the classes of --network, and stop")
    return found


def _add_attack(group: argparse._ArgumentGroup) -> None:
    for field in FIELDS.values():
        if field.option is not None:
            group.add_argument(dashed(field.name), help=field.option.help, **read_option(field))
    group.add_argument("--settings", metavar="FILE", help="settings saved by a page; options win over them")
    group.add_argument("--download", action="store_true", help="fetch the network's weights if need be")
    group.add_argument(
        "--threads",
        metavar="N",
        type=int,
        help="of torch (1, as on the page: another number gives another sum in the last digit)",
    )


def read_option(field: Field) -> dict[str, Any]:
    """How argparse reads the words of a field's option."""
    assert field.option is not None
    if field.kind == "flag":
        return {"action": "store_true"}
    if field.kind == "choice":
        return {"choices": field.choices}
    types = {"number": float, "whole": int}
    return {"metavar": field.option.metavar, "type": types.get(field.kind, str)}


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--save", metavar="FILE.png", help="the tricked picture")
    group.add_argument("--report", metavar="FILE.html", help="the whole run on one page")
    group.add_argument(
        "--gif", metavar="FILE.gif", help="original, change and tricked picture over the steps"
    )
    group.add_argument("--csv", metavar="FILE.csv", help="a row a step")
    group.add_argument("--json", action="store_true", help="the result for a program, instead of a table")
    group.add_argument("--quiet", action="store_true", help="no progress bar and no table")


def order(arguments: argparse.Namespace) -> Order:
    """What was asked for. Raises ValueError, with a sentence, for what makes no sense; OSError for a file."""
    # These need torch, which the help does not.
    from trickcore.networks.catalogue import known, labels_of

    given = vars(arguments)
    base = settings.Settings(Recipe())
    if "settings" in given:
        base = settings.from_json(Path(given["settings"]).read_bytes())
    picture = given.get("picture", "" if base.picture == "file" else base.picture)
    if not picture:
        raise ValueError("Which picture? Give a file, or sample:cat. --help shows examples.")
    network = known(given.get("network", _network(picture, base)))
    labels = labels_of(network)
    digits = network.startswith("digits-")
    recipe = base.recipe if "settings" in given else DIGITS if digits else Recipe()
    options = FIELDS.keys() - {"network", "target"}
    changed = {name: value for name, value in given.items() if name in options}
    start = _start(changed, digits)
    recipe = replace(recipe, network=network, target=_target(given, labels, recipe.target), **changed)
    files = {name: _writable(name, Path(given[name])) for name in FILES if name in given}
    switches = {name: name in given for name in ("json", "quiet", "download")}
    threads = given.get("threads", 1)
    if threads < 1:
        raise ValueError(f"--threads takes a whole number of at least 1, got {threads}.")
    return Order(recipe, labels, picture, files, **switches, threads=threads, start=start)


def _start(changed: dict[str, Any], digits: bool) -> bytes | None:
    """The file that --start names, in whose place the recipe then says "file"; None for what ships."""
    named_start = changed.get("start", "")
    if not named_start or kind_of(named_start)[0] in ("sample", "digit"):
        return None
    data = picture_file.read(named_start)
    changed["start"] = "file"
    return from_photo(data) if digits else data


def _network(picture: str, base: settings.Settings) -> str:
    """Without one a drawn digit is read by a network for digits."""
    if kind_of(picture)[0] == "digit" and base == settings.Settings(Recipe()):
        return DIGITS.network
    return base.recipe.network


def _target(given: dict[str, object], labels: Sequence[str], usual: int | None) -> int | None:
    if "untargeted" in given:
        return None
    if "target" in given:
        return find_class(labels, str(given["target"]))
    return usual if usual is None else find_class(labels, str(usual))


def _writable(name: str, path: Path) -> Path:
    """Known before anything is computed, so that no run is lost to a slip."""
    if path.suffix.lower() not in FILES[name]:
        why = " Any other format would change the picture." if name == "save" else ""
        raise ValueError(f"--{name} takes a name that ends in {FILES[name][0]}, got {path}.{why}")
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"--{name} cannot write {path}: there is no such folder, or it is a folder itself.")
    return path


def networks() -> str:
    """A line a network: its name, what it takes to have it, how good it is."""
    from trickcore import catalogue

    rows = ["name                      weights           accuracy  title"]
    for card in catalogue():
        weights = "ready" if card.ready else f"download {card.megabytes:.0f} MB"
        rows.append(f"{card.name:25} {weights:17} {card.accuracy:8.1%}  {card.title}")
    return "\n".join(rows)
