"""Small pictures one can click: a choice among the sample photographs."""

from __future__ import annotations

import base64
import io
from functools import cache

import streamlit as st
from PIL import Image

from trickcore import samples

_HTML = '<div class="gallery" role="group"></div>'
_CSS = """
.gallery { display: grid; grid-template-columns: repeat(6, 1fr); gap: 4px; }
button { padding: 2px; border: 2px solid transparent; border-radius: 8px; background: none; cursor: pointer; }
button img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 5px; }
button:hover { border-color: var(--st-border-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button[aria-pressed="true"] { border-color: var(--st-primary-color); }
"""
_JS = """
export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".gallery");
  box.setAttribute("aria-label", data.label);
  box.replaceChildren(...data.items.map(({ name, title, src }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(name === data.chosen));
    const image = document.createElement("img");
    image.src = src;
    image.alt = title;
    button.title = title;
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


def gallery(key: str, chosen: str) -> str:
    """The sample the visitor clicked, `chosen` until then."""
    items = [{"name": name, "title": name.capitalize(), "src": thumbnail(name)} for name in samples.SAMPLES]
    result = _gallery(
        key=key,
        data={"label": "Sample photos", "items": items, "chosen": chosen},
        default={"chosen": chosen},
        on_chosen_change=lambda: None,
    )
    return result.chosen if result.chosen in samples.SAMPLES else chosen


@cache
def thumbnail(name: str) -> str:
    """A sample as a small JPEG in a data URL."""
    image = Image.open(io.BytesIO(samples.sample(name))).convert("RGB")
    image.thumbnail((180, 180))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
