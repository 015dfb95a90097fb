"""What the visitor's screen is like: narrow or wide, dark or light."""

from __future__ import annotations

import streamlit as st

# Only the browser knows its width; it tells the page when it crosses that of a phone.
_JS = """
export default function ({ data, setStateValue }) {
  const phone = window.matchMedia("(max-width: 640px)");
  const tell = () => { if (phone.matches !== data.narrow) setStateValue("narrow", phone.matches); };
  tell();
  phone.addEventListener("change", tell);
  return () => phone.removeEventListener("change", tell);
}
"""
_watch_width = st.components.v2.component("trick.viewport", js=_JS)


def narrow() -> bool:
    """Whether the page is shown on a phone's width; a wide screen until the browser has said otherwise."""
    known = st.session_state.get("viewport", {})
    now = bool(known.get("narrow", False))
    with st.sidebar:
        _watch_width(
            key="viewport",
            data={"narrow": now},
            default={"narrow": False},
            on_narrow_change=lambda: None,
            height=1,
        )
    return now


def dark() -> bool:
    return st.context.theme.type == "dark"
