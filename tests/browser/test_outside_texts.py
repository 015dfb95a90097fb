"""Texts from outside in a real browser: labels of one's own network and a hostile link are only words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.driving import faults, serve
from tests.browser.test_links import idle
from tests.ui.page_texts import HOSTILE
from tests.ui.test_outside_texts import NETWORK

# All that a text could have become, if it were read as anything but a text.
ALIVE = """() => [
  ...document.querySelectorAll("img[src='x'], a[href*='e.vil'], a[href^='javascript'], [onerror]"),
  ...[...document.querySelectorAll(".katex")].filter(e => e.textContent.includes("x")),
  ...[...document.querySelectorAll("strong, b")].filter(e => e.textContent === "s"),
  ...[...document.querySelectorAll("code")].filter(e => e.textContent === "c"),
  ...[...document.querySelectorAll("del, s")].filter(e => e.textContent === "d"),
  ...[...document.querySelectorAll("[data-testid=stIconMaterial], [translate=no]")]
    .filter(e => e.textContent.trim() === "bomb"),
  ...[...document.querySelectorAll("span")].filter(e => e.textContent === "r" && e.style.color),
].map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("evil")
    (folder / "evil_networks.py").write_text(NETWORK)
    offered = "evil_networks:evil,evil_networks:evil_digits"
    with serve(PYTHONPATH=str(folder), TRICKCORE_NETWORKS=offered) as address:
        yield address


def test_labels_and_links_are_only_words(url, desktop: Page, tmp_path: Path):
    said, opened = faults(desktop), list[str]()

    def dismiss(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    desktop.on("dialog", dismiss)
    link = {"network": "evil_digits", "steps": "3", "eps": "128", "goal": "Stop being what it is"}
    nonsense = {"gain": HOSTILE, "norm": HOSTILE, "hide": HOSTILE, "step": HOSTILE, "sample": HOSTILE}
    desktop.goto(f"{url}/?{urlencode({**link, **nonsense})}")
    idle(desktop)
    expect(desktop.get_by_text("Not all of this link could be used")).to_be_visible()
    words = desktop.locator("body").inner_text().replace("\u2060", "")
    assert HOSTILE.replace("  ", " ") in words.replace("\u00a0", " "), "as it is written"
    assert not desktop.evaluate(ALIVE)
    desktop.get_by_test_id("stMain").get_by_text("Report", exact=True).first.scroll_into_view_if_needed()
    with desktop.expect_download() as saved:
        desktop.get_by_role("button", name="Report", exact=True).click()
    saved.value.save_as(tmp_path / "report.html")
    for path in ("why?why=Straight+lines&", "survive?survive=Smallest+epsilon&"):
        desktop.goto(f"{url}/{path}{urlencode(link)}")
        idle(desktop)
        assert "onerror" in desktop.locator("body").inner_text()
        assert not desktop.evaluate(ALIVE), path
    desktop.goto((tmp_path / "report.html").as_uri())
    assert "onerror" in desktop.locator("body").inner_text()
    assert not desktop.evaluate(ALIVE)
    assert not opened
    assert not said
