"""The class of this server, and who the visitor is in it: a pupil, the teacher, or nobody."""

from __future__ import annotations

import os
import socket
from functools import cache

import segno
import streamlit as st

from trickcore.classroom.lessons import Classroom
from trickcore.classroom.records import Challenge, Pupil, Refused
from ui import state

MODE = "TRICK_CLASS"  # "1": the server was started for a class
CODE = "class"  # of a pupil's link


def on() -> bool:
    """Whether this server is for a class."""
    return os.environ.get(MODE) == "1"


@cache
def room() -> Classroom:
    """The one class of this server. Raises Refused where its database cannot be used."""
    return Classroom()


def code() -> str:
    """The code that the visitor came with; kept, since another page's address lacks it."""
    asked = st.query_params.get(CODE)
    if asked:
        state.class_code.set(asked[:20].upper())
    return state.class_code.get() or ""


def pupil() -> Pupil | None:
    """The pupil whose device this is."""
    token = state.pupil_token.get() if on() else None
    return room().pupil(token) if token else None


def teacher() -> bool:
    """Whether the PIN was given on this device."""
    token = state.teacher_token.get() if on() else None
    return bool(token) and room().is_teacher(token or "")


def challenge() -> Challenge | None:
    """What the pupil is to do; None for everybody else."""
    return room().challenge() if pupil() is not None else None


def fixed(word: str) -> tuple[str, ...] | None:
    """The controls that are hidden ("hide") or pinned ("pin") for a pupil, whatever the link says."""
    given = challenge()
    if given is None:
        return None
    return given.hide if word == "hide" else given.pin


def own_pictures() -> bool:
    """Whether the visitor may use pictures of their own."""
    return pupil() is None or room().lesson().uploads


def address() -> str:
    """Where this machine is found in its network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))  # nothing is sent: it asks which way a packet would go
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def link(port: int | str) -> str:
    """The pupils' address."""
    return f"http://{address()}:{port}/?{CODE}={room().lesson().code}"


def qr(text: str) -> str:
    """A QR code, dark on light in either theme, as an address of its own."""
    return str(segno.make(text, micro=False).svg_data_uri(scale=8, border=3, dark="#121211", light="#ffffff"))


def enter(pin: str) -> str:
    """The teacher comes in; a sentence where they do not."""
    try:
        state.teacher_token.set(room().enter(pin, st.context.ip_address or "here"))
    except Refused as error:
        return str(error)
    return ""
