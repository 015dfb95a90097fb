"""Any of timm's networks by its name, typed into the box in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def typed(page: Page, name: str) -> None:
    box = page.get_by_role("combobox", name="Network")
    box.click()
    box.fill(name)
    box.press("Enter")


def test_a_name_is_typed_and_what_is_not_known_is_told_what_is_near(desktop: Page, url: str):
    desktop.goto(f"{url}/?steps=2")
    expect(desktop.get_by_text("Cost:")).to_be_visible(timeout=90_000)
    typed(desktop, "resnet5O")
    expect(desktop.get_by_text("No network is called resnet5O. Did you mean resnet50")).to_be_visible()
    expect(desktop.get_by_text("Cost:")).to_be_visible()
    typed(desktop, "ResNet50.a1_in1k")
    expect(desktop.get_by_text("is not on this machine yet. It is a download of")).to_be_visible()
    expect(desktop.get_by_role("button", name="Download resnet50.a1_in1k")).to_be_visible()
    assert "network=timm%2Fresnet50.a1_in1k" in desktop.url
    desktop.reload()
    expect(desktop.get_by_role("button", name="Download resnet50.a1_in1k")).to_be_visible(timeout=90_000)
