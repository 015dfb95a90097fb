"""The pictures in README, taken from the running pages: python -m tests.browser.screenshots"""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Page

from tests.browser.driving import browser, serve
from tests.helpers import ROOT

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Page, and the words that are there when it is done.
PAGES = {
    "trick": "saved PNG",
    "ask": "Download GIF",
    "why": "of the way on",
    "survive": "Every value stays",
    "stories": "Run on",
    "defend": "How many digits survive",
    "train": "the digits it never saw",
}


def still(page: Page) -> None:
    """Wait until no script is running."""
    page.wait_for_timeout(500)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=90_000)
    page.wait_for_timeout(1000)


def main() -> None:
    with serve() as url, browser() as chrome:
        for theme in THEMES:
            for name, sign in PAGES.items():
                page = chrome.new_page(viewport={"width": 1400, "height": 900}, color_scheme=theme)
                page.goto(url if name == "trick" else f"{url}/{name}")
                page.get_by_text(sign).first.wait_for(timeout=90_000)
                still(page)
                page.screenshot(path=ROOT / "assets" / f"{name}-{theme}.png")
                page.close()
                print(f"assets/{name}-{theme}.png")


if __name__ == "__main__":
    main()
