"""Noisy copies: what a vote (randomized smoothing) proves of a photo, what it costs, and how right it is."""

from __future__ import annotations

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Card, ImageError, engine
from trickcore.jobs import proofs as jobs
from trickcore.jobs import runs
from trickcore.language import _, later, many
from trickcore.measure.smoothing import ALPHA, CHOOSING
from trickcore.pictures import samples
from trickcore.pictures.files import encode, enlarged
from trickcore.text import named, percent, rounded_down
from ui import state, text
from ui.guard import guarded
from ui.pages.defend.vote_count import Asked, Vote, counted, vote_chart
from ui.session_run import FrameClock, catalogue, network_named
from ui.sidebar import controls
from ui.sidebar.picture_source import Picture, picture
from ui.sidebar.url_state import LINK
from ui.widgets import main_button, outcome_box, progress

SIGMAS, COUNTS = (0.02, 0.05, 0.1, 0.25, 0.5), (100, 200, 500, 1000, 5000, 10_000)
SHOWN = 4  # noisy copies to look at
ABOUT = later(
    "The proof under *Proved* comes to nothing in networks as large as those for photos. Another works with "
    "any network: show it many **noisy copies** of the photo, each value moved at random, and take the "
    "answer that most of them get. A change that is small beside the noise can turn only so many votes."
)
HELP = later(
    "Randomized smoothing (Cohen, Rosenfeld and Kolter 2019). The proof is about the vote, not about the "
    "network's own answer. From the share of votes that the winner surely has (Clopper and Pearson 1934, "
    "wrong once in {times:,.0f} at most) follows a radius: sigma times the point of the normal curve "
    "below which that share lies. No change that is shorter alters the vote. In the chart the "
    "dotted line stands at half of all votes."
)
HELP_LENGTH = later(
    "The length of a change (its L2 norm): the root of the sum of the squares of how far each value moves, "
    "on the scale from 0 to 1. If every value of a photo moves a little, the length is large, since a photo "
    "has so many."
)


def show(title: DeltaGenerator, notice: DeltaGenerator, dark: bool, narrow: bool) -> None:
    """The panel, some copies, the vote as it is counted, and what it proves. Raises WeightsError."""
    body = st.container()
    quick = st.container(gap="xsmall")
    below = st.container()
    cards = {card.name: card for card in catalogue() if card.ready and not card.digits}
    with st.sidebar:
        elsewhere = quick if narrow else None
        card = _network(cards, elsewhere)
        controls.settle(card)
        with progress.spinning(_("Waking the network"), notice):
            network = network_named(card.name)
        seed = controls.seed_so_far()
        given = picture(card, network.size, seed, lambda data: text.guess(network, data), elsewhere)
        with elsewhere or st.container():
            sigma, n = _settings()
        controls.seed()
    title.header(_("How do noisy copies of this {noun} vote?", noun=text.escape(text.noun_of(given.noun))))
    if given.wrong:
        notice.error(text.escape(given.wrong), icon=":material/broken_image:")
    elif given.data is None:
        notice.info(given.ask, icon=":material/add_photo_alternate:")
    else:
        asked = Asked(network, sigma, n, seed, dark, narrow)
        with guarded(notice, _("This could not be worked out: {}. Try another picture."), ImageError):
            with body:
                _photo(asked, given)
            with below:
                _samples(asked)


def _network(cards: dict[str, Card], elsewhere: DeltaGenerator | None) -> Card:
    with elsewhere or st.container():
        name = st.selectbox(
            _("Network"),
            list(cards),
            index=list(cards).index(controls.DEFAULT_NETWORK),
            format_func=lambda name: _(cards[name].title),
            key="noisy_network",
            help=_("The networks for photos that are on this machine. The Trick page can fetch others."),
            **LINK,
        )
    return cards[name]


