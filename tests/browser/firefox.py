"""Debian's Firefox, driven by WebDriver BiDi over its websocket: Playwright drives a Firefox of its own."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATH = shutil.which("firefox-esr") or shutil.which("firefox")
KEYS = {"Tab": "\ue004", "Up": "\ue013", "Down": "\ue015", "Shift": "\ue008"}
SETTINGS = """
user_pref("remote.active-protocols", 1);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("termsofuse.bypassNotification", true);
"""


class Firefox:
    """One window: what one asks of it, and what its console says is wrong."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.errors = socket, list[str]()
        self._numbers = itertools.count(1)
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a command; what is told in between is kept."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self.socket.recv(timeout=120))
            if told.get("method") == "log.entryAdded" and told["params"]["level"] == "error":
                self.errors.append(str(told["params"]["text"]))
            if told.get("id") == number:
                assert told["type"] == "success", f"{method}: {told.get('error')}, {told.get('message')}"
                result: dict[str, Any] = told["result"]
                return result

    def size(self, width: int, height: int) -> None:
        self.send(
            "browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height}
        )

    def open(self, address: str) -> None:
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """What an expression is worth, by way of JSON."""
        told = self.send(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self.context},
            awaitPromise=False,
        )
        assert told["type"] == "success", told.get("exceptionDetails", {}).get("text")
        value = told["result"].get("value")
        return None if value is None else json.loads(value)

    def until(self, expression: str, seconds: float = 90) -> Any:
        """Wait until an expression is worth something, and what."""
        end = time.monotonic() + seconds
        while not (found := self.evaluate(expression)):
            if time.monotonic() > end:
                seen = self.evaluate("document.body.innerText")
                raise AssertionError(f"not within {seconds:g} s: {expression}; on the page: {seen}")
            time.sleep(0.2)
        return found

    def press(self, *keys: str) -> None:
        """Keys one after the other; "Shift+Down" is both at once."""
        steps: list[dict[str, str]] = []
        for key in keys:
            held = [KEYS.get(part, part) for part in (key.split("+") if len(key) > 1 else [key])]
            steps += [{"type": "keyDown", "value": one} for one in held]
            steps += [{"type": "keyUp", "value": one} for one in reversed(held)]
        actions = [{"type": "key", "id": "keys", "actions": steps}]
        self.send("input.performActions", context=self.context, actions=actions)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8")):
            return found[1]
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not listen within a minute: {log.read_text('utf-8')}")


@contextmanager
def firefox() -> Iterator[Firefox]:
    assert PATH is not None
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as folder:
        profile, log = Path(folder) / "profile", Path(folder) / "log"
        profile.mkdir()
        (profile / "user.js").write_text(SETTINGS, encoding="utf-8")
        command = [PATH, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stderr=out, stdout=out)
        try:
            with connect(f"{_address(process, log)}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            process.wait(30)
