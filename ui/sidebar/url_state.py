"""Settings in the address bar: Streamlit's own `bind`, and what it cannot carry or would lose."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import fnmatchcase as fnmatch
from typing import Any

import streamlit as st

from trickcore.language import _, english, heard
from trickcore.networks.catalogue import own_names
from trickcore.runs import fields
from ui import state
from ui.session_run import own_reads_digits
from ui.sidebar import link_notice

# What Streamlit itself keeps in the link, and through the visit.
LINK: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}

SEEDS = int(fields.control("seed").most)  # the largest seed

# The settings in the address of each page, by its path; a name's end may vary ("world_*").
KIND = ("picture", "target", "eps", "follow")  # photos and digits keep one of each: controls.settle
PANEL = ("picture", "sample", "canvas", "goal", "follow", "gain", "noise")  # besides the Recipe's fields
# Of these several can be chosen, so none too; of all others one is.
SEVERAL = (
    "follow", "others_networks", "accuracy_of", "sweep_methods", "sweep_eps_*", "sweep_networks_*",
    "lesson-*",
)  # fmt: skip
FOR_A_CLASS = ("hide", "pin", "lang")  # in the address of any page: class_link, language
WITH_PANEL = ("", "why", "survive")
PAGES: dict[str, tuple[str, ...]] = {
    "": ("live", "step", "lesson-*"),
    "why": ("why", "along", "across", "detail*", "log", "shuffles", "two_*"),
    "survive": (
        "survive", "jpg_quality", "webp_quality", "resized_to", "world_*", "tougher_*", "here*", "others_*",
        "sticker_*", "universal_*",
        "adapt*", "blur_*", "median_*", "jpeg_*", "bits_*", "rotation_*",
    ),
    "ask": (
        "picture", "sample", "canvas", "seed", "subject", "photo_network", "first*", "second*", "shake",
        "shared", "climber", "wanted", "added", "addition", "dream_*", "ask", "pixels_*",
    ),
    "defend": (
        "defend", "picture", "target", "eps", "sample", "canvas", "goal", "steps", "seed", "random_defend",
        "measure_*", "accuracy_of", "proved_*", "noisy_*",
    ),
    "train": ("train_*", "pictures_*", "epochs_*", "margin", "seed", "gap", "gap_*", "gan_*"),
    "sweep": ("sweep_*", "seed"),
    "stories": ("story", "tour*", "guesses", "sum_up"),
}  # fmt: skip


def has(page: str, name: str) -> bool:
    """Whether this page's address carries the setting."""
    if page in WITH_PANEL and (name in PANEL or name in fields.link_names()):
        return True
    return any(fnmatch(name, pattern) for pattern in PAGES.get(page, ()))


def arrive(page: str) -> None:
    """Called before a page draws anything, with its path.

    Streamlit takes a value that a link brought over to another page only once its page has been run a
    second time. Until then the next page is opened with the same words in its address. What belongs
    to the page before goes from the address.
    """
    if state.link_again.pop():
        return
    before = state.link_page.get()
    state.link_page.set(page)
    if before == page:
        state.link_brought.set({})
        return
    written = {name: st.query_params.get_all(name) for name in st.query_params}
    # Streamlit writes a choice as it is shown, so in the language of whoever sent the link.
    now: dict[str, list[str]] = {name: [heard(word) for word in words] for name, words in written.items()}
    if before is None:
        ours = {name: value for name, value in now.items() if _known(name) or name in FOR_A_CLASS}
        link_notice.begin(ours)
        for name, value in now.items():
            if _wrong(name, value):
                link_notice.read(name, good=False)
    stays = {
        name: value
        for name, value in now.items()
        if (before is None or has(page, name) or not _known(name)) and not _wrong(name, value)
    }
    digits = _digits(page)
    same = state.link_digits.get() in (None, digits)
    brought = {
        name: value
        for name, value in state.link_brought.get().items()
        if name not in now and has(page, name) and (same or name not in KIND)
    }
    settings = {**stays, **brought}
    state.link_brought.set(settings)
    state.link_once.set(dict(settings))
    state.link_digits.set(digits)
    if settings != written:
        state.link_again.set(True)
        st.query_params.from_dict(settings)
        st.rerun()


def _wrong(name: str, value: list[str]) -> bool:
    """A number that is none as one writes it, "٣", "1e3", "nan": some read it and some do not, and some of
    those who do fail at it. A seed is a whole one."""
    if name == "seed":
        return whole(value[-1] if value else "", 0, SEEDS) is None
    if not any(value):  # Streamlit takes it for a choice that was undone, also where one is required
        return _known(name) and not any(fnmatch(name, pattern) for pattern in SEVERAL)
    return _known(name) and any(_number(word) and not _WRITTEN.fullmatch(word) for word in value)


_WRITTEN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")


def _number(word: str) -> bool:
    """Whether Python takes the word for a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _digits(page: str) -> bool | None:
    """Whether the page's picture is a digit; None where it has none."""
    if page == "ask":
        if "pixels" in english(str(st.query_params.get("ask", state.widget("ask").get()))):
            return True
        return "photo" not in english(str(st.query_params.get("subject", state.widget("subject").get())))
    if page == "defend":
        return "Noisy" not in english(str(st.query_params.get("defend", state.widget("defend").get())))
    if not has(page, "network"):
        return None
    name = str(st.query_params.get("network", state.last_in_link("network").get()))
    if name in own_names():
        return own_reads_digits(name)
    return name == "mine" or name.startswith("digits-")


def _known(name: str) -> bool:
    return any(has(page, name) for page in PAGES)


def once(name: str) -> str | None:
    """What the address said of a setting when the page was opened; only the first who asks is told."""
    values = state.link_once.get().pop(name, [])
    return values[-1] if values else None


def whole(word: object, low: int, high: int) -> int | None:
    """A whole number of a link, within the range; None for all else.

    Not `str.isdigit`: it is true of "²", which `int` refuses.
    """
    text = str(word)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high))):
        return None
    number = int(text)
    return number if low <= number <= high else None


def from_link(name: str, allowed: Collection[str], default: str, kept: str = "") -> str:
    """The value the link asks for, else this visit's last (under `kept`, where one name has several
    meanings); what is asked for wrongly is ignored."""
    asked = st.query_params.get(name)
    asked = next((value for value in allowed if asked in (value, _(value))), asked)
    if asked is not None:
        link_notice.read(name, good=asked in allowed)
    for value in (asked, state.last_in_link(kept or name).get()):
        if value in allowed:
            return str(value)
    return default


def to_link(name: str, value: str, default: str, kept: str = "") -> None:
    """Put the value into the link, or take it out where it goes without saying."""
    state.last_in_link(kept or name).set(value)
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