def _settings() -> tuple[float, int]:
    sigma: float = st.select_slider(
        _("Noise (sigma)"),
        SIGMAS,
        value=0.05,
        key="noisy_sigma",
        help=_(
            "How far each value is typically moved, at random, on the scale from 0 to 1: the standard "
            "deviation of the noise. More noise can prove more, but this network was not taught to see "
            "through it."
        ),
        **LINK,
    )
    n: int = st.select_slider(
        _("Copies"),
        COUNTS,
        value=200,
        key="noisy_count",
        help=_(
            "How many copies vote; {n} more choose the answer that is counted. More votes make the proof "
            "reach further and take longer: each asks the network once (a pass).",
            n=CHOOSING,
        ),
        **LINK,
    )
    return sigma, n


def _photo(asked: Asked, given: Picture) -> None:
    assert given.data is not None
    st.markdown(_(ABOUT), help=_(HELP, times=1 / ALPHA))
    _copies(asked, given.data)
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Let them vote"),
            key="vote",
            icon=":material/how_to_vote:",
            help=_("Asks the network about {n:,} noisy copies.", n=CHOOSING + asked.n),
        )
        stop = st.empty()
    bar, chart, said, cost = st.empty(), st.empty(), st.empty(), st.empty()
    kept, key = state.votes.get(), asked.key(given.data)
    if go:
        kept.pop(key, None)
        stop.button(_("Stop"), key="stop-vote", icon=":material/stop_circle:", help=_("Ends the count."))
        with progress.shown(_("Counting votes"), place=bar, item=_("copy")) as told:
            clock = FrameClock()
            for vote in counted(asked, given.data):
                told.tell(vote.votes.passes, CHOOSING + asked.n)
                if clock.due():
                    vote_chart(asked, vote.votes, chart)
        stop.empty()
    if (done := kept.get(key)) is None:
        return
    vote_chart(asked, done.votes, chart)
    if not done.votes.over:
        cost.caption(
            _(
                "Stopped after {n:,} of {all:,} votes. Only all of them together prove anything.",
                n=done.votes.asked,
                all=asked.n,
            )
        )
    else:
        _conclude(asked, done, said)
        cost.caption(
            _(
                "It took {n:,} passes of the network, {seconds:.1f}\u00a0s here. An answer without a proof "
                "takes one pass.",
                n=done.votes.passes,
                seconds=done.seconds,
            )
        )


def _copies(asked: Asked, data: bytes) -> None:
    """The photo and the first of its copies, each with what it is read as."""
    with progress.spinning(_("Adding noise")):
        found = engine.call(jobs.copies, asked.network, data, asked.sigma, SHOWN, asked.seed)
        plain = engine.call(runs.reading, asked.network, data)
        pixels = engine.call(runs.seen, asked.network, data)
    labels = asked.network.labels
    shown = [(pixels, plain.name, plain.probability)]
    shown += [(copy.pixels, labels[copy.label], copy.probability) for copy in found]
    grid = st.grid(3 if asked.narrow else SHOWN + 1, min_column_width=4, wrap=False, gap=8)
    for i, (picture_, name, chance) in enumerate(shown[: 3 if asked.narrow else None]):
        with grid.cell().container(gap="xxsmall"):
            what = _("The photo") if not i else _("Copy {n}", n=i)
            st.image(encode(enlarged(picture_)), width="stretch", alt=f"{what}: {name}")
            st.caption(f"{what}: **{text.escape(name)}**, {percent(chance)}")


