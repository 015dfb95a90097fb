"""Random walks through all pages: nothing breaks, and a verdict is always that of the picture on show.

TRICK_FUZZ sets how many actions are made in all: 2,000 for a thorough run, fewer where time is short.
"""

from __future__ import annotations

import io
import logging
import os
import random
import re
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, outcomes
from tests.ui.page_texts import told
from tests.ui.test_url_state import QUICK, address, raw, went
from trickcore import engine
from trickcore.jobs.networks import classifier_of
from trickcore.pictures import samples
from trickcore.runs.stories import STORIES
from ui.session_run import Run

ACTIONS = int(os.environ.get("TRICK_FUZZ", "120"))
WALKS = 4
NAMES = ["trick", "ask", "why", "survive", "defend", "train", "sweep", "stories"]
KINDS = (
    "selectbox", "slider", "select_slider", "toggle", "number_input", "multiselect", "segmented_control",
    "pills", "radio", "text_input", "file_uploader", "button",
)  # fmt: skip
TYPED = ["", " ", "²", "nan", "<b>x</b>", "../../etc/passwd", "x" * 2000]
FILES = [
    ("cat.png", samples.sample("cat")),
    ("a *b* <i>.jpg", samples.sample("rocket")),
    ("broken.png", samples.sample("cat")[:500]),
    ("text.gif", b"hello, I am a text"),
    ("empty.png", b""),
]
# What takes long is set small by the walk itself, so that a walk sees many settings and not few long runs.
LEAST = {
    "steps", "questions", "views", "tougher_steps", "tougher_views", "tougher_count", "world_count",
    "here_steps", "sticker_steps", "universal_steps", "adapt_steps", "shuffles", "detail", "detail_digits",
    "dream_steps", "noisy_count", "gan_steps", "two_epochs_moons", "two_epochs_circles", "two_epochs_spirals",
    "sweep_steps", "sweep_count_small", "gap_epochs_small", "measure_count_small", "proved_count_small",
}  # fmt: skip
LEFT_OUT = {  # by control: options that take many seconds at their least
    "story": {story.title for story in STORIES if story.recipe.views or story.recipe.length > 40},
    "train_part": {"A forger and a detective"},
    "subject": {"A photo"},
    "defend": {"Noisy copies"},
    "survive": {"Defences"},
}
FEW = 2  # of those options or steps from the least
DIGITS = ("digits-standard", "digits-robust", "digits-proved")
# Left alone: what would be fetched, takes minutes with photos, or is a file for another program.
NOT = re.compile(
    r"language-choice|fetch|measure-travel|compare-smallest|vote-samples|fool-all|sum-up|tour-sum-up|start-sweep|train_on"
    r"|.*(_on|pictures)$|train$|carry-on|sticker-.*|results_files|train_how|story-open"
)


