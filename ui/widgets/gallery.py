"""Small pictures one can click: a choice among the samples."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache

import streamlit as st

from trickcore.language import _, language, later
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import open_image

_HTML = '<div class="gallery" role="group"></div>'
_CSS = """
.gallery { display: grid; grid-template-columns: repeat(var(--columns), 1fr); gap: 4px; }
button { padding: 2px; border: 2px solid transparent; border-radius: 8px; background: none; cursor: pointer; }
button img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 5px; }
button:disabled { cursor: default; opacity: 0.6; }
button:hover:enabled { border-color: var(--st-border-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button[aria-pressed="true"] { border-color: var(--st-primary-color); }
"""
_JS = """
export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".gallery");
  box.setAttribute("aria-label", data.label);
  box.style.setProperty("--columns", data.columns);
  box.replaceChildren(...data.items.map(({ name, title, src }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(name === data.chosen));
    const image = document.createElement("img");
    image.src = src;
    image.alt = title;
    button.title = title;
    button.disabled = data.fixed;
    button.append(image);
    button.onclick = () => {
      for (const other of box.children) other.setAttribute("aria-pressed", String(other === button));
      setStateValue("chosen", name);
    };
    return button;
  }));
}
"""
_gallery = st.components.v2.component("trick.gallery", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to choose, by its name in the link."""

    name: str
    title: str
    src: str  # a data URL


_PHOTOS = {
    "cat": later("Cat"),
    "espresso": later("Espresso"),
    "photographer": later("Photographer"),
    "rocket": later("Rocket"),
    "motorcycle": later("Motorcycle"),
    "astronaut": later("Astronaut"),
}
_BETWEEN = later("5 or 6?")  # as assets/digits/drawn.json calls it


def of_photo() -> list[Item]:
    return [Item(name, _(_PHOTOS[name]), thumbnail(name)) for name in samples.SAMPLES]


def of_digit() -> list[Item]:
    return _digits(language())


@cache
def _digits(language: str) -> list[Item]:
    """In a language, the one spoken now."""
    return [Item(name, _digit(name), _url(drawing.drawn_png(name), "png")) for name in drawing.DRAWN]


def _digit(name: str) -> str:
    title = drawing.drawn_title(name)
    digit, upright, _rest = title.partition(", upright")
    return _("{digit}, upright", digit=digit) if upright else _(title)


def gallery(
    key: str, label: str, items: Sequence[Item], chosen: str, *, columns: int = 6, fixed: bool = False
) -> str:
    """The name of the picture the visitor clicked, `chosen` until then; when `fixed`, always."""
    result = _gallery(
        key=key,
        data={
            "label": label,
            "items": [asdict(item) for item in items],
            "chosen": chosen,
            "columns": columns,
            "fixed": fixed,
        },
        default={"chosen": chosen},
        on_chosen_change=lambda: None,
    )
    return result.chosen if result.chosen in {item.name for item in items} else chosen


@cache
def thumbnail(name: str) -> str:
    """A sample as a small JPEG in a data URL."""
    image = open_image(samples.sample(name)).convert("RGB")
    image.thumbnail((180, 180))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return _url(out.getvalue(), "jpeg")


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()
