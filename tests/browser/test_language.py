"""Another language in a real browser: the browser's own is spoken, and choices stay when it changes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.driving import DESKTOP, faults
from tests.browser.survey import quiet

LAPTOP = ViewportSize(width=1366, height=768)


def test_what_was_chosen_stays_when_the_language_changes_and_changes_again(url, chrome: Browser):
    page = chrome.new_page(viewport=DESKTOP, locale="de-DE")
    page.set_default_timeout(60_000)
    said = faults(page)
    page.goto(f"{url}/?network=digits-standard&steps=3&live=false")
    expect(page.get_by_role("button", name="Täusche es")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    quiet(page)
    page.get_by_role("combobox", name="Methode").click()
    page.get_by_role("option", name="Wenige Pixel").click()
    expect(page.get_by_role("combobox", name="Methode")).to_have_value("Wenige Pixel")
    quiet(page)
    for word, method, steps in (("FR", "Peu de pixels", "Pixels"), ("EN", "Few pixels", "Pixels")):
        page.get_by_test_id("stSidebar").get_by_role("radio", name=word, exact=True).click()
        shown = page.get_by_test_id("stSidebar").get_by_role("combobox")
        expect(shown.nth(2)).to_have_value(method)
        quiet(page)
        page.get_by_test_id("stSidebar").get_by_role("slider", name=steps).first.press("ArrowRight")
        quiet(page)
        expect(shown.nth(2)).to_have_value(method)
    expect(page.get_by_role("button", name="Trick it")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert not said
    page.close()


@pytest.mark.parametrize("locale", ["fr-FR", "de-DE", "es-ES"])
def test_every_page_can_be_reached_and_the_run_is_in_sight_on_a_laptop(url, chrome: Browser, locale):
    page = chrome.new_page(viewport=LAPTOP, locale=locale)
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?network=digits-standard&steps=3")
    page.locator(".js-plotly-plot").first.wait_for()
    quiet(page)
    links = page.get_by_test_id("stTopNavLink")
    assert links.count() == 8
    for link in links.all():
        expect(link).to_be_in_viewport()
    for part in (page.locator(".st-key-trick button").first, page.locator(".js-plotly-plot").first):
        expect(part).to_be_in_viewport(ratio=1)
    for pill in page.get_by_test_id("stSidebar").get_by_role("radio").all()[:5]:
        expect(pill).to_be_in_viewport(ratio=0.95)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= LAPTOP["width"]
    page.close()
