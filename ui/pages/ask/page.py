"""Ask: which pixels would make this more of a class, and what happens when they are added."""

from __future__ import annotations

import streamlit as st

from trickcore import Card, ImageError, WeightsError
from trickcore.jobs.networks import UNTRAINED, Network
from trickcore.language import _, later
from trickcore.text import named
from ui import state, text
from ui.guard import guarded
from ui.pages.ask import add_gradient, class_pictures, input_gradients, pixels_to_answer
from ui.session_run import catalogue
from ui.sidebar import controls
from ui.sidebar.picture_source import picture
from ui.sidebar.url_state import LINK
from ui.widgets import progress, section_picker, viewport

DIGIT, PHOTO = later("A digit"), later("A photo")
GRADIENT, PIXELS = later("The gradient"), later("From pixels to an answer")
FAILED = later("This could not be worked out: {}. Try another picture.")
HELP = later(
    "*The gradient*: what would make the picture more of a class, and what happens when it is added. *From "
    "pixels to an answer*: the network drawn, with what goes along its lines, forwards and backwards."
)


def networks(photo: bool) -> tuple[Card, dict[str, Network]]:
    """Whom to ask: one network for photos, or all those for digits side by side."""
    cards = {card.name: card for card in catalogue() if card.ready}
    if photo:
        names = [name for name, card in cards.items() if not card.digits]
        name = st.selectbox(
            _("Network"),
            names,
            index=names.index(controls.DEFAULT_NETWORK),
            format_func=lambda name: _(cards[name].title),
            key="photo_network",
            help=_("The networks for photos that are on this machine. The Trick page can fetch others."),
            **LINK,
        )
        return cards[name], {name: input_gradients.known(name)}
    # There is room for three side by side, and one's own.
    names = [UNTRAINED, *(name for name in ("digits-standard", "digits-robust") if name in cards)]
    names += ["mine"] if state.mine.exists() else []
    return controls.MINE, {name: input_gradients.known(name) for name in names}


def pair(photo: bool, labels: tuple[str, ...]) -> tuple[int, int]:
    """The two classes whose gradients stand side by side."""
    chosen, grid = [], st.grid(2, min_column_width=4, wrap=False, gap=12)
    for name, label, start in zip(
        ("first", "second"),
        (_("First class"), _("Second class")),
        (282, 145) if photo else (5, 6),
        strict=True,
    ):
        with grid.cell():
            chosen.append(
                st.selectbox(
                    label,
                    range(len(labels)),
                    index=min(start, len(labels) - 1),
                    format_func=lambda k: named(labels, k),
                    key=f"{name}{'_photo' if photo else ''}",
                    help=_("What would make the picture more of this?"),
                    **LINK,
                )
            )
    return chosen[0], chosen[1]


dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
drawn = section_picker.part("ask", _("Ways to ask"), [GRADIENT, PIXELS], _(HELP)) == PIXELS
board = st.container()
quick = st.container(gap="xsmall")  # on a phone the controls: under what one looks at
below = st.container()
with quick if narrow else st.sidebar:
    photo = not drawn and (
        st.segmented_control(
            _("Look at"),
            [DIGIT, PHOTO],
            default=DIGIT,
            format_func=_,
            required=True,
            width="stretch",
            key="subject",
            help=_(
                "Of a digit one can see every pixel, and three networks side by side; a photo shows the "
                "same for a big network."
            ),
            **LINK,
        )
        == PHOTO
    )
    try:
        with progress.spinning(_("Waking the networks"), notice):
            card, who = networks(photo)
    except (WeightsError, ValueError) as error:
        notice.error(text.escape(str(error)), icon=":material/block:")
        st.stop()
    first = next(iter(who.values()))
    controls.settle(card)
    place = st.container()
    panel = st.container(gap="small")  # of the drawing
    a, b = (5, 6) if drawn else pair(photo, first.labels)
with st.sidebar:
    shake = drawn or st.toggle(
        _("Shake the picture"),
        value=True,
        key="shake",
        help=_(
            "The gradient is averaged over noisy copies of the picture, each moved a little (SmoothGrad, "
            "2017). What matters about the shape stays, the grain goes. Off: the gradient at this very "
            "picture."
        ),
        **LINK,
    )
    shared = drawn or st.toggle(
        _("One scale for all"),
        key="shared",
        disabled=photo,
        help=_(
            "Off: each network's strongest pixels have the full colour, so that each can be read. On: all "
            "networks share one scale, so that you see whose gradient is large."
        ),
        **LINK,
    )
    seed = controls.seed()
with place:
    judge = who.get("digits-standard", first)
    given = picture(card, first.size, seed, lambda data: text.guess(judge, data))
title.header(
    pixels_to_answer.title(given.noun)
    if drawn
    else _(
        "What would make this {noun} more of {first}, or more of {second}?",
        noun=text.escape(text.noun_of(given.noun)),
        first=text.escape(text.a(first.labels[a])),
        second=text.escape(text.a(first.labels[b])),
    )
)
if given.wrong:
    notice.error(text.escape(given.wrong), icon=":material/broken_image:")
elif given.data is None:
    notice.info(given.ask, icon=":material/add_photo_alternate:")
elif drawn:
    with guarded(notice, _(FAILED), ImageError, WeightsError, ValueError), board:
        pixels_to_answer.section(pixels_to_answer.looked(given.data, who, dark, narrow), panel, below)
else:
    asked = input_gradients.Asked(given.data, given.noun, who, (a, b), shake, shared, seed, dark, narrow)
    with guarded(notice, _(FAILED), ImageError):
        with board:
            input_gradients.show(asked)
        with below:
            add_gradient.section(asked)
            if not photo:
                class_pictures.section(asked)
