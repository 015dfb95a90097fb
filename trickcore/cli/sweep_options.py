"""The options of `trickcore sweep`, `autoattack`, `table` and `compare`, and what was meant by them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from trickcore.cli.options import read_option
from trickcore.runs.fields import FIELDS
from trickcore.runs.recipe import DIGITS, Recipe
from trickcore.runs.script import dashed
from trickcore.sweep.plan import AUTOATTACK, SETTINGS, UNTARGETED, Plan, PlanError

SWEEP = """\
pictures:
  FOLDER            pictures in a folder and those inside of it; folders called like their classes (a name, a
                    number, ImageNet's n02123045) are the labels, as are files called n02123045_....jpg
  FILE.parquet      a table of pictures; a folder of Parquet files or of Hugging Face's Arrow files, too
  samples, digits, mnist, torchvision:CIFAR10@FOLDER

exit codes:
  0    the sweep is whole
  2    wrong use: a plan that makes no sense, no pictures, labels that are no classes
  3    a network's weights are not on this machine, or broken
  4    the results cannot be written, or are of another plan or version; nothing is lost
  130  stopped by Ctrl-C; what was finished is kept, and the same command carries on

examples:
  python -m trickcore sweep photos/ --network efficientnet-lite0,resnet50 --eps 0.5,1,2,4,8 --out results/
  python -m trickcore sweep mnist --network digits-standard,digits-robust --target untargeted --eps
  25.5,51,76.5 python -m trickcore sweep photos/ --method gradient,apgd,square --limit 100 --ray auto
  python -m trickcore table results/ --format latex
  python -m trickcore compare efficientnet-lite0 resnet50 --results results/"""

FORMATS = ("text", "markdown", "csv", "latex")


@dataclass(frozen=True, slots=True)
class SweepOrder:
    """What a sweep was asked for."""

    plan: Plan
    out: Path
    ray: str | None
    workers: int | None
    download: bool
    json: bool
    quiet: bool
    other_versions: bool


def _parser(name: str, usage: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        f"python -m trickcore {name}",
        usage=f"python -m trickcore {name} {usage}",
        description=description,
        epilog=epilog,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, max_help_position=26, width=106),
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )


def sweep_parser() -> argparse.ArgumentParser:
    found = _parser(
        "sweep",
        "FOLDER [options]",
        "Try many pictures on several networks with several attacks, and keep a row of each trial.",
        SWEEP,
    )
    found.add_argument("pictures", metavar="FOLDER", help="the pictures: see below")
    plan = found.add_argument_group("plan (lists are parted by commas)")
    plan.add_argument("--network", metavar="NAMES", help="the networks (efficientnet-lite0)")
    plan.add_argument("--method", metavar="NAMES", help="the methods (gradient)")
    plan.add_argument("--eps", metavar="LEVELS", help="epsilons, in grey levels of 255 (1,2,4,8)")
    plan.add_argument(
        "--target", metavar="RULE", help='random, "least likely", untargeted, or a class for all (random)'
    )
    plan.add_argument("--seed", metavar="NUMBERS", help="what everything random is drawn from (0)")
    plan.add_argument(
        "--labels",
        metavar="FILE.csv",
        help="a line a picture: name,class; or clean: what the network says of it",
    )
    plan.add_argument("--limit", metavar="N", type=int, help="so many pictures, evenly spaced over all")
    for name in SETTINGS:
        option = FIELDS[name].option
        if option is not None and name != "stop_at":
            usual = " (10)" if name == "steps" else None
            words = f"how many small changes{usual}" if usual else option.help
            plan.add_argument(dashed(name), help=words, **read_option(FIELDS[name]))
    _add_running(found)
    return found


def autoattack_parser() -> argparse.ArgumentParser:
    found = _parser(
        "autoattack",
        "RESULTS [options]",
        "The official AutoAttack (package pyautoattack) over the pictures, networks and epsilons of a "
        "sweep. Its "
        "rows go to a folder of their own; `table` takes both.",
    )
    found.add_argument("results", metavar="RESULTS", help="the folder of a sweep")
    group = found.add_argument_group("instead of what the sweep had")
    group.add_argument("--network", metavar="NAMES", help="the networks")
    group.add_argument("--eps", metavar="LEVELS", help="epsilons, in grey levels of 255")
    group.add_argument("--limit", metavar="N", type=int, help="so many pictures, evenly spaced over all")
    _add_running(found)
    return found


def _add_running(found: argparse.ArgumentParser) -> None:
    group = found.add_argument_group("how")
    group.add_argument("--out", metavar="DIR", help="where the results go, and are carried on with (results)")
    group.add_argument("--ray", metavar="ADDRESS", help="on a Ray cluster: auto, an address, or local")
    group.add_argument(
        "--workers", metavar="N", type=int, help="processes on this machine (one a core, at most 4)"
    )
    group.add_argument(
        "--batch", metavar="N", type=int, help="pictures a pass (what is fastest on the device)"
    )
    group.add_argument("--download", action="store_true", help="fetch the networks' weights if need be")
    group.add_argument("--other-versions", action="store_true", help="carry on what other versions began")
    group.add_argument("--json", action="store_true", help="a summary for a program, instead of a table")
    group.add_argument("--quiet", action="store_true", help="no progress bar and no table")


def table_parser() -> argparse.ArgumentParser:
    found = _parser(
        "table",
        "RESULTS [RESULTS ...] [options]",
        "Accuracy under attack by epsilon, with their intervals, from the results of sweeps.",
    )
    found.add_argument("results", nargs="+", metavar="RESULTS", help="folders of sweeps, in one table")
    found.add_argument("--format", choices=FORMATS, default="text", help="how it is written (text)")
    found.add_argument(
        "--success",
        action="store_true",
        default=False,
        help="the share that was tricked, instead of accuracy",
    )
    return found


def compare_parser() -> argparse.ArgumentParser:
    found = _parser(
        "compare",
        "A B [--results RESULTS]",
        "Two networks or two methods of a sweep, or two folders of results, on the same pictures with the "
        "same "
        "settings: who is right more often, and McNemar's test of the difference.",
    )
    found.add_argument("first", metavar="A", help="a network, a method, or a folder of results")
    found.add_argument("second", metavar="B", help="the other one, of the same kind")
    found.add_argument("--results", default="results", help="the folder of the sweep (results)")
    found.add_argument("--json", action="store_true", default=False, help="for a program")
    return found


def sweep_order(arguments: argparse.Namespace) -> SweepOrder:
    """What was asked for. Raises PlanError, with a sentence."""
    given = vars(arguments)
    digits = given["pictures"] in ("digits", "mnist")
    lists: dict[str, Any] = {"networks": (DIGITS.network,), "eps": (25.5, 51.0, 76.5)} if digits else {}
    lists |= _lists(given)
    rest = {name: given[name] for name in ("target", "labels", "limit", "batch") if name in given}
    try:
        settings = replace(Recipe(steps=10), **{name: given[name] for name in SETTINGS if name in given})
    except ValueError as error:
        raise PlanError(str(error)) from None
    return _order(Plan(given["pictures"], settings=settings, **lists, **rest), given, "results")


def autoattack_order(arguments: argparse.Namespace) -> SweepOrder:
    """The sweep with AutoAttack in its methods' place. Raises PlanError and ResultsError."""
    from trickcore.sweep.results import Results

    given = vars(arguments)
    folder = Path(given["results"])
    there = Results(folder).made().plan
    lists = _lists(given)
    rest = {name: given[name] for name in ("limit", "batch") if name in given}
    if not lists.get("eps", there.eps):
        raise PlanError(f"The sweep in {folder} has no epsilon: give some with --eps.")
    plan = replace(there, methods=(AUTOATTACK,), target=UNTARGETED, **lists, **rest)
    return _order(plan, given, f"{folder.as_posix().rstrip('/')}-autoattack")


def _order(plan: Plan, given: dict[str, Any], out: str) -> SweepOrder:
    workers = given.get("workers")
    if workers is not None and workers < 1:
        raise PlanError(f"--workers takes a whole number of at least 1, got {workers}.")
    if workers is not None and "ray" in given:
        raise PlanError("--workers is for this machine; on Ray there are as many as the cluster has cores.")
    switches = {name: name in given for name in ("download", "json", "quiet", "other_versions")}
    return SweepOrder(plan, Path(given.get("out", out)), given.get("ray"), workers, **switches)


def _lists(given: dict[str, Any]) -> dict[str, Any]:
    """The plan's lists, where they were given."""
    found: dict[str, Any] = {}
    for option, name, kind, what in (
        ("network", "networks", str, "names"),
        ("method", "methods", str, "names"),
        ("eps", "eps", float, "numbers of grey levels"),
        ("seed", "seeds", int, "whole numbers"),
    ):
        if option in given:
            words = [word.strip() for word in str(given[option]).split(",") if word.strip()]
            try:
                found[name] = tuple(kind(word) for word in words)
            except ValueError:
                raise PlanError(
                    f"--{option} takes {what}, parted by commas, got {given[option]!r}."
                ) from None
    return found
