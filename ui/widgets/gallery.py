"""Small pictures one can click: a choice among the samples."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache

import streamlit as st

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


def of_photo() -> list[Item]:
    return [Item(name, name.capitalize(), thumbnail(name)) for name in samples.SAMPLES]


@cache
def of_digit() -> list[Item]:
    return [
        Item(name, drawing.drawn_title(name), _url(drawing.drawn_png(name), "png")) for name in drawing.DRAWN
    ]


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
