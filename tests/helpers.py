"""What several tests need: arithmetic in numpy, toy networks, picture files, and a page without a browser."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from torch import Tensor, nn

from trickcore import engine
from ui.background import BackgroundJob

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    name: ROOT / "ui" / "pages" / file
    for name, file in {
        "trick": "trick.py",
        "ask": "ask/page.py",
        "why": "why/page.py",
        "survive": "survive/page.py",
        "defend": "defend/page.py",
        "train": "train/page.py",
        "sweep": "sweep/page.py",
        "stories": "stories/page.py",
        "class": "classroom/page.py",
    }.items()
}

SHAPE = (3, 2, 5)  # oblong, so that swapped sides show
CLASSES = 4
WEIGHTS = np.random.default_rng(3).normal(size=(CLASSES, 30))


def asked_of_torch() -> str:
    """The answer of the thread that owns torch, which has twenty seconds for it."""
    return ThreadPoolExecutor(1).submit(engine.call, lambda: "at once").result(timeout=20)


class Linear(nn.Module):
    """Logits are weights (K, C*H*W) times the values; forward and backward passes are counted."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32), requires_grad=False)
        self.forwards = self.backwards = 0

    def forward(self, x: Tensor) -> Tensor:
        self.forwards += 1
        logits = x.flatten(1) @ self.weights.T
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, grad: Tensor) -> None:
        self.backwards += 1


class Colours(nn.Module):
    """Red, green or blue: ten times the mean of each channel are the logits."""

    def forward(self, x: Tensor) -> Tensor:
        return 10 * x.mean((2, 3))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def gradient(weights: np.ndarray, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of -log softmax(weights x)[label] in x, worked by hand: (p - onehot) weights. x is (N, D)."""
    return (softmax(x @ weights.T) - np.eye(len(weights))[labels]) @ weights


def flat(x: Tensor) -> np.ndarray:
    """(N, D), in double precision."""
    return x.flatten(1).double().numpy()


def plain(height: int, width: int, red: float, green: float, blue: float) -> Tensor:
    """A picture (3, H, W) of one colour."""
    return torch.tensor([red, green, blue]).view(3, 1, 1).expand(3, height, width).contiguous()


def opened(name: str, state: Any = None, *, at_once: Any = True, **link: Any) -> AppTest:
    """A page by its name, opened by a link, by someone whose visit has got so far.

    `at_once`: with the switch on by which a changed setting runs without a press.
    """
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=900)
    if at_once:
        page.session_state["live"] = True
    for key, value in (state or {}).items():
        page.session_state[key] = value
    for key, value in link.items():
        page.query_params[key] = value
    if name != "trick":
        # What `switch_page` finds once the pages are known, which they are after a run.
        page._page_hash = calc_hash(name)
    return sound(page.run())


def switched(page: AppTest, name: str) -> AppTest:
    """To another page by the menu."""
    page.switch_page(str(PAGES[name].relative_to(ROOT)))
    return sound(page.run())


def sound(page: AppTest) -> AppTest:
    assert not page.exception, [e.value for e in page.exception]
    return page


def stopped(page: AppTest, job: BackgroundJob[Any], kept: int) -> AppTest:
    """The page as it is when a job of it was stopped after so many items."""
    del job.items[kept:]
    job.stopped, job.done = True, False
    sound(page.run())
    assert not page.error, [one.value for one in page.error]
    return page


def lines(page: AppTest) -> dict[str, list[float]]:
    """The chart's lines by name, the first line first."""
    return {line["name"]: line["y"] for line in chart(page)["data"] if "name" in line}


def chart(page: AppTest, number: int = 0) -> dict[str, Any]:
    figure: dict[str, Any] = json.loads(page.get("plotly_chart")[number].proto.spec)
    return figure


class Box(NamedTuple):
    """An outcome: the colour and the first word of its badge, and what it says."""

    colour: str
    word: str
    text: str

    def __str__(self) -> str:
        return f"**{self.word}.** {self.text}"


_BOX = re.compile(r":(green|yellow|gray|orange|blue)-badge\[:material/\w+: \*\*(.+?)\*\*\] (.*)", re.DOTALL)


def outcomes(page: AppTest) -> list[Box]:
    """All outcomes on a page, in their order."""
    found = (_BOX.fullmatch(str(text.value)) for text in page.markdown)
    return [Box(*box.groups()) for box in found if box]


def said(page: AppTest) -> str:
    """All outcomes and notices of a page."""
    notes = (str(box.value) for box in (*page.success, *page.warning, *page.error, *page.info))
    return " ".join((*map(str, outcomes(page)), *notes))


def verdict(page: AppTest) -> str:
    boxes = [str(box) for box in outcomes(page) if "saved PNG" in box.text]
    assert len(boxes) == 1, boxes
    return boxes[0]


def alts(page: AppTest) -> list[str]:
    return [image.alt for element in page.image for image in element.proto.imgs]
