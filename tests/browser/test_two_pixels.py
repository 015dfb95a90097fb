"""Two pixels in a real browser: a click chooses a point, the layers move, and it fits on both screens."""

from __future__ import annotations

import math
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import PHONE
from tests.browser.test_fit import CUT, LAPTOP, LENGTH, ROWS, SCREENS, bottom, idle

LINK = "why?why=Two+pixels&two_epochs_moons=50"
CROSSED = re.compile(r"At step \d+ of 10")


def opened(page: Page, url: str, more: str = "") -> None:
    page.set_default_timeout(60_000)
    page.goto(f"{url}/{LINK}{more}")
    expect(page.get_by_text("A digit has")).to_be_visible(timeout=60_000)
    idle(page)


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def chosen(address: str) -> bool:
    """Whether the link has both pixels of the point."""
    return {"two_first_moons", "two_second_moons"} <= set(parse_qs(urlsplit(address).query))


def where(point: Locator) -> tuple[float, float]:
    """Of a point in its chart, in pixels."""
    x, y = re.findall(r"-?[\d.]+", str(point.get_attribute("transform")))
    return float(x), float(y)


def test_a_click_in_either_chart_and_the_keyboard_choose_the_point_that_is_pushed(desktop, url):
    opened(desktop, url)
    square = desktop.locator(".js-plotly-plot").first.locator(".nsewdrag").bounding_box()
    assert square is not None
    desktop.mouse.click(square["x"] + 0.3 * square["width"], square["y"] + 0.3 * square["height"])
    desktop.wait_for_url(chosen)
    idle(desktop)
    first, second = (int(asked(desktop)[f"two_{which}_moons"][0]) for which in ("first", "second"))
    assert abs(first - 71) < 12
    assert abs(second - 184) < 12
    point = desktop.locator(".js-plotly-plot").nth(1).locator(".scatterlayer .trace path.point").nth(3)
    box = point.bounding_box()
    assert box is not None
    desktop.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desktop.wait_for_url(lambda address: parse_qs(urlsplit(address).query)["two_first_moons"] != [str(first)])
    idle(desktop)
    slider = desktop.get_by_role("slider", name="First pixel")
    before = int(asked(desktop)["two_first_moons"][0])
    slider.press("ArrowRight")
    desktop.wait_for_url(
        lambda address: parse_qs(urlsplit(address).query)["two_first_moons"] == [str(before + 1)]
    )


def test_the_layers_move_at_a_press_and_end_at_the_stage_that_is_shown(desktop, url):
    opened(desktop, url)
    chart = desktop.locator(".js-plotly-plot").nth(1)
    point = chart.locator(".scatterlayer .trace path.point").nth(5)
    still = where(point)
    chart.get_by_text("Play the layers").click()
    desktop.wait_for_timeout(800)
    assert math.dist(where(point), still) > 5
    for _ in range(60):  # on a busy machine it takes its time
        desktop.wait_for_timeout(500)
        if math.dist(where(point), still) < 0.1:
            return
    raise AssertionError(f"it ended at {where(point)}, not at {still}")


def test_a_laptop_shows_both_charts_their_sliders_and_the_verdict_at_once(chrome, url):
    page = chrome.new_page(viewport=LAPTOP)
    opened(page, url)
    verdict = page.get_by_text(CROSSED).first
    for what in (
        page.locator(".js-plotly-plot").nth(1),
        page.get_by_role("slider", name="Stage"),
        page.get_by_role("button", name="Train it"),
        page.get_by_role("slider", name="Steps"),
        verdict,
    ):
        assert bottom(page, what) <= LAPTOP["height"], what
    assert not page.evaluate(CUT)
    for name, rows, over in page.evaluate(ROWS):
        assert (rows, over) == (1, 0), name
    page.close()


def test_a_phone_shows_it_on_three_screens_and_a_finger_chooses_a_point(chrome, url):
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    opened(page, url)
    assert page.evaluate(LENGTH) <= SCREENS * PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert not page.evaluate(CUT)
    square = page.locator(".js-plotly-plot").first.locator(".nsewdrag").bounding_box()
    assert square is not None
    page.touchscreen.tap(square["x"] + 0.7 * square["width"], square["y"] + 0.7 * square["height"])
    page.wait_for_url(chosen)
    first, second = (int(asked(page)[f"two_{which}_moons"][0]) for which in ("first", "second"))
    assert abs(first - 182) < 12
    assert abs(second - 73) < 12
    page.close()
