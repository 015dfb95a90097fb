"""Every page and every entry of its menu, looked at as everybody looks: python -m tests.browser.survey

Pages are found in the navigation, entries in the menus, so that a new one cannot be forgotten. In each look
axe-core says what is wrong; nothing may be wider than the screen, behind every chart there is a table, and
neither the page nor the console tells of an error.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.driving import DESKTOP, PHONE, browser, faults, serve
from tests.helpers import PAGES


class Look(NamedTuple):
    """How somebody looks at it; `more` are sizes that nothing may be wider than, either."""

    theme: Literal["light", "dark"]
    size: ViewportSize
    more: tuple[ViewportSize, ...] = ()
    printed: bool = True  # the sheet of paper, too, which takes a quarter of a minute to fill
    turn: slice = slice(None)  # which of the pages, Trick besides


SMALLEST = ViewportSize(width=360, height=740)
LARGE_TEXT = ViewportSize(width=700, height=450)  # of a screen of 1400 x 900 at 200 %
# Both together see every page once; a visit to all takes minutes.
BOTH = (
    Look("light", DESKTOP, turn=slice(0, None, 2)),
    Look("dark", PHONE, (SMALLEST, LARGE_TEXT), printed=False, turn=slice(1, None, 2)),
)
ALL = tuple(Look(theme, size) for theme in ("light", "dark") for size in (DESKTOP, PHONE))

# What a page is opened with, so that it is soon done; besides, ways into what no menu leads to.
SMALL = "network=digits-standard&steps=5"
WITH = {
    "": SMALL,
    "why": f"{SMALL}&detail_digits=9+%C3%97+9&shuffles=5&two_epochs_moons=50",
    "survive": SMALL,
    "defend": "steps=5",
    "train": "epochs_small_plain=1&gap=Poisoned+labels&gap_epochs_small=2&gan_steps=100",
    "sweep": "sweep_count_small=20&sweep_pictures=Digits",
}
BESIDES = (
    f"?{SMALL}&picture=Draw",
    f"?{SMALL}&eps=51&method=Least+change",
    "?steps=5&picture=Upload",
    "ask?subject=A+photo",
    "stories?tour=1",
)
PRINTED = "stories?sum_up=shown"

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# What is Streamlit's own and cannot be mended from here: the rule, and what its node looks like.
STREAMLITS: tuple[tuple[str, str], ...] = ()
# What a run is about to take away is faint for a moment.
RUN = """() => axe.run({exclude: ['[data-stale="true"]']}, {resultTypes: ['violations']})"""
WIDE = "() => document.scrollingElement.scrollWidth - innerWidth"
TABLES = """() => [document.querySelectorAll('[data-testid=stMain] .stPlotlyChart').length,
  [...document.querySelectorAll('.st-key-numbers table')].filter(one => one.rows.length > 1).length]"""
QUIET = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')"""


def quiet(page: Page, most: float = 20_000) -> bool:
    """Wait until no script runs and all is drawn; False where something goes on for longer."""
    end = time.monotonic() + most / 1000
    calm = 0
    while time.monotonic() < end:
        calm = calm + 1 if page.evaluate(QUIET) else 0
        if calm == 3:
            return True
        page.wait_for_timeout(100)
    return False


def violations(page: Page) -> list[str]:
    """What axe finds that is serious or critical, a line each."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {(node['any'] or [{}])[0].get('message', '')}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == name and re.search(html, node["html"]) for name, html in STREAMLITS)
    ]


def menus() -> dict[str, str]:
    """The key of each page's menu, by the page: read in its source."""
    found = {}
    for name, path in PAGES.items():
        if key := re.search(r'section_picker\.part\("(\w+)"', path.read_text("utf-8")):
            found[name] = key[1]
    assert len(found) >= 5
    return found


def paths(page: Page) -> list[str]:
    """The path of every page, as the navigation links to them."""
    nav = page.get_by_test_id("stTopNavLink").or_(page.locator("header a[href]"))
    found = [urlsplit(str(link.get_attribute("href"))).path.strip("/") for link in nav.all()]
    return list(dict.fromkeys(found))


def wrong(page: Page, look: Look) -> Iterator[str]:
    """All that is wrong with what stands on the page now."""
    done = quiet(page)
    yield from violations(page)
    for told in page.get_by_test_id("stAlertContentError").or_(page.get_by_test_id("stException")).all():
        yield f"an error: {told.inner_text()}"
    charts, tables = page.evaluate(TABLES)
    if done and charts > tables:
        yield f"{charts} charts, {tables} tables"
    for size in (look.size, *look.more):
        if size != look.size:
            page.set_viewport_size(size)
            page.wait_for_timeout(150)
        if (over := page.evaluate(WIDE)) > 0:
            yield f"{over} pixels too wide at {size['width']}"
    page.set_viewport_size(look.size)


def walk(chrome: Browser, url: str, look: Look) -> Iterator[tuple[str, str]]:
    """Every entry of the pages whose turn it is in this look: where, and what is wrong there, or nothing."""
    # Runs are shown at their end at once: what is looked at is what stays.
    touch = look.size["width"] < 640
    page = chrome.new_page(
        viewport=look.size, color_scheme=look.theme, has_touch=touch, reduced_motion="reduce"
    )
    page.set_default_timeout(60_000)
    said = faults(page)
    page.goto(f"{url}/?{SMALL}&numbers=true")
    quiet(page)
    known = {"" if name == "trick" else name for name in PAGES if name != "class"}
    found = set(paths(page)) | {""} if look.size["width"] > 640 else known
    assert found == known, found
    keys = menus()
    for path in sorted({"", *sorted(found)[look.turn]}):
        page.goto(f"{url}/{path}?{WITH.get(path, '')}&numbers=true")
        quiet(page)
        entries = page.locator(f".st-key-{keys[path]}").get_by_role("radio") if path in keys else None
        names = entries.all_inner_texts() if entries is not None else [""]
        assert names, path
        for number, name in enumerate(names):
            if entries is not None and number:
                entries.nth(number).click()
                page.wait_for_timeout(200)
            yield f"{path or 'trick'}, {name}".rstrip(", "), ""
            for one in [*wrong(page, look), *said]:
                yield f"{path or 'trick'}, {name}".rstrip(", "), one
            said.clear()
    for link in (*BESIDES[look.turn], PRINTED) if look.printed else BESIDES[look.turn]:
        page.goto(f"{url}/{link}&numbers=true")
        yield link, ""
        for one in [*wrong(page, look), *said]:
            yield link, one
        said.clear()
    page.close()


def main() -> None:
    with serve() as url, browser() as chrome:
        for look in ALL:
            begin, places, worst = time.monotonic(), set(), []
            for where, what in walk(chrome, url, look):
                places.add(where)
                if what:
                    worst.append(f"{where}: {what}")
            name = f"{look.theme}, {look.size['width']} x {look.size['height']}"
            took = time.monotonic() - begin
            print(f"{name}: {len(places)} views, {len(worst)} findings, {took:.0f} s", flush=True)
            print("\n".join(f"  {one}" for one in worst), flush=True)


if __name__ == "__main__":
    main()
