"""`python -m trickcore`: a page's run in a terminal. `--help` says all of it."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

from trickcore import engine, measure, report
from trickcore.cli.options import Order, networks, order, parser
from trickcore.cli.page import open_page
from trickcore.diagnose import causes
from trickcore.measure.verdict import Verdict
from trickcore.networks.catalogue import WeightsError, catalogue, labels_of
from trickcore.networks.classifier import Classifier
from trickcore.networks.loaders import load
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import Pixels, encode
from trickcore.plots import run as charts
from trickcore.report import sentences
from trickcore.runs import frames as film
from trickcore.runs import machine, script, settings
from trickcore.runs.frames import Frame
from trickcore.runs.machine import Machine
from trickcore.text import percent

TRICKED, NOT_TRICKED, WRONG, NO_WEIGHTS, STOPPED = 0, 1, 2, 3, 130
PIPE = 141  # as a shell has it when whoever read the result had enough


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A run, and what came of it."""

    wanted: Order
    picture: str  # where it came from, as in settings.Settings
    run: list[Frame]
    said: Verdict
    tricked: bytes  # PNG
    advice: str  # empty where it worked
    seconds: float
    machine: Machine


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code; the result goes to stdout, all else to stderr."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a stream that is no terminal's needs none of it
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        words = sys.argv[1:] if argv is None else argv
        if words[:1] == ["page"]:
            open_page(words[1:])
            return 0
        return _main(argv)
    except SystemExit as end:  # argparse has said what was wrong, or has shown the help
        return end.code if isinstance(end.code, int) else WRONG
    except KeyboardInterrupt:
        return _complain("Stopped. Nothing was saved.", STOPPED)
    except WeightsError as error:
        return _complain(str(error), NO_WEIGHTS)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return PIPE
    except OSError as error:
        return _complain(f"{error.filename or 'A file'}: {error.strerror or error}.", WRONG)
    except ValueError as error:
        return _complain(str(error), WRONG)


def _main(argv: Sequence[str] | None) -> int:
    asked = parser().parse_args(argv)
    if "list_networks" in asked:
        print(networks())
        return 0
    if "list_classes" in asked:
        for k, name in enumerate(labels_of(getattr(asked, "network", "efficientnet-lite0"))):
            print(f"{k:4} {name}")
        return 0
    wanted = order(asked)
    source, kind = _file(wanted)
    classifier = _awake(wanted)
    data = source(classifier)
    began = time.perf_counter()
    run = _shot(classifier, data, wanted)
    seconds = time.perf_counter() - began
    original, tricked = (encode(frame.pixels) for frame in (run[0], run[-1]) if frame.pixels is not None)
    said = engine.call(measure.verdict, classifier, original, tricked, wanted.recipe.target)
    truth = samples.truth(kind)
    found = engine.call(causes.examine, classifier, original, tricked, said, run, wanted.recipe, truth)
    made_on = engine.call(machine.here)
    done = Done(wanted, kind, run, said, tricked, causes.advise(found), seconds, made_on)
    _save(done)
    if wanted.json:
        print(json.dumps(_plain(done), indent=2))
    elif not wanted.quiet:
        print(_table(done).replace("\u00a0", " "))  # which not every terminal has
    return TRICKED if said.outcome == "tricked" else NOT_TRICKED


def _complain(sentence: str, code: int) -> int:
    print(f"trickcore: {sentence}", file=sys.stderr)
    return code


def _file(wanted: Order) -> tuple[Callable[[Classifier], bytes], str]:
    """The picture file, for whichever network will look, and where it comes from; a file is read now."""
    kind, name = script.kind_of(wanted.picture)
    recipe = wanted.recipe
    if kind == "blank":
        canvas = next(one for one in samples.CANVASES if one == name)
        return (
            lambda seen: samples.blank(canvas, seen.size, channels=seen.channels, seed=recipe.seed),
            wanted.picture,
        )
    if kind != "file":
        data = samples.sample(name) if kind == "sample" else drawing.drawn_png(name)
        return lambda seen: data, wanted.picture
    if wanted.picture.partition(":")[0] in ("sample", "digit", "blank") and not Path(wanted.picture).exists():
        raise ValueError(f"There is no {wanted.picture!r}. --help lists the pictures that need no file.")
    data = sys.stdin.buffer.read() if wanted.picture == "-" else Path(wanted.picture).read_bytes()
    if recipe.network.startswith("digits-"):
        data = drawing.from_photo(data)  # as the page does with what is uploaded
    return lambda seen: data, "file"


def _awake(wanted: Order) -> Classifier:
    card = next(card for card in catalogue() if card.name == wanted.recipe.network)
    if not card.ready and not wanted.download:
        raise WeightsError(
            f"{card.title} is not on this machine: a download of {card.megabytes:.0f} MB. "
            "Run it again with --download; --list-networks shows which are ready."
        )
    return engine.call(load, card.name)


