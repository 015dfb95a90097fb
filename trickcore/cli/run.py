"""The command line's run: from what was asked for to the exit code. `--help` says all of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from trickcore.cli import picture_file, sweep
from trickcore.cli.options import Order, networks, order, parser
from trickcore.cli.page import open_page
from trickcore.pictures import drawing, samples
from trickcore.pictures.origins import kind_of
from trickcore.text import percent

if TYPE_CHECKING:  # what computes is imported where it is called, so that the help does not wait for torch
    from trickcore.cli.result import Result
    from trickcore.networks.classifier import Classifier
    from trickcore.runs.frames import Frame

TRICKED, NOT_TRICKED, WRONG, NO_WEIGHTS, STOPPED = 0, 1, 2, 3, 130
PIPE = 141  # as a shell has it when whoever read the result had enough


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code; the result goes to stdout, all else to stderr."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a stream that is no terminal's needs none of it
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        words = list(sys.argv[1:] if argv is None else argv)
        if words[:1] == ["page"]:
            open_page(words[1:])
            return 0
        if words[:1] and words[0] in sweep.COMMANDS:
            return sweep.main(words)
        return _main(words)
    except SystemExit as end:  # argparse has said what was wrong, or has shown the help
        return end.code if isinstance(end.code, int) else WRONG
    except KeyboardInterrupt:
        return _complain("Stopped. Nothing was saved.", STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return PIPE
    except OSError as error:
        return _complain(f"{error.filename or 'A file'}: {error.strerror or error}.", WRONG)
    except ValueError as error:
        return _complain(str(error), WRONG)
    except RuntimeError as error:
        from trickcore.networks.card import WeightsError

        if not isinstance(error, WeightsError):
            raise
        return _complain(str(error), NO_WEIGHTS)


def _main(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    if "list_networks" in arguments:
        print(networks())
        return 0
    if "list_classes" in arguments:
        from trickcore import labels_of

        for k, name in enumerate(labels_of(getattr(arguments, "network", "efficientnet-lite0"))):
            print(f"{k:4} {name}")
        return 0
    wanted = order(arguments)

    from trickcore import engine
    from trickcore.cli import result
    from trickcore.engine.devices import memory_full, settle_threads

    engine.call(settle_threads, wanted.threads)
    picture, origin = _picture(wanted)
    done: Result | None = None
    try:
        done = _done(wanted, picture, origin)
    except Exception as error:
        if not memory_full(error):
            raise
    if done is None:  # only now that the error is gone, and what it holds of the memory
        print("trickcore: The graphics card's memory is full: begun again on the CPU.", file=sys.stderr)
        os.environ["TRICKCORE_DEVICE"] = "cpu"
        done = _done(wanted, picture, origin)
        done = replace(done, machine=done.machine.fallen_back())
    result.save(done)
    if wanted.json:
        print(result.as_json(done))
    elif not wanted.quiet:
        print(result.as_table(done).replace("\u00a0", " "))  # which not every terminal has
    return TRICKED if done.verdict.outcome == "tricked" else NOT_TRICKED


def _done(wanted: Order, picture: Callable[[Classifier], bytes], origin: str) -> Result:
    """The run, and what came of it."""
    from trickcore.cli import result

    classifier = _classifier(wanted)
    data = picture(classifier)
    began = time.perf_counter()
    frames = _frames(classifier, data, wanted)
    return result.of(classifier, wanted, origin, frames, time.perf_counter() - began)


def _complain(sentence: str, code: int) -> int:
    print(f"trickcore: {sentence}", file=sys.stderr)
    return code


def _picture(wanted: Order) -> tuple[Callable[[Classifier], bytes], str]:
    """The picture file, for whichever network will look, and where it comes from; a file is read now."""
    kind, name = kind_of(wanted.picture)
    recipe = wanted.recipe
    if kind == "blank":
        canvas = next(each for each in samples.CANVASES if each == name)
        return (
            lambda seen: samples.blank(canvas, seen.size, channels=seen.channels, seed=recipe.seed),
            wanted.picture,
        )
    if kind != "file":
        data = samples.sample(name) if kind == "sample" else drawing.drawn_png(name)
        return lambda seen: data, wanted.picture
    if wanted.picture.partition(":")[0] in ("sample", "digit", "blank") and not Path(wanted.picture).exists():
        raise ValueError(f"There is no {wanted.picture!r}. --help lists the pictures that need no file.")
    data = picture_file.read(wanted.picture)
    if recipe.network.startswith("digits-"):
        data = drawing.from_photo(data)  # as the page does with what is uploaded
    return lambda seen: data, "file"


def _classifier(wanted: Order) -> Classifier:
    from trickcore import engine

    return engine.call(_loaded, check_weights(wanted.recipe.network, wanted.download), wanted.download)


def _loaded(network: str, download: bool) -> Classifier:
    """The network; a file of it that is broken is fetched again where downloads are allowed."""
    from trickcore import WeightsError, load
    from trickcore.networks.card import AnswerError

    try:
        return load(network)
    except AnswerError:
        raise
    except WeightsError:
        if not download:
            raise
        return load(network, refetch=True)


def check_weights(network: str, download: bool) -> str:
    """The network's name in the catalogue. Raises WeightsError where it is not here and not to be fetched."""
    from trickcore.networks.catalogue import WeightsError, card_of

    card = card_of(network)
    if not card.ready and not download:
        raise WeightsError(
            f"{card.title} is not on this machine: a download of {card.megabytes:.0f} MB. "
            "Run it again with --download; --list-networks shows which are ready."
        )
    return card.name


def _frames(classifier: Classifier, data: bytes, wanted: Order) -> list[Frame]:
    """The run, with the pictures that a page would keep, and a bar that tells how it goes."""
    from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

    from trickcore import engine
    from trickcore.runs.frames import run_recipe

    recipe = wanted.recipe
    run: list[Frame] = []
    frames = engine.stream(run_recipe(classifier, data, recipe, wanted.start))
    run.append(next(frames))  # a picture that cannot be read is told of before there is a bar
    bar = tqdm(
        total=recipe.length,
        file=sys.stderr,
        disable=wanted.quiet,
        leave=False,
        mininterval=0.1 if sys.stderr.isatty() else 2,  # a log needs no film
        bar_format="{n:>4}/{total} {bar:30} {postfix}, {remaining} left",
        ascii=None if "utf" in (sys.stderr.encoding or "").lower() else " #",
    )
    with bar:
        for frame in frames:
            if not run[-1].kept:
                run[-1] = replace(run[-1], pixels=None)
            run.append(frame)
            k = int(frame.probs.argmax()) if recipe.target is None else recipe.target
            probability = percent(float(frame.probs[k])).replace("\u00a0", " ")
            bar.set_postfix_str(f"{wanted.labels[k]} {probability}", refresh=False)
            bar.update(frame.index - bar.n)
    return run
