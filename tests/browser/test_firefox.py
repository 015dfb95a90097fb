"""The page in Firefox: a trick from the click to its verdict, and a digit drawn by the keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.browser.firefox import PATH, Firefox, firefox

pytestmark = pytest.mark.skipif(PATH is None, reason="needs firefox-esr: make programs")

SAYS = "document.body.innerText.includes('{}')"
QUIET = """document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')"""
PICTURES = "[...document.images].every(one => one.complete && one.naturalWidth > 0)"
HELD = "document.activeElement.closest('[class*=st-key-]')?.className"
BOARD = (
    "[...document.querySelectorAll('*')].map(one => one.shadowRoot?.querySelector('canvas')).find(one => one)"
)
TOLD = "document.getElementById('trick-announcer')?.contentDocument?.body?.innerText"


@pytest.fixture(scope="module")
def fox() -> Iterator[Firefox]:
    with firefox() as one:
        one.size(1400, 900)
        yield one


def quiet(fox: Firefox) -> None:
    """Until no script has run for a while."""
    calm = 0
    while calm < 4:
        fox.until(QUIET)
        time.sleep(0.2)
        calm = calm + 1 if fox.evaluate(QUIET) else 0


def test_a_trick_runs_in_firefox_the_focus_stays_and_the_outcome_is_announced(url, fox):
    fox.open(f"{url}/?live=false&steps=10")
    fox.until("!!document.querySelector('.st-key-trick button')")
    quiet(fox)
    fox.evaluate("document.querySelector('.st-key-trick button').focus()")
    fox.press("t")  # Enter presses no button in a window without a screen: it is never the active one
    fox.until(SAYS.format("saved PNG"))
    quiet(fox)
    fox.until(PICTURES)
    assert fox.evaluate("document.querySelectorAll('.js-plotly-plot .scatterlayer path.js-line').length") >= 3
    assert "st-key-trick" in fox.evaluate(HELD)
    assert "king penguin" in fox.until(TOLD)
    assert fox.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert not [error for error in fox.errors if "/media/" not in error]


def test_a_digit_is_drawn_guessed_and_tricked_in_firefox_by_the_keyboard_alone(url, fox):
    fox.open(f"{url}/?network=digits-standard&picture=Draw&steps=10&live=false")
    fox.until(f"{BOARD}?.getAttribute('aria-label')")
    quiet(fox)
    for _ in range(60):
        if fox.evaluate(f"{BOARD} === {BOARD}.getRootNode().activeElement"):
            break
        fox.press("Tab")
    fox.press("Shift+Up", "Shift+Up", " ", "Shift+Down", "Shift+Down", "Shift+Down", "Shift+Down", " ")
    fox.until(SAYS.format("It looks like a 1 to the network"))
    quiet(fox)
    assert fox.evaluate(f"{BOARD}.getAttribute('aria-label')") == "Drawing area: 1 stroke"
    fox.press("t")
    fox.until(SAYS.format("saved PNG"))
    fox.size(360, 740)
    quiet(fox)
    fox.until("document.scrollingElement.scrollWidth <= innerWidth", 10)
    fox.size(1400, 900)
