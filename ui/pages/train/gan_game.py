"""Which one is real? Ten pairs of a real digit and a forged one, and the visitor is the detective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from trickcore import engine
from trickcore.jobs import forgeries
from trickcore.language import _, later, many, row
from trickcore.networks.catalogue import WeightsError
from trickcore.networks.gan.card import Twins
from trickcore.pictures.files import Pixels, encode, enlarged
from ui import classroom, state
from ui.guard import guarded
from ui.pages.classroom import refusals
from ui.sidebar import controls, link_notice
from ui.sidebar.url_state import to_link
from ui.widgets import outcome_box

SIDES = "lr"
CHOICES = (  # of each side: its picture, its button and what that means, and what it was in the end
    (
        later("The left {digit}"),
        later("The left one"),
        later("The left picture is the real one."),
        later("The left {digit} was the real one."),
    ),
    (
        later("The right {digit}"),
        later("The right one"),
        later("The right picture is the real one."),
        later("The right {digit} was the real one."),
    ),
)
HELP = later(
    "Real ones are MNIST's test digits, which had no part in the training; in each pair both show the same "
    "digit. Another seed draws other pairs. Who only guesses has five of ten right, on average."
)


def section(dark: bool, narrow: bool) -> None:
    """The pair that is asked about, or the score when all were."""
    place = st.container()
    with st.sidebar if not narrow else st.container():
        seed = controls.seed()
    with guarded(place, _("The pairs could not be drawn: {}."), WeightsError), place:
        pairs = engine.call(forgeries.twins, seed)
        guesses = _guesses(len(pairs), seed)
        if len(guesses) < len(pairs):
            _ask(pairs, guesses, narrow)
        else:
            _end(pairs, guesses, narrow)


def _guesses(most: int, seed: int) -> str:
    """What was guessed so far with this seed, "l" or "r" for each pair. The link carries it."""
    kept = state.gan_guesses.get()
    if kept is None:
        link = str(st.query_params.get("gan_guesses", ""))
        link_notice.read("gan_guesses", good=set(link) <= set(SIDES) and len(link) <= most)
        kept = f"{seed}-{link}"
    of, said = kept.partition("-")[::2]
    said = said[:most] if of == str(seed) and set(said) <= set(SIDES) else ""
    _put(seed, said)
    return said


def _put(seed: int, said: str) -> None:
    state.gan_guesses.set(f"{seed}-{said}")
    to_link("gan_guesses", said, "")


def _say(side: str) -> None:
    state.gan_guesses.set(f"{state.gan_guesses.get()}{side}")


def _again() -> None:
    of = str(state.gan_guesses.get()).partition("-")[0]
    state.gan_guesses.set(f"{of}-")


def _right(pairs: Sequence[Twins], guesses: str) -> list[bool]:
    return [SIDES.index(side) == pair.real for side, pair in zip(guesses, pairs, strict=False)]


def _ask(pairs: Sequence[Twins], guesses: str, narrow: bool) -> None:
    at = len(guesses)
    pair = pairs[at]
    st.progress(at / len(pairs), _("Pair {n} of {all}", n=at + 1, all=len(pairs)))
    st.markdown(
        _(
            "One of these two **{digit}**s was written by a person. **Which one is real?**",
            digit=pair.label,
        ),
        help=_(HELP),
    )
    with st.container(width="stretch" if narrow else 520):
        grid = st.grid(2, gap="medium", wrap=False, min_column_width=4)
        for side, choice, pixels in zip(SIDES, CHOICES, (pair.left, pair.right), strict=True):
            alt, name, tip = choice[:3]
            with grid.cell():
                st.image(
                    encode(enlarged(pixels, 224)),
                    width="stretch",
                    output_format="PNG",
                    alt=_(alt, digit=pair.label),
                )
                st.button(
                    _(name),
                    key=f"gan-guess-{side}",
                    width="stretch",
                    help=_(tip),
                    on_click=_say,
                    args=(side,),
                )
    if guesses:
        was, before = _right(pairs, guesses)[-1], pairs[at - 1]
        word = _("Right") if was else _("Fooled you")
        told = _(CHOICES[before.real][3], digit=before.label)
        outcome_box.network(st.empty(), not was, told, word=word)


def _end(pairs: Sequence[Twins], guesses: str, narrow: bool) -> None:
    right = _right(pairs, guesses)
    count = sum(right)
    st.subheader(_("You told {n} of {all} apart", n=count, all=len(pairs)))
    if count <= 7:
        said = _("Guessing gives five, on average: the forger fooled you more than once.")
    else:
        said = _(
            "You are a good detective: who only guesses gets eight or more right in one game of eighteen."
        )
    st.markdown(row(said, _("Each pair below has the real one first.")), help=_(HELP))
    if classroom.joined():
        with refusals.left_to_watch():
            _class(count)
    grid = st.grid(5 if narrow else 10, gap="small", wrap=False, min_column_width=4)
    for pair, was in zip(pairs, right, strict=True):
        real, forged = _sorted(pair)
        with grid.cell():
            both = np.vstack([real, np.full((2, 28), 96, np.uint8), forged])
            alt = (
                _("The real {digit} over the forged one: right", digit=pair.label)
                if was
                else _("The real {digit} over the forged one: fooled", digit=pair.label)
            )
            st.image(
                encode(enlarged(both, 112)),
                width="stretch",
                output_format="PNG",
                alt=alt,
            )
            st.caption(_("**right**") if was else _("**fooled**"), text_alignment="center")
    st.button(
        _("Guess again"),
        key="gan-again",
        icon=":material/replay:",
        help=_("The same pairs from the start. Another seed draws others."),
        on_click=_again,
    )


def _class(count: int) -> None:
    """A pupil's first score goes to the wall; how the class did so far."""
    room, token = classroom.room(), state.pupil_token.get() or ""
    room.played(token, count)
    games = room.games()
    if games is None:
        return
    st.info(
        many(
            "**The class so far: {mean:.1f} of {pairs}.** {n} of you has played. The first game of each "
            "counts.",
            "**The class so far: {mean:.1f} of {pairs}.** {n} of you have played. The first game of each "
            "counts.",
            games.pupils,
            mean=games.mean,
            pairs=games.pairs,
        ),
        icon=":material/groups:",
    )


def _sorted(pair: Twins) -> tuple[Pixels, Pixels]:
    """The real one first."""
    return (pair.left, pair.right) if pair.real == 0 else (pair.right, pair.left)
