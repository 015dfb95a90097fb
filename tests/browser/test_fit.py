"""What fits on a laptop and on a phone, and how far the keyboard has to go: measured in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.driving import PHONE

LAPTOP = ViewportSize(width=1366, height=768)
SCREENS = 3  # as many of a phone's a page may be long
NAMES = ("Trick", "Ask", "Why", "Survive", "Defend", "Train", "Sweep", "Stories")

# The texts of a chart that are cut off at its left or right side.
CUT = """() => [...document.querySelectorAll('.stPlotlyChart')].flatMap(chart => {
  const box = chart.getBoundingClientRect();
  return [...chart.querySelectorAll('svg text')].filter(text => text.textContent.trim()).filter(text => {
    const {left, right, width} = text.getBoundingClientRect();
    return width && (right > box.right + 0.5 || left < box.left - 0.5);
  }).map(text => text.textContent);
})"""
# Whether all segments of each control stand in one row, none of them beyond its end.
ROWS = """() => [...document.querySelectorAll('[role=radiogroup]')]
  .filter(group => group.getBoundingClientRect().width > 100)  // not in a panel that is closed
  .filter(group => group.querySelector('[data-variant=segmented_control], [role=radio]'))
  .map(group => {
    const tops = new Set([...group.children].map(part => Math.round(part.getBoundingClientRect().top)));
    return [group.getAttribute('aria-label') || group.innerText, tops.size,
            group.scrollWidth - group.clientWidth];
  })"""
LENGTH = "document.querySelector('[data-testid=stMain]').scrollHeight"


def idle(page: Page) -> None:
    page.wait_for_timeout(700)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=120_000)
    page.wait_for_timeout(300)


def bottom(page: Page, what: Any) -> float:
    box = what.bounding_box()
    assert box is not None
    return float(box["y"] + box["height"])


@pytest.mark.parametrize("link", ["?steps=20", "?network=digits-standard&steps=20"], ids=["photo", "digits"])
def test_a_laptop_of_1366_x_768_shows_row_chart_verdict_controls_and_exports_at_once(url, chrome, link):
    page = chrome.new_page(viewport=LAPTOP)
    page.set_default_timeout(60_000)
    page.goto(f"{url}/{link}")
    verdict = page.get_by_text("saved PNG").first
    verdict.wait_for()
    idle(page)
    for what in (
        page.locator("img[alt^='Tricked: ']"),
        page.locator(".js-plotly-plot").first,
        verdict,
        page.get_by_role("slider", name="Steps"),
        page.get_by_role("button", name="Trick it"),
        page.get_by_role("button", name="PNG", exact=True),
    ):
        assert bottom(page, what) <= LAPTOP["height"], what
    five = page.locator(".js-plotly-plot").nth(2).bounding_box()  # of the tricked picture
    assert five is not None
    assert five["y"] + 80 <= LAPTOP["height"], "the first of the top five are in sight"
    assert not page.evaluate(CUT), "every figure can be read"
    for name, rows, over in page.evaluate(ROWS):
        assert (rows, over) == (1, 0), name
    page.set_viewport_size(ViewportSize(width=1400, height=900))
    idle(page)
    assert not page.evaluate(CUT)
    page.close()


def test_where_a_trick_fell_short_the_verdict_and_its_remedy_are_in_sight_too(url, chrome):
    page = chrome.new_page(viewport=LAPTOP)
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?eps=0.5&steps=10")
    remedy = page.get_by_role("button", name="Use epsilon")
    remedy.wait_for()
    idle(page)
    assert bottom(page, remedy) <= LAPTOP["height"]
    assert bottom(page, page.get_by_role("button", name="PNG", exact=True)) <= LAPTOP["height"]
    page.close()


@pytest.fixture
def phone(chrome: Browser) -> Any:
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.set_default_timeout(60_000)
    yield page
    page.close()


def test_a_phone_shows_the_pages_by_name_and_every_setting_that_matters_on_the_page_itself(url, phone):
    phone.goto(f"{url}/?steps=5")
    phone.get_by_text("saved PNG").wait_for()
    idle(phone)
    main = phone.get_by_test_id("stMain")
    for name in NAMES:
        expect(main.get_by_role("link", name=name)).to_be_in_viewport()
    for name in ("Sample", "Upload", "Camera", "Blank", "Become a class", "Stop being what it is"):
        expect(main.get_by_role("radio", name=name)).to_be_in_viewport()
    expect(main.get_by_text("Steps", exact=True)).to_be_in_viewport()
    button = main.get_by_role("button", name="Trick it")
    assert bottom(phone, button) <= PHONE["height"]
    assert not re.search(r"\bT\b", button.inner_text()), "a phone has no key T"
    for picture in ("Original: ", "Tricked: "):
        assert bottom(phone, main.locator(f"img[alt^='{picture}']")) < bottom(phone, button)
    for caption in main.locator("p", has_text=re.compile(r"^(tiger cat|king penguin).*%")).all():
        assert "\u00a0%" in caption.inner_text(), "a figure and its sign do not part"
    assert not phone.evaluate(CUT)
    main.get_by_role("link", name="Why").click()
    expect(phone.get_by_role("heading", name=re.compile("^Why does this cat"))).to_be_visible()
    expect(main.get_by_role("link", name="Trick")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("link", "sight", "setting"),
    [
        ("?network=digits-standard&steps=5", "img[alt^='Tricked: ']", "Steps"),
        ("ask", "img[alt^='What would make this']", "Changes"),
        ("survive?network=digits-standard&steps=5", "img[alt^='Tricked, PNG']", "Quality"),
        ("defend?steps=5", "img[alt^='Tricked: ']", "Steps"),
    ],
    ids=["trick", "ask", "survive", "defend"],
)
def test_on_a_phone_a_page_is_three_screens_at_most_and_what_one_looks_at_comes_first(
    url, phone, link, sight, setting
):
    phone.goto(f"{url}/{link}")
    phone.locator(sight).first.wait_for()
    idle(phone)
    main = phone.get_by_test_id("stMain")
    main.get_by_role("slider", name=setting).first.wait_for()
    idle(phone)
    assert phone.evaluate(LENGTH) <= SCREENS * PHONE["height"]
    assert bottom(phone, main.locator(sight).first) < bottom(
        phone, main.get_by_role("slider", name=setting).first
    )
    for name, rows, over in phone.evaluate(ROWS):
        assert over == 0 or rows == 1, name
    assert not phone.evaluate(CUT)


# Where the keyboard stands: in the main part, the navigation, the panel, or nowhere; and on what.
STANDS = """() => {
  const here = document.activeElement;
  return [!!here.closest('[data-testid=stMain]'), here.innerText || here.getAttribute('aria-label') || ''];
}"""


def test_the_keyboard_is_at_the_pages_content_after_two_presses(url, desktop):
    desktop.goto(f"{url}/?network=digits-standard&steps=5")
    desktop.get_by_text("saved PNG").wait_for()
    idle(desktop)
    desktop.keyboard.press("Tab")
    assert "Skip to" in desktop.evaluate(STANDS)[1]
    desktop.keyboard.press("Enter")
    desktop.wait_for_timeout(300)
    desktop.keyboard.press("Tab")
    assert desktop.evaluate(STANDS)[0], desktop.evaluate(STANDS)
