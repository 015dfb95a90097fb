"""The pages about a trick in a real browser: what follows a slider, a story or a link, and the sum-up."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect


def idle(page: Page) -> None:
    page.wait_for_timeout(500)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=120_000)


def test_the_picture_at_a_point_follows_the_slider(url, desktop):
    desktop.goto(f"{url}/why?network=digits-standard&steps=10")
    idle(desktop)
    slider = desktop.get_by_role("slider", name="Along the trick")
    picture = desktop.get_by_test_id("stMain").get_by_role(
        "img", name=re.compile("The picture at this point")
    )
    before = picture.get_attribute("alt")
    assert before is not None
    assert "8" in before
    slider.focus()
    for _ in range(8):
        desktop.keyboard.press("ArrowLeft")
    idle(desktop)
    expect(picture).not_to_have_attribute("alt", before)


def test_a_story_is_handed_over_to_trick_as_it_is(url, desktop):
    desktop.goto(f"{url}/stories?story=more-five")
    desktop.get_by_role("button", name="Open it in Trick").click()
    expect(desktop.get_by_role("heading", name="Make this 5 even more of a 5")).to_be_visible()
    idle(desktop)
    expect(desktop).to_have_url(re.compile("network=digits-standard"))
    expect(desktop.get_by_text("More of the same")).to_be_visible()


def test_what_a_teachers_link_hides_is_not_on_the_page(url, desktop):
    desktop.goto(f"{url}/?hide=network,epsilon&pin=steps&network=digits-standard&steps=5")
    desktop.get_by_text("saved PNG").wait_for()
    idle(desktop)
    expect(desktop.get_by_text("Target class", exact=True)).to_be_visible()
    expect(desktop.get_by_text("Network", exact=True)).to_have_count(0)
    expect(desktop.get_by_text("Epsilon (grey levels of 255)")).to_have_count(0)
    expect(desktop.get_by_role("heading", name="Turn this 5 into an 8")).to_be_visible()
    desktop.get_by_role("link", name="Why", exact=True).click()
    idle(desktop)
    desktop.get_by_role("link", name="Trick", exact=True).click()
    idle(desktop)
    expect(desktop.get_by_text("Network", exact=True)).to_have_count(0)
    expect(desktop).to_have_url(re.compile("hide=network"))


@pytest.mark.parametrize(("language", "last"), [("en", "To think about"), ("de", "Zum Nachdenken")])
def test_the_sum_up_for_a_class_is_one_page_of_paper(url, desktop, tmp_path, language, last):
    """In German, too, which is the longest."""
    desktop.goto(f"{url}/stories?sum_up=shown&lang={language}")
    button = desktop.get_by_test_id("stDownloadButton").get_by_role("button")
    button.wait_for(timeout=120_000)
    with desktop.expect_download() as download:
        button.click()
    file = tmp_path / "sum-up.html"
    download.value.save_as(file)
    desktop.goto(file.as_uri())
    expect(desktop.get_by_role("heading", name=last)).to_be_visible()
    expect(desktop.get_by_text(f"{date.today():%Y}")).to_be_visible()
    paper = desktop.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
