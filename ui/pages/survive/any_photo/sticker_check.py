"""Check it: a photo of the printed sticker, and one without it, read at once."""

from __future__ import annotations

import streamlit as st

from trickcore import ImageError, engine
from trickcore.jobs import runs
from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged
from trickcore.runs.outcome import Reading
from trickcore.text import named, percent
from ui import classroom, text
from ui.current_trick import CurrentTrick
from ui.guard import guarded
from ui.session_run import seen
from ui.sidebar.picture_source import PHOTO_TYPES, keep, own
from ui.sidebar.url_state import LINK
from ui.widgets import outcome_box

FILE, CAMERA = later("Photos"), later("Camera")
SIDES = {"with": later("With the sticker"), "without": later("Without it")}


def check(current: CurrentTrick, target: int) -> None:
    """Two photos, and what the network says of each."""
    st.subheader(
        _("Check it"),
        help=_(
            "Print the sticker, put it beside something and take a photo; then take it away and take "
            "another. The network reads the middle of each photo, as it reads every picture."
        ),
    )
    if current.digits:
        st.caption(_("Choose a network for photos to check a print with a camera."))
        return
    if not classroom.own_pictures():
        st.caption(_(classroom.OFF))
        return
    source = st.segmented_control(
        _("Where the photos come from"),
        [FILE, CAMERA],
        default=FILE,
        required=True,
        format_func=_,
        key="sticker_check",
        label_visibility="collapsed",
        help=_("*Camera* opens the camera of this device; the browser asks for leave first."),
        **LINK,
    )
    found: dict[str, Reading] = {}
    for column, (side, words) in zip(st.columns(2, gap="medium"), SIDES.items(), strict=True):
        with column:
            reading = _one(current, target, side, _(words), camera=source == CAMERA)
        if reading is not None:
            found[side] = reading
    if len(found) == len(SIDES):
        _told(current, target, found)


def _one(current: CurrentTrick, target: int, side: str, words: str, *, camera: bool) -> Reading | None:
    key = f"sticker-{side}-{'camera' if camera else 'file'}"
    if camera:
        given = st.camera_input(words, key=key, on_change=keep, args=(key,), help=_("A photo of the print."))
    else:
        given = st.file_uploader(
            words,
            type=PHOTO_TYPES,
            max_upload_size=20,
            key=key,
            on_change=keep,
            args=(key,),
            help=_("A photo of the print, up to 20 MB. It stays on the computer that runs this page."),
        )
    data = own(key, shown=given is not None)
    if data is None:
        return None
    place = st.container()
    with guarded(place, _("The photo could not be read: {}. Take another."), ImageError), place:
        reading = engine.call(runs.reading, current.network, data)
        picture = encode(enlarged(seen(current.network, data)))
        st.image(picture, width=224, alt=f"{words}: {reading.name}")
        rest = ""
        if reading.label != target:
            rest = f" · {text.escape(current.labels[target])} {percent(float(reading.probs[target]))}"
        st.markdown(f"{text.caption(reading.name, reading.probability)}{rest}")
        return reading
    return None


def _told(current: CurrentTrick, target: int, found: dict[str, Reading]) -> None:
    with_it, without = found["with"], found["without"]
    goal, was = (text.escape(named(current.labels, k)) for k in (target, without.label))
    place = st.empty()
    if with_it.label == target != without.label:
        said = _("Without the sticker it is {was}, with it {goal}.", was=was, goal=goal)
        outcome_box.network(place, True, said)
    elif with_it.label != without.label:
        name = text.escape(with_it.name)
        said = _("Not read as {goal}, but as {name} where it was {was}.", goal=goal, name=name, was=was)
        outcome_box.network(place, True, said)
    elif without.label == target:
        said = _("Even without the sticker this is read as {goal}.", goal=goal)
        outcome_box.network(place, False, said)
    else:
        said = _(
            "Still read as {was}: go nearer, so that the sticker fills more of the photo, and look for "
            "better light.",
            was=was,
        )
        outcome_box.network(place, False, said)
