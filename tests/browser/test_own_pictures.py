"""A visitor's own pictures in a real browser: from the web, and out of the clipboard."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.driving import DESKTOP, faults, serve
from tests.web_server import Web, gives, serving
from trickcore.pictures import drawing

FIVE, SEVEN, THREE = (drawing.drawn_png(name) for name in ("5", "7", "3"))
# A picture in the clipboard, as a browser puts it there.
COPY = """async picture => {
  const data = await (await fetch("data:image/png;base64," + picture)).blob();
  await navigator.clipboard.write([new ClipboardItem({ "image/png": data })]);
}"""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving({"/five.png": gives(FIVE)}) as one:
        yield one


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(TRICK_WEB_ALLOW="127.0.0.1") as address:
        yield address


@pytest.fixture
def desktop(chrome: Browser) -> Iterator[Page]:
    context = chrome.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def original(page: Page, digit: str) -> Locator:
    return page.get_by_alt_text(re.compile(f"^Original: {digit}"))


def copy(page: Page, picture: bytes) -> None:
    page.evaluate(COPY, base64.b64encode(picture).decode())


def test_a_picture_comes_by_its_address_or_out_of_the_clipboard_by_keys_alone(url, desktop, web):
    said = faults(desktop)
    desktop.goto(f"{url}/?network=digits-standard&picture=Upload&steps=3")
    desktop.get_by_text("From the web").click()
    field = desktop.get_by_role("textbox", name="Address of a picture")
    field.fill("http://169.254.169.254/latest/")
    field.press("Enter")
    expect(desktop.get_by_text("into a network that is not public")).to_be_visible()
    field.fill(f"{web.url}/five.png")
    desktop.get_by_role("button", name="Get it").press("Enter")
    original(desktop, "5").wait_for()
    expect(desktop.get_by_text("Kept for your visit: five.png")).to_be_visible()
    assert len(web.asked) == 1
    assert "five" not in desktop.url

    desktop.get_by_text("From a file").click()
    copy(desktop, SEVEN)
    desktop.get_by_role("button", name="Paste a picture").press("Enter")
    original(desktop, "7").wait_for()
    copy(desktop, THREE)
    desktop.locator("body").press("Control+v")
    original(desktop, "3").wait_for()
    desktop.evaluate("navigator.clipboard.writeText('no picture')")
    desktop.get_by_role("button", name="Paste a picture").click()
    expect(desktop.get_by_text("There is no picture in the clipboard")).to_be_visible()
    original(desktop, "3").wait_for()
    assert not said
