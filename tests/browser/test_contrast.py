"""Whether all words can be read: axe-core on every page, in both themes and at both widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.driving import PHONE

LAPTOP = ViewportSize(width=1366, height=768)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SMALL = "network=digits-standard&steps=5"
# Every page, with what is there when it can be looked at.
PAGES = {
    f"?{SMALL}&eps=51": "saved PNG",
    "ask": "Additions",
    f"why?{SMALL}&detail=9": "Take the trick in hand along",
    "why?why=Two+pixels&two_epochs_moons=50": "A digit has",
    f"survive?{SMALL}": "Take the trick in hand along",
    "defend?steps=5": "What it costs",
    "defend?defend=Proved": "What a proof costs",
    "defend?defend=Noisy+copies": "How right is the vote",
    "train": "Train it",
    "train?train_part=What+it+never+saw&gap=Poisoned+labels&gap_epochs_small=2": "Its surest wrong answers",
    "stories?tour=1": "See what happens",
}
# What of axe's findings is ours to mend: whether words can be read, and whether things have names.
RUN = """() => axe.run(document, {resultTypes: ['violations'], runOnly: [
  'color-contrast', 'image-alt', 'button-name', 'link-name', 'label', 'select-name', 'input-button-name']})"""


def found(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{rule['id']}: {node['html'][:120]} {(node['any'] or [{}])[0].get('message', '')}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_of_every_page_has_the_contrast_it_needs(url, chrome, theme):
    wrong = []
    for link, sign in PAGES.items():
        page = chrome.new_page(viewport=LAPTOP, color_scheme=theme)
        page.set_default_timeout(60_000)
        page.goto(f"{url}/{link}")
        page.get_by_text(sign).first.wait_for()
        for size in (LAPTOP, PHONE):
            page.set_viewport_size(size)
            page.wait_for_timeout(700)
            if link != "train":  # it trains on
                page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')")
                page.wait_for_timeout(300)
            wrong += [f"{link} at {size['width']}: {one}" for one in found(page)]
        page.close()
    assert not wrong, "\n".join(wrong)
