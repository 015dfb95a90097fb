"""Random clicks, keys, files and ways between the pages in a real browser, also while a run is on.

TRICK_FUZZ_BROWSER sets how many actions are made in all: 500 for a thorough run, fewer where time is short.
"""

from __future__ import annotations

import io
import os
import random
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page
from playwright.sync_api import Error as BrowserError

from tests.browser.driving import DESKTOP, PHONE, faults
from trickcore import load
from trickcore.pictures import samples

ACTIONS = int(os.environ.get("TRICK_FUZZ_BROWSER", "24"))
EVERY = 12  # actions between two looks at a page that has come to rest
BEGIN = "network=digits-standard&steps=5"
KEYS = ("t", "Escape", "Tab", "Enter", "ArrowRight", "ArrowLeft", "Home", "End", "PageDown", " ")
TYPED = ("", "²", "7", "-1", "1e309", "<img src=x onerror=alert(1)>", "alexnet ", "[l](javascript:alert(1))")
# Left alone: what is fetched from elsewhere, and what computes for minutes in the server's background.
# The language too: what is said is read here in English.
NOT = (
    r"^(EN|FR|DE|ES|Download .*MB|Sweep|Carry on|Measure it|Train|Train it|Compare with.*|Ask all.*|Sum-up.*"
    r"|Fetch.*)"
)
# Everything that can be used now, by kind; the one chosen is marked, so that it can be found.
FIND = """([kind, place, not]) => {
  const shown = e => e.checkVisibility() && !e.disabled && !e.closest('[data-stale="true"], header, [inert]')
    && !new RegExp(not).test(e.innerText?.trim() ?? "");
  const where = '[data-testid="stMain"], [data-testid="stSidebar"]';
  const selectors = {
    button: "button", slider: "[role=slider]", number: "input[type=number]", list: "input[role=combobox]",
    switch: "label:has(input[type=checkbox])", drawer: "summary", file: "input[type=file]", paper: "canvas",
    chart: ".nsewdrag", page: "a[href]",
  };
  const all = [...document.querySelectorAll(kind === "page" ? selectors.page : where)]
    .flatMap(e => kind === "page" ? [e] : [...e.querySelectorAll(selectors[kind])])
    .filter(e => kind === "file" || shown(e))
    .filter(e => kind !== "page" || (e.origin === location.origin && !e.hash && !e.download));
  document.querySelectorAll("[data-fuzz]").forEach(e => e.removeAttribute("data-fuzz"));
  const one = all[Math.floor(place * all.length)];
  one?.setAttribute("data-fuzz", kind);
  return one ? `${kind} ${one.ariaLabel ?? one.innerText ?? ""}`.slice(0, 60) : null;
}"""
RESTS = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
KINDS = ("button", "slider", "number", "list", "switch", "drawer", "file", "paper", "chart", "page")
SAID = re.compile(r"The saved PNG is (?:still )?read as (.*?), (over |under )?([\d.]+)\s%")