def _conclude(asked: Asked, vote: Vote, place: DeltaGenerator) -> None:
    votes, name = vote.votes, text.escape(named(asked.network.labels, vote.votes.label))
    count = {"name": name, "hits": votes.hits, "n": votes.n, "share": percent(rounded_down(votes.p_low))}
    if votes.abstains:
        outcome_box.wish(
            place,
            "not",
            _(
                "**{name}** has {hits:,} of {n:,} votes; of endlessly many it would surely have more than "
                "{share}, which is no majority. So the vote says nothing rather than something unsure. Try "
                "less noise, or more copies.",
                **count,
            ),
            word=_("Abstains"),
            help=_(HELP, times=1 / ALPHA),
        )
        return
    level = math.sqrt(asked.values) / 255
    outcome_box.network(
        place,
        False,
        _(
            "**{name}** has {hits:,} of {n:,} votes; of endlessly many it would have more than {share} "
            "(wrong once in {times:,.0f} at most). So their vote stays **{name}** whatever is done to the "
            "photo, as long as the change is shorter than **{radius:.3f}**. That is little: one grey level "
            "everywhere is {level:.2f} long, so this is {levels:.2f} levels everywhere; the Trick page "
            "starts with {eps:g}.",
            **count,
            times=1 / ALPHA,
            radius=rounded_down(votes.radius),
            level=level,
            levels=votes.radius / level,
            eps=controls.PHOTOS.eps,
        ),
        word=_("Proved"),
        help=_(HELP_LENGTH),
    )


def _samples(asked: Asked) -> None:
    """How right the vote is: over the sample photos, of which it is known what they show."""
    st.subheader(
        _("How right is the vote?"),
        help=_(
            "The sample photos, of which it is known what they show. Six are too few for a figure, and "
            "enough to see what noise does."
        ),
    )
    files = {name: samples.sample(name) for name in samples.SAMPLES}
    go = st.button(
        _("Ask all {n} photos", n=len(files)),
        key="vote-samples",
        icon=":material/play_arrow:",
        help=_("Lets {n:,} noisy copies of each sample photo vote, with the settings above.", n=asked.n),
    )
    bar, kept = st.empty(), state.votes.get()
    if go:
        with progress.shown(_("Counting votes"), "percent", bar) as told:
            for i, (name, data) in enumerate(files.items()):
                if asked.key(data) in kept and kept[asked.key(data)].votes.over:
                    continue
                for vote in counted(asked, data):
                    done = (i + vote.votes.passes / (CHOOSING + asked.n)) / len(files)
                    told.tell(100 * done, 100, doing=_("Counting votes on the {photo}", photo=_(name)))
    known = {name: kept[asked.key(data)].votes for name, data in files.items() if asked.key(data) in kept}
    rows = {name: votes for name, votes in known.items() if votes.over}
    if len(rows) < len(files):
        return
    plain = dict(zip(files, engine.call(runs.readings, asked.network, list(files.values())), strict=True))
    table, right, sure = [], 0, 0
    for name, votes in rows.items():
        truth = samples.truth(f"sample:{name}", asked.network.labels) or ()
        hit = not votes.abstains and votes.label in truth
        right += plain[name].label in truth
        sure += hit
        table.append(
            {
                _("Photo"): _(name),
                _("As it is"): f"{plain[name].name}{' ✓' if plain[name].label in truth else ''}",
                _("The vote"): _("abstains")
                if votes.abstains
                else f"{asked.network.labels[votes.label]}{' ✓' * hit}",
                _("Votes"): percent(votes.hits / votes.n),
                _("Proved length"): f"{rounded_down(votes.radius):.3f}" if votes.radius else _("none"),
            }
        )
    st.table([{name: text.escape(cell) for name, cell in row.items()} for row in table])
    st.markdown(
        _(
            "As they are, {plain}; by the vote {voted}, at {passes:,} passes each. This network was not "
            "taught with such noise. One that was (Cohen et al. 2019) sees through more of it: with "
            "ResNet-50 and sigma 0.25 they prove 49\u00a0% of ImageNet's photos to a length of 0.5.",
            plain=many(
                "{n} of {all} photos is read right",
                "{n} of {all} photos are read right",
                right,
                all=len(files),
            ),
            voted=many("{n} is right and proved", "{n} are right and proved", sure),
            passes=CHOOSING + asked.n,
        )
    )
