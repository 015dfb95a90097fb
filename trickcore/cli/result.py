"""What came of a command line's run: the files it saves, its table, and its JSON for a program."""

from __future__ import annotations

import json
import math
import os
import textwrap
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trickcore import engine, measure, report
from trickcore.cli.options import Order
from trickcore.diagnose import causes
from trickcore.measure.verdict import Reading, Verdict
from trickcore.networks.classifier import Classifier
from trickcore.pictures import samples
from trickcore.pictures.files import Pixels, encode
from trickcore.pictures.origins import kind_of
from trickcore.plots import run as charts
from trickcore.report import sentences
from trickcore.runs import frames, machine
from trickcore.runs import settings_json as settings
from trickcore.runs.frames import Frame
from trickcore.runs.machine import Machine
from trickcore.runs.methods import GRADIENT
from trickcore.text import counted, likeliest, percent


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A run, and what came of it."""

    wanted: Order
    picture: str  # where it came from, as in settings.Settings
    run: list[Frame]
    verdict: Verdict
    tricked: bytes  # PNG
    advice: str  # empty where it worked
    seconds: float
    machine: Machine


def of(classifier: Classifier, wanted: Order, picture: str, run: list[Frame], seconds: float) -> Result:
    """The result of a run, measured on its pictures as they are saved."""
    recipe = wanted.recipe
    original, tricked = (encode(frame.pixels) for frame in (run[0], run[-1]) if frame.pixels is not None)
    verdict = engine.call(measure.verdict, classifier, original, tricked, recipe.target)
    truth = samples.truth(picture, classifier.labels)
    found = engine.call(causes.examine, classifier, original, tricked, verdict, run, recipe, truth)
    made_on = engine.call(machine.here)
    return Result(wanted, picture, run, verdict, tricked, causes.advise(found), seconds, made_on)


def save(done: Result) -> None:
    """Every file that was asked for."""
    labels, recipe, run = done.wanted.labels, done.wanted.recipe, done.run
    watch, gain = charts.watchlist(run, recipe.target), frames.automatic_gain(recipe, run)

    def page() -> str:
        return report.html(
            run,
            labels,
            recipe,
            done.verdict,
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
        "gif": lambda: frames.to_gif(run, gain, least=224),
        "csv": lambda: frames.to_csv(run, labels, watch).encode(),
    }
    for name, path in done.wanted.files.items():
        _write(path, make[name]())


def _write(path: Path, data: bytes) -> None:
    """A file whole or not at all, as where the disk is full; what is no plain file is written to as it is."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    half = path.resolve().with_name(f".{path.name}.half")
    try:
        half.write_bytes(data)
        os.replace(half, path.resolve())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # the file that was asked for
    finally:
        half.unlink(missing_ok=True)


def as_json(done: Result) -> str:
    """The result for a program. `settings` is what --settings reads."""
    wanted, verdict = done.wanted, done.verdict
    change = {name: value if math.isfinite(value) else None for name, value in asdict(verdict.change).items()}
    values = wanted.recipe.values(_original(done).shape)
    result = {
        "outcome": verdict.outcome,
        "tricked": verdict.outcome == "tricked",
        "target": verdict.target,
        "wanted": verdict.wanted,
        "before": _reading(verdict.before, wanted.labels),
        "after": _reading(verdict.after, wanted.labels),
        "change": change,
        "epsilon": {
            "asked": wanted.recipe.eps,
            "saved": measure.own_epsilon(verdict.change, wanted.recipe.norm, values),
        },
        "advice": done.advice.replace("\u00a0", " "),
        "method": wanted.recipe.method,
        "steps": done.run[-1].index,
        "passes": done.run[-1].passes,
        "questions": done.run[-1].questions,
        "seconds": round(done.seconds, 3),
        "files": {name: str(path) for name, path in wanted.files.items()},
        "machine": asdict(done.machine),
        "settings": settings.plain(wanted.recipe, done.picture),
    }
    return json.dumps(result, indent=2)


def _reading(reading: Reading, labels: tuple[str, ...]) -> dict[str, Any]:
    top = [
        {"label": k, "name": labels[k], "probability": float(reading.probs[k])}
        for k in likeliest(reading.probs, 5)
    ]
    return {"label": reading.label, "name": reading.name, "probability": reading.probability, "top": top}


def as_table(done: Result) -> str:
    """What was read before and after, what was measured, what was saved."""
    wanted, verdict = done.wanted, done.verdict
    labels, steps = wanted.labels, done.run[-1].index
    facts = [
        *sentences.epsilons(verdict.change, wanted.recipe, _original(done)),
        *sentences.distances(verdict.change),
        ("Made on", str(done.machine)),
        ("Time", f"{done.seconds:.1f} s, {counted(steps, wanted.recipe.how.unit)}"),
        ("Cost", sentences.cost(done.run, wanted.recipe)),
        *((f"--{name}", str(path)) for name, path in wanted.files.items()),
    ]
    made_with = sentences.made_with(wanted.recipe, labels, done.picture)
    network, goal = made_with[0][1], made_with[2][1]
    how = "; ".join(
        f"{name.lower()} {value}"
        for name, value in made_with[3 : 4 if wanted.recipe.method == GRADIENT else 6]
    )
    truth = samples.truth(done.picture, labels)
    lead = [
        sentences.headline(verdict, _noun(done.picture), truth),
        sentences.readings(verdict) + sentences.relation(verdict, truth),
    ]
    lead += textwrap.wrap(sentences.apart(done.run, verdict, labels, wanted.recipe, done.advice), 100)
    lead += textwrap.wrap(done.advice, 100)
    lines = [*lead, "", f"  {network}: {goal}; {how}", "", *_readings(verdict, labels), ""]
    return "\n".join([*lines, *(f"  {name:17} {value}" for name, value in facts)])


def _readings(verdict: Verdict, labels: tuple[str, ...]) -> list[str]:
    """The three likeliest classes of the original and of the tricked picture, side by side."""
    before, after = (
        [(labels[k], percent(float(reading.probs[k]))) for k in likeliest(reading.probs, 3)]
        for reading in (verdict.before, verdict.after)
    )
    left, right = (max(len(name) for name, _ in column) for column in (before, after))
    rows = [f"     {'original':{left}}  {'':12}    tricked, as saved"]
    for i, ((name, p), (name_after, q)) in enumerate(zip(before, after, strict=True), start=1):
        rows.append(f"  {i}  {name:{left}}  {p:>12}    {name_after:{right}}  {q:>12}")
    return rows


def _noun(picture: str) -> str:
    source, name = kind_of(picture)
    if source == "blank":
        return name if name == "noise" else f"{name} canvas"
    return {"sample": name, "digit": name[:1]}.get(source, "picture")


def _original(done: Result) -> Pixels:
    pixels = done.run[0].pixels
    assert pixels is not None  # the first picture of a run is always kept
    return pixels
