"""Everybody can use the page: with a screen reader, by the keyboard, large, small, and without motion."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.driving import DESKTOP, stop
from tests.browser.survey import BOTH, WIDE, quiet, violations, walk

A4 = ViewportSize(width=794, height=1123)  # at 96 pixels an inch

# Collects what a screen reader is told: what comes into a region that is there, or comes with one.
LISTEN = """() => {
  window.heard = [];
  const live = "[aria-live=polite], [aria-live=assertive], [role=status], [role=alert], [role=log]";
  const hear = node => {
    const part = node.nodeType === 1 ? node : node.parentElement;
    const region = part?.closest(live) ?? (node.nodeType === 1 ? node.querySelector(live) : null);
    const words = region?.textContent.trim();
    if (words && region.getAttribute("aria-live") !== "off" && heard.at(-1) !== words) heard.push(words);
  };
  const all = {subtree: true, childList: true, characterData: true};
  const observer = new MutationObserver(changes => changes.forEach(change => {
    if (change.type === "characterData") hear(change.target);
    change.addedNodes.forEach(node => {
      if (node.nodeName === "IFRAME") node.onload = () => observer.observe(node.contentDocument, all);
      hear(node);
    });
  }));
  observer.observe(document.body, all);
}"""
# The key of the element that holds the focus.
HELD = """() => {
  const keys = [];
  for (let at = document.activeElement; at; at = at.parentElement)
    keys.push(...[...at.classList].filter(name => name.startsWith("st-key-")));
  return keys.join(" ");
}"""
# When the chart's lines looked different from before, in seconds.
COUNT = """() => {
  const drawn = () => [...document.querySelectorAll(".scatterlayer path.js-line")]
    .map(path => path.getAttribute("d")).join();
  window.states = []; let last = drawn();
  const look = () => {
    const now = drawn();
    if (now && now !== last) { last = now; window.states.push(performance.now() / 1000); }
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize("look", BOTH, ids=lambda look: f"{look.theme}-{look.size['width']}")
def test_every_entry_of_every_page_is_for_everybody_and_has_its_charts_in_numbers(url, chrome, look):
    """Each page in one of the two looks; in all four: python -m tests.browser.survey"""
    found = list(walk(chrome, url, look))
    assert len({where for where, _ in found}) > 10
    assert not (wrong := [f"{where}: {what}" for where, what in found if what]), "\n".join(wrong)


def board(page: Page) -> Locator:
    return page.locator("canvas[role=application]")


def tabbed_to(page: Page, what: Locator, most: int = 60) -> None:
    """Goes on by the Tab key until it stands there."""
    for _ in range(most):
        if what.evaluate("it => it.getRootNode().activeElement === it"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached in {most} presses")


def test_a_digit_is_drawn_guessed_and_tricked_by_the_keyboard_alone(url, desktop):
    desktop.goto(f"{url}/?network=digits-standard&picture=Draw&steps=10&live=false")
    expect(board(desktop)).to_have_accessible_name("Drawing area: empty")
    expect(board(desktop)).to_have_accessible_description(re.compile("arrow keys move the pen"))
    quiet(desktop)
    tabbed_to(desktop, board(desktop))
    expect(desktop.get_by_text("arrow keys move the pen")).to_be_visible()
    said = desktop.locator(".said")
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "ArrowUp", "Space"):
        desktop.keyboard.press(key)
    expect(said).to_have_text("Pen down at row 6, column 15")
    for _ in range(4):
        desktop.keyboard.press("Shift+ArrowDown")
    desktop.keyboard.press("Space")
    expect(said).to_have_text("Pen up at row 22, column 15")
    expect(board(desktop)).to_have_accessible_name("Drawing area: 1 stroke")
    expect(desktop.get_by_text("It looks like a 1 to the network")).to_be_visible()
    quiet(desktop)
    assert board(desktop).evaluate("it => it.getRootNode().activeElement === it"), "it is still there"
    desktop.keyboard.press("t")
    desktop.get_by_text("saved PNG").wait_for()
    expect(desktop.get_by_alt_text(re.compile("^Original: 1"))).to_be_visible()
    for key in ("e", "Space", "Shift+ArrowUp", "Space"):
        desktop.keyboard.press(key)
    expect(board(desktop)).to_have_accessible_name("Drawing area: 2 strokes")
    for left in ("1 stroke", "empty"):
        desktop.keyboard.press("Backspace")
        expect(board(desktop)).to_have_accessible_name(f"Drawing area: {left}")
    expect(desktop.get_by_text("Draw a digit to begin")).to_be_visible()


def test_a_notice_has_a_name_and_what_it_says_can_be_read(url, desktop):
    desktop.goto(f"{url}/?network=digits-standard&steps=4000")
    notice = desktop.get_by_test_id("stToast")
    notice.wait_for()
    quiet(desktop)
    said = "Not all of this link could be used. The page has its own settings for: steps."
    expect(notice).to_have_accessible_name(said)
    assert violations(desktop) == []


def test_focus_stays_where_it_was_left_and_goes_to_the_main_button_when_its_own_is_gone(url, desktop):
    desktop.goto(f"{url}/?live=false&steps=10&eps=2.2")  # no other visit's run
    button = desktop.get_by_role("button", name="Trick it")
    button.wait_for()
    quiet(desktop)
    button.focus()
    desktop.keyboard.press("Enter")
    desktop.get_by_text("saved PNG").wait_for()
    quiet(desktop)
    assert "st-key-trick" in desktop.evaluate(HELD)
    slider = desktop.get_by_role("slider", name="Steps")
    slider.focus()
    desktop.keyboard.press("PageUp")
    expect(desktop.get_by_text("This is the run before your last change")).to_be_visible()
    quiet(desktop)
    assert "st-key-steps" in desktop.evaluate(HELD)
    desktop.keyboard.press("End")
    quiet(desktop)
    button.focus()
    desktop.keyboard.press("Enter")
    stop(desktop).focus()
    desktop.keyboard.press("Enter")
    desktop.get_by_text("Stopped at step").wait_for()
    quiet(desktop)
    assert "st-key-trick" in desktop.evaluate(HELD)


def test_a_run_is_told_twice_that_it_began_and_what_came_of_it_not_at_every_frame(url, desktop):
    desktop.goto(f"{url}/?live=false&steps=40")
    desktop.get_by_role("button", name="Trick it").wait_for()
    quiet(desktop)
    desktop.evaluate(LISTEN)
    desktop.evaluate(COUNT)
    desktop.get_by_role("button", name="Trick it").click()
    desktop.get_by_text("saved PNG").wait_for()
    quiet(desktop)
    desktop.wait_for_timeout(300)
    heard = desktop.evaluate("window.heard")
    assert len(desktop.evaluate("window.states")) >= 4, "it was drawn as it grew"
    assert 2 <= len(heard) <= 3, heard
    assert heard[-2] == "Tricking the picture…"
    assert heard[-1].startswith("Tricked. ")
    assert "king penguin" in heard[-1]
    desktop.get_by_text("The charts in numbers").click()
    desktop.get_by_role("columnheader", name="king penguin (145)").wait_for()
    quiet(desktop)
    assert desktop.evaluate("window.heard") == heard, "what was told is not told again"


def test_who_asked_for_less_motion_sees_a_chart_that_seldom_changes_and_then_the_end(url, chrome: Browser):
    page = chrome.new_page(viewport=DESKTOP, reduced_motion="reduce")
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?live=false&steps=40&seed=7")
    page.get_by_role("button", name="Trick it").wait_for()
    quiet(page)
    page.wait_for_timeout(500)
    quiet(page)
    page.evaluate(COUNT)
    page.get_by_role("button", name="Trick it").click()
    page.get_by_text("saved PNG").wait_for()
    quiet(page)
    gaps = np.diff(page.evaluate("window.states"))
    assert min(gaps[1:-1], default=9.0) > 1.2, "only begin and end may come at any time"
    page.close()


def test_a_run_on_paper_has_its_pictures_its_chart_and_its_verdict_whole_on_the_first_sheet(url, desktop):
    desktop.goto(f"{url}/?network=digits-standard&steps=5")
    desktop.get_by_text("saved PNG").wait_for()
    quiet(desktop)
    desktop.set_viewport_size(A4)
    desktop.emulate_media(media="print")
    quiet(desktop)
    assert desktop.evaluate(WIDE) <= 0
    pictures = desktop.get_by_test_id("stMain").get_by_role("img", name=re.compile("^(Original|Tricked)"))
    expect(pictures).to_have_count(2)
    for part in (
        pictures.first,
        pictures.last,
        desktop.locator(".js-plotly-plot").first,
        desktop.get_by_text("saved PNG"),
    ):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= A4["width"]
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= A4["height"]
    sheets = re.findall(rb"/Type\s*/Page\b(?!s)", desktop.pdf(format="A4"))
    assert len(sheets) <= 2
