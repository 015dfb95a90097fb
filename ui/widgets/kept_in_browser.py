"""A token that the browser keeps for the page, over a reload, a phone's sleep and a restart of the server."""

from __future__ import annotations

import streamlit as st

from ui import state

# A token that was put into the page is written; without one, what is kept is told. "-" forgets it. What
# private windows refuse to keep is simply not kept.
_JS = """
export default function ({ data, setStateValue }) {
  const store = data.long ? "localStorage" : "sessionStorage";
  try {
    if (data.token === "-") window[store].removeItem(data.name);
    else if (data.token) window[store].setItem(data.name, data.token);
    else {
      const kept = window[store].getItem(data.name) || "";
      if (kept && kept !== data.told) setStateValue("token", kept);
    }
  } catch { /* nothing can be kept here */ }
}
"""
_store = st.components.v2.component("trick.kept", js=_JS)
FORGET = "-"


def kept(name: str, token: str | None, *, long: bool) -> str:
    """What the browser keeps under a name, or "" until it has said so; a `token` is written instead.

    `long`: until it is forgotten, else as long as the window is open.
    """
    key = f"kept-{name}"
    told = str((state.widget(key).get() or {}).get("token") or "")
    _store(
        key=key,
        data={"name": f"trick.{name}", "token": token or "", "told": told, "long": long},
        default={"token": ""},
        on_token_change=lambda: None,
        height=1,
    )
    return told if len(told) <= 200 else ""
