"""The page Sweep in a real browser: it grows, goes on when its page is closed, and fits its screens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.driving import DESKTOP, PHONE, faults, whole

PLAN = "sweep?sweep_pictures=Digits&sweep_goal=Any+other&sweep_steps="


def test_a_sweep_grows_and_goes_on_when_its_page_is_closed(url, chrome):
    page = chrome.new_page(viewport=DESKTOP)
    page.set_default_timeout(90_000)
    said = faults(page)
    page.goto(f"{url}/{PLAN}40&sweep_count_small=100")
    page.get_by_role("button", name="Sweep", exact=True).click()
    expect(page.get_by_text(re.compile(r"of 800 trials"))).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.close()
    again = chrome.new_page(viewport=DESKTOP)
    again.set_default_timeout(90_000)
    again.goto(f"{url}/{PLAN}40&sweep_count_small=100")
    expect(again.get_by_text("Tricked most easily")).to_be_visible(timeout=120_000)
    assert again.get_by_role("button", name="Sweep", exact=True).count() == 0
    assert whole(again)
    again.close()
    assert not said


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_no_wider_than_the_screen_and_its_pictures_stand_side_by_side(url, chrome, size):
    page = chrome.new_page(viewport=size)
    page.set_default_timeout(90_000)
    page.goto(f"{url}/{PLAN}2&sweep_count_small={40 if size is DESKTOP else 50}")
    page.get_by_role("button", name="Sweep", exact=True).click()
    expect(page.get_by_text("Tricked most easily")).to_be_visible()
    expect(page.get_by_role("button", name="Report")).to_be_visible()  # the last that is drawn
    pictures = page.get_by_test_id("stMain").locator("img")
    expect(pictures.nth(2)).to_be_visible()
    assert whole(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= size["width"]
    tops = [box["y"] for place in range(3) if (box := pictures.nth(place).bounding_box())]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 2
    page.close()