class Walk:
    """A visit, with one random action after the other."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.trail: list[str] = []
        self.narrow = self.chance.random() < 0.3
        self.page = self.open("trick", network="digits-standard", steps="2")

    def open(self, name: str, **link: Any) -> AppTest:
        """A new visit, as by a link or after the page was loaded anew."""
        self.name, self.at = name, dict(link)
        state = {"viewport": {"narrow": True}} if self.narrow else {}
        return opened(name, state, at_once=None, **link)

    def act(self) -> None:
        dice = self.chance.random()
        if dice < 0.08:
            name = self.chance.choice(NAMES)
            self.trail.append(f"to {name}")
            address(self.page)
            self.page.query_params.update(QUICK if name == "train" else {})
            self.page = went(self.page, name)
        elif dice < 0.11:
            self.trail.append("reload")
            self.page = self.open(self.name, **address(self.page))
        elif dice < 0.13 and self.trail:
            self.trail.append("back")
            self.page = self.open(self.name, **self.at)
        else:
            self.use()
        self.name = self.page.session_state["link.page"] or "trick"

    def use(self) -> None:
        """One control of the page, of whatever kind."""
        found = [one for kind in KINDS for one in self.page.get(kind) if self.may(one)]
        if not found:
            return
        widget = self.chance.choice(found)
        networks = [
            one for one in found if one.key == "network" and getattr(one, "value", None) not in DIGITS
        ]
        if networks and self.chance.random() < 0.5:
            widget = networks[0]
        self.trail.append(f"{self.name}: {widget.type} {widget.key}")
        self.set(widget)
        self.page.run()

    def may(self, widget: Any) -> bool:
        return not getattr(widget, "disabled", False) and not NOT.fullmatch(str(widget.key))

    def set(self, widget: Any) -> None:
        key, choose = str(widget.key), self.chance.choice
        if widget.type == "button":
            widget.click()
        elif widget.type == "file_uploader":
            name, data = choose(FILES)
            if self.chance.random() < 0.3:
                widget.clear()
            else:
                widget.upload(name, data)
        elif widget.type in ("toggle", "checkbox"):
            widget.set_value(not widget.value)
        elif widget.type == "text_input":
            widget.set_value(choose(TYPED))
        elif widget.type in ("slider", "number_input"):
            step = widget.step or 1
            low, high = widget.min, widget.max if widget.max is not None else 10
            if key in LEAST:
                high = min(high, low + FEW * step)
            count = int((high - low) / step)
            value = choose([low, high, low + step * self.chance.randint(0, max(0, count))])
            widget.set_value(None if key == "alpha" and self.chance.random() < 0.3 else min(high, value))
        else:
            self.select(widget, key)
        self.trail[-1] += f" = {getattr(widget, 'value', '')!r}"[:60]

    def select(self, widget: Any, key: str) -> None:
        options = list(widget.options)
        if key == "network":  # photos take ten times as long
            photos = self.chance.random() < 0.1
            widget.set_value("efficientnet-lite0" if photos else self.chance.choice(DIGITS))
            return
        if key in LEAST:
            options = options[: FEW + 1]
        options = [one for one in options if "MNIST" not in one and one not in LEFT_OUT.get(key, ())]
        if widget.type == "multiselect" or isinstance(widget.value, list):
            chosen = self.chance.sample(options, self.chance.randint(0, min(3, len(options))))
            widget.set_value([raw(widget, one) for one in chosen])
        elif options:
            widget.set_value(raw(widget, self.chance.choice(options)))


def read(run: Run, png: bytes) -> np.ndarray:
    """What the run's network says of a file, asked without the page: (K,) in double precision."""
    image = Image.open(io.BytesIO(png))
    pixels = torch.from_numpy(np.array(image)).float() / 255
    x = pixels[None, None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)[None]
    with torch.no_grad():
        logits = engine.call(lambda: classifier_of(run.network).net(x.contiguous())[0].double().numpy())
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def png_of(pixels: np.ndarray | None) -> bytes:
    assert pixels is not None
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def expected(run: Run) -> tuple[str, str, float]:
    """The first word, the class and its probability that a run's file deserves, worked out here."""
    before, after = read(run, png_of(run.frames[0].pixels)), read(run, run.png)
    was, now, target = int(before.argmax()), int(after.argmax()), run.recipe.target
    right = samples.truth(run.origin, run.labels) or ()
    if target == was == now:
        word = "More of the same"
    elif now == target or (target is None and now != was):
        word = "Nearly" if target is None and now in right else "Tricked"
    else:
        gain = (1 - after[was]) - (1 - before[was]) if target is None else after[target] - before[target]
        word = "Nearly" if now != was or gain >= 0.1 else "Not yet"
    return word, run.labels[now], float(after[now])


SAID = re.compile(r"The saved PNG is (?:still )?read as \*\*(.*?), (over |under )?([\d.]+)\u00a0%\*\*")


def agrees(said: tuple[str, str], run: Run) -> bool:
    """Whether a box, its first word and its text, is that of a run's file."""
    told_word, words = said
    found = SAID.search(words.replace("\\", "").replace("\u2060", ""))
    assert found is not None, words
    word, name, probability = expected(run)
    near = abs(float(found[3]) - 100 * probability) <= (0.06 if 100 * probability >= 1 else 0.006)
    bound = {"over ": probability > 0.9994, "under ": probability < 0.000101, None: near}[found[2]]
    return bool(bound) and found[1] == name and told_word in (word, "Held", "Fooled")


def runs_of(page: AppTest) -> list[Run]:
    """Every finished run that the visit keeps."""
    found: list[Run] = []
    waiting: list[Any] = [value for _, value in page.session_state.items()]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Run):
            if one.verdict is not None:
                found.append(one)
        elif isinstance(one, dict):
            waiting += list(one.values())
        elif isinstance(one, list | tuple):
            waiting += list(one[:50])
        elif type(one).__module__.startswith("ui."):
            slots = getattr(type(one), "__slots__", ())
            waiting += [getattr(one, name, None) for name in slots] + list(
                getattr(one, "__dict__", {}).values()
            )
    return found


def check(walk: Walk, logged: list[logging.LogRecord]) -> int:
    """What has to hold after every action. How many verdicts were worked out again."""
    page, trail = walk.page, walk.trail[-12:]
    assert not page.exception, (trail, [(e.message, e.stack_trace) for e in page.exception])
    assert not logged, (trail, [record.getMessage() for record in logged], logged[0].exc_info)
    for kind, path, words in told(page):
        assert "Traceback" not in words, (trail, kind, path)
    boxes = [(box.word, box.text) for box in outcomes(page) if SAID.search(box.text)]
    runs = runs_of(page) if boxes else []
    if walk.name == "trick":
        runs = [run for run in runs if run is page.session_state["run"]]
        for run in runs:
            assert png_of(run.frames[-1].pixels) == png_of(np.array(Image.open(io.BytesIO(run.png)))), trail
    for box in boxes:
        assert any(agrees(box, run) for run in runs), (trail, box, [expected(run) for run in runs])
    return len(boxes)


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_random_walk_breaks_nothing_and_every_verdict_is_that_of_its_picture(seed, caplog):
    walk, verdicts = Walk(seed), 0
    for _ in range(ACTIONS // WALKS):
        walk.act()
        verdicts += check(walk, [record for record in caplog.records if record.name.startswith("ui.")])
    assert verdicts, "some were on show"
