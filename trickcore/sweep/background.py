"""Sweeps in the background of a server: one at a time, the others wait; they outlive the page that asked.

A sweep is known by its plan and its pictures: whoever asks for the same finds what is done of it already.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from trickcore import engine
from trickcore.language import Words, _, again
from trickcore.measure.robustness import Row
from trickcore.networks.card import WeightsError
from trickcore.networks.sources.downloads import FULL
from trickcore.sweep.picture_sets import PictureSet, loaded, opened
from trickcore.sweep.plan import CLEAN_ANSWER, Plan, PlanError, to_plain
from trickcore.sweep.results import Results, ResultsError
from trickcore.sweep.run_plan import run
from trickcore.sweep.this_machine import ThisMachine
from trickcore.sweep.trials import Refused

State = Literal["new", "waiting", "running", "stopped", "done", "failed"]
KEPT = 50  # folders of results, and of pictures given
PICTURES = "pictures"  # the folder of what visitors gave
log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()


def home() -> Path:
    """Where a server's sweeps lie: TRICK_SWEEPS, else in the user's cache."""
    return Path(os.environ.get("TRICK_SWEEPS") or Path.home() / ".cache" / "trickcore" / "sweeps")


class Sweep:
    """One plan, and how far it is. Any thread may ask."""

    def __init__(self, plan: Plan, pictures: PictureSet, folder: Path) -> None:
        self.plan, self.pictures, self.folder = plan, pictures, folder
        self.state: State = "new"
        self.said = ""  # why it failed, as a sentence
        self.account: str | None = None  # whose it is, where a server counts what its visitors ask for
        self.done = 0
        self.trials = len(pictures) * len(plan.networks) * len(plan.trials())
        self._rows: list[Row] = []
        self._refused: dict[str, Refused] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._load()

    def start(self, account: str | None = None) -> None:
        """Goes on with it, unless it is on its way or done."""
        with self._lock:
            if self.state in ("waiting", "running", "done"):
                return
            self.account = account
            self.state, self.said = "waiting", ""
            self._stopping = threading.Event()
            threading.Thread(target=self._run, args=(self._stopping,), name="sweep", daemon=True).start()

    def stop(self) -> None:
        """What was finished stays."""
        with self._lock:
            self._stopping.set()
            if self.state == "waiting":
                self.state = "stopped"

    @property
    def going(self) -> bool:
        return self.state in ("waiting", "running")

    def rows(self) -> list[Row]:
        """What has come so far."""
        with self._lock:
            return list(self._rows)

    def refused(self) -> list[Refused]:
        with self._lock:
            return list(self._refused.values())

    def _load(self) -> None:
        """What lies in the folder."""
        results = Results(self.folder)
        if not results.exists:
            return
        try:
            rows, refused = list(results.rows()), results.refused()
            chunks = results.made().chunks
        except ResultsError as error:
            self.state, self.said = "failed", str(error)
            return
        with self._lock:
            self._rows, self._refused = rows, {one.picture: one for one in refused}
            self.done = self.trials if len(results.done()) == chunks else len(rows)
            self.state = "done" if self.done == self.trials else "stopped"

    def _run(self, stopping: threading.Event) -> None:
        with _one_at_a_time:
            if stopping.is_set():
                return
            self._load()
            if self.state == "done":
                return
            self.state = "running"
            try:
                self._swept(stopping)
            except (PlanError, ResultsError, WeightsError) as error:
                # Where the server keeps it is nobody's business.
                self.state, self.said = "failed", _hidden(str(error), str(self.folder))
            except Exception as error:
                log.exception("a sweep failed")
                self.state, self.said = "failed", _("The sweep could not go on: {why}", why=str(error))

    def _swept(self, stopping: threading.Event) -> None:
        news = run(
            self.plan, self.folder, ThisMachine, other_versions=True, pictures=self.pictures
        )  # an update of the server does not take away what was done
        try:
            for one in news:
                with self._lock:
                    self._rows += one.rows
                    self._refused |= {bad.picture: bad for bad in one.refused}
                    self.done = one.done
                if stopping.is_set():
                    break
            else:
                self.state = "done"
                return
        finally:
            news.close()
        self._load()  # without what was not written
        if self.state == "running":
            self.state = "stopped"


def _hidden(text: str, folder: str) -> str:
    """The same sentence without the name of a folder, in whatever language it will be said."""
    if not isinstance(text, Words):
        ours = _("the server's folder")  # said again with the sentence, where it stands alone
        return ours if text == folder else text.replace(folder, ours)
    values = {name: _hidden(v, folder) if isinstance(v, str) else v for name, v in text.values.items()}
    return again(Words(text, text.template, values, text.several))


class Sweeps:
    """The sweeps of a server."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or home()
        self._sweeps: dict[str, Sweep] = {}
        self._lock = threading.Lock()

    def of(self, plan: Plan, pictures: PictureSet) -> Sweep:
        """The sweep of a plan: the one there is, else a new one that has not begun. Raises PlanError."""
        words = json.dumps([to_plain(plan), pictures.digest], sort_keys=True)
        key = hashlib.sha256(words.encode()).hexdigest()[:20]
        with self._lock:
            if key not in self._sweeps:
                self._tidy(self.folder, keep={one.folder.name for one in self._sweeps.values() if one.going})
                self._sweeps = {
                    name: one for name, one in self._sweeps.items() if one.going or one.folder.exists()
                }
                self._sweeps[key] = Sweep(plan, pictures, self.folder / key)
            return self._sweeps[key]

    def ahead(self, sweep: Sweep) -> int:
        """How many others are on their way."""
        with self._lock:
            return sum(one.state == "running" for one in self._sweeps.values() if one is not sweep)

    def going(self, account: str) -> int:
        """How many of one visitor's are on their way, or wait."""
        with self._lock:
            return sum(one.going and one.account == account for one in self._sweeps.values())

    def given(self, files: Sequence[tuple[str, bytes]]) -> PictureSet:
        """A visitor's own pictures, kept under a name that only their content gives. A file's name is a text
        for people and never a path. Raises ResultsError where they cannot be kept."""
        digest = hashlib.sha256()
        for name, data in files:
            digest.update(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())
            digest.update(hashlib.sha256(data).digest())
        folder = self.folder / PICTURES / digest.hexdigest()[:20]
        if not folder.is_dir():
            self._tidy(self.folder / PICTURES, keep=set())
            self._keep(folder, [data for name, data in files])
        return opened(str(folder), CLEAN_ANSWER)

    def _keep(self, folder: Path, files: Sequence[bytes]) -> None:
        """Pictures in a folder, all or none of them. Raises ResultsError where the disk is full, say."""
        half: Path | None = None
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            half = Path(tempfile.mkdtemp(dir=folder.parent, prefix="_"))
            for number, data in enumerate(files):
                (half / f"{number:04}.png").write_bytes(data)
            half.rename(folder)
        except OSError as error:
            if not folder.is_dir():  # else somebody was faster with the same
                full = _("its disk is full") if error.errno in FULL else ""
                raise ResultsError(
                    _(
                        "The server cannot keep your pictures: {why}. Tell whoever runs it, and try again "
                        "later.",
                        why=full or error.strerror or _("it cannot write them"),
                    )
                ) from error
        finally:
            if half is not None:
                shutil.rmtree(half, ignore_errors=True)

    def _tidy(self, folder: Path, keep: set[str]) -> None:
        """Lets the oldest go."""
        if not folder.is_dir():
            return
        found = [one for one in folder.iterdir() if one.is_dir() and one.name not in {PICTURES, *keep}]
        found.sort(key=lambda one: one.stat().st_mtime)
        for old in found[: max(0, len(found) - KEPT)]:
            shutil.rmtree(old, ignore_errors=True)


@lru_cache(maxsize=1)
def sweeps() -> Sweeps:
    """Those of this server."""
    return Sweeps()


@lru_cache(maxsize=8)
def pictures_of(source: str, limit: int | None) -> PictureSet:
    """A set that comes with the page, read where torch is, and kept. Raises PlanError."""
    names, words, said_by, files = engine.call(loaded, source, limit)
    return PictureSet(source, names, words, said_by, files.__getitem__)
