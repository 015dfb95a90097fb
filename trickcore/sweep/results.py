"""Results of a sweep: a folder with the plan and a Parquet file a chunk, written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from trickcore.language import _
from trickcore.measure.robustness import COLUMNS, Row
from trickcore.sweep.plan import Plan, PlanError, differences, from_plain, to_plain
from trickcore.sweep.trials import Refused

FORMAT = 1  # of the folder; another one is another version's
# A name that begins with _ is no part of the table to those who read the whole folder as one.
PLAN, LOCK, PART = "_plan.json", "_sweep.lock", "part-{:06}.parquet"
VERSIONS = ("torch", "torchvision", "timm", "numpy", "pillow")  # that decide a row's last digits
_TYPES = {
    "str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(),
    "float | None": pa.float64(), "int | None": pa.int64(),
}  # fmt: skip
_OPTIONAL = {each.name for each in fields(Row) if str(each.type).endswith("| None")}
SCHEMA = pa.schema([(each.name, _TYPES[str(each.type)]) for each in fields(Row)])


class ResultsError(RuntimeError):
    """Results that cannot be written, read or carried on with; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Made:
    """What stands beside the plan: what the chunks are, and what they were made with."""

    plan: Plan
    digest: str  # of the pictures' names and labels
    pictures: int
    chunk: int  # pictures in each
    chunks: int  # in all
    labels: str  # where the labels come from, for people
    versions: dict[str, str]


def versions() -> dict[str, str]:
    """What is installed here."""
    from trickcore import __version__

    found = {"trickcore": __version__, "python": platform.python_version()}
    for name in VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


