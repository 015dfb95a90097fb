"""`trickcore sweep`, `autoattack`, `table` and `compare`: from the words to the exit code."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trickcore.cli import sweep_options as options
from trickcore.cli.sweep_options import SweepOrder

if TYPE_CHECKING:
    from trickcore.measure.robustness import Row
    from trickcore.sweep.run_plan import Engine

DONE, WRONG, RESULTS, STOPPED = 0, 2, 4, 130
COMMANDS = ("sweep", "autoattack", "table", "compare")
TOLD = 5  # pictures that cannot be read: so many are named


def main(words: Sequence[str]) -> int:
    """Runs one of COMMANDS and returns its exit code. Raises what `run.main` tells of, but for results."""
    from trickcore.sweep.results import ResultsError

    command, *rest = words
    try:
        if command == "table":
            return _table(options.table_parser().parse_args(rest))
        if command == "compare":
            return _compare(options.compare_parser().parse_args(rest))
        if command == "sweep":
            return _sweep(options.sweep_order(options.sweep_parser().parse_args(rest)))
        return _sweep(options.autoattack_order(options.autoattack_parser().parse_args(rest)))
    except ResultsError as error:
        return _complain(str(error), RESULTS)


def _complain(sentence: str, code: int) -> int:
    print(f"trickcore: {sentence}", file=sys.stderr)
    return code


def _sweep(wanted: SweepOrder) -> int:
    from trickcore.cli.run import check_weights
    from trickcore.sweep.picture_sets import opened
    from trickcore.sweep.run_plan import run, settled

    plan = settled(wanted.plan)
    for name in plan.networks:
        check_weights(name, wanted.download)
    pictures = opened(plan.pictures, plan.labels, plan.limit)
    if not wanted.quiet:
        print(f"{len(pictures):,} pictures, labels from {pictures.said_by}.", file=sys.stderr)
    began, new, done, trials = time.perf_counter(), 0, 0, 0
    refused: dict[str, str] = {}
    from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

    bar = tqdm(
        total=0,
        file=sys.stderr,
        disable=wanted.quiet,
        leave=False,
        unit=" trials",
        mininterval=0.2 if sys.stderr.isatty() else 5,
        ascii=None if "utf" in (sys.stderr.encoding or "").lower() else " #",
    )
    try:
        news = run(plan, wanted.out, _engine(wanted), other_versions=wanted.other_versions, pictures=pictures)
        with bar, closing(news):
            for one in news:
                if not trials:
                    bar.total, bar.initial = one.trials, one.found
                    bar.n = bar.initial
                    bar.refresh()
                bar.update(one.done - bar.n)
                new, done, trials = new + len(one.rows), one.done, one.trials
                refused |= {bad.picture: bad.why for bad in one.refused}
    except KeyboardInterrupt:
        return _complain(
            f"Stopped. {done:,} of {trials:,} trials were done; those of finished chunks are kept in "
            f"{wanted.out}. "
            "The same command carries on.",
            STOPPED,
        )
    return _told(wanted, new, trials, refused, time.perf_counter() - began)


def _engine(wanted: SweepOrder) -> Any:
    def made() -> Engine:
        if wanted.ray is not None:
            from trickcore.sweep.on_ray import OnRay

            return OnRay(wanted.ray)
        from trickcore.sweep.this_machine import ThisMachine

        return ThisMachine(wanted.workers, wanted.plan.networks)

    return made


def _told(wanted: SweepOrder, new: int, trials: int, refused: dict[str, str], seconds: float) -> int:
    """What is printed in the end, and the exit code."""
    from trickcore.measure.robustness import curves
    from trickcore.sweep.results import Results
    from trickcore.sweep.tables import as_text

    results = Results(wanted.out)
    rows = list(results.rows())
    bad = {one.picture: one.why for one in results.refused()} | refused
    for name, why in list(bad.items())[:TOLD]:
        print(f"trickcore: {name} was left out. {why}", file=sys.stderr)
    if len(bad) > TOLD:
        print(f"trickcore: and {len(bad) - TOLD:,} more pictures were left out.", file=sys.stderr)
    if not rows:
        return _complain(f"None of the pictures in {wanted.plan.pictures} could be tried.", WRONG)
    found = curves(rows)
    if wanted.json:
        summary = {
            "out": str(wanted.out),
            "trials": trials,
            "rows": len(rows),
            "new": new,
            "refused": [{"picture": name, "why": why} for name, why in bad.items()],
            "seconds": round(seconds, 3),
            "labels": results.made().labels,
            "accuracy": [_plain(curve) for curve in found],
            "success": [_plain(curve) for curve in curves(rows, "success")],
        }
        print(json.dumps(summary, indent=2))
    elif not wanted.quiet:
        print(as_text(found).replace("\u00a0", " "))
        print(f"\n{new:,} new rows in {seconds:.1f} s, {len(rows):,} in all, in {wanted.out}")
    return DONE


def _plain(curve: Any) -> dict[str, Any]:
    points = [{"eps_levels": eps, **share._asdict()} for eps, share in curve.points]
    return {**curve.attacked._asdict(), "points": points}


def _table(asked: Any) -> int:
    from trickcore.measure.robustness import curves
    from trickcore.sweep import tables
    from trickcore.sweep.results import read

    rows = [row for folder in asked.results for row in read(folder)]
    if not rows:
        return _complain("There is no row yet: the sweep has finished no chunk.", RESULTS)
    kind: Any = "success" if asked.success else "accuracy"
    write = {
        "text": tables.as_text,
        "markdown": tables.as_markdown,
        "csv": tables.as_csv,
        "latex": tables.as_latex,
    }[asked.format]
    print(write(curves(rows, kind), kind).rstrip("\n").replace("\u00a0", " "))
    return DONE


def _compare(asked: Any) -> int:
    from trickcore.measure.robustness import agreement, paired
    from trickcore.sweep import tables
    from trickcore.sweep.results import Results, read

    folders = [name for name in (asked.first, asked.second) if Results(name).exists]
    if len(folders) == 2:
        first, second = (read(folder) for folder in folders)
        alike = agreement(first, second)
        print(json.dumps(alike._asdict(), indent=2) if asked.json else tables.agreement_as_text(alike))
        return DONE
    rows = read(asked.results)
    first, second = (_of(rows, name, asked.results) for name in (asked.first, asked.second))
    pairs = paired(first, second)
    if not pairs:
        return _complain(f"{asked.first} and {asked.second} have no picture and setting in common.", WRONG)
    if asked.json:
        print(json.dumps([asdict(pair) for pair in pairs], indent=2))
    else:
        print(tables.pairs_as_text(asked.first, asked.second, pairs).replace("\u00a0", " "))
    return DONE


def _of(rows: list[Row], name: str, folder: str) -> list[Row]:
    """The rows of a network or of a method. Raises ValueError where there are none, or of several kinds."""
    from trickcore.networks.catalogue import spelled

    known = spelled(name)
    found = [row for row in rows if name == row.method or known == row.network]
    if not found:
        networks, methods = (sorted({getattr(row, each) for row in rows}) for each in ("network", "method"))
        raise ValueError(
            f"{name} is no folder of results, and no network or method in {folder}, which has "
            f"{', '.join([*networks, *methods])}."
        )
    others = {row.method for row in found} if known == found[0].network else {row.network for row in found}
    if len(others) > 1:
        raise ValueError(
            f"{name} was tried with {', '.join(sorted(others))}: a comparison needs results in which only "
            "one thing "
            "differs. Sweep them into a folder of their own."
        )
    return found
