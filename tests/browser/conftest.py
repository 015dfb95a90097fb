"""What every test in a browser starts from: the page served, a browser, a window on a desktop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import DESKTOP, browser, serve

expect.set_options(timeout=30_000)  # two cores, and a network at work on both


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """One server for all files that ask for no settings of their own; each test is a visit of its own."""
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def desktop(chrome: Browser) -> Iterator[Page]:
    page = chrome.new_page(viewport=DESKTOP)
    page.set_default_timeout(60_000)
    yield page
    page.close()
