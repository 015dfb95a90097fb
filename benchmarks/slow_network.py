"""A run over a slow network: what is sent for it, and when its verdict stands, from the click.

    python -m benchmarks.slow_network [--rounds 5] [--steps 30] [--kilobytes 200] [--latency 150]

Chromium's own throttle is on (200 kB/s are 1.6 Mbit/s), for the websocket too; what came in is counted as
Chromium counts it: frames of the websocket, and pictures with their headers. Each run is made anew.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.driving import DESKTOP, browser, serve, stop

MOST_SECONDS, MOST_BYTES = 4.0, 1_500_000


@dataclass
class Traffic:
    """Bytes that came in since the last `begin`."""

    frames: int = 0
    websocket: int = 0
    pictures: int = 0

    @classmethod
    def of(cls, devtools: CDPSession) -> Traffic:
        counted = cls()
        devtools.on("Network.webSocketFrameReceived", counted._frame)
        devtools.on("Network.loadingFinished", counted._loaded)
        return counted

    def _frame(self, event: dict[str, Any]) -> None:
        text = event["response"]["payloadData"]
        self.frames += 1
        self.websocket += len(text) * 3 // 4 if event["response"]["opcode"] == 2 else len(text)

    def _loaded(self, event: dict[str, Any]) -> None:
        self.pictures += int(event["encodedDataLength"])

    def begin(self) -> None:
        self.frames = self.websocket = self.pictures = 0


def throttled(page: Page, kilobytes: float, latency: float) -> CDPSession:
    """Everything the page fetches from now on is slow."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    speed = kilobytes * 1000
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    return devtools


def once(page: Page, traffic: Traffic) -> tuple[float, int, int]:
    """Seconds from the click until verdict and tricked picture stand; bytes of websocket and pictures."""
    traffic.begin()
    begin = time.perf_counter()
    page.get_by_role("button", name="Trick it").click()
    stop(page).wait_for()
    page.get_by_text("saved PNG").wait_for()
    page.wait_for_function("() => [...document.images].every(one => one.complete && one.naturalWidth > 0)")
    took = time.perf_counter() - begin
    stop(page).wait_for(state="hidden")
    page.wait_for_timeout(1500)  # what comes after the verdict was sent for the run, too
    return took, traffic.websocket, traffic.pictures


def measured(chrome: Browser, url: str, rounds: int, steps: int, kilobytes: float, latency: float) -> None:
    page = chrome.new_page(viewport=DESKTOP)
    page.set_default_timeout(120_000)
    found = []
    devtools: CDPSession | None = None
    for number in range(rounds + 1):
        page.goto(f"{url}/?live=false&steps={steps}&random_start=true&seed={number}")
        page.get_by_role("button", name="Trick it").wait_for()
        page.wait_for_timeout(1500)  # the page settles
        if number == 0:  # which warms the server; from here on it is slow
            stop_at = page.get_by_text("saved PNG")
            page.get_by_role("button", name="Trick it").click()
            stop_at.wait_for()
            devtools = throttled(page, kilobytes, latency)
            traffic = Traffic.of(devtools)
            continue
        found.append(once(page, traffic))
    seconds = statistics.median(took for took, _, _ in found)
    sent = [websocket + pictures for _, websocket, pictures in found]
    print(f"\n{steps} steps at {8 * kilobytes / 1000:g} Mbit/s and {latency:g} ms, {rounds} runs\n")
    print("| | goal | median | worst |\n|---|---|---|---|")
    worst, middle, most = max(took for took, _, _ in found), statistics.median(sent), max(sent)
    print(f"| from the click to the verdict, s | {MOST_SECONDS:g} | {seconds:.2f} | {worst:.2f} |")
    print(f"| sent, kB | {MOST_BYTES / 1000:.0f} | {middle / 1000:.0f} | {most / 1000:.0f} |")
    for name, part in (("by the websocket", 1), ("pictures", 2)):
        one = [f[part] / 1000 for f in found]
        print(f"| of it {name}, kB | | {statistics.median(one):.0f} | {max(one):.0f} |")
    page.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--steps", type=int, default=30)
    options.add_argument("--kilobytes", type=float, default=200.0)
    options.add_argument("--latency", type=float, default=150.0)
    given = options.parse_args()
    with serve() as url, browser() as chrome:
        measured(chrome, url, given.rounds, given.steps, given.kilobytes, given.latency)


if __name__ == "__main__":
    main()