class Visit:
    """A page and somebody who does anything at all."""

    def __init__(self, page: Page, files: list[Path], seed: int) -> None:
        self.page, self.files, self.chance = page, files, random.Random(seed)
        self.trail: list[str] = []
        self.begin = page.url

    def act(self) -> None:
        """One action, which may come too late: a page that runs replaces what is on it."""
        dice, page = self.chance.random(), self.page
        page.set_default_timeout(1_500)
        try:
            if dice < 0.03:
                self.trail.append("reload")
                page.reload(wait_until="commit", timeout=30_000)
            elif dice < 0.07:
                self.trail.append("back or forward")
                (page.go_back if self.chance.random() < 0.6 else page.go_forward)(
                    wait_until="commit", timeout=30_000
                )
            elif dice < 0.15:
                self.trail.append("key")
                page.keyboard.press(self.chance.choice(KEYS))
            elif dice < 0.20:
                self.trail.append("stop")
                page.get_by_role("button", name="Stop", exact=True).first.click(timeout=300)
            else:
                self.use()
        except BrowserError as error:
            self.trail.append(f"({str(error).splitlines()[0][:80]})")
        if page.url == "about:blank":  # back beyond the first page
            page.goto(self.begin)
        page.set_default_timeout(60_000)
        page.wait_for_timeout(self.chance.choice((0, 30, 120, 300)))

    def use(self) -> None:
        page, kind = self.page, self.chance.choice(KINDS)
        found = page.evaluate(FIND, [kind, self.chance.random(), NOT])
        if found is None:
            return
        self.trail.append(found)
        one = page.locator(f'[data-fuzz="{kind}"]').first
        if kind == "slider":
            one.focus()
            for _ in range(self.chance.randint(1, 3)):
                page.keyboard.press(self.chance.choice(KEYS[4:9]))
        elif kind in ("number", "list"):
            one.click()
            if kind == "number" or self.chance.random() < 0.3:
                page.keyboard.insert_text(self.chance.choice(TYPED))
            else:
                for _ in range(self.chance.randint(0, 4)):
                    page.keyboard.press("ArrowDown")
            page.keyboard.press(self.chance.choice(("Enter", "Escape", "Tab")))
        elif kind == "file":
            one.set_input_files([self.chance.choice(self.files)])
        elif kind == "paper":
            box = one.bounding_box() or {"x": 0, "y": 0, "width": 1, "height": 1}
            page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 4)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 1.3, steps=4)
            page.mouse.up()
        else:
            one.click()

    def rests(self) -> None:
        """Until the page is through with all that was asked of it; then nothing of a fault is in sight."""
        page = self.page
        page.wait_for_timeout(400)
        for _ in range(20):  # what is long is stopped, as by a visitor who has waited
            with suppress(BrowserError):
                page.wait_for_function(RESTS, timeout=10_000)
                break
            with suppress(BrowserError):
                page.get_by_role("button", name="Stop", exact=True).first.click(timeout=1_000)
        else:
            words = page.locator("body").inner_text()[-600:]
            raise AssertionError(f"no rest at {page.url} after {self.trail[-25:]}: {words}")
        assert not self.page.get_by_test_id("stException").count(), self.trail[-20:]
        words = self.page.locator("body").inner_text()
        for sign in ("Traceback", "Error:", "could not go on", "could not be worked out"):
            assert sign not in words, (sign, words[words.index(sign) - 200 :][:400], self.trail[-20:])


def verdict_is_that_of_the_file(page: Page) -> None:
    """The box of Trick, where it is on show, beside what the network says of the file that the page saves,
    asked here."""
    address = urlsplit(page.url)
    name = parse_qs(address.query).get("network", ["efficientnet-lite0"])[0]
    box = page.get_by_text("The saved PNG is").first
    kept = page.get_by_text("before your last change").count()  # of a network that is not in the link
    if address.path != "/" or name == "mine" or kept:
        return
    save = page.get_by_role("button", name="PNG", exact=True).first
    for _ in range(60):  # an old box stays while the next script begins, which may have nothing to save
        if not box.count():
            return
        if save.count():
            break
        page.wait_for_timeout(500)
    if page.get_by_role("button", name="Close fullscreen").count():  # a picture or a chart over all else
        page.keyboard.press("Escape")
    with page.expect_download(timeout=30_000) as saved:
        save.click(timeout=30_000)
    image = Image.open(io.BytesIO(Path(saved.value.path()).read_bytes()))
    classifier = load(name)
    pixels = torch.from_numpy(np.array(image)).float() / 255
    x = pixels[None, None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)[None]
    with torch.no_grad():
        logits = classifier.net(x.contiguous())[0].double().numpy()
    powers = np.exp(logits - logits.max())
    probs = powers / powers.sum()
    found = SAID.search(box.inner_text())
    assert found is not None, box.inner_text()
    sure = 100 * float(probs.max())
    assert found[1].replace("\u2060", "") == classifier.labels[int(probs.argmax())]
    assert found[2] is not None or abs(float(found[3]) - sure) <= 0.06, (found[0], sure)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    for name, data in {
        "cat.png": samples.sample("cat"),
        "a *b* <i>.jpg": samples.sample("rocket"),
        "broken.png": samples.sample("cat")[:500],
        "text.gif": b"hello, I am a text",
        "empty.png": b"",
    }.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


@pytest.mark.parametrize(("seed", "size"), [(1, DESKTOP), (2, PHONE)])
def test_anything_at_all_breaks_nothing_and_the_verdict_is_that_of_the_file(
    url, chrome: Browser, files, seed, size
):
    page = chrome.new_page(viewport=size)
    said, opened = faults(page), list[str]()

    def dismiss(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(f"{url}/?{BEGIN}")
    visit = Visit(page, files, seed)
    visit.rests()
    for number in range(1, ACTIONS // 2 + 1):
        visit.act()
        if number % EVERY == 0:
            visit.rests()
            verdict_is_that_of_the_file(page)
        assert not said, (said, visit.trail[-20:])
    assert not opened, "no dialogue came of a text"
    page.goto(f"{url}/?{BEGIN}", timeout=30_000)
    visit.rests()
    page.get_by_text("The saved PNG is").first.wait_for(timeout=30_000)
    verdict_is_that_of_the_file(page)
    assert not said, (said, visit.trail[-20:])
    page.close()
