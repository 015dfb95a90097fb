"""Links in a real browser: a copied one opens what it was copied from; settings go along between pages."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import DESKTOP, faults

DIGIT = "network=digits-standard&steps=3"


def idle(page: Page) -> None:
    """Until the page has begun to run and is through with it."""
    page.wait_for_timeout(800)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
        " && document.querySelector('[data-testid=stSidebar] input')",
        timeout=120_000,
    )
    page.wait_for_timeout(400)


def told(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def inputs(page: Page) -> list[list[str]]:
    """All that is set on the page, as the browser has it."""
    found: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=file]), [role=slider], [role=radio]")]
        .map(e => [e.ariaLabel ?? "", String(e.value ?? ""), e.ariaValueText ?? "", e.ariaChecked ?? "",
                   String(e.checked ?? "")])"""
    )
    return found


def steady(page: Page) -> list[list[str]]:
    """`inputs`, once they have stayed the same for a second."""
    seen = inputs(page)
    for _ in range(60):
        page.wait_for_timeout(1000)
        before, seen = seen, inputs(page)
        if seen == before:
            break
    return seen


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    idle(page)


def test_what_a_link_brought_goes_along_from_page_to_page_and_back_and_forward_do_no_harm(url, desktop):
    said = faults(desktop)
    desktop.goto(f"{url}/?{DIGIT}&eps=25.5&hide=more&detail_digits=9+%C3%97+9&shuffles=5")
    idle(desktop)
    for name in ("Survive", "Why", "Trick"):
        go(desktop, name)
        for setting, value in {
            "eps": "25.5",
            "steps": "3",
            "hide": "more",
            "network": "digits-standard",
        }.items():
            assert told(desktop).get(setting) == [value], (name, desktop.url)
        if name != "Trick":
            expect(desktop.get_by_text("The trick in hand", exact=True)).to_be_visible()
    go(desktop, "Sweep")
    assert set(told(desktop)) <= {"hide"}, desktop.url
    for _ in range(3):
        desktop.go_back()
        idle(desktop)
        expect(desktop.get_by_role("heading").first).to_be_visible()
        assert not desktop.get_by_test_id("stException").count()
    desktop.go_forward()
    idle(desktop)
    assert not desktop.get_by_test_id("stException").count()
    assert not said


@pytest.mark.parametrize("path", ["", "survive"])
def test_a_copied_link_opens_the_same_settings_in_another_browser(url, chrome: Browser, path):
    page = chrome.new_page(viewport=DESKTOP)
    page.goto(f"{url}/{path}?{DIGIT}&why=Random+noise&survive=In+the+world")
    idle(page)
    side = page.get_by_test_id("stSidebar")
    if path:
        side.get_by_text("Change the trick").click()
    side.get_by_role("slider", name="Epsilon").press("ArrowLeft")
    idle(page)
    main = {"": None, "survive": "Rotation"}[path]
    if main:
        page.get_by_test_id("stMain").get_by_role("slider", name=main).press("ArrowLeft")
        idle(page)
    page.wait_for_url(lambda address: parse_qs(urlsplit(address).query).get("eps") == ["64"])
    there = steady(page)
    copied = page.evaluate("location.href")
    other = chrome.new_context(viewport=DESKTOP).new_page()
    other.goto(copied)
    idle(other)
    if path:
        other.get_by_test_id("stSidebar").get_by_text("Change the trick").click()
        idle(other)
    assert steady(other) == there
    other.context.close()
    page.close()
