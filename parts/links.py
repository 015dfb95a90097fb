"""Settings in the address bar: Streamlit's own `bind`, and what it cannot carry since the choices change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

# What Streamlit itself keeps in the link, and through the visit.
LINK: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


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
