"""The pages about digits in a real browser: drawing, streaming, stopping."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PHONE, faults

SEVEN = ((0.25, 0.2), (0.75, 0.2), (0.45, 0.85))


@pytest.fixture
def phone(chrome: Browser) -> Iterator[Page]:
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.set_default_timeout(60_000)
    yield page
    page.close()


# The drawing area's place, brought to the middle of the screen.
PLACE = """board => {
  board.scrollIntoView({block: "center"});
  return board.getBoundingClientRect().toJSON();
}"""


def place(page: Page) -> list[tuple[float, float]]:
    """Where on the screen the strokes of a 7 go, once the page above them has come to rest."""
    board = page.locator("canvas[role=application]").last  # a script at work may still show the one before
    board.wait_for()
    seen: list[dict[str, float]] = []
    while len(seen) < 4 or any(box != seen[-1] for box in seen[-4:]):
        assert len(seen) < 200, "the drawing area does not come to rest"
        seen.append(board.evaluate(PLACE))
        page.wait_for_timeout(200)
    box = seen[-1]
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]


def idle(page: Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')")


def test_whatever_page_one_opens_first_all_are_in_the_navigation_and_the_console_is_quiet(url, desktop):
    """A server that was never asked for its main page once left the door out."""
    said = faults(desktop)
    desktop.goto(f"{url}/defend")
    for name in ("Trick", "Ask", "Why", "Survive", "Defend", "Train", "Sweep", "Stories"):
        desktop.get_by_role("link", name=name, exact=True).wait_for()
    idle(desktop)
    desktop.get_by_role("link", name="Ask", exact=True).click()
    expect(desktop.get_by_role("heading", name=re.compile("What would make this 5"))).to_be_visible()
    idle(desktop)
    assert not said


def test_a_7_drawn_with_the_mouse_is_guessed_after_the_stroke_and_tricked(url, desktop):
    desktop.goto(f"{url}/?network=digits-standard&picture=Draw&steps=10")
    points = place(desktop)
    desktop.mouse.move(*points[0])
    desktop.mouse.down()
    for point in points[1:]:
        desktop.mouse.move(*point, steps=10)
    desktop.mouse.up()
    expect(desktop.get_by_text("It looks like a 7 to the network")).to_be_visible()
    desktop.get_by_text("saved PNG").wait_for()
    expect(desktop.get_by_alt_text(re.compile("^Original: 7"))).to_be_visible()
    desktop.get_by_role("button", name="Clear").click()
    expect(desktop.get_by_text("Draw a digit to begin")).to_be_visible()


@pytest.mark.parametrize("name", ["", "ask", "defend"])
def test_a_7_drawn_with_a_finger_on_a_phone_is_guessed(url, phone, name):
    phone.goto(f"{url}/{name}?network=digits-robust&picture=Draw&steps=10")
    phone.get_by_text("Draw a digit to begin").wait_for()
    idle(phone)
    points = place(phone)
    cdp = phone.context.new_cdp_session(phone)
    for i, (x, y) in enumerate(points):
        kind = "touchMove" if i else "touchStart"
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.get_by_text("It looks like a 7 to the network")).to_be_visible()
    wide = phone.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= PHONE["width"]


def test_a_climb_is_shown_as_it_goes_and_its_film_can_be_taken_away(url, desktop):
    desktop.goto(f"{url}/ask")
    desktop.get_by_role("button", name="Download GIF").wait_for()
    idle(desktop)
    desktop.get_by_role("button", name="Until it is a 6").click()
    expect(desktop.get_by_text(re.compile("Taken for a 6 after"))).to_be_visible(timeout=120_000)
    with desktop.expect_download() as download:
        desktop.get_by_role("button", name="Download GIF").click()
    assert download.value.suggested_filename == "more-of-6.gif"


def test_a_training_stops_where_it_is_and_carries_on_from_there(url, desktop):
    desktop.goto(f"{url}/train?epochs_small_plain=6")
    desktop.locator(".js-plotly-plot").first.wait_for()
    stop = desktop.locator(".st-key-stop-training button").first
    stop.wait_for()
    carry_on = desktop.get_by_role("button", name="Carry on")
    assert not carry_on.count(), "it is going on"
    stop.click()
    told = desktop.get_by_text(re.compile("Stopped. After"))
    told.wait_for()
    expect(desktop.locator(".st-key-stop-training")).to_have_count(0)
    reached = float(re.search(r"After ([\d.]+) epochs?", told.inner_text())[1])  # type: ignore[index]
    assert reached < 6
    carry_on.click()
    expect(desktop.get_by_text(re.compile("After 6 epochs"))).to_be_visible(timeout=240_000)


def test_a_measurement_can_be_stopped_and_keeps_what_it_counted(url, desktop):
    desktop.goto(f"{url}/defend")
    idle(desktop)
    desktop.get_by_role("button", name="Measure it now").click()
    desktop.get_by_text(re.compile(r"about \d+ .* left")).first.wait_for()
    desktop.locator(".st-key-stop-measuring button").first.click()
    expect(desktop.get_by_text(re.compile("Rings: measured here"))).to_be_visible(timeout=120_000)
