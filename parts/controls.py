"""The control panel: who looks, at what, what it should become, how much, how long, and go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from parts.gallery import gallery
from parts.links import from_link, to_link
from trickcore import Card, catalogue, samples
from trickcore.recipes import EPSILONS, KING_PENGUIN

LINK: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
DEFAULT_NETWORK = "efficientnet-lite0"
DEFAULT_SAMPLE = "cat"
PHOTO_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
BECOME, STOP_BEING = "Become a class", "Stop being what it is"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, or none yet, and what to call it in a sentence."""

    data: bytes | None
    noun: str
    ask: str = ""  # what to do when there is none yet


def network() -> Card:
    """Who is to be tricked: those on this machine first, with the size of what would be downloaded."""
    cards = {card.name: card for card in catalogue()}
    names = list(cards)
    start = from_link("network", names, DEFAULT_NETWORK)
    name = st.selectbox(
        "Network",
        names,
        index=names.index(start),
        format_func=lambda name: _of_network(cards[name]),
        key="network",
        persist_state="session",
        help="The neural network that looks at the picture. Each was trained on a million photos to name "
        "one of 1,000 classes. Those marked *ready* are on this machine; the others are downloaded once.",
    )
    to_link("network", name, DEFAULT_NETWORK)
    return cards[name]


def _of_network(card: Card) -> str:
    return f"{card.title} · {'ready' if card.ready else f'{card.megabytes:.0f} MB'}"


def picture(size: tuple[int, int], channels: int, seed: int) -> Picture:
    """What is to be changed: a sample, the visitor's own photo, or an empty canvas."""
    with st.container():  # one place in the panel, whatever it holds
        return _picture(size, channels, seed)


def _picture(size: tuple[int, int], channels: int, seed: int) -> Picture:
    source = st.segmented_control(
        "Picture",
        ["Sample", "Upload", "Camera", "Blank"],
        default="Sample",
        required=True,
        width="stretch",
        wrap=False,
        key="picture",
        help="What the network looks at. Your own pictures stay on the computer that runs this page.",
        **LINK,
    )
    if source == "Sample":
        name = gallery("gallery", from_link("sample", samples.SAMPLES, DEFAULT_SAMPLE))
        to_link("sample", name, DEFAULT_SAMPLE)
        return Picture(samples.sample(name), name)
    if source == "Blank":
        canvas = st.segmented_control(
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
        noun = "noise" if canvas == "noise" else f"{canvas} canvas"
        return Picture(samples.blank(canvas, size, channels=channels, seed=seed), noun)
    if source == "Camera":
        shot = st.camera_input("Take a photo", key="camera", help="The browser asks for leave first.")
        given, noun, ask = shot, "photo", "Take a photo to begin."
    else:
        given = st.file_uploader(
            "Upload a photo",
            type=PHOTO_TYPES,
            max_upload_size=20,
            key="upload",
            help="PNG, JPEG, WebP, BMP, GIF or TIFF, up to 20 MB. Its centre is cut out as a square.",
        )
        noun, ask = "photo", "Choose a photo to begin."
    st.caption("The link carries all settings, but not your own picture.")
    return Picture(given.getvalue() if given else None, noun, ask)


def goal(labels: Sequence[str], elsewhere: DeltaGenerator | None, seed: int) -> int | None:
    """The class to become, or None to stop being what it is."""
    kind = st.segmented_control(
        "Goal",
        [BECOME, STOP_BEING],
        default=BECOME,
        required=True,
        width="stretch",
        key="goal",
        help="*Become a class* pushes towards one answer you choose (a targeted attack). *Stop being what "
        "it is* only pushes away from the first answer (untargeted), which is easier.",
        **LINK,
    )
    where = elsewhere or st.container(gap="xsmall")
    if kind == STOP_BEING:
        return None
    with where:
        target: int = st.selectbox(
            "Target class",
            range(len(labels)),
            index=KING_PENGUIN if len(labels) > KING_PENGUIN else 0,
            format_func=lambda k: f"{labels[k]} ({k})",
            key="target",
            help="What the network shall see. Type to search; the number is the class's index, since a few "
            "names occur twice.",
            **LINK,
        )
        st.button(
            "Surprise me",
            icon=":material/casino:",
            key="surprise",
            type="tertiary",
            help="Picks a class for you. The same seed (under More) gives the same surprises.",
            on_click=_surprise,
            args=(len(labels), target, seed),
        )
    return target


def _surprise(classes: int, current: int, seed: int) -> None:
    others = [k for k in range(classes) if k != current]
    st.session_state.target = random.Random(f"{seed}/{current}").choice(others)


def epsilon(elsewhere: DeltaGenerator | None) -> float:
    where = elsewhere or st.container(gap="xsmall")
    eps: float = where.select_slider(
        "Epsilon (grey levels of 255)",
        EPSILONS,
        value=2.0,
        format_func=lambda eps: f"{eps:g}",
        key="eps",
        help="How far any colour value may move. A screen shows 256 levels of red, green and blue; 2 of "
        "them are hard to see, 16 are plain.",
        **LINK,
    )
    where.caption(f"{eps:g} of 255 = {eps / 255:.4f} on the 0 to 1 scale")
    return eps


def steps() -> int:
    count: int = st.slider(
        "Steps",
        1,
        200,
        30,
        key="steps",
        help="How many small changes are made, one after the other. One step is the fast gradient sign "
        "method of 2015; more steps find better changes.",
        **LINK,
    )
    return count


def live() -> bool:
    on: bool = st.toggle(
        "Live",
        value=True,
        key="live",
        help="On: the run starts when the page opens and when a setting changes. Off: only by the button.",
        **LINK,
    )
    return on


def go(*, possible: bool) -> DeltaGenerator:
    """ "Trick it", and the place beside it where "Stop" stands while a run is on."""
    st.button(
        "Trick it",
        icon=":material/auto_fix_high:",
        type="primary",
        width="stretch",
        shortcut="T",
        key="trick",
        disabled=not possible,
        help="Runs it with these settings. On a keyboard: T.",
        on_click=_wish,
        args=("go",),
    )
    return st.empty()


def stop(place: DeltaGenerator) -> None:
    place.button(
        "Stop",
        icon=":material/stop_circle:",
        key="stop",
        help="Ends the run; what it has reached stays.",
        on_click=_wish,
        args=("stop",),
    )


def wish() -> str | None:
    """What was pressed since the page was last run: "go", "stop" or nothing."""
    word: str | None = st.session_state.pop("wish", None)
    return word


def _wish(word: str) -> None:
    st.session_state.wish = word
