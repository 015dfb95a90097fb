"""The Trick page in a real browser: what only a browser can show."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.driving import DESKTOP, PHONE, faults, stop
from trickcore import measure
from trickcore.text import percent

# How far to the right the chart's first line has come, in pixels; null before there is one.
TIP = """() => {
  const line = document.querySelector(".scatterlayer path.js-line");
  return line && line.getAttribute("d") ? line.getPointAtLength(line.getTotalLength()).x : null;
}"""

# The boxes of the hero row, read in one breath since a running script replaces its elements;
# null until all three are drawn and so wide: Streamlit stretches a picture a moment after it has come.
ROW = """([names, least]) => {
  const boxes = names.map(name => [...document.querySelectorAll("img")]
    .find(image => image.alt.startsWith(name) && !image.closest('[data-stale="true"]')))
    .map(image => image ? image.getBoundingClientRect().toJSON() : {width: 0});
  return boxes.every(box => box.width >= least) ? boxes : null;
}"""


def row(page: Page, least: int = 1) -> list[dict[str, float]]:
    """The boxes of the hero row, once they have come to rest."""
    names = ["Original", "Perturbation", "Tricked"]
    seen: list[list[dict[str, float]]] = []
    while len(seen) < 4 or any(boxes != seen[-1] for boxes in seen[-4:]):
        assert len(seen) < 100, "the three pictures do not come to rest"
        seen.append(page.wait_for_function(ROW, arg=[names, least]).json_value())
        page.wait_for_timeout(100)
    return seen[-1]


def verdict(page: Page) -> str:
    box = page.get_by_text("saved PNG")
    box.wait_for()
    stop(page).wait_for(state="hidden")
    return box.inner_text()


def test_the_run_streams_and_ends_with_a_verdict_and_a_quiet_console(url, desktop):
    said = faults(desktop)
    desktop.goto(f"{url}/?live=false&steps=90&eps=3")
    desktop.get_by_role("button", name="Trick it").click()
    stop(desktop).wait_for()
    tips: list[float] = []
    while stop(desktop).is_visible():
        now = desktop.evaluate(TIP)
        if now is not None and now not in tips:
            tips.append(now)
    assert len(tips) >= 4, "the chart grows while the run is on"
    assert tips == sorted(tips), "and only grows"
    assert "king penguin" in verdict(desktop)
    assert not said


def test_a_setting_changed_midway_takes_over_and_nothing_breaks(url, desktop):
    desktop.goto(f"{url}/?steps=200&views=4")
    stop(desktop).wait_for()
    desktop.get_by_alt_text(re.compile("^Tricked: ")).wait_for()
    desktop.get_by_text("Stop being what it is").click()
    expect(desktop.get_by_role("heading", name=re.compile("see something else"))).to_be_visible()
    stop(desktop).click()
    assert "Stopped at step" in verdict(desktop)


def test_stop_stops_and_what_was_reached_stays(url, desktop):
    desktop.goto(f"{url}/?live=false&steps=200&views=8")  # long, and made by no other visit before
    desktop.get_by_role("button", name="Trick it").click()
    desktop.wait_for_function(TIP)
    stop(desktop).click()
    said = verdict(desktop)
    reached = int(re.search(r"Stopped at step (\d+)", said)[1])  # type: ignore[index]
    assert 0 < reached < 200
    expect(desktop.get_by_role("button", name="PNG", exact=True)).to_be_visible()
    desktop.wait_for_timeout(500)
    assert verdict(desktop) == said, "and it does not go on by itself"


def test_the_downloaded_png_is_uploaded_again_and_still_fools_with_the_same_probability(
    url, desktop, tmp_path, lite0
):
    desktop.goto(f"{url}/?target=mouse (673)")
    claimed = verdict(desktop)
    with desktop.expect_download() as download:
        desktop.get_by_role("button", name="PNG", exact=True).click()
    file = tmp_path / "tricked.png"
    download.value.save_as(file)
    reading = measure.read(lite0, lite0.read(file.read_bytes()))
    assert reading.label == 673
    assert f"mouse, {percent(reading.probability)}" in claimed
    desktop.get_by_role("radio", name="Upload").or_(
        desktop.get_by_role("button", name="Upload")
    ).first.click()
    desktop.locator("input[type=file]").set_input_files(file)
    original = desktop.get_by_alt_text(re.compile("^Original: mouse"))
    original.wait_for()
    assert percent(reading.probability) in original.get_attribute("alt")
    expect(desktop.get_by_text("but not your own picture")).to_be_visible()


def test_csv_and_gif_are_what_they_say(url, desktop, tmp_path):
    desktop.goto(f"{url}/?steps=12")
    verdict(desktop)
    desktop.get_by_role("button", name="More").last.click()
    with desktop.expect_download() as download:
        desktop.get_by_role("button", name="CSV", exact=True).click()
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[0].startswith("step,king penguin (145),tiger cat (282)")
    assert len(rows) == 14
    with desktop.expect_download() as download:
        desktop.get_by_role("button", name="GIF", exact=True).click()
    film = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert film.n_frames > 5  # type: ignore[attr-defined]
    assert film.width > 3 * 224
    assert desktop.get_by_role("button", name="Trick it").is_visible(), (
        "a download does not run the page again"
    )


def test_a_click_on_a_small_picture_chooses_it_and_the_link_says_so(url, desktop):
    desktop.goto(f"{url}/?steps=5")
    verdict(desktop)
    desktop.get_by_role("button", name="Espresso").click()
    expect(desktop.get_by_role("heading", name="Turn this espresso into a king penguin")).to_be_visible()
    desktop.get_by_alt_text(re.compile("^Original: espresso")).wait_for()
    assert "sample=espresso" in desktop.url
    desktop.reload()
    expect(desktop.get_by_role("heading", name="Turn this espresso into a king penguin")).to_be_visible()
    assert "target=" not in desktop.url, "what goes without saying is not in the link"


def test_the_address_bar_follows_the_controls_and_opens_the_same_settings_again(url, desktop):
    desktop.goto(f"{url}/?steps=5&sample=rocket")
    verdict(desktop)
    slider = desktop.get_by_role("slider", name="Epsilon (grey levels of 255)")
    slider.focus()
    slider.press("ArrowRight")
    desktop.wait_for_url(re.compile("eps=3"))
    desktop.get_by_test_id("stExpander").get_by_text("More", exact=True).click()
    desktop.get_by_label("Seed", exact=True).fill("41")
    desktop.get_by_label("Seed", exact=True).press("Enter")
    desktop.wait_for_url(re.compile("seed=41"))
    expect(desktop.get_by_text("3 of 255 = 0.0118")).to_be_visible()
    link = desktop.url
    assert "sample=rocket" in link
    said = verdict(desktop)
    desktop.goto("about:blank")
    desktop.goto(link)
    expect(desktop.get_by_text("3 of 255 = 0.0118")).to_be_visible()
    assert verdict(desktop) == said
    assert desktop.url == link


def test_the_key_t_runs_it(url, desktop):
    desktop.goto(f"{url}/?live=false&steps=3")
    desktop.get_by_role("button", name="Trick it").wait_for()
    desktop.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    )
    desktop.wait_for_timeout(500)  # the key is listened for once the page stands
    desktop.keyboard.press("t")
    assert "saved PNG" in verdict(desktop)


def test_the_three_pictures_are_wide_enough_on_a_desktop_and_side_by_side(url, desktop):
    desktop.goto(f"{url}/?steps=3")
    verdict(desktop)
    boxes = row(desktop, least=240)
    assert np.ptp([box["y"] for box in boxes]) < 2
    assert desktop.get_by_role("button", name="GIF", exact=True).bounding_box()["y"] < DESKTOP["height"]


def test_a_phone_shows_the_row_and_what_matters_without_scrolling_sideways(url, chrome):
    page = chrome.new_page(viewport=PHONE)
    page.set_default_timeout(60_000)
    page.goto(f"{url}/?steps=5")
    verdict(page)
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= PHONE["width"]
    boxes = row(page)
    assert np.ptp([box["y"] for box in boxes]) < 2, "side by side"
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)
    for name in ("Target class", "Epsilon"):
        label = page.get_by_text(name).first
        expect(label).to_be_in_viewport()
    expect(page.get_by_role("button", name="Trick it")).to_be_in_viewport()
    page.close()


def test_a_slow_visitor_and_a_second_one_both_get_their_run(url, chrome):
    pages = [chrome.new_page(viewport=DESKTOP) for _ in range(2)]
    for page, target in zip(pages, ("pineapple (953)", "vulture (23)"), strict=True):
        page.set_default_timeout(60_000)
        page.goto(f"{url}/?target={target}&eps=8")
    for page, name in zip(pages, ("pineapple", "vulture"), strict=True):
        assert name in verdict(page)
        page.close()
