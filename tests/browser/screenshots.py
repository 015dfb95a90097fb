"""The pictures in README, taken from the running page: python -m tests.browser.screenshots"""

from __future__ import annotations

from typing import Literal

from tests.browser.driving import ROOT, browser, serve, stop

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    with serve() as url, browser() as chrome:
        for theme in THEMES:
            page = chrome.new_page(viewport={"width": 1400, "height": 900}, color_scheme=theme)
            page.goto(url)
            page.get_by_text("saved PNG").wait_for(timeout=60_000)
            stop(page).wait_for(state="hidden")
            page.wait_for_timeout(1000)
            page.screenshot(path=ROOT / "assets" / f"trick-{theme}.png")
            page.close()
            print(f"assets/trick-{theme}.png")


if __name__ == "__main__":
    main()
