"""The teacher's controls of a lesson: its challenge, what is handed in, the names, what one takes home."""

from __future__ import annotations

import functools

import streamlit as st

from trickcore.classroom import challenges
from trickcore.classroom.records import Entry
from ui import classroom, state, text
from ui.sidebar import apply_recipe


def challenge() -> None:
    """One of those that are ready; any run on Trick can be another."""
    ready = challenges.ready_made()
    st.markdown("**Challenge**", help="Or make one: press *Challenge for the class* on Trick, after a run.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = st.selectbox(
            "Ready made", range(len(ready)), format_func=lambda k: ready[k].title, key="ready-made",
            label_visibility="collapsed", help="Five to begin with, each with its own picture and settings.",
        )  # fmt: skip
        st.button(
            "Start",
            key="start-challenge",
            icon=":material/flag:",
            help="All pupils get it within two seconds.",
            on_click=_set,
            args=(chosen,),
        )


def _set(chosen: int) -> None:
    classroom.room().set_challenge(challenges.ready_made()[chosen])


def permissions() -> None:
    """What pupils may do."""
    room = classroom.room()
    now = room.lesson()
    with st.container(horizontal=True):
        frozen = st.toggle(
            "Freeze", value=now.frozen, key="freeze", help="Nothing can be handed in while it is on."
        )
        uploads = st.toggle(
            "Own pictures",
            value=now.uploads,
            key="uploads",
            help="Lets pupils upload and photograph. Their pictures stay on this computer, for this visit.",
        )
    if frozen != now.frozen:
        room.freeze(frozen)
    if uploads != now.uploads:
        room.allow_uploads(uploads)


@st.fragment(run_every=2.0)
def as_it_goes() -> None:
    """The hand-ins and the names, as they come."""
    hand_ins()
    pupils()


def hand_ins() -> None:
    """The pictures that were handed in."""
    room = classroom.room()
    entries = room.board().entries
    with st.expander(f"Hand-ins ({len(entries)})", key="hand-ins", icon=":material/photo_library:"):
        if not entries:
            st.caption("Nothing yet.")
        for entry in entries:
            _entry(entry)
        if entries:
            st.button(
                "Reset", icon=":material/restart_alt:", key="reset",
                help="Forgets all hand-ins of this challenge.", on_click=room.reset,
            )  # fmt: skip


def _entry(entry: Entry) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(entry.thumbnail, width=48)
        st.markdown(f"{text.escape(entry.nickname)}: **{text.escape(entry.score.words)}**")
        st.download_button(
            "PNG",
            functools.partial(_png, entry.id),
            f"hand-in-{entry.id}.png",
            "image/png",
            key=f"png-{entry.id}",
            on_click="ignore",
            help="The picture as it was handed in.",
        )
        if st.button("Trick", key=f"open-{entry.id}", icon=":material/open_in_new:",
                     help="Opens the picture on Trick, as one's own."):  # fmt: skip
            _open(entry)


def _png(entry_id: int) -> bytes:
    return classroom.room().entry(entry_id).png


def _open(entry: Entry) -> None:
    """The picture that was handed in, as an upload of the teacher's, with the challenge's settings."""
    given = classroom.room().challenge()
    if given is None:
        return
    state.file("upload").set((f"{entry.nickname}.png", _png(entry.id)))
    apply_recipe.apply(given.recipe, "file")
    if (run := state.run.pop()) is not None:
        run.close()
    st.switch_page("ui/pages/trick.py")


def pupils() -> None:
    """The names, each with a way to take it off the wall."""
    room = classroom.room()
    found = room.pupils()
    with st.expander(f"Pupils ({len(found)})", key="pupils", icon=":material/group:"):
        if not found:
            st.caption("Nobody has joined yet. The code and the address stand on the wall.")
        for pupil in found:
            shown = st.toggle(
                text.escape(pupil.nickname),
                value=not pupil.hidden,
                key=f"shown-{pupil.id}",
                help="On: the name and its pictures are on the wall.",
            )
            if shown is pupil.hidden:
                room.hide(pupil.id, not shown)


def _begin() -> None:
    classroom.room().begin()


def take_home() -> None:
    """The table, the report, and the end of a lesson."""
    room = classroom.room()
    with st.expander("Take home, end", icon=":material/download:"):
        with st.container(horizontal=True):
            st.download_button(
                "CSV", room.csv, "class.csv", "text/csv", key="class-csv", on_click="ignore",
                help="A row for the best of each pupil in each challenge, for a spreadsheet.",
            )  # fmt: skip
            st.download_button(
                "Report", room.report, "class.html", "text/html", key="class-report", on_click="ignore",
                help="The lesson on one page that loads nothing from elsewhere.",
            )  # fmt: skip
        with st.container(horizontal=True):
            st.button(
                "New lesson", icon=":material/add:", key="new-lesson", on_click=_begin,
                help="A new code; pupils join again. The old lesson is kept for 30 days.",
            )  # fmt: skip
            st.button(
                "Delete", icon=":material/delete:", key="delete-lesson", on_click=room.end,
                help="Deletes this lesson at once: names, pictures and answers.",
            )  # fmt: skip
