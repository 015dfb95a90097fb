"""A sweep from its plan to its results: what is there already is left, the rest is computed and written."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from trickcore.jobs.networks import Network
from trickcore.language import _
from trickcore.measure.robustness import Row
from trickcore.networks.catalogue import card_of, labels_of
from trickcore.sweep.labels import classes_of
from trickcore.sweep.picture_sets import PictureSet, opened
from trickcore.sweep.plan import AUTOATTACK, RULES, UNTARGETED, Plan, PlanError
from trickcore.sweep.results import Made, Results, versions
from trickcore.sweep.trials import Chunk, Item, Refused
from trickcore.text import find_class

# Pictures in a chunk: about half a minute's work, which is what a process that is killed costs.
PHOTOS, DIGITS = 16, 512
ON_GPU = 32  # times as many


class Engine(Protocol):
    """Who computes chunks: `this_machine` or `on_ray`."""

    def networks(self, names: Sequence[str]) -> list[Network]:
        """The networks, loaded, so that what is wrong with one is known. Raises WeightsError."""
        ...

    @property
    def workers(self) -> int: ...

    @property
    def gpu(self) -> bool: ...

    def computed(self, chunks: Iterator[Chunk]) -> Iterator[tuple[int, Row | Refused | None]]:
        """What becomes of the chunks, as it comes, with a chunk's number; None once it is whole.

        A chunk is taken when there is a worker for it, so that no more pictures are in memory than are
        worked on. A worker that dies makes no difference, but for the time.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class News:
    """How far a sweep is, and what has come since the last."""

    done: int  # trials, those found in the folder included
    trials: int  # in all
    found: int  # that were there already
    rows: tuple[Row, ...] = ()
    refused: tuple[Refused, ...] = ()
    written: bool = False  # a chunk has just been written


def run(
    plan: Plan,
    folder: str | Path,
    engine: Callable[[], Engine] | None = None,
    *,
    other_versions: bool = False,
    pictures: PictureSet | None = None,
) -> Generator[News]:
    """Computes what of a plan is not yet in a folder, and writes it there; News as it goes.

    Closing it stops the sweep; the same call carries on. `engine` makes the one that computes: without it,
    this machine's workers. Raises PlanError, WeightsError and ResultsError, each with a sentence.
    """
    plan = settled(plan)
    if engine is None:
        from trickcore.sweep.this_machine import ThisMachine

        engine = partial(ThisMachine, networks=plan.networks)
    pictures = pictures or opened(plan.pictures, plan.labels, plan.limit)
    labels = {name: _labels(name, pictures) for name in plan.networks}  # what is wrong is known at once
    targets = {name: target_of(plan, name) for name in plan.networks}
    if AUTOATTACK in plan.methods:
        from trickcore.sweep import autoattack

        autoattack.check()
    results = Results(folder)
    computing: Engine | None = None
    try:
        if not results.exists:
            computing = engine()
        with results.begun(_made(plan, pictures, computing), other_versions=other_versions) as made:
            chunks = chunks_of(made, pictures)
            todo = [number for number in range(made.chunks) if number not in results.done()]
            trials = made.pictures * len(plan.networks) * len(plan.trials())
            found = trials - sum(len(chunks[number][1]) * len(plan.trials()) for number in todo)
            yield News(found, trials, found)
            if not todo:
                return
            computing = computing or engine()
            networks = dict(zip(plan.networks, computing.networks(plan.networks), strict=True))

            def made_chunks() -> Iterator[Chunk]:
                for number in todo:
                    name, places = chunks[number]
                    items = tuple(
                        Item(pictures.names[place], _read(pictures, place), labels[name][place])
                        for place in places
                    )
                    yield Chunk(number, networks[name], items, plan.trials(), targets[name], plan.batch)

            yield from _written(results, computing, made_chunks(), chunks, len(plan.trials()), found, trials)
    finally:
        if computing is not None:
            computing.close()


def settled(plan: Plan) -> Plan:
    """The plan with its networks' names as the catalogue has them. Raises PlanError."""
    from dataclasses import replace

    from trickcore.networks.catalogue import known

    try:
        names = tuple(known(name) for name in plan.networks)
        return replace(plan, networks=names)
    except PlanError:
        raise
    except ValueError as error:
        raise PlanError(str(error)) from None


def target_of(plan: Plan, network: str) -> int | str | None:
    """A plan's target for a network: its class, a rule, or None. Raises PlanError for a class it lacks."""
    if plan.target == UNTARGETED:
        return None
    if plan.target in RULES:
        return plan.target
    try:
        return find_class(labels_of(network), plan.target)
    except ValueError as error:
        raise PlanError(f"{network}: {error} The rules are: {', '.join(RULES)}.") from None


def chunks_of(made: Made, pictures: PictureSet) -> list[tuple[str, range]]:
    """Each chunk's network, and the places of its pictures."""
    return [
        (name, range(start, min(start + made.chunk, len(pictures))))
        for name in made.plan.networks
        for start in range(0, len(pictures), made.chunk)
    ]


def _made(plan: Plan, pictures: PictureSet, engine: Engine | None) -> Made:
    digits = all(card_of(name).digits for name in plan.networks)
    most = (DIGITS if digits else PHOTOS) * (ON_GPU if engine is not None and engine.gpu else 1)
    # As many chunks as there are workers, or a multiple of that, so that none is idle at the end.
    workers = engine.workers if engine is not None else 1
    size = math.ceil(len(pictures) / (workers * math.ceil(len(pictures) / (workers * most))))
    chunks = len(plan.networks) * math.ceil(len(pictures) / size)
    return Made(plan, pictures.digest, len(pictures), size, chunks, pictures.said_by, versions())


def _labels(network: str, pictures: PictureSet) -> list[int | None]:
    try:
        return classes_of(pictures.words, pictures.names, labels_of(network))
    except PlanError as error:
        raise PlanError(_("{network}: {why}", network=network, why=str(error))) from None


def _read(pictures: PictureSet, place: int) -> bytes:
    try:
        return pictures.read(place)
    except OSError:
        return b""  # refused as an empty file, by name, with all others


def _written(
    results: Results,
    engine: Engine,
    chunks: Iterator[Chunk],
    sizes: Sequence[tuple[str, range]],
    each: int,
    found: int,
    trials: int,
) -> Iterator[News]:
    """Takes in what comes, and writes each chunk once it is whole."""
    rows: dict[int, list[Row]] = {}
    refused: dict[int, list[Refused]] = {}
    done = found
    for number, item in engine.computed(chunks):
        mine, bad = rows.setdefault(number, []), refused.setdefault(number, [])
        if isinstance(item, Row):
            mine.append(item)
            done += 1
            yield News(done, trials, found, (item,))
        elif isinstance(item, Refused):
            bad.append(item)
            done += item.trials or each
            yield News(done, trials, found, refused=(item,))
        else:
            whole = len(sizes[number][1]) * each
            if len(mine) + sum(one.trials or each for one in bad) != whole:
                raise RuntimeError(f"chunk {number} came with {len(mine)} rows of {whole}")
            results.write(number, mine, bad)
            del rows[number], refused[number]
            yield News(done, trials, found, written=True)
