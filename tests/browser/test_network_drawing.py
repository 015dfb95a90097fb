"""The drawing of a network in a real browser: a path lights up under the pointer, a tap chooses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PHONE

LINK = "ask?ask=From+pixels+to+an+answer"
# Where on the screen the points of a trace are.
PLACES = """name => {
  const chart = document.querySelector(".st-key-network-drawing .js-plotly-plot");
  chart.scrollIntoView({block: "center"});
  const {xaxis: x, yaxis: y} = chart._fullLayout, box = chart.getBoundingClientRect();
  const trace = chart.data.find(one => one.name === name);
  return trace.x.map((at, i) =>
    [box.x + x._offset + x.c2p(at), box.y + y._offset + y.c2p(trace.y[i])]);
}"""
# How much each line is seen now, and whether it is on a unit's path or an answer's.
SEEN = """([unit, answer]) =>
  [...document.querySelectorAll(".st-key-network-drawing .scatterlayer .trace")].flatMap(line => {
    const meta = line.__data__[0].trace.meta;
    if (!meta?.paths) return [];
    const mine = meta.unit === unit || meta.paths.includes(answer);
    return [...line.querySelectorAll("path.js-line")]
      .map(part => [mine, +part.style.strokeOpacity, meta.seen]);
  })"""


@pytest.fixture
def phone(chrome: Browser) -> Iterator[Page]:
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.set_default_timeout(60_000)
    yield page
    page.close()


def drawn(page: Page, address: str) -> Any:
    page.goto(address)
    page.get_by_role("heading", name="in numbers").wait_for()
    page.locator(".st-key-network-drawing .js-plotly-plot .scatterlayer").wait_for()
    page.wait_for_timeout(500)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(500)
    return page.evaluate(PLACES, "units")


def test_pointing_at_a_unit_or_an_answer_lights_up_its_path_and_leaving_it_puts_all_back(url, desktop):
    units = drawn(desktop, f"{url}/{LINK}")
    for name, path in (("units", [2, None]), ("answers", [None, 3])):
        x, y = desktop.evaluate(PLACES, name)[2 if name == "units" else 3]
        desktop.mouse.move(x - 30, y - 3)
        desktop.mouse.move(x, y, steps=5)
        desktop.wait_for_timeout(400)
        lines = desktop.evaluate(SEEN, path)
        mine = [seen for on, seen, _ in lines if on]
        assert len(mine) >= 10
        assert set(mine) == {1}
        assert max(seen for on, seen, _ in lines if not on) <= 0.05
    desktop.mouse.move(units[0][0], units[0][1] - 250)
    desktop.wait_for_timeout(400)
    assert all(seen == pytest.approx(usual) for _, seen, usual in desktop.evaluate(SEEN, [None, None]))


def test_a_unit_is_chosen_by_a_click_and_by_the_keyboard_and_the_link_says_so(url, desktop):
    units = drawn(desktop, f"{url}/{LINK}")
    desktop.mouse.click(*units[4])
    expect(desktop.get_by_role("heading", name="Unit 5 in numbers")).to_be_visible()
    desktop.get_by_role("combobox", name="Hidden unit").focus()
    desktop.keyboard.type("Unit 12")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("heading", name="Unit 12 in numbers")).to_be_visible()
    assert "Unit+12" in desktop.url


def test_on_a_phone_a_tap_chooses_and_nothing_is_wider_than_the_screen(url, phone):
    units = drawn(phone, f"{url}/{LINK}")
    phone.touchscreen.tap(*units[9])
    expect(phone.get_by_role("heading", name="Unit 10 in numbers")).to_be_visible()
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert (
        phone.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 3 * PHONE["height"]
    )
