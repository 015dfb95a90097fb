"""What is looked at: a sample, one's own drawing, a photo, or an empty canvas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, ImageError
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import encode
from ui import classroom, state, text
from ui.sidebar import class_link, web_picture
from ui.sidebar.url_state import LINK, from_link, to_link
from ui.widgets.canvas import canvas
from ui.widgets.gallery import gallery, of_digit, of_photo
from ui.widgets.paste import paste

PHOTO_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
ANSWERS = ("cat", "5")  # the first sample of photos, and of digits


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, or none yet, and what to call it in a sentence."""

    data: bytes | None
    noun: str
    origin: str = "file"  # "sample:cat", "digit:5", "blank:white", or a file of the visitor's own
    ask: str = ""  # what to do when there is none yet
    wrong: str = ""  # what was wrong with the file that was given


def picture(
    card: Card,
    size: tuple[int, int],
    seed: int,
    guess: Callable[[bytes], str],
    elsewhere: DeltaGenerator | None = None,
) -> Picture:
    """What is to be changed. `guess` says in a few words what the network takes a drawing for;
    `elsewhere` is where it stands if not in the panel, as on a phone."""
    # One place, whatever it holds.
    with elsewhere.container(gap="xsmall") if elsewhere else st.container(gap="xsmall"):
        if (held := classroom.challenge()) is not None and {"picture"} & {*held.hide, *held.pin}:
            if elsewhere is None:  # else it stands under the run, which begins with it
                st.image(held.picture, width=120, alt=f"The class's picture: {held.noun}")
            return Picture(held.picture, held.noun, held.origin)
        off = {"Upload", "Camera", "Web"} if not classroom.own_pictures() else set()
        if not classroom.web_pictures():
            off.add("Web")
        # Five stand in one row, and only as pills, which are narrower than segments.
        source = st.pills(
            "Picture",
            [kind for kind in (_FOR_DIGITS if card.digits else _FOR_PHOTOS) if kind not in off],
            default="Sample",
            required=True,
            width="stretch",
            wrap=False,
            key="picture",
            disabled=class_link.pinned("picture"),
            help="What the network looks at. Your own pictures stay on the computer that runs this page.",
            **LINK,
        )
        if source == "Sample":
            return _sample(card.digits)
        if source == "Draw":
            return _drawn(guess)
        if source == "Blank":
            return _blank(card.digits, size, seed)
        if source in off:
            return Picture(None, "photo", wrong=classroom.OFF if "Upload" in off else web_picture.OFF)
        if source == "Upload" and card.digits and "Web" not in off:
            source = _which()
        return _given(source, card.digits)


_FOR_PHOTOS = ("Sample", "Upload", "Web", "Camera", "Blank")
_FOR_DIGITS = ("Sample", "Draw", "Upload", "Camera", "Blank")  # a sixth has no room: it is under Upload


def _sample(digits: bool) -> Picture:
    default = ANSWERS[digits]
    names = drawing.DRAWN if digits else samples.SAMPLES
    kept = "sample.digits" if digits else "sample.photos"
    chosen = from_link("sample", names, default, kept)
    fixed, turn = class_link.pinned("picture"), state.gallery_turn.get()
    if digits:
        name = gallery(f"digits-{turn}", "Sample digits", of_digit(), chosen, columns=11, fixed=fixed)
        to_link("sample", name, default, kept)
        return Picture(drawing.drawn_png(name), name[0], f"digit:{name}")
    name = gallery(f"gallery-{turn}", "Sample photos", of_photo(), chosen, fixed=fixed)
    to_link("sample", name, default, kept)
    return Picture(samples.sample(name), name, f"sample:{name}")


def _drawn(guess: Callable[[bytes], str]) -> Picture:
    strokes = canvas("canvas-digit", ())
    place = st.empty()
    st.caption("The link carries all settings, but not your own drawing.")
    if not any(not stroke.erases for stroke in strokes):
        return Picture(None, "digit", ask="Draw a digit to begin: with mouse, pen, finger or keyboard.")
    data = encode(drawing.rendered(strokes))
    place.markdown(guess(data))
    return Picture(data, "digit")


def _blank(digits: bool, size: tuple[int, int], seed: int) -> Picture:
    kind = st.segmented_control(
        "Canvas",
        samples.CANVASES,
        default="white",
        required=True,
        width="stretch",
        format_func=str.capitalize,
        key="canvas",
        help="Start from nothing: one even colour, or random noise (drawn with the seed under More).",
        **LINK,
    )
    noun = "noise" if kind == "noise" else f"{kind} canvas"
    return Picture(samples.blank(kind, size, channels=1 if digits else 3, seed=seed), noun, f"blank:{kind}")


def _which() -> str:
    """The same as "Upload" and "Web" in the row of the others, where that is full."""
    from_web = "From the web"
    chosen = st.segmented_control(
        "Where it comes from",
        ["From a file", from_web],
        default="From a file",
        required=True,
        label_visibility="collapsed",
        width="stretch",
        key="upload-from",
        persist_state="session",
    )
    return "Web" if chosen == from_web else "Upload"


def _given(source: str, digits: bool) -> Picture:
    given = None
    if source == "Camera":
        ask, key = "Take a photo to begin.", "camera"
        given = st.camera_input(
            "Take a photo",
            key=key,
            help="The browser asks for leave first.",
            on_change=keep,
            args=(key,),
        )
    elif source == "Web":
        what, key = "a photo of one digit" if digits else "a picture", web_picture.KEY
        ask = f"Give the address of {what} to begin."
        web_picture.ask()
    else:
        ask, key = "Choose a photo of one digit to begin." if digits else "Choose a photo to begin.", "upload"
        given = st.file_uploader(
            "Upload or paste a photo",
            type=PHOTO_TYPES,
            max_upload_size=20,
            key=key,
            help="A file, or what you have copied: a picture, or a screenshot. PNG, JPEG, WebP, BMP, GIF or "
            "TIFF, up to 20 MB. " + ("One digit, dark on light or light on dark." if digits else _CUT),
            on_change=keep,
            args=(key,),
        )
        paste(key)
    data = own(key, shown=given is not None)
    st.caption("The link carries all settings, but not your own picture.")
    if data is None or not digits:
        return Picture(data, "photo", ask=ask)
    try:
        return Picture(_digit_of(hashlib.sha256(data).hexdigest(), data), "digit", ask=ask)
    except ImageError as error:
        return Picture(None, "digit", wrong=str(error))


def keep(key: str) -> None:
    """Streamlit forgets a file as soon as its widget is off the page; here it is kept for the visit."""
    given = state.widget(key).get()
    state.file(key).set((given.name, given.getvalue()) if given else None)


def own(key: str, *, shown: bool) -> bytes | None:
    """The visitor's own file of an uploader that calls `keep`, with its name and a way to let it go,
    unless it is `shown` in the uploader itself."""
    kept = state.file(key).get()
    if kept is None:
        return None
    name, data = kept
    if not shown:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.markdown(f"Kept for your visit: **{text.escape(name)}**", width="stretch")
            st.button(
                "Remove",
                key=f"remove-{key}",
                icon=":material/close:",
                type="tertiary",
                help="Forgets your picture.",
                on_click=state.file(key).forget,
            )
    return data


_CUT = "Its centre is cut out as a square."


@st.cache_data(max_entries=8, show_spinner=False)
def _digit_of(digest: str, _data: bytes) -> bytes:
    """The digit on a photo, in MNIST's form."""
    return drawing.from_photo(_data)
