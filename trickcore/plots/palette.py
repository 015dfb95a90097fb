"""The colours every page shares: a network tricked is orange, the truth is blue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ink:
    """One colour, as a line (3 : 1 on its page) and as text (4.5 : 1)."""

    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Okabe-Ito, safe for colour-blind people; a lighter set on dark. `page` is what it is read on."""

    page: str
    text: str
    faint: str  # axis labels
    rule: str  # grid lines
    target: Ink
    original: Ink
    others: tuple[Ink, ...]


LIGHT = Palette(
    page="#FFFFFF",
    text="#1A1A18",
    faint="#5C5C57",
    rule="#E6E4DF",
    target=Ink("#D55E00", "#B34F00"),
    original=Ink("#0072B2", "#0068A3"),
    others=(Ink("#009E73", "#007A59"), Ink("#C0649A", "#A04A7C"), Ink("#7A6A00", "#6B5D00")),
)
DARK = Palette(
    page="#14151A",
    text="#F2F1EE",
    faint="#A9A9A4",
    rule="#34363D",
    target=Ink("#FF8A3D", "#FF8A3D"),
    original=Ink("#56B4E9", "#56B4E9"),
    others=(Ink("#2DD4A0", "#2DD4A0"), Ink("#E6A2C5", "#E6A2C5"), Ink("#E0CF5C", "#E0CF5C")),
)


# Gradient pictures: grey is zero, bright adds, dark takes away; blue and orange for the colour-blind.
DIVERGING = (
    (0.0, "#06213F"),
    (0.25, "#2A5B8C"),
    (0.5, "#8E8E8E"),
    (0.75, "#F0B06A"),
    (1.0, "#FFF3D6"),
)


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT
