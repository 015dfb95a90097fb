"""A teacher's link: `hide` takes controls off the page, `pin` holds them at what the link says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import streamlit as st

from trickcore.language import _, later
from ui import classroom, state
from ui.sidebar import link_notice
from ui.sidebar.url_state import LINK

OWN = ("lesson-hide", "lesson-pin")  # the settings of the link for a class itself
# What can be hidden or pinned, by its name in the link.
CONTROLS = {
    "network": later("Network"),
    "picture": later("Picture"),
    "goal": later("Goal and target class"),
    "method": later("Method"),
    "epsilon": later("Epsilon"),
    "steps": later("Steps"),
    "more": later("More"),
}


def _asked(word: str) -> frozenset[str]:
    """The controls named in the link; kept for the visit, since another page's address lacks it."""
    if (held := classroom.challenge()) is not None:
        # Entries are compared with each other, so all are made the same way.
        names_held = (*held.hide, "method") if word == "hide" else held.pin
        return frozenset(names_held) & CONTROLS.keys()
    names = st.query_params.get(word)
    if names is None and (kept := state.class_link(word).get()):
        names = st.query_params[word] = kept
    state.class_link(word).set(names)
    if names is not None:
        link_notice.read(word, good=set(names.split(",")) <= CONTROLS.keys())
    return frozenset((names or "").split(",")) & CONTROLS.keys()


def hidden(control: str) -> bool:
    return control in _asked("hide")


def pinned(control: str) -> bool:
    """Whether it can be seen but not changed."""
    return control in _asked("pin")


@contextmanager
def hideable(control: str) -> Iterator[None]:
    """Where a control stands. A hidden one is put up all the same, since it is what carries the
    setting through link and visit, and taken away before anyone has seen it."""
    if not hidden(control):
        yield
        return
    spot = st.empty()
    with spot.container():
        yield
    spot.empty()


def share() -> None:
    """Makes such a link, of the settings as they are; not for those who came by one."""
    if _asked("hide") or _asked("pin"):
        return
    with st.popover(_("Link for a class"), icon=":material/link:"):
        st.markdown(_("Everyone who opens this link starts with your settings, your seed included."))
        names = list(CONTROLS)
        gone = st.multiselect(
            _("Hide"),
            names,
            format_func=_called,
            key=OWN[0],
            placeholder=_("Nothing"),
            help=_("These controls are not shown; they keep the values they have now."),
            **LINK,
        )
        fixed = st.multiselect(
            _("Pin"),
            [name for name in names if name not in gone],
            format_func=_called,
            key=OWN[1],
            placeholder=_("Nothing"),
            help=_("These controls are shown, but cannot be changed."),
            **LINK,
        )
        settings = {name: st.query_params.get_all(name) for name in st.query_params if name not in OWN}
        settings |= {word: [",".join(which)] for word, which in (("hide", gone), ("pin", fixed)) if which}
        query = urlencode(settings, doseq=True)
        page = str(st.context.url or "").partition("?")[0].rstrip("/") + "/"
        st.code(f"{page}?{query}" if query else page, language=None, wrap_lines=True)
        st.caption(_("Your own photo, drawing, painted mask or network does not travel with it."))


def _called(control: str) -> str:
    return _(CONTROLS[control])
