"""What a browser keeps of a class: the tokens by which a phone that slept finds its name again."""

from __future__ import annotations

import streamlit as st

from ui import state

_JS = """
export default function ({ data, setStateValue }) {
  const names = ["pupil", "teacher"];
  try {
    for (const name of names) {
      const key = "trick.class." + name;
      if (data[name]) localStorage.setItem(key, data[name]);
      if (data.forget === name) localStorage.removeItem(key);
    }
    const kept = Object.fromEntries(names.map((name) => [name, localStorage.getItem("trick.class." + name)]));
    if (JSON.stringify(kept) !== JSON.stringify(data.known)) setStateValue("kept", kept);
  } catch { /* a browser that keeps nothing: the name lasts as long as the page is open */ }
}
"""
_device = st.components.v2.component("trick.device", js=_JS)


def remember() -> None:
    """Gives the browser the tokens of the visit, and takes what it kept of an earlier one."""
    known = (state.widget("device").get() or {}).get("kept") or {}
    mine = {"pupil": state.pupil_token, "teacher": state.teacher_token}
    for name, entry in mine.items():
        kept = known.get(name)
        if isinstance(kept, str) and 0 < len(kept) < 200 and not entry.exists():
            entry.set(kept)
    _device(
        key="device",
        data={"known": known, **{name: entry.get() or "" for name, entry in mine.items()}},
        default={"kept": {}},
        on_kept_change=lambda: None,
        height=1,
    )
