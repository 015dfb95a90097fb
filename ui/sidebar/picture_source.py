"""What is looked at: a sample, one's own drawing, a photo, or an empty canvas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, ImageError
from trickcore.language import _, later
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
                st.image(
                    held.picture,
                    width=120,
                    alt=_("The class's picture: {noun}", noun=text.noun_of(held.noun)),
                )
            return Picture(held.picture, held.noun, held.origin)
        off = {"Upload", "Camera", "Web"} if not classroom.own_pictures() else set()
        if not classroom.web_pictures():
            off.add("Web")
        # Five stand in one row, and only as pills, which are narrower than segments.
        source = st.pills(
            _("Picture"),
            [kind for kind in (_FOR_DIGITS if card.digits else _FOR_PHOTOS) if kind not in off],
            default="Sample",
            required=True,
            width="stretch",
            wrap=False,
            format_func=_,
            key="picture",
            disabled=class_link.pinned("picture"),
            help=_("What the network looks at. Your own pictures stay on the computer that runs this page."),
            **LINK,
        )
        if source == "Sample":
            return _sample(card.digits)
        if source == "Draw":
            return _drawn(guess)
        if source == "Blank":
            return _blank(card.digits, size, seed)
        if source in off:
            return Picture(None, "photo", wrong=_(classroom.OFF if "Upload" in off else web_picture.OFF))
        if source == "Upload" and card.digits and "Web" not in off:
            source = _which()
        return _given(source, card.digits)


_FOR_PHOTOS = (later("Sample"), later("Upload"), later("Web"), later("Camera"), later("Blank"))
# A sixth has no room: it is under Upload.
_FOR_DIGITS = (later("Sample"), later("Draw"), later("Upload"), later("Camera"), later("Blank"))


def _sample(digits: bool) -> Picture:
    default = ANSWERS[digits]
    names = drawing.DRAWN if digits else samples.SAMPLES
    kept = "sample.digits" if digits else "sample.photos"
    chosen = from_link("sample", names, default, kept)
    fixed, turn = class_link.pinned("picture"), state.gallery_turn.get()
    if digits:
        name = gallery(f"digits-{turn}", _("Sample digits"), of_digit(), chosen, columns=11, fixed=fixed)
        to_link("sample", name, default, kept)
        return Picture(drawing.drawn_png(name), name[0], f"digit:{name}")
    name = gallery(f"gallery-{turn}", _("Sample photos"), of_photo(), chosen, fixed=fixed)
    to_link("sample", name, default, kept)
    return Picture(samples.sample(name), name, f"sample:{name}")


def _drawn(guess: Callable[[bytes], str]) -> Picture:
    strokes = canvas("canvas-digit", ())
    place = st.empty()
    st.caption(_("The link carries all settings, but not your own drawing."))
    if not any(not stroke.erases for stroke in strokes):
        return Picture(None, "digit", ask=_("Draw a digit to begin: with mouse, pen, finger or keyboard."))
    data = encode(drawing.rendered(strokes))
    place.markdown(guess(data))
    return Picture(data, "digit")


def _blank(digits: bool, size: tuple[int, int], seed: int) -> Picture:
    kind = st.segmented_control(
        _("Canvas"),
        samples.CANVASES,
        default="white",
        required=True,
        width="stretch",
        format_func=lambda kind: _(_CANVASES[kind]),
        key="canvas",
        help=_("Start from nothing: one even colour, or random noise (drawn with the seed under More)."),
        **LINK,
    )
    noun = "noise" if kind == "noise" else f"{kind} canvas"
    return Picture(samples.blank(kind, size, channels=1 if digits else 3, seed=seed), noun, f"blank:{kind}")


_CANVASES = {
    "white": later("White"),
    "black": later("Black"),
    "grey": later("Grey"),
    "noise": later("Noise"),
}
_FROM = (later("From a file"), later("From the web"))


def _which() -> str:
    """The same as "Upload" and "Web" in the row of the others, where that is full."""
    from_file, from_web = _FROM
    chosen = st.segmented_control(
        _("Where it comes from"),
        _FROM,
        default=from_file,
        required=True,
        format_func=_,
        label_visibility="collapsed",
        width="stretch",
        key="upload-from",
        persist_state="session",
    )
    return "Web" if chosen == from_web else "Upload"


def _given(source: str, digits: bool) -> Picture:
    given = None
    if source == "Camera":
        ask, key = _("Take a photo to begin."), "camera"
        given = st.camera_input(
            _("Take a photo"),
            key=key,
            help=_("The browser asks for leave first."),
            on_change=keep,
            args=(key,),
        )
    elif source == "Web":
        key = web_picture.KEY
        ask = (
            _("Give the address of a photo of one digit to begin.")
            if digits
            else _("Give the address of a picture to begin.")
        )
        web_picture.ask()
    else:
        key = "upload"
        ask = _("Choose a photo of one digit to begin.") if digits else _("Choose a photo to begin.")
        tip = _(
            "A file, or what you have copied: a picture, or a screenshot. PNG, JPEG, WebP, BMP, GIF or TIFF, "
            "up to 20 MB."
        )
        more = _("One digit, dark on light or light on dark.") if digits else _(_CUT)
        given = st.file_uploader(
            _("Upload or paste a photo"),
            type=PHOTO_TYPES,
            max_upload_size=20,
            key=key,
            help=f"{tip} {more}",
            on_change=keep,
            args=(key,),
        )
        paste(key)
    data = own(key, shown=given is not None)
    st.caption(_("The link carries all settings, but not your own picture."))
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
            st.markdown(_("Kept for your visit: **{name}**", name=text.escape(name)), width="stretch")
            st.button(
                _("Remove"),
                key=f"remove-{key}",
                icon=":material/close:",
                type="tertiary",
                help=_("Forgets your picture."),
                on_click=state.file(key).forget,
            )
    return data


_CUT = later("Its centre is cut out as a square.")


@st.cache_data(max_entries=8, show_spinner=False)
def _digit_of(digest: str, _data: bytes) -> bytes:
    """The digit on a photo, in MNIST's form."""
    return drawing.from_photo(_data)
