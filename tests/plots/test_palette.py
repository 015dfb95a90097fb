"""Contrast of charts and theme, worked out as WCAG 2 does: words 4.5 : 1, lines 3 : 1."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from trickcore.plots.style import palette
from ui.widgets.main_button import ON_BRIGHT

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())["theme"]
WORDS, LINES = 4.5, 3.0
# Streamlit's: a caption's share of the text's colour; a chosen segment's of the primary, and under the mouse.
CAPTION, TINT, POINTED_AT = 0.6, 0.1, 0.2


def rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(over: str, under: str, share: float) -> str:
    pairs = zip(rgb(over), rgb(under), strict=True)
    return "#" + "".join(f"{round(255 * (a * share + b * (1 - share))):02X}" for a, b in pairs)


def test_contrast_is_worked_out_as_wcag_says():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert mixed("#FFFFFF", "#000000", 0.6) == "#999999"


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_and_line_of_a_chart_can_be_read_on_its_page(dark):
    look = palette(dark)
    inks = [look.target, look.original, *look.others]
    for colour in (look.text, look.faint, *(ink.text for ink in inks)):
        assert contrast(colour, look.page) >= WORDS, colour
    for ink in inks:
        assert contrast(ink.line, look.page) >= LINES, ink.line


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_themes_words_can_be_read_wherever_streamlit_puts_them(name):
    theme = THEME[name]
    primary, text = theme["primaryColor"], theme["textColor"]
    on_primary = ON_BRIGHT if name == "dark" else "#FFFFFF"
    assert contrast(on_primary, primary) >= WORDS, "the main button"
    for page in (theme, theme["sidebar"]):
        background = page["backgroundColor"]
        assert contrast(primary, background) >= WORDS, "a slider's value"
        for share in (TINT, POINTED_AT):
            assert contrast(primary, mixed(primary, background, share)) >= WORDS, "a chosen segment"
        assert contrast(mixed(text, background, CAPTION), background) >= WORDS, "a caption"
        assert contrast(text, page["secondaryBackgroundColor"]) >= WORDS
    assert palette(name == "dark").page == theme["backgroundColor"]
