"""Which language a visit speaks: the link's, the one chosen, or the browser's."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from trickcore.language import ENGLISH, LANGUAGES, _, asks
from ui import state

LINK = "lang"  # in the address of any page


def spoken() -> str:
    """The language of the visit whose page this thread runs; English elsewhere."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return state.language.get() or ENGLISH


def settle() -> None:
    """Called before a page says anything."""
    asks(spoken)
    asked = st.query_params.get(LINK)
    if asked in LANGUAGES:
        state.language.set(asked)
    elif not state.language.exists():
        state.language.set(_browsers())


def menu() -> None:
    """The choice, at the end of the panel."""
    key = "language-choice"
    if state.widget(key).get() not in (None, spoken()):  # the address has another: somebody went back, say
        state.widget(key).set(spoken())
    with st.sidebar:
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            default=spoken(),
            required=True,
            width="stretch",
            format_func=str.upper,
            key=key,
            help=_("The names of ImageNet's classes stay English: they are the networks' own."),
            on_change=_choose,
        )


def _choose() -> None:
    chosen = str(state.widget("language-choice").get())
    state.language.set(chosen)
    st.query_params[LINK] = chosen
    state.set_anew()  # a browser would go on to name choices as they were called before


def _browsers() -> str:
    locale = st.context.locale
    first = locale.split("-")[0].lower() if isinstance(locale, str) else ENGLISH
    return first if first in LANGUAGES else ENGLISH