def _shot(classifier: Classifier, data: bytes, wanted: Order) -> list[Frame]:
    """The run, with the pictures that a page would keep, and a bar that tells how it goes."""
    recipe, run = wanted.recipe, list[Frame]()
    kept, frames = film.keep(recipe.steps), engine.stream(film.run_recipe(classifier, data, recipe))
    run.append(next(frames))  # a picture that cannot be read is told of before there is a bar
    bar = tqdm(
        total=recipe.steps,
        file=sys.stderr,
        disable=wanted.quiet,
        leave=False,
        mininterval=0.1 if sys.stderr.isatty() else 2,  # a log needs no film
        bar_format="{n:>4}/{total} {bar:30} {postfix}, {remaining} left",
        ascii=None if "utf" in (sys.stderr.encoding or "").lower() else " #",
    )
    with bar:
        for frame in frames:
            if run[-1].index not in kept:
                run[-1] = replace(run[-1], pixels=None)
            run.append(frame)
            k = int(frame.probs.argmax()) if recipe.target is None else recipe.target
            told = percent(float(frame.probs[k])).replace("\u00a0", " ")
            bar.set_postfix_str(f"{wanted.labels[k]} {told}", refresh=False)
            bar.update(frame.index - bar.n)
    return run


def _save(done: Done) -> None:
    labels, recipe, run = done.wanted.labels, done.wanted.recipe, done.run
    watch, gain = charts.watchlist(run, recipe.target), film.automatic_gain(recipe)

    def page() -> str:
        return report.html(
            run,
            labels,
            recipe,
            done.said,
            gain=gain,
            watch=watch,
            noun=_noun(done.picture),
            picture=done.picture,
            advice=done.advice,
            when=f"{datetime.now():%d %B %Y, %H:%M}",
            machine=done.machine,
        )

    make: dict[str, Callable[[], bytes]] = {
        "save": lambda: done.tricked,
        "report": lambda: page().encode(),
        "gif": lambda: film.to_gif(run, gain, least=224),
        "csv": lambda: film.to_csv(run, labels, watch).encode(),
    }
    for name, path in done.wanted.files.items():
        path.write_bytes(make[name]())


def _noun(kind: str) -> str:
    source, name = script.kind_of(kind)
    if source == "blank":
        return name if name == "noise" else f"{name} canvas"
    return {"sample": name, "digit": name[:1]}.get(source, "picture")


def _original(done: Done) -> Pixels:
    pixels = done.run[0].pixels
    assert pixels is not None  # the first picture of a run is always kept
    return pixels


def _plain(done: Done) -> dict[str, Any]:
    """The result for a program. `settings` is what --settings reads."""
    wanted, said = done.wanted, done.said

    def reading(one: measure.Reading) -> dict[str, Any]:
        top = [
            {"label": int(k), "name": wanted.labels[k], "probability": float(one.probs[k])}
            for k in one.probs.argsort()[::-1][:5]
        ]
        return {"label": one.label, "name": one.name, "probability": one.probability, "top": top}

    change = {name: value if math.isfinite(value) else None for name, value in asdict(said.change).items()}
    own = measure.own_epsilon(said.change, wanted.recipe.norm, wanted.recipe.values(_original(done).shape))
    return {
        "outcome": said.outcome,
        "tricked": said.outcome == "tricked",
        "target": said.target,
        "wanted": said.wanted,
        "before": reading(said.before),
        "after": reading(said.after),
        "change": change,
        "epsilon": {"asked": wanted.recipe.eps, "saved": own},
        "advice": done.advice.replace("\u00a0", " "),
        "steps": done.run[-1].index,
        "seconds": round(done.seconds, 3),
        "files": {name: str(path) for name, path in wanted.files.items()},
        "machine": asdict(done.machine),
        "settings": settings.plain(wanted.recipe, done.picture),
    }


def _table(done: Done) -> str:
    """What was read before and after, what was measured, what was saved."""
    wanted, said, rows = done.wanted, done.said, list[str]()
    labels, steps = wanted.labels, done.run[-1].index
    sides = [
        [
            (named, percent(float(one.probs[k])))
            for k in one.probs.argsort()[::-1][:3]
            for named in [labels[k]]
        ]
        for one in (said.before, said.after)
    ]
    wide = [max(len(name) for name, _ in side) for side in sides]
    for i, ((was, p), (now, q)) in enumerate(zip(*sides, strict=True), start=1):
        rows.append(f"  {i}  {was:{wide[0]}}  {p:>12}    {now:{wide[1]}}  {q:>12}")
    rows.insert(0, f"     {'original':{wide[0]}}  {'':12}    tricked, as saved")
    facts = [
        *sentences.epsilons(said.change, wanted.recipe, _original(done)),
        *sentences.distances(said.change),
        ("Made on", str(done.machine)),
        ("Time", f"{done.seconds:.1f} s, {steps} step{'' if steps == 1 else 's'}"),
        *((f"--{name}", str(path)) for name, path in wanted.files.items()),
    ]
    made = sentences.made_with(wanted.recipe, labels, done.picture)
    network, goal, eps = made[0][1], made[2][1], made[3][1]
    right = samples.truth(done.picture)
    lead = [sentences.headline(said, _noun(done.picture), right), sentences.told(said, right)]
    lead += textwrap.wrap(sentences.apart(done.run, said, labels, wanted.recipe, done.advice), 100)
    lead += textwrap.wrap(done.advice, 100)
    lines = [*lead, "", f"  {network}: {goal}; epsilon {eps}", "", *rows, ""]
    return "\n".join([*lines, *(f"  {name:17} {value}" for name, value in facts)])


if __name__ == "__main__":
    sys.exit(main())
