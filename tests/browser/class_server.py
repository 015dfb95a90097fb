"""The page opened for a class, which can be killed and started again; devices that come to it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.driving import ROOT


class ClassServer:
    """`python -m ui.serve --class`, as README says, with its data in a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.log = folder, folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pupils_link(self) -> str:
        return f"{self.url}/?class={self.printed('Code')}"

    def printed(self, word: str) -> str:
        """What stands after a word at the beginning of a line in the terminal."""
        found = re.search(rf"^{word} (\w+)", self.log.read_text("utf-8"), re.MULTILINE)
        assert found is not None, self.log.read_text("utf-8")
        return found[1]

    def start(self) -> None:
        command = [sys.executable, "-m", "ui.serve", "--class", f"--server.port={self.port}"]
        environment = {**os.environ, "TRICK_DATA": str(self.folder), "PYTHONIOENCODING": "utf-8"}
        environment["TRICK_WORKERS"] = "2"
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
        """As a power cut does: at once, and the workers with it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None


def device(chrome: Browser, size: ViewportSize, address: str) -> Page:
    """A page of a device of its own, with its own storage."""
    page = chrome.new_context(viewport=size, has_touch=size["width"] < 640).new_page()
    page.set_default_timeout(60_000)
    page.goto(address, wait_until="commit")
    return page
