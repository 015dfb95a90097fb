"""The canvas in a real browser: drawn on with mouse and with finger, on a desktop and on a phone."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.driving import DESKTOP, PHONE
from tests.helpers import ROOT

# The share of the canvas's pixels that have white ink on them.
INK = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let white = 0;
  for (let i = 3; i < data.length; i += 4) white += data[i] > 128;
  return 4 * white / data.length;
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = "tests/browser/canvas_page.py"
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                assert process.poll() is None, "the page stopped at once"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def open_page(chrome: Browser, url: str) -> Iterator[Page]:
    page = chrome.new_page(viewport=DESKTOP)
    page.set_default_timeout(15_000)
    page.goto(f"{url}/?where=sidebar")
    yield page
    page.close()


@pytest.fixture
def desktop(open_page: Page) -> Page:
    """With nothing drawn, and the pen in hand."""
    before = int(re.findall(r"\d+", open_page.get_by_text("slow runs").inner_text())[1])
    press(open_page, "Pen")
    press(open_page, "Begin again")
    expect(open_page.get_by_text(f"begun {before + 1} times")).to_be_visible()
    counted(open_page, 0)
    return open_page


@pytest.fixture
def phone(chrome: Browser, url: str) -> Iterator[Page]:
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=3)
    page.set_default_timeout(15_000)
    page.goto(url)
    counted(page, 0)
    yield page
    page.close()


def board(page: Page) -> Locator:
    return page.locator("canvas[role=application]")


def ink(page: Page) -> float:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    share: float = board(page).evaluate(INK)
    return share


def counted(page: Page, strokes: int, erasers: int = 0) -> None:
    """What Python has received: the page's own words."""
    expect(page.get_by_text(f"{strokes} strokes, {erasers} erasers")).to_be_visible()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    box = board(page).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, *points: tuple[float, float], up: bool = True) -> None:
    """With the mouse, from point to point of the canvas."""
    page.mouse.move(*at(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*at(page, *point), steps=8)
    if up:
        page.mouse.up()


def swipe(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With a finger, in pixels of the window."""
    cdp = page.context.new_cdp_session(page)
    for i in range(11):
        kind = "touchMove" if i else "touchStart"
        x, y = (a + (b - a) * i / 10 for a, b in zip(start, end, strict=True))
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def scrolled(page: Page) -> float:
    top: float = page.get_by_test_id("stMain").evaluate("main => main.scrollTop")
    return top


def test_a_line_drawn_with_the_mouse_is_seen_at_once_and_reaches_python_when_it_ends(desktop):
    expect(desktop.get_by_text("Draw a digit here")).to_be_visible()
    drag(desktop, (0.3, 0.3), (0.7, 0.7), up=False)
    assert 0.015 < ink(desktop) < 0.06, "0.57 sides long, 0.05 wide"
    expect(desktop.get_by_text("Draw a digit here")).to_be_hidden()
    counted(desktop, 0)
    desktop.mouse.up()
    counted(desktop, 1)
    expect(desktop.get_by_text("some ink")).to_be_visible()


def test_a_click_is_a_dot_and_a_line_that_leaves_the_canvas_ends_at_its_edge(desktop):
    drag(desktop, (0.5, 0.5))
    counted(desktop, 1)
    assert 0.001 < ink(desktop) < 0.004
    drag(desktop, (0.5, 0.2), (2.0, 0.2))
    counted(desktop, 2)
    expect(desktop.get_by_text("some ink")).to_be_visible()


def test_undo_takes_back_one_stroke_clear_all_and_undo_brings_them_back(desktop):
    drag(desktop, (0.2, 0.2), (0.8, 0.2))
    drag(desktop, (0.2, 0.6), (0.8, 0.6))
    counted(desktop, 2)
    press(desktop, "Undo")
    counted(desktop, 1)
    one = ink(desktop)
    drag(desktop, (0.2, 0.6), (0.8, 0.6))
    press(desktop, "Clear")
    counted(desktop, 0)
    assert ink(desktop) == 0
    board(desktop).focus()
    desktop.keyboard.press("Control+z")
    counted(desktop, 2)
    desktop.keyboard.press("Control+z")
    counted(desktop, 1)
    assert ink(desktop) == one
    desktop.keyboard.press("Delete")
    counted(desktop, 0)
    expect(desktop.get_by_text("no ink")).to_be_visible()


def test_the_eraser_takes_ink_away_on_the_screen_and_in_python(desktop):
    drag(desktop, (0.3, 0.5), (0.7, 0.5))
    before = ink(desktop)
    press(desktop, "Eraser")
    expect(desktop.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    expect(desktop.get_by_role("button", name="Pen")).to_have_attribute("aria-pressed", "false")
    drag(desktop, (0.55, 0.5), (0.9, 0.5))
    counted(desktop, 2, 1)
    desktop.mouse.move(5, 5)
    assert 0.3 < ink(desktop) / before < 0.5
    drag(desktop, (0.2, 0.5), (0.9, 0.5))
    expect(desktop.get_by_text("no ink")).to_be_visible()


def test_a_run_of_the_script_while_one_draws_takes_nothing_away(desktop):
    drag(desktop, (0.2, 0.2), (0.8, 0.2))
    counted(desktop, 1)
    press(desktop, "Run again, slowly")
    drag(desktop, (0.2, 0.5), (0.5, 0.5), up=False)
    expect(desktop.get_by_text("1 slow runs")).to_be_visible()
    half = ink(desktop)
    desktop.mouse.move(*at(desktop, 0.8, 0.5), steps=5)
    assert ink(desktop) > half, "the same line goes on"
    desktop.mouse.up()
    counted(desktop, 2)


def test_the_drawing_outlives_a_change_of_page_stroke_by_stroke(desktop):
    drag(desktop, (0.2, 0.2), (0.8, 0.2))
    drag(desktop, (0.2, 0.6), (0.8, 0.6))
    counted(desktop, 2)
    both = ink(desktop)
    desktop.get_by_role("link", name="Elsewhere").click()
    expect(desktop.get_by_role("heading", name="Elsewhere")).to_be_visible()
    desktop.get_by_role("link", name="Draw").click()
    expect(board(desktop)).to_have_attribute("aria-label", "Drawing area: 2 strokes")
    assert ink(desktop) == pytest.approx(both, rel=0.02)
    press(desktop, "Undo")
    counted(desktop, 1)
    assert ink(desktop) == pytest.approx(both / 2, rel=0.1)


def test_a_sample_replaces_the_drawing_and_can_be_drawn_on(desktop):
    drag(desktop, (0.2, 0.2), (0.8, 0.2))
    drag(desktop, (0.2, 0.3), (0.8, 0.3))
    counted(desktop, 2)
    press(desktop, "Take the sample")
    counted(desktop, 1)
    assert 0.02 < ink(desktop) < 0.04, "0.6 sides long, 0.05 wide"
    drag(desktop, (0.2, 0.8), (0.8, 0.8))
    counted(desktop, 2)


def test_a_finger_draws_on_a_phone_and_the_page_stays_where_it_is(phone):
    box = board(phone).bounding_box()
    assert box is not None
    assert box["width"] > 340
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert board(phone).evaluate("canvas => canvas.width") > 1000, "three pixels of ink to each of CSS"
    swipe(phone, at(phone, 0.5, 0.8), at(phone, 0.5, 0.2))
    counted(phone, 1)
    assert 0.02 < ink(phone) < 0.04
    assert scrolled(phone) == 0
    for x in (0.2, 0.3, 0.7):
        swipe(phone, at(phone, x, 0.8), at(phone, x, 0.2))
    counted(phone, 4)
    swipe(phone, (200, 800), (200, 500))
    phone.wait_for_timeout(300)
    assert scrolled(phone) > 100, "elsewhere a finger scrolls"
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_second_finger_and_another_button_draw_nothing(desktop):
    desktop.mouse.move(*at(desktop, 0.3, 0.3))
    desktop.mouse.down(button="right")
    desktop.mouse.up(button="right")
    assert ink(desktop) == 0
    drag(desktop, (0.3, 0.5), (0.5, 0.5), up=False)
    board(desktop).dispatch_event("pointerdown", {"pointerId": 77, "isPrimary": False, "button": 0})
    board(desktop).dispatch_event("pointerup", {"pointerId": 77, "isPrimary": False, "button": 0})
    desktop.mouse.up()
    counted(desktop, 1)
