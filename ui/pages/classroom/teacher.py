"""The teacher's controls: who may come in, what is on, who is on the wall, and what is taken home."""

from __future__ import annotations

import io
from collections.abc import Callable

import segno
import streamlit as st

from trickcore.classroom.challenges import KINDS, ready_made, task_in_words
from trickcore.classroom.records import Entry
from trickcore.language import _, carried
from ui import classroom, state, text
from ui.pages.classroom import predict, refusals
from ui.sidebar import apply_recipe
from ui.widgets import main_button


def show() -> None:
    room = classroom.room()
    lesson = room.lesson()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(_("Class"), width="content")
        main_button.button(
            _("Projector"),
            key="project",
            icon=":material/cast_for_education:",
            help=_("The wall alone, in large type, with no controls. Escape or a double click ends it."),
            on_click=_project,
        )
    left, right = st.columns([2, 3], gap="large")
    with left:
        _door(lesson.code)
        _lesson()
    with right:
        _challenge()
        st.subheader(
            _("Predict first"), help=_("The class says what will happen; then the run starts for all.")
        )
        predict.teach()
        st.subheader(_("On the wall"))
        _entries()


@st.cache_data(max_entries=8, show_spinner=False)
def code_picture(link: str) -> bytes:
    """The link as a QR code, a PNG: dark on light with its margin, since many phones read no other."""
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def _door(code: str) -> None:
    base = classroom.address()
    st.image(code_picture(classroom.link(base, code)), width=300, alt=_("QR code of the pupils' link"))
    st.markdown(f"## {code}", help=_("The pupils' code. The QR code holds it already."))
    st.markdown(_("Pupils open `{address}/?class={code}`", address=base, code=code))


def _lesson() -> None:
    room = classroom.room()
    lesson = room.lesson()
    st.subheader(_("Lesson"))
    _toggle(
        _("Freeze the board"),
        "freeze",
        lesson.frozen,
        room.freeze,
        _("Nothing can be handed in until it is off again."),
    )
    _toggle(
        _("Uploads and camera"),
        "uploads",
        lesson.uploads,
        room.allow_uploads,
        _(
            "Whether pupils, and whoever else opens the page, may use pictures of their own. They stay on "
            "this machine."
        ),
    )
    with st.container(horizontal=True):
        st.download_button(
            _("Table"), carried(_table), "class.csv", "text/csv", key="csv", icon=":material/table:",
            on_click="ignore", help=_("The best of each pupil, as CSV: a spreadsheet opens it."),
        )  # fmt: skip
        st.download_button(
            _("Report"), carried(room.report), "class.html", "text/html", key="report",
            icon=":material/description:",
            on_click="ignore", help=_("The lesson as one HTML file."),
        )  # fmt: skip
    with st.popover(_("End or begin again"), icon=":material/restart_alt:"):
        _sure(_("Forget the hand-ins"), _("Of the challenge that is on."), "reset", room.reset)
        _sure(_("New lesson"), _("A new code; pupils join again."), "new", room.begin)
        _sure(_("Delete everything now"), _("The lesson, its names and pictures."), "delete", room.end)
    st.button(_("Close this page"), key="close", type="tertiary", icon=":material/logout:", on_click=_close)


def _table() -> bytes:
    """With the mark by which Excel knows that names are in UTF-8."""
    return classroom.room().csv().encode("utf-8-sig")


def _toggle(label: str, key: str, now: bool, act: Callable[[bool], None], help: str) -> None:
    """A switch that stands where the lesson has it, also in a new lesson, or changed in another window."""
    widget = state.widget(key)
    widget.set(now)
    st.toggle(label, key=key, help=help, on_change=lambda: refusals.pressed(act, bool(widget.get())))


def _sure(label: str, words: str, key: str, act: Callable[[], object]) -> None:
    st.button(label, key=key, width="stretch", on_click=refusals.pressed, args=(act,))
    st.caption(words)


def _challenge() -> None:
    room = classroom.room()
    on, ready = room.challenge(), ready_made()
    st.subheader(_("Challenge"))
    if on is not None:
        st.markdown(
            _(
                "On: **{title}**, on a picture of a {noun}.",
                title=text.escape(_(on.title)),
                noun=text.escape(_(on.noun)),
            )
        )
    chosen = st.selectbox(
        _("Challenge"),
        range(len(ready)),
        format_func=lambda place: _(ready[place].title),
        key="ready",
        label_visibility="collapsed",
    )
    challenge = ready[chosen]
    picture, words = st.columns([1, 4], vertical_alignment="center")
    picture.image(challenge.picture, width="stretch", alt=_("Picture of a {noun}", noun=_(challenge.noun)))
    words.markdown(text.escape(task_in_words(challenge)))
    with st.container(horizontal=True):
        if main_button.button(
            _("Start"),
            key="start-challenge",
            icon=":material/flag:",
            help=_("Every pupil gets it at once."),
        ):
            room.set_challenge(challenge)
            st.rerun()
        if on is not None and st.button(_("Take it off"), key="no-challenge", type="tertiary"):
            room.no_challenge()
            st.rerun()
    st.caption(_("Another one: set up a run on Trick, then press “For the class” there."))


@st.fragment(run_every=1)
def _entries() -> None:
    with refusals.told():
        _rows()


def _rows() -> None:
    room = classroom.room()
    board, pupils = room.board(), room.pupils()
    challenge = room.challenge()
    if not pupils:
        st.caption(_("Nobody has joined yet."))
    best = {entry.pupil_id: entry for entry in board.entries}
    for pupil in pupils:
        entry = best.get(pupil.id)
        with st.container(horizontal=True, vertical_alignment="center"):
            shown = _(":gray[hidden]") if pupil.hidden else ""
            score = text.escape(entry.score.words) if entry else ""
            st.markdown(f"**{text.escape(pupil.nickname)}** {shown} {score}", width="stretch")
            st.button(
                _("Show") if pupil.hidden else _("Hide"),
                key=f"hide-{pupil.id}",
                type="tertiary",
                help=_("Takes the name and its pictures off the wall, or puts them back."),
                on_click=refusals.pressed,
                args=(room.hide, pupil.id, not pupil.hidden),
            )
            if (
                entry is not None
                and challenge is not None
                and st.button(
                    _("Open"),
                    key=f"open-{entry.id}",
                    type="tertiary",
                    help=_("Opens what was handed in, in Trick."),
                )
            ):
                _open(entry)
    if challenge is not None:
        st.caption(_("The best of each counts, in {unit}.", unit=_(KINDS[challenge.kind].unit)))


def _open(entry: Entry) -> None:
    """Trick, with the picture as it was handed in."""
    room = classroom.room()
    challenge = room.challenge()
    if challenge is None:
        return
    png = room.entry(entry.id).png
    state.file("upload").set((f"{entry.nickname}.png", png))
    apply_recipe.apply(challenge.recipe, "file")
    st.switch_page("ui/pages/trick.py")


def _project() -> None:
    state.projecting.set(True)


def _close() -> None:
    if token := state.teacher_token.get():
        refusals.pressed(classroom.room().leave, token)
    state.teacher_token.set("-")
