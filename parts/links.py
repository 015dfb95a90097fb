"""Settings in the address bar that Streamlit's own `bind` cannot carry, because what is shown may change."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def from_link(name: str, allowed: Collection[str], default: str) -> str:
    """The value the link asks for, else this visit's last; what is asked for wrongly is ignored."""
    for value in (st.query_params.get(name), st.session_state.get(f"link.{name}")):
        if value in allowed:
            return str(value)
    return default


def to_link(name: str, value: str, default: str) -> None:
    """Put the value into the link, or take it out where it goes without saying."""
    st.session_state[f"link.{name}"] = value
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
