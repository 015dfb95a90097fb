"""The wall as it stands, live: it looks every second whether something has changed."""

from __future__ import annotations

import streamlit as st

from trickcore.classroom.records import Refused
from ui import classroom, text
from ui.widgets.wall import Seen, wall

PAUSE = 0.8  # seconds


@st.fragment(run_every=PAUSE)
def board(*, large: bool) -> None:
    """Without anyone reloading."""
    room = classroom.room()
    try:
        lesson = room.lesson()
        port = st.get_option("server.port")
        link = classroom.link(port)
        seen = Seen(
            lesson, room.challenge(), room.board(), room.tally(), link.partition("/?")[0], classroom.qr(link)
        )
    except Refused as error:
        st.error(text.escape(str(error)), icon=":material/database:")
        return
    wall(seen, large=large)
