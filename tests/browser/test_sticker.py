"""A sticker in a real browser: it grows, is counted, and its sheet can be taken along; on a phone, too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PHONE

LINK = "survive?survive=A+sticker&network=digits-standard&sample=5&sticker_steps=50"


def made(page: Page, url: str) -> None:
    page.goto(f"{url}/{LINK}")
    button = page.get_by_role("button", name="Make the sticker")
    expect(button).to_be_visible(timeout=90_000)
    button.click()
    box = page.get_by_text(re.compile("Of 200 random places on digits that it was not made with"))
    expect(box).to_be_visible(timeout=90_000)
    assert page.get_by_test_id("stException").count() == 0


def test_a_sticker_is_made_counted_and_its_sheet_is_a_pdf(desktop: Page, url: str):
    made(desktop, url)
    expect(desktop.locator("img[alt^='The sticker after 50 steps']")).to_be_visible()
    assert desktop.locator("img[alt^='A picture with the sticker']").count() == 8
    with desktop.expect_download() as waiting:
        desktop.get_by_role("button", name="PDF to print").click()
    path = waiting.value.path()
    assert waiting.value.suggested_filename == "sticker-3-10cm.pdf"
    with open(path, "rb") as file:
        assert file.read(4) == b"%PDF"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(chrome: Browser, url: str, scheme):
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    page.set_default_timeout(60_000)
    made(page, url)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()
