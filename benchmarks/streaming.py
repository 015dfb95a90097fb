"""What showing a run costs: a 40-step run streamed into a browser, beside the same run with only its
last frame drawn, on the same page and machine, in turns.

    python -m benchmarks.streaming [--rounds 7] [--steps 40]
"""

from __future__ import annotations

import argparse
import statistics

from playwright.sync_api import Page

from tests.browser.driving import browser, serve, stop

# Notes, at every repaint, when the chart's lines look different from before.
WATCH = """
() => {
  const drawn = () => [...document.querySelectorAll(".scatterlayer path.js-line")]
    .map(p => p.getAttribute("d")).join();
  window.seen = []; window.clicked = performance.now(); let last = drawn();
  const look = () => {
    const now = drawn();
    if (now && now !== last) { last = now; window.seen.push(performance.now() - window.clicked); }
    window.watching = requestAnimationFrame(look);
  };
  look();
  [...document.querySelectorAll("button")].find(b => b.innerText.includes("Trick it")).click();
}
"""


def once(page: Page) -> tuple[float, list[float]]:
    """Seconds from the click to the verdict, and when the chart changed in between."""
    page.evaluate(WATCH)
    stop(page).wait_for()
    stop(page).wait_for(state="hidden")
    page.get_by_role("button", name="PNG", exact=True).wait_for()
    total: float = page.evaluate("performance.now() - window.clicked") / 1000
    seen: list[float] = page.evaluate("cancelAnimationFrame(window.watching), window.seen")
    return total, [t / 1000 for t in seen]


def _open(page: Page, url: str, steps: int, number: int) -> None:
    """The page before a run that nobody has made yet: it would be given what was made, and not compute."""
    page.goto(f"{url}/?live=false&steps={steps}&random_start=true&seed={number}")
    page.get_by_role("button", name="Trick it").wait_for()
    page.wait_for_timeout(1000)  # the page settles


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--steps", type=int, default=40)
    given = options.parse_args()
    rounds, steps = given.rounds, given.steps
    times: dict[str, list[float]] = {"streamed": [], "last frame only": []}
    states, first = [], []
    with serve() as live, serve(TRICK_FPS="0") as still, browser() as chrome:
        pages = {}
        for name, url in (("streamed", live), ("last frame only", still)):
            page = chrome.new_page(viewport={"width": 1400, "height": 900})
            _open(page, url, steps, 0)
            once(page)  # warm
            pages[name] = page, url
        for number in range(1, rounds + 1):
            for name, (page, url) in pages.items():
                page.bring_to_front()
                _open(page, url, steps, number)
                total, seen = once(page)
                times[name].append(total)
                if name == "streamed":
                    states.append(len(seen) / total)
                    first.append(seen[0])
    streamed, still_time = (statistics.median(t) for t in times.values())
    print(f"\n{steps} steps, EfficientNet-Lite0, browser on the same machine, median of {rounds} runs\n")
    print("| | seconds | chart states a second | first state after |\n|---|---|---|---|")
    print(
        f"| streamed with its pictures | {streamed:.2f} | {statistics.median(states):.1f} "
        f"| {statistics.median(first):.2f} s |"
    )
    print(f"| only the last frame drawn | {still_time:.2f} | | |")
    print(f"| ratio | {streamed / still_time:.2f} | | |")


if __name__ == "__main__":
    main()
