"""Pictures from the web and files of one name, as a visitor meets them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, opened, said, sound
from tests.web_server import Web, gives, serving
from trickcore.classroom.lessons import Classroom
from trickcore.pictures import drawing, samples
from ui import classroom
from ui.session_run import digest

FIVE, SEVEN = (drawing.drawn_png(name) for name in ("5", "7"))
DIGITS = {"network": "digits-standard", "steps": "2", "picture": "Upload"}
WEB = {"upload-from": "From the web"}


@pytest.fixture
def web(monkeypatch) -> Iterator[Web]:
    monkeypatch.setenv("TRICK_WEB_ALLOW", "127.0.0.1")
    page = gives(b"<html></html>", "text/html")
    with serving({"/my_*five*.png": gives(FIVE), "/seven.png": gives(SEVEN), "/page": page}) as one:
        yield one


def get(page: AppTest, address: str) -> AppTest:
    page.text_input(key="web-address").set_value(address)
    (button,) = (one for one in page.button if one.label == "Get it")
    return sound(button.click().run())


def words(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.markdown, *page.caption))


def test_a_picture_from_the_web_is_kept_for_the_visit_like_an_upload_and_can_be_removed(web):
    page = opened("trick", WEB, **DIGITS)
    assert "Give the address of a photo of one digit to begin." in said(page)
    get(page, f"{web.url}/my_*five*.png")
    assert alts(page)[0].startswith("Original: 5")
    assert page.session_state["run"].origin == "file"
    assert "Kept for your visit: **my\\_\\*five\\*.png**" in words(page)
    assert "but not your own picture" in words(page)
    sound(page.slider(key="steps").set_value(3).run())
    assert len(web.asked) == 1, "it is not asked for again"
    assert not any("127.0.0.1" in str(value) for value in page.query_params.values())
    sound(page.pills(key="picture").set_value("Sample").run())
    sound(page.pills(key="picture").set_value("Upload").run())
    assert alts(page)[0].startswith("Original: 5")
    sound(page.button(key="remove-web").click().run())
    assert "Give the address" in said(page)
    assert len(web.asked) == 1


def test_what_is_wrong_with_an_address_is_said_and_the_picture_that_was_there_stays(web):
    page = get(opened("trick", WEB, **DIGITS), f"{web.url}/seven.png")
    run = page.session_state["run"].number
    for address, sentence in (
        (f"{web.url}/page", "no picture at this address, but something else (text/html)"),
        ("http://localhost:1/", "does not answer"),
        ("http://169.254.169.254/latest/", "into a network that is not public"),
        ("ftp://example.org", "begins with http"),
        ("", "Give the address of a picture"),
    ):
        get(page, address)
        (box,) = page.error
        assert sentence in str(box.value).replace("\\", ""), address
        assert "Kept for your visit: **seven.png" in words(page)
        assert page.session_state["run"].number == run
    get(page, f"{web.url}/my_*five*.png")
    assert not page.error
    assert page.session_state["run"].number != run


def test_no_link_makes_the_server_ask_for_anything(web):
    address = f"{web.url}/seven.png"
    page = opened("trick", WEB, **DIGITS, web=address, url=address, **{"web-address": address})
    assert page.text_input(key="web-address").value == ""
    assert "Give the address" in said(page)
    assert web.asked == []


def offered(page: AppTest) -> bool:
    return any(one.key == "web-address" for one in page.text_input)


def choices(page: AppTest) -> list[str]:
    return list(page.button_group(key="picture").options)


def test_this_computers_own_network_is_closed_and_a_setting_closes_the_rest(web, monkeypatch):
    monkeypatch.delenv("TRICK_WEB_ALLOW")
    page = get(opened("trick", WEB, **DIGITS), f"{web.url}/seven.png")
    assert "leads to this computer" in said(page)
    assert web.asked == []
    for setting in ("0", "no"):
        monkeypatch.setenv("TRICK_WEB", setting)
        page = opened("trick", WEB, **DIGITS)
        assert page.get("file_uploader")
        assert not offered(page)
    page = opened("trick", {"picture": "Web"}, at_once=False)
    assert choices(page) == ["Sample", "Upload", "Camera", "Blank"]
    assert not offered(page)


def test_in_a_class_they_are_off_until_setting_and_teacher_both_allow_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TRICK_CLASS", "1")
    monkeypatch.setenv("TRICK_DATA", str(tmp_path))
    monkeypatch.delenv("TRICK_DATABASE_URL", raising=False)
    room: Classroom = classroom.room()
    room.lesson()
    for setting, allowed in (("", False), ("", True), ("1", False), ("1", True)):
        monkeypatch.setenv("TRICK_WEB", setting)
        room.allow_uploads(allowed)
        page = opened("trick", WEB, at_once=False, **DIGITS)
        assert offered(page) == (setting == "1" and allowed)
        assert ("Upload" in choices(page)) == allowed


def test_files_of_one_name_do_not_meet_of_two_visitors_or_of_one():
    visitors = [opened("trick", **DIGITS) for _ in range(2)]
    for page, data in zip(visitors, (FIVE, SEVEN), strict=True):
        sound(page.file_uploader(key="upload").upload("../digit.png", data).run())
    for page, data, digit in zip(visitors, (FIVE, SEVEN), "57", strict=True):
        sound(page.run())
        assert page.session_state["own.upload"] == ("../digit.png", data)
        assert alts(page)[0].startswith(f"Original: {digit}")
    first = visitors[0]
    kept = first.session_state["run"].digest
    sound(first.file_uploader(key="upload").clear().run())
    sound(first.file_uploader(key="upload").upload("../digit.png", SEVEN).run())
    assert alts(first)[0].startswith("Original: 7")
    assert first.session_state["run"].digest != kept != digest(samples.sample("cat"))
