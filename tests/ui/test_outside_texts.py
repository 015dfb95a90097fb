"""Texts from outside are texts: labels, nicknames, names of files and folders are nowhere read as markup."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, sound
from tests.ui.page_texts import HOSTILE, LIVE, live, markup, told
from trickcore.jobs import networks
from trickcore.networks.sources import own_networks
from ui import text

NETWORK = f"""
import torch
from torch import nn
from trickcore import Classifier

LABELS = tuple(f"{{k}} " + {HOSTILE!r} for k in range(12))

class Means(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Conv2d(channels, 10 if channels == 1 else 12, 5, 3)
        for weights in self.body.parameters():
            nn.init.normal_(weights, 0, 0.25, torch.Generator().manual_seed(1))

    def forward(self, x):
        return self.body(x).mean((2, 3)) * 10

def evil():
    return Classifier("evil", Means(3), LABELS, (32, 32), 3)

def evil_digits():
    return Classifier("evil_digits", Means(1), LABELS[:10], (28, 28), 1)
"""
PARTS = {
    "why": ("The hill", "Straight lines", "Random noise", "Where it looks"),
    "survive": (
        "As a file", "In the world", "Tougher", "Only here", "Other networks", "Defences", "Smallest epsilon",
        "A sticker", "One for all",
    ),
}  # fmt: skip
QUICK = {
    "steps": "2", "eps": "25.5", "target": f"3 {HOSTILE} (3)", "detail": "9 × 9", "detail_digits": "9 × 9",
    "shuffles": "5", "here_steps": "20", "world_count": "20", "tougher_steps": "5", "tougher_views": "1",
    "tougher_count": "20", "sticker_steps": "50", "universal_steps": "20",
}  # fmt: skip


@pytest.fixture
def evil(tmp_path, monkeypatch) -> Iterator[None]:
    (tmp_path / "evil_networks.py").write_text(NETWORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("TRICKCORE_NETWORKS", "evil_networks:evil,evil_networks:evil_digits")
    forget()
    yield
    forget()


def forget() -> None:
    sys.modules.pop("evil_networks", None)
    own_networks._card.cache_clear()
    networks._load.cache_clear()


def pressed(page: AppTest) -> AppTest:
    """Every button that a part has for its work, one after the other."""
    for key in ("count-views", "make-tougher", "find-smallest", "make-sticker", "make-universal", "go-here"):
        if any(button.key == key for button in page.button):
            sound(page.button(key=key).click().run())
    return page


def test_every_mark_of_markdown_is_escaped_and_nothing_is_lost():
    escaped = text.escape(HOSTILE)
    assert live(HOSTILE) == list(LIVE)
    assert not live(escaped)
    assert escaped.replace("\\", "").replace(text.JOINER, "") == HOSTILE
    for opening in ("# a", "- a", "+ a", "1. a", "12) a", "===", "    a", "> a"):
        line = text.escape(f"x\n{opening}").splitlines()[1]
        assert "\\" in line or line == "a", opening
    assert text.escape("") == ""
    assert text.escape("Try 4: it is 1.5 of 255.") == "Try 4\\: it is 1.5 of 255."


EVERYWHERE = [("trick", ""), ("ask", ""), *((name, part) for name in PARTS for part in PARTS[name])]


@pytest.mark.parametrize(
    ("network", "name", "part"),
    [
        *(("evil", *one) for one in EVERYWHERE),
        ("evil_digits", "trick", ""),
        ("evil_digits", "why", "The hill"),
        ("evil_digits", "survive", "Smallest epsilon"),
    ],
)
def test_labels_are_no_markup(evil, name, part, network):
    if name == "ask":
        page = opened(name, subject="A photo", photo_network="evil", steps="2")
    else:
        page = opened(name, **QUICK, network=network, **({name: part} if part else {}))
    pressed(page)
    assert any("onerror" in words for _, _, words in told(page)), "they are on the page"
    assert not markup(page)
