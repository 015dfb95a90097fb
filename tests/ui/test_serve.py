"""The start of the page: who may reach it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers import ROOT
from trickcore.classroom.database import FILE
from trickcore.classroom.lessons import Classroom
from ui import serve


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ([], None),
        (["--server.port", "8600"], "8600"),
        (["--server.port=8600"], "8600"),
        (["--server.port=1", "--server.port", "2"], "2"),
        (["--server.portal=1"], None),
    ],
)
def test_streamlits_options_are_read_in_both_ways_they_are_written(options, port):
    assert serve.option(options, "--server.port") == port


class Started:
    """The page as it was started in a terminal, and what it printed there."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder, self.log = folder, folder / "log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRICK")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words, f"--server.port={self.port}", "--server.headless=true"],
                cwd=ROOT,
                env={
                    **kept,
                    "TRICK_DATA": str(folder),
                    "TRICK_WORKERS": "0",
                    "PYTHONIOENCODING": "utf-8",
                    **environment,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines()

    def after(self, word: str) -> str:
        """What stands after a word at the beginning of a line."""
        (found,) = (line.split()[1] for line in self.said if line.startswith(f"{word} "))
        return found

    def answers(self, address: str) -> bool:
        try:
            urllib.request.urlopen(f"http://{address}:{self.port}/_stcore/health", timeout=2)
        except OSError:
            return False
        return True

    def wait(self) -> None:
        for _ in range(600):
            if self.answers("127.0.0.1"):
                return
            assert self.process.poll() is None, self.said
            time.sleep(0.1)
        raise AssertionError(self.said)


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def one(*words: str, **environment: str) -> Started:
        started.append(Started(tmp_path, *words, **environment))
        return started[-1]

    yield one
    for each in started:
        each.process.kill()
        each.process.wait(10)


# Another address of this machine: who listens on 127.0.0.1 alone does not answer there.
ELSEWHERE = "127.0.0.2" if sys.platform == "linux" else serve.local_address()


@pytest.mark.parametrize("words", [("ui.serve", "--class"), ("trickcore", "page", "--class")])
def test_a_class_is_open_to_the_network_and_the_terminal_says_how_to_come_in(words, start):
    page = start(*words)
    page.wait()
    assert page.answers(ELSEWHERE)
    room = Classroom(f"sqlite:///{page.folder / FILE}")
    assert room.is_teacher(room.enter(page.after("PIN"), "here"))
    assert page.after("Code") == room.lesson().code
    assert any(line.endswith(f":{page.port}/?class={room.lesson().code}") for line in page.said)
    assert any("█" in line for line in page.said), "the QR code"
    assert not any(line.startswith("Only this machine") for line in page.said)


def test_without_a_class_only_this_machine_is_answered(start):
    page = start("ui.serve")
    page.wait()
    assert not page.answers(ELSEWHERE)
    assert any(line.startswith("Only this machine") for line in page.said)
    assert not any(line.startswith(("PIN ", "Code ")) for line in page.said)
    assert not (page.folder / FILE).exists()


def test_an_address_that_was_asked_for_is_kept(start):
    page = start("ui.serve", "--class", "--server.address=127.0.0.1")
    page.wait()
    assert not page.answers(ELSEWHERE)


def test_a_class_whose_database_cannot_be_opened_is_not_begun(start):
    page = start("ui.serve", "--class", TRICK_DATABASE_URL="mysql://nobody")
    assert page.process.wait(60) == 1
    (said,) = page.said
    assert said.startswith("The address of the class's database is not one that is known.")
