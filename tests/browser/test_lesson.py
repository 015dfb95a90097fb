"""A lesson of thirty: the wall, its teacher, four phones, 26 other pupils, and a server that is killed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from benchmarks.pupils import pupils
from tests.browser.class_server import ClassServer, device
from tests.browser.driving import DESKTOP, PHONE
from tests.browser.survey import violations
from trickcore.classroom.database import FILE
from trickcore.classroom.lessons import Classroom

PROJECTOR = ViewportSize(width=1366, height=768)
NAMES = ("Ada", "<b>Bo</b>", "Dot", "Emmy Noether 1234567")
OTHERS = [f"pupil {number}" for number in range(1, 27)]
PENGUIN, CAT = "A king penguin", "Still a cat"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ClassServer]:
    one = ClassServer(tmp_path_factory.mktemp("class"))
    one.start()
    yield one
    one.kill()


def enter(page: Page, server: ClassServer) -> None:
    page.get_by_label("PIN").fill(server.printed("PIN"))
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Projector").wait_for()


def project(page: Page, server: ClassServer) -> Locator:
    enter(page, server)
    page.get_by_role("button", name="Projector").click()
    return page.locator("main.wall")


def join(page: Page, name: str) -> None:
    page.get_by_label("Nickname").fill(name)
    page.get_by_role("button", name="Join", exact=True).click()


def hand_in(page: Page) -> None:
    button = page.get_by_role("button", name="Hand in")
    expect(button).to_be_enabled()
    button.click()


def best(page: Page) -> str:
    line = page.get_by_text("Your best:")
    line.wait_for()
    return line.inner_text()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).last.click()
    page.get_by_role("option", name=option).click()


def test_a_lesson_of_thirty_lives_on_when_its_server_is_killed(chrome: Browser, server: ClassServer):
    wall = project(first := device(chrome, PROJECTOR, f"{server.url}/class"), server)
    enter(teacher := device(chrome, PROJECTOR, f"{server.url}/class"), server)
    teacher.get_by_role("button", name="Start", exact=True).click()
    expect(wall).to_contain_text("The smallest epsilon")

    # All join at once and hand in what the challenge begins with.
    phones = [device(chrome, PHONE, server.pupils_link) for _ in NAMES]
    with ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(asyncio.run, pupils(server.url, server.printed("Code"), OTHERS))
        for phone, name in zip(phones, NAMES, strict=True):
            join(phone, name)
        for phone in phones:
            hand_in(phone)
        bests = [best(phone) for phone in phones]
        others = crowd.result()
    assert [one.refused for one in others] == [[]] * len(OTHERS)
    assert all("with 8 levels" in one for one in (*bests, *(other.best for other in others)))
    expect(wall).to_contain_text("30 pupils")
    expect(wall.locator("ol li")).to_have_count(10)
    assert min(sizes(wall)) >= 28

    # One of them tries with less, and is first.
    slider = phones[1].get_by_role("slider", name="Epsilon")
    slider.focus()
    slider.press("ArrowLeft")
    phones[1].get_by_text("6 of 255 =").wait_for()
    phones[1].get_by_role("button", name="Trick it").click()
    hand_in(phones[1])
    expect(wall.locator("ol li .name").first).to_have_text(NAMES[1])
    expect(wall.locator("ol li .score").first).to_have_text("6 levels")

    # Predict first: four answers within a second, and the run starts for all.
    teacher.get_by_role("button", name="Ask the class").click()
    for phone in phones:
        phone.get_by_role("button", name=CAT).wait_for()
    for phone in phones[:2]:
        phone.get_by_role("button", name=CAT).click()
    for phone in phones[2:]:
        phone.get_by_role("button", name=PENGUIN).click()
    expect(wall.locator(".option")).to_contain_text([f"{CAT}: 2", "unsure: 0", f"{PENGUIN}: 2"])
    choose(teacher, "Right answer", PENGUIN)
    teacher.get_by_role("button", name="Start the run for all").click()
    expect(wall.locator(".told .right")).to_contain_text(f"✓ {PENGUIN}: 2, right")
    for phone in phones:
        expect(phone.get_by_text("2 of 4 foresaw it.")).to_have_count(1)
    teacher.get_by_role("button", name="Take the question off").click()
    expect(wall.locator("ol li")).to_have_count(10)

    rows = wall.locator("ol li").all_inner_texts()
    bests = [best(phone) for phone in phones]
    server.kill()
    server.start()
    for page in (first, teacher):
        page.goto(f"{server.url}/class")
    wall = project(first, server)
    expect(wall.locator("ol li")).to_have_count(10)
    assert wall.locator("ol li").all_inner_texts() == rows
    expect(wall).to_contain_text("30 pupils")
    enter(teacher, server)
    expect(teacher.get_by_text("On: The smallest epsilon")).to_have_count(1)
    for phone in phones[:2]:
        phone.goto(server.url)  # without the code: the device knows who it is
    for phone, name, before in zip(phones, NAMES, bests, strict=True):
        expect(phone.get_by_text(f"You are {name}.")).to_have_count(1)
        assert best(phone) == before

    # Another challenge, which reaches those, too, who never opened the page again; they vote.
    choose(teacher, "Challenge", "People read one digit")
    teacher.get_by_role("button", name="Start", exact=True).click()
    for phone in phones:
        expect(phone.get_by_text("People read one digit, the network another.")).to_have_count(1)
    hand_in(phones[0])
    for phone in phones[1:]:
        phone.get_by_role("radio", name="3", exact=True).wait_for()
    for phone in phones[1:]:
        phone.get_by_role("radio", name="3", exact=True).click()
    expect(wall.locator("ol li")).to_contain_text([f"{NAMES[0]}"])
    expect(wall.locator("ol li .score")).to_have_text(re.compile(r"^\d+ levels$"))
    for page in (first, teacher, *phones):
        page.context.close()


def sizes(wall: Locator) -> list[float]:
    """Of all words on the wall, in pixels."""
    found = wall.evaluate(
        "wall => [...wall.querySelectorAll('*')].filter(one => one.textContent.trim())"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    return [float(size) for size in found]


def test_wall_teacher_and_pupil_live_through_a_database_that_is_gone(chrome: Browser, server: ClassServer):
    wall = project(first := device(chrome, PROJECTOR, f"{server.url}/class"), server)
    enter(teacher := device(chrome, PROJECTOR, f"{server.url}/class"), server)
    join(phone := device(chrome, PHONE, server.pupils_link), "Zoë")
    phone.get_by_text("You are Zoë.").wait_for()
    joined = Classroom(f"sqlite:///{server.folder / FILE}").board().pupils
    expect(wall.locator(".count")).to_have_text(re.compile(rf"^{joined} pupils?$"))
    before = wall.inner_text()
    for page in (first, teacher, phone):
        assert violations(page) == []
    file, away = server.folder / FILE, server.folder / "away"
    file.rename(away)
    expect(wall.locator(".trouble")).to_contain_text("This is how it stood")
    expect(teacher.get_by_text("cannot be used").first).to_be_visible()
    expect(phone.get_by_text("cannot be reached").first).to_be_visible()
    for page in (first, teacher, phone):
        assert page.locator("[data-testid=stException]").count() == 0
    teacher.get_by_role("button", name="Ask the class").click()  # the whole page is asked for, and waits
    expect(teacher.get_by_role("button", name="Ask the class")).to_have_count(0)
    assert not file.exists()
    away.rename(file)
    expect(teacher.get_by_role("button", name="Ask the class")).to_be_visible()
    expect(wall.locator(".trouble")).to_have_count(0)
    assert wall.inner_text() == before
    expect(phone.get_by_text("cannot be reached")).to_have_count(0)
    for page in (first, teacher, phone):
        page.context.close()


def test_a_page_finds_a_server_that_was_killed_and_started_again_with_all_its_settings(
    chrome: Browser, server: ClassServer
):
    """By itself, without a reload; and a reload finds them, too, since the link carries them."""
    settings = "network=digits-standard&steps=7&eps=51&seed=3"
    page = device(chrome, DESKTOP, f"{server.url}/?{settings}")
    slider = page.get_by_test_id("stSidebar").get_by_role("slider", name="Epsilon")
    page.get_by_text("saved PNG").first.wait_for()
    slider.press("ArrowLeft")
    page.wait_for_url(lambda address: "eps=51" not in address)
    page.get_by_text("saved PNG").first.wait_for()
    page.evaluate("window.neverReloaded = true")
    before, eps = page.url, slider.get_attribute("aria-valuetext")
    server.kill()
    expect(slider).to_be_disabled()  # nothing is to be set while nobody answers
    server.start()
    expect(slider).to_be_enabled(timeout=90_000)
    slider.press("ArrowLeft")
    page.wait_for_url(lambda address: address != before)
    slider.press("ArrowRight")
    page.wait_for_url(before)
    assert slider.get_attribute("aria-valuetext") == eps
    expect(page.get_by_text("saved PNG").first).to_be_visible()
    assert page.evaluate("window.neverReloaded")
    page.reload()
    page.get_by_text("saved PNG").first.wait_for()
    assert page.url == before
    assert slider.get_attribute("aria-valuetext") == eps
    assert page.locator("[data-testid=stException]").count() == 0
    page.context.close()