class Results:
    """A folder of results."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def exists(self) -> bool:
        return (self.folder / PLAN).is_file()

    def made(self) -> Made:
        """What the folder holds. Raises ResultsError where that cannot be read."""
        path = self.folder / PLAN
        try:
            found: dict[str, Any] = json.loads(path.read_text())
            if found.get("format") != FORMAT:
                raise ResultsError(
                    _(
                        "The results in {folder} were written by another version of trickcore ({version}). "
                        "Read them with that, or sweep into another folder. Nothing in it was touched.",
                        folder=str(self.folder),
                        version=found.get("versions", {}).get("trickcore", "unknown"),
                    )
                )
            plan = from_plain(found["plan"])
            rest = {each.name: found[each.name] for each in fields(Made) if each.name != "plan"}
            return Made(plan, **rest)
        except FileNotFoundError:
            raise ResultsError(
                _(
                    "{folder} holds no results of a sweep: there is no {file} in it.",
                    folder=str(self.folder),
                    file=PLAN,
                )
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            known = isinstance(error, PlanError | OSError)
            why = str(error) if known else _("it is broken or was changed by hand")
            raise ResultsError(_("{path} cannot be read: {why}.", path=str(path), why=why)) from None

    @contextmanager
    def begun(self, made: Made, *, other_versions: bool = False) -> Iterator[Made]:
        """The folder, for writing, by this process alone: begun, or carried on with if its plan is the same.

        What is carried on with keeps its own chunks. Raises ResultsError, with a sentence, for another plan,
        other pictures, other versions (unless they are let be other), or where another process writes.
        """
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise ResultsError(
                    _(
                        "Another sweep is writing to {folder}. Wait for it, or choose another folder.",
                        folder=str(self.folder),
                    )
                ) from None
        try:
            if self.exists:
                there = self.made()
                self._check(there, made, other_versions)
                yield there
                return
            if parts := list(self.folder.glob("part-*.parquet")):
                raise ResultsError(
                    _(
                        "{path} holds results ({part}) and no {plan} that says of what. Choose another "
                        "folder; nothing in this one was touched.",
                        path=str(self.folder),
                        part=parts[0].name,
                        plan=PLAN,
                    )
                )
            plain = {each.name: getattr(made, each.name) for each in fields(Made) if each.name != "plan"}
            text = json.dumps({"format": FORMAT, "plan": to_plain(made.plan), **plain}, indent=2)
            self._write(self.folder / PLAN, (text + "\n").encode())
            yield made
        finally:
            lock.release()

    def _check(self, there: Made, made: Made, other_versions: bool) -> None:
        if changed := differences(there.plan, made.plan):
            raise ResultsError(
                _(
                    "{path} holds results of another plan: now {changed}. Choose another folder, or give the "
                    "plan it was begun with to carry on. Nothing in it was touched.",
                    path=str(self.folder),
                    changed="; ".join(changed),
                )
            )
        if there.digest != made.digest:
            raise ResultsError(
                _(
                    "The pictures are not those that {path} was begun with ({then:,} then, {now:,} now, or "
                    "other names or labels). Choose another folder.",
                    path=str(self.folder),
                    then=there.pictures,
                    now=made.pictures,
                )
            )
        changed = [
            f"{name} {now} instead of {there.versions.get(name, 'none')}"
            for name, now in made.versions.items()
            if there.versions.get(name) != now and name != "python"
        ]
        if changed and not other_versions:
            raise ResultsError(
                _(
                    "{path} was begun with other versions: now {changed}. Rows of both are not one "
                    "measurement. Install those, choose another folder, or say --other-versions to mix them.",
                    path=str(self.folder),
                    changed=", ".join(changed),
                )
            )

    def done(self) -> set[int]:
        """The numbers of the chunks that are there."""
        found = (path.stem.partition("-")[2] for path in self.folder.glob("part-*.parquet"))
        return {int(number) for number in found if number.isdigit()}

    def write(self, number: int, rows: Sequence[Row], refused: Sequence[Refused]) -> None:
        """A chunk, whole or not at all. Raises ResultsError where the disk is full, say."""
        self._write(self.folder / PART.format(number), parquet_of(rows, refused))

    def _write(self, path: Path, data: Any) -> None:
        half = path.with_name(f"_{path.name}.half")
        with _told(path):
            try:
                with half.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(half, path)
            finally:
                half.unlink(missing_ok=True)

    def rows(self) -> Iterator[Row]:
        """Every row there is, chunk by chunk. Raises ResultsError for a file that is no part of it."""
        for number in sorted(self.done()):
            yield from self.part(number)[0]

    def part(self, number: int) -> tuple[list[Row], list[Refused]]:
        """A chunk's rows, and the pictures that could not be read."""
        path = self.folder / PART.format(number)
        try:
            table = pq.read_table(path, columns=list(COLUMNS))
            table = table.cast(SCHEMA.with_metadata(table.schema.metadata))
            if empty := [name for name in COLUMNS if name not in _OPTIONAL and table.column(name).null_count]:
                raise ValueError(f"there are rows without {empty[0]}")
            refused = json.loads((table.schema.metadata or {}).get(b"refused", b"[]"))
            columns = [table.column(name).to_pylist() for name in COLUMNS]
        except (OSError, pa.ArrowException, ValueError, KeyError) as error:
            raise ResultsError(
                _(
                    "{path} cannot be read: {why}. Delete it, and carry on the sweep.",
                    path=str(path),
                    why=str(error),
                )
            ) from None
        return [Row(*values) for values in zip(*columns, strict=True)], [Refused(*one) for one in refused]

    def refused(self) -> list[Refused]:
        """The pictures that could not be read, each once."""
        return list(dict.fromkeys(one for number in sorted(self.done()) for one in self.part(number)[1]))


def parquet_of(rows: Sequence[Row], refused: Sequence[Refused] = ()) -> bytes:
    """Rows as a Parquet file, and beside them the pictures that could not be read."""
    values = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    table = pa.table(values, schema=SCHEMA)
    plain = [one if one.trials else one[:2] for one in refused]  # as it always was
    table = table.replace_schema_metadata({"refused": json.dumps(plain)})
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return bytes(out.getvalue())


def read(folder: str | Path) -> list[Row]:
    """Every row of a folder of results. Raises ResultsError where it holds none."""
    results = Results(folder)
    results.made()
    return list(results.rows())


@contextmanager
def _told(where: Path) -> Iterator[None]:
    """What goes wrong with a disk, as a sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = _("the disk is full") if full else error.strerror or str(error)
        raise ResultsError(
            _(
                "{path} cannot be written: {why}. What was finished before is kept: make room, or mend it, "
                "and give the same command again to carry on.",
                path=str(where),
                why=why,
            )
        ) from error
