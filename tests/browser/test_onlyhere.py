"""Painting a mask over the picture in a real browser, and the trick kept to what was painted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PHONE
from tests.browser.test_canvas import at, board, drag, ink, press, swipe

# The colour of the canvas's middle, on its way to the screen, and whether there is a picture under it.
MIDDLE = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  return [...data];
}"""
UNDER = "canvas => canvas.style.backgroundImage.slice(0, 27)"


def opened(page: Page, url: str, link: str) -> None:
    page.goto(f"{url}/survive?survive=Only+here&here=Painted&{link}")
    expect(page.get_by_text("Paint over what may change", exact=True)).to_be_visible(timeout=90_000)
    expect(page.get_by_role("button", name="Trick it only here")).to_be_disabled()


def share(page: Page) -> float:
    """What Python makes of it, in percent."""
    place = page.get_by_text(re.compile(r"^[\d.]+\u00a0% of the picture may change"))
    expect(place).to_be_visible()
    return float(place.inner_text().split()[0])


def test_what_is_painted_over_a_photo_is_seen_through_and_is_where_the_trick_goes(desktop, url):
    opened(desktop, url, "here_steps=20&steps=3")
    assert board(desktop).evaluate(UNDER) == 'url("data:image/png;base64,'
    drag(desktop, (0.2, 0.5), (0.8, 0.5))
    assert 5 < share(desktop) < 8, "0.6 sides long and 0.1 wide"
    *colour, cover = board(desktop).evaluate(MIDDLE)
    assert colour == pytest.approx([213, 94, 0], abs=2)
    assert 170 < cover < 190, "seven tenths of it hide the photo"
    press(desktop, "Eraser")
    drag(desktop, (0.5, 0.5), (0.9, 0.5))
    expect(desktop.get_by_text(re.compile(r"^[23]\.\d\u00a0% of the picture may change"))).to_be_visible()
    desktop.get_by_role("button", name="Trick it only here").click()
    expect(desktop.get_by_role("button", name="Save this picture")).to_be_visible()
    expect(desktop.get_by_text("The saved PNG is")).to_be_visible()
    assert desktop.locator("img[alt^='Perturbation']").is_visible()


def test_a_finger_paints_over_a_digit_on_a_phone(chrome: Browser, url):
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    page.set_default_timeout(60_000)
    opened(page, url, "network=digits-standard&sample=5&here_brush=20+%25")
    board(page).evaluate("board => board.scrollIntoView({block: 'center'})")
    swipe(page, at(page, 0.2, 0.3), at(page, 0.8, 0.3))
    assert ink(page) > 0.1, "as wide as the brush"
    assert 10 < share(page) < 18
    page.get_by_role("button", name="Trick it only here").click()
    expect(page.get_by_role("button", name="Save this picture")).to_be_visible()
    expect(page.get_by_text("The saved PNG is")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.close()
