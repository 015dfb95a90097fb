"""Methods in a real browser: chosen by mouse, by keyboard and by a finger, and two runs side by side."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import PHONE, faults, stop, whole

START = "/?network=digits-standard&goal=Stop+being+what+it+is&steps=20&questions=500"


def told(page: Page, what: str) -> None:
    """Until the verdict says what it cost, in passes or in questions, and nothing runs any more."""
    expect(page.get_by_text(f"{what}.").first).to_be_visible()
    stop(page).wait_for(state="hidden")


def test_a_run_is_compared_with_one_by_another_method(url, desktop):
    said = faults(desktop)
    desktop.goto(url + START)
    told(desktop, "passes")
    desktop.get_by_role("button", name="Compare").click()
    expect(desktop.get_by_text("Kept:")).to_be_visible()
    desktop.get_by_role("combobox", name="Method").click()
    desktop.get_by_role("option", name="Only its answers").click()
    told(desktop, "questions")
    expect(desktop.get_by_role("heading", name="Side by side")).to_be_visible()
    headers = desktop.get_by_role("columnheader")
    expect(headers.filter(has_text="Only its answers")).to_be_visible()
    expect(headers.filter(has_text="Follow the gradient")).to_be_visible()
    desktop.wait_for_function("() => location.search.includes('method=Only')")
    assert not said
    assert whole(desktop)


def test_a_method_is_chosen_by_the_keyboard_alone(url, desktop):
    desktop.goto(url + START)
    told(desktop, "passes")
    desktop.get_by_role("combobox", name="Method").focus()
    desktop.keyboard.type("Few")
    desktop.keyboard.press("Enter")
    told(desktop, "questions")
    expect(desktop.get_by_role("slider", name="Pixels")).to_be_visible()
    expect(desktop.get_by_role("slider", name="Epsilon")).to_have_count(0)


def test_on_a_phone_method_and_steps_share_a_row_and_nothing_is_wider_than_the_screen(url, chrome: Browser):
    page = chrome.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.set_default_timeout(60_000)
    page.goto(f"{url}{START}&method=Least+change&norm=L2")
    told(page, "passes")
    boxes = page.get_by_role("combobox", name="Method"), page.get_by_role("slider", name="Steps")
    for _ in range(100):  # the page may still be moving
        tops = [(box.first.bounding_box() or {"y": -1000.0 * k})["y"] for k, box in enumerate(boxes)]
        if abs(tops[0] - tops[1]) < 40:
            break
        page.wait_for_timeout(200)
    assert abs(tops[0] - tops[1]) < 40
    wide = page.evaluate("() => document.scrollingElement.scrollWidth")
    assert wide <= PHONE["width"]
    expect(
        page.get_by_role("img", name="Size of the change").or_(page.get_by_text("L2, on the 0 to 1"))
    ).not_to_have_count(0)
    page.close()
