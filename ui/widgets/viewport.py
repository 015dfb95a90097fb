"""What the visitor looks and works with: narrow or wide, dark or light, with less motion; and the key T."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from trickcore.language import language
from ui import state
from ui.widgets.access import announcer, focus

# Only the browser knows its width; it tells the page when it crosses that below which Streamlit hides the
# sidebar and the pages' names: of a phone, or of a laptop whose words are twice as large. T presses "Trick
# it": Streamlit's own shortcut writes its hint on the button at 2.9 : 1, which few can read.
_JS = """
export default function ({ data, setStateValue }) {
  document.documentElement.lang = data.language;
  const phone = window.matchMedia("(max-width: 767px)");
  const tell = () => { if (phone.matches !== data.narrow) setStateValue("narrow", phone.matches); };
  tell();
  phone.addEventListener("change", tell);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const tellStill = () => { if (still.matches !== data.calm) setStateValue("calm", still.matches); };
  tellStill();
  still.addEventListener("change", tellStill);
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
  // Streamlit names a notice after an element that it does not draw, so a screen reader would have no name.
  const nameless = "[data-testid=stToast]:not([aria-label])";
  const name = () => document.querySelectorAll(nameless).forEach((notice) => {
    notice.removeAttribute("aria-labelledby");
    const words = [...notice.querySelectorAll("p")].map((line) => line.innerText.trim());
    notice.setAttribute("aria-label", words.join(" "));
  });
  const notices = new MutationObserver(name);
  notices.observe(document.body, { childList: true, subtree: true });
  name();
  return () => {
    notices.disconnect();
    document.removeEventListener("touchstart", touch, { capture: true });
    phone.removeEventListener("change", tell);
    still.removeEventListener("change", tellStill);
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
    with st.sidebar, st.container(gap=None):
        _watch(
            key="viewport",
            data={"narrow": now, "calm": calm(), "language": language()},
            default={"narrow": False, "calm": False},
            on_narrow_change=lambda: None,
            on_calm_change=lambda: None,
            height=1,
        )
        focus.kept()
        announcer.begin()
    return now


def calm() -> bool:
    """Whether the visitor asked their system for less motion, as far as the browser has said."""
    if get_script_run_ctx(suppress_warning=True) is None:  # nobody looks
        return False
    return bool((state.widget("viewport").get() or {}).get("calm", False))


def dark() -> bool:
    return st.context.theme.type == "dark"
