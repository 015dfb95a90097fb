"""A lesson in real browsers: a projector and two phones, and a server that is killed in the middle."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.driving import PHONE, ROOT

WALL = ViewportSize(width=1366, height=768)


class Server:
    """The page opened for a class, as README says, with its data in a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.log = folder, folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def printed(self, word: str) -> str:
        """What stands after a word at the beginning of a line in the terminal."""
        found = re.search(rf"^{word} (\w+)", self.log.read_text("utf-8"), re.MULTILINE)
        assert found is not None
        return found[1]

    def start(self) -> None:
        command = [sys.executable, "-m", "ui.serve", "--class", f"--server.port={self.port}"]
        environment = {**os.environ, "TRICK_DATA": str(self.folder), "PYTHONIOENCODING": "utf-8"}
        environment.pop("TRICK_DATABASE_URL", None)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--server.headless=true"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1)
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text("utf-8")
                time.sleep(0.1)
        raise AssertionError("the page did not answer within a minute")

    def kill(self) -> None:
        """As a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    one = Server(tmp_path)
    one.start()
    yield one
    one.kill()


def opened(chrome: Browser, size: ViewportSize, address: str) -> Page:
    """A page of a device of its own, with its own storage."""
    page = chrome.new_context(viewport=size).new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def project(page: Page, server: Server) -> None:
    page.get_by_label("PIN").fill(server.printed("PIN"))
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Projector").click()


def test_a_lesson_lives_on_when_its_server_is_killed(chrome, server):
    teacher = opened(chrome, WALL, f"{server.url}/class")
    teacher.get_by_label("PIN").fill(server.printed("PIN"))
    teacher.get_by_role("button", name="Open").click()
    teacher.get_by_role("button", name="Start", exact=True).click()
    teacher.get_by_text("On: ").wait_for()
    teacher.get_by_role("button", name="Projector").click()
    wall = teacher.locator("main.wall")
    expect(wall).to_contain_text("0 pupils")
    sizes = wall.locator("h1, span, li, p").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 28

    phones = {}
    for name in ("Ada", "<b>Bo</b>"):
        phone = opened(chrome, PHONE, f"{server.url}/?class={server.printed('Code')}")
        phone.get_by_label("Nickname").fill(name)
        phone.get_by_role("button", name="Join", exact=True).click()
        hand_in = phone.get_by_role("button", name="Hand in")
        expect(hand_in).to_be_enabled()
        hand_in.click()
        expect(phone.get_by_text("Your best:")).to_have_count(1)
        phones[name] = phone
    rows = wall.locator("ol li .name")
    expect(rows).to_have_text(["Ada", "<b>Bo</b>"])
    expect(wall.locator("ol li .score")).to_have_text(["8 levels", "8 levels"])

    server.kill()
    server.start()
    for name, phone in phones.items():
        phone.goto(server.url)  # without the code: the device knows who it is
        expect(phone.get_by_text(f"You are {name}.")).to_have_count(1)
        expect(phone.get_by_text("Your best:")).to_have_count(1)
    teacher.goto(f"{server.url}/class")
    project(teacher, server)
    expect(rows).to_have_text(["Ada", "<b>Bo</b>"])
    for page in (teacher, *phones.values()):
        page.context.close()
