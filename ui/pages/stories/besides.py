"""What a story shows besides its run, and where it goes on."""

from __future__ import annotations

import streamlit as st

from trickcore import engine
from trickcore.attacks import masks
from trickcore.jobs import explanations, proofs, runs
from trickcore.jobs.networks import Network
from trickcore.language import _, many
from trickcore.measure.survival import Survival, Tally
from trickcore.pictures import samples
from trickcore.pictures.files import encode, enlarged, saturated
from trickcore.plots import gradients
from trickcore.runs.stories import Story
from trickcore.text import percent, unbroken
from ui import text
from ui.session_run import Run, pixels_of, seen
from ui.widgets import progress

HALF = 0.5  # of the original's views keep its answer: with fewer, a view changes it by itself
PLACES = {page: f"ui/pages/{page}/page.py" for page in ("ask", "defend", "survive", "train", "why")}


def show(story: Story, run: Run, count: Survival | None, network: Network, narrow: bool) -> None:
    """What the story shows besides the run."""
    if story.extra == "saturated":
        last = pixels_of(run.frames[-1])
        left, right = st.columns([1, 2], vertical_alignment="center")
        left.image(
            encode(saturated(last)), width="stretch", alt=_("The tricked page, its colours at their fullest")
        )
        right.markdown(
            _(
                "**The same picture with its colours at 100\u00a0%.** Every tint, however pale, is made as "
                "full as a screen can show it, and nothing else is changed. Now the eye sees what the trick "
                "put there."
            )
        )
    elif count is not None:
        st.markdown(
            _counted(story, run, count, network),
            help=_("In brackets: where the share of all such views lies, at 95\u00a0% (Wilson 1927)."),
        )
    elif story.extra == "gradient":
        _gradient(run, network, narrow)
    elif story.extra == "proved":
        _proved(run, network)
    elif story.extra == "sticker":
        _pasted(run, network, narrow)


def _counted(story: Story, run: Run, count: Survival, network: Network) -> str:
    """How many of the random views still fool the network."""
    if story.extra == "turned":
        how = _("turned, scaled, moved, lit and noisy")
    else:
        how = _("printed and photographed")
    target, fooled = run.recipe.target, count.fooled if run.recipe.target is None else count.wanted
    if target is None:
        held = _("**{share} of the random views ({how}) get another answer.**", share=_of(fooled), how=how)
    else:
        held = _(
            "**{share} of the random views ({how}) are read as {name}.**",
            share=_of(fooled),
            how=how,
            name=text.escape(network.labels[target]),
        )
    kept = _("The original keeps its answer in {share}.", share=_of(count.clean))
    if target is None and count.clean.share < HALF:
        kept = _(
            "The original keeps its answer in {share}: here a photograph changes the answer by itself, too.",
            share=_of(count.clean),
        )
    return " ".join([held, kept, _("Count more of them on the page Survive.")])


def _pasted(run: Run, network: Network, narrow: bool) -> None:
    """The same sticker at the same place on the other samples."""
    changed, kind = pixels_of(run.frames[-1]), run.recipe.mask
    sticker, names, files = masks.found(kind, changed.shape[:2]), [], []
    for name in samples.SAMPLES:
        if run.origin != f"sample:{name}":
            picture = seen(network, samples.sample(name)).copy()
            picture[sticker] = changed[sticker]
            names.append(name)
            files.append(picture)
    with progress.spinning(_("Pasting it on other photos")):
        readings = engine.call(runs.readings, network, [encode(picture) for picture in files])
    hits = sum(reading.label == run.recipe.target for reading in readings)
    goal = text.escape(network.labels[run.recipe.target or 0])
    st.markdown(
        many(
            "**The same sticker on the other samples: {n} of {of} is read as {goal}.** It was made for one "
            "photo, not for these.",
            "**The same sticker on the other samples: {n} of {of} are read as {goal}.** It was made for one "
            "photo, not for these.",
            hits,
            of=len(files),
            goal=goal,
        )
    )
    grid = st.grid(3 if narrow else len(files), min_column_width=4, wrap=False, gap=8)
    for name, picture, reading in zip(names, files, readings, strict=True):
        with grid.cell():
            alt = _("The {name} with the sticker: {reading}", name=_(name), reading=reading.name)
            st.image(encode(enlarged(picture)), width="stretch", alt=alt)
            st.markdown(text.caption(reading.name, reading.probability))


def further(story: Story) -> None:
    """Where the same is told more closely."""
    if story.further is None:
        return
    goes_on = story.further
    st.markdown(text.escape(unbroken(_(goes_on.words))))
    st.page_link(
        PLACES[goes_on.page],
        label=_(goes_on.part),
        icon=":material/arrow_forward:",
        query_params={goes_on.key: goes_on.part},
    )


def _of(tally: Tally) -> str:
    low, high = tally.interval
    return _(
        "{hits} of {of} ({low} to {high})",
        hits=tally.hits,
        of=tally.asked,
        low=percent(low, 0),
        high=percent(high, 0),
    )


def _gradient(run: Run, network: Network, narrow: bool) -> None:
    """Which pixels would make the digit more of a 5, or more of a 6."""
    pair = (5, 6)
    data = encode(pixels_of(run.frames[0]))
    with progress.spinning(_("Asking which pixels count")):
        answer = engine.call(explanations.ask, network, data, pair, True, run.recipe.seed)
    grid = st.grid(3 if narrow else 5, min_column_width=4, wrap=False, gap=8)
    with grid.cell():
        st.image(encode(enlarged(answer.pixels)), width="stretch", alt=_("The digit"))
        st.markdown(text.caption(answer.reading.name, answer.reading.probability))
    for k, values in zip(pair, answer.planes, strict=True):
        with grid.cell():
            alt = _("What would make this more of a {digit}", digit=k)
            st.image(encode(enlarged(gradients.picture(values, answer.strength))), width="stretch", alt=alt)
            st.markdown(_("more of a {digit}", digit=k))
    st.caption(_("Bright: more ink here. Dark: less. Grey: no effect."))


def _proved(run: Run, network: Network) -> None:
    """Up to which epsilon the answer is proved."""
    eps = run.recipe.eps / 255
    with progress.spinning(_("Working out the bounds")):
        found = engine.call(proofs.bounds, network, encode(pixels_of(run.frames[0])), (eps,))
    own = text.escape(network.labels[found.label])
    st.markdown(
        _(
            "**Proved up to epsilon {eps:.3f}** ({levels} of 255): no change up to there, found or not yet "
            "found, makes this network read anything but a {digit}.",
            eps=found.largest,
            levels=int(255 * found.largest),
            digit=own,
        ),
        help=_(
            "Interval bounds, worked out on this machine for this picture. Above it the proof says nothing; "
            "an attack may work there or not."
        ),
    )
