"""What would make this more of a class: the question the Ask page asks of several networks at once."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from trickcore import engine
from trickcore.explain.records import Answer
from trickcore.jobs import explanations, networks
from trickcore.jobs.networks import UNTRAINED, Network
from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import gradients, run
from trickcore.text import percent
from ui import state, text, visits
from ui.session_run import digest, network_named
from ui.widgets import chart_slot, progress

TITLES = {
    UNTRAINED: later("Untrained"),
    "digits-standard": later("Standard"),
    "digits-robust": later("Robust"),
    "digits-proved": later("Proved"),
    "mine": later("Yours"),
}
MEANING = {
    UNTRAINED: later("Before training, the map is noise: no pixel means anything yet."),
    "digits-standard": later(
        "After training it means something. But much of it lies on empty paper, where a faint "
        "grey you would not notice counts as much as a stroke."
    ),
    "digits-robust": later(
        "Trained on digits that were changed on purpose to confuse it. Faint specks no longer "
        "impress it: what counts is ink where a stroke would be."
    ),
    "mine": later("The network you trained on this visit."),
}
SMALL = 92  # pixels across, of the picture itself on a phone
WHY = later(
    "**Why is the robust network's picture different?** While it learnt, every pixel of every digit was "
    "pushed by up to 0.3 of the way from black to white, in whatever way confused it most. A network that "
    "listens to faint specks is then wrong all the time. To be right, it has to look at what such a push "
    "cannot fake: the strokes."
)
HELP_GRADIENT = later(
    "The gradient: for every pixel, how much this network's score (the logit) for the class rises if that "
    "pixel gets brighter. Bright: more ink here makes it more of that class. Dark: less ink does. Grey: no "
    "effect."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked to look at, and how."""

    data: bytes
    noun: str
    who: dict[str, Network]  # by name
    pair: tuple[int, int]  # the two classes compared
    shake: bool
    shared: bool  # one scale for all networks
    seed: int
    dark: bool
    narrow: bool

    @property
    def labels(self) -> tuple[str, ...]:
        return next(iter(self.who.values())).labels

    def title(self, name: str) -> str:
        return _(TITLES[name]) if name in TITLES else name

    def key(self, *more: object) -> tuple[object, ...]:
        """What a result was made for; `more` says what else it hangs on."""
        return (digest(self.data), self.shake, self.seed, *more)


def known(name: str) -> Network:
    """A network by its name on this page, the untrained one included."""
    return engine.call(networks.untrained) if name == UNTRAINED else network_named(name)


def answers(asked: Asked) -> dict[str, Answer]:
    """Each network's answer, asked once for each picture and setting of a visit. Raises ImageError."""
    kept = state.answers.get()
    found, bar = {}, None
    place = st.empty()
    with visits.told(place):
        for done, (name, network) in enumerate(asked.who.items()):
            key = asked.key(network.identity, asked.pair)
            if key not in kept:
                if len(kept) > 40:
                    kept.clear()
                doing = _("Asking what would make it more of each")
                bar = bar or progress.Progress(place, doing, _("network"))
                bar.tell(done, len(asked.who))
                kept[key] = engine.call(
                    explanations.ask, network, asked.data, asked.pair, asked.shake, asked.seed
                )
            found[name] = kept[key]
    place.empty()
    return found


def show(asked: Asked) -> None:
    """The picture, and for each network what would make it more of either class."""
    found = answers(asked)
    several = len(found) > 1
    strongest = max(answer.strength for answer in found.values())
    left, right = st.columns([1, 2.6 if several else 2], gap="medium")
    with left:
        first = next(iter(found.values()))
        if several and asked.narrow:  # a line less
            st.markdown(_("**The picture** as the networks see it"), help=_(HELP_GRADIENT))
        elif several:
            st.markdown(_("**The picture**"), help=_(HELP_GRADIENT))
            st.caption(_("as the networks see it"))
        st.image(
            encode(enlarged(first.pixels)),
            width=SMALL if asked.narrow else "stretch",
            alt=_("The {noun}, as a network sees it", noun=asked.noun),
        )
        if several:
            why = st.container()
        else:
            st.markdown(text.caption(first.reading.name, first.reading.probability))
    with right:
        _table(asked, found, strongest)
        own = several and not asked.shared
        top = "+1" if own else f"+{strongest:.2g}"
        low = top.replace("+", "−")
        strip = run.colour_bar(
            _("less ink ({low})", low=low) if several else _("darker ({low})", low=low),
            _("no effect (0)"),
            _("more ink ({top})", top=top) if several else _("brighter ({top})", top=top),
            dark=asked.dark,
        )
        alt = _("The colours: dark is less, grey no effect, bright more")
        chart_slot.put(st.empty(), strip, alt, config=run.STATIC, key="colour-bar")
        st.caption(
            _(
                "1 is each network's own strongest; what is stronger than 98\u00a0% of the pixels has the "
                "full colour."
            )
            if own
            else _("In points of score (logit) for a pixel that goes from black to white."),
            help=_(HELP_GRADIENT),
        )
    if several and asked.narrow:  # on a phone it is read after the pictures, by those who want to
        with st.expander(_("What the maps say"), icon=":material/menu_book:"):
            for name in found:
                st.markdown(f"**{asked.title(name)}.** {_(MEANING[name])}")
            st.markdown(_(WHY))
    elif several:
        why.markdown(_(WHY))


def _table(asked: Asked, found: dict[str, Answer], strongest: float) -> None:
    """A column for each network, a row for each class; of one network the classes are side by side."""
    several = len(found) > 1
    grid = st.grid(len(found) if several else 2, min_column_width=4, wrap=False, gap=8)
    for name, answer in found.items():
        scale = strongest if asked.shared else answer.strength
        cell = grid.cell() if several else None
        if cell is not None:
            cell.markdown(f"**{asked.title(name)}**")
            guess, sure = text.escape(answer.reading.name), percent(answer.reading.probability)
            cell.caption(_("guesses {guess}, {sure} sure", guess=guess, sure=sure))
        for k, values in zip(asked.pair, answer.planes, strict=True):
            wish = _("more of {wish}", wish=text.a(asked.labels[k]))
            alt = _("What would make this {more}: {network} network", more=wish, network=asked.title(name))
            with cell or grid.cell():
                st.image(
                    encode(enlarged(gradients.picture(values, scale))),
                    width="stretch",
                    alt=alt,
                )
                st.markdown(text.escape(wish), text_alignment="center")
        if cell is not None and not asked.narrow:
            cell.caption(_(MEANING[name]))
