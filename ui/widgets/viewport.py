"""What the visitor looks and works with: a narrow screen or a wide one, dark or light, and the key T."""

from __future__ import annotations

import streamlit as st

from ui import state

# Only the browser knows its width; it tells the page when it crosses that of a phone. T presses "Trick
# it": Streamlit's own shortcut writes its hint on the button at 2.9 : 1, which few can read.
_JS = """
export default function ({ data, setStateValue }) {
  const phone = window.matchMedia("(max-width: 640px)");
  const tell = () => { if (phone.matches !== data.narrow) setStateValue("narrow", phone.matches); };
  tell();
  phone.addEventListener("change", tell);
  const press = (event) => {
    if (event.key.toLowerCase() !== "t" || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable=true]")) return;
    document.querySelector(".st-key-trick button:enabled")?.click();
  };
  document.addEventListener("keydown", press);
  // A chart takes a tap for a click on what the pointer was over before; of a finger it knows that only
  // after the tap. So it is told first.
  const touch = (event) => {
    const chart = event.target.closest?.(".nsewdrag"), finger = event.touches[0];
    if (!chart || event.touches.length !== 1) return;
    const { clientX, clientY } = finger;
    chart.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
  };
  document.addEventListener("touchstart", touch, { capture: true, passive: true });
  return () => {
    document.removeEventListener("touchstart", touch, { capture: true });
    phone.removeEventListener("change", tell);
    document.removeEventListener("keydown", press);
  };
}
"""
_watch = st.components.v2.component("trick.viewport", js=_JS)


def known() -> bool:
    """Whether the screen is a phone's, as far as the browser has said; a wide one until then."""
    return bool((state.widget("viewport").get() or {}).get("narrow", False))


def narrow() -> bool:
    """Whether the page is shown on a phone's width; asks the browser to say so when that changes."""
    now = known()
    with st.sidebar:
        _watch(
            key="viewport",
            data={"narrow": now},
            default={"narrow": False},
            on_narrow_change=lambda: None,
            height=1,
        )
    return now


def dark() -> bool:
    return st.context.theme.type == "dark"
