"""A page that is served, and a browser to look at it with: for tests, benchmark and screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
DESKTOP, PHONE = ViewportSize(width=1400, height=900), ViewportSize(width=390, height=844)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--font-render-hinting=none",  # letters as wide as in a window
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@contextmanager
def serve(**environment: str) -> Iterator[str]:
    """The page on a free port, started as README says, with its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", f"--server.port={port}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TRICK_WORKERS": "2", "TRICK_PACE": "1.5", **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"the page stopped at once: {' '.join(command)}") from None
                time.sleep(0.1)
        else:
            raise RuntimeError(f"the page did not answer within 30 s: {' '.join(command)}")
        yield url
    finally:
        process.terminate()
        process.wait(30)  # on a busy machine


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium: the system's own where there is one, the build without windows first; else Playwright's."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield chrome
        finally:
            chrome.close()


def stop(page: Page) -> Locator:
    """Our own button: not Streamlit's in the header, nor what is left of an interrupted script's."""
    return page.locator('.st-key-stop[data-stale="false"]').get_by_role("button", name="Stop")


def faults(page: Page) -> list[str]:
    """What goes wrong on a page, as it comes.

    A frame of a run gives way to the next before the browser has fetched it, a request is given up when the
    page is left, and Streamlit asks for its own address below a page's before it asks at the root: none is a
    fault. Whether all that is shown in the end has come, `whole` says.
    """
    found: list[str] = []

    def console(message: ConsoleMessage) -> None:
        told = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and "/media/" not in told and "/_stcore/" not in told:
            found.append(message.text)

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            found.append(f"{request.url}: {request.failure}")

    page.on("console", console)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", failed)
    return found


def whole(page: Page) -> bool:
    """Whether every picture on the page has come; it is waited for."""
    shown = "() => [...document.images].every(one => one.complete && one.naturalWidth > 0)"
    return bool(page.wait_for_function(shown).json_value())
