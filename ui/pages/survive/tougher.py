"""The trick made again so that it outlives the world: over random views, until it survives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.runs.recipe import EPSILONS
from trickcore.text import percent
from ui import state, text
from ui.current_trick import CurrentTrick, followed_here
from ui.pages.survive import random_views
from ui.pages.survive.random_views import TURNED, Board, Counting, goal, stop_button, unsure
from ui.session_run import Run, pixels_of, start
from ui.sidebar import apply_recipe
from ui.sidebar.url_state import LINK
from ui.widgets import main_button
from ui.widgets.run_row import RunRow

PLAIN, TOUGHER = later("Plain trick"), later("Tougher trick")
IN_A_SENTENCE = (later("plain trick"), later("tougher trick"))  # as random_views writes them
ENOUGH = 0.95  # the mean probability over the views of a step that ends a run
SURVIVES = 0.9  # the share of random views that is called surviving
MORE = later("Not yet 90\u00a0%: try more steps, more views a step, or a larger epsilon.")
HELP = later(
    "Expectation over transformation, EOT (Athalye et al. 2018, arXiv:1707.07397): at each step the network "
    "is shown several random views of the picture, turned, scaled, moved, lighter or darker, noisy, and the "
    "step follows the mean of what they say. With it they made a turtle that is taken for a rifle."
)


@dataclass
class Tough:
    """What was made of one trick in hand, and how both have done."""

    key: object
    run: Run
    counted: Counting | None = None


def section(current: CurrentTrick) -> None:
    """The settings, the run as it grows, and both tricks under the same random views."""
    st.subheader(_("Make it tougher"), help=_(HELP))
    st.markdown(
        _(
            "A plain trick fits one view of the picture like a key fits a lock; turn it a little and it is "
            "gone. So make it anew, from several random views at each step. It needs a larger epsilon, and "
            "time."
        )
    )
    recipe = _recipe(current)
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Make it tougher"),
            key="make-tougher",
            icon=":material/fitness_center:",
            help=_("Runs the trick again, from the original."),
        )
        stop = st.empty()
        keep = st.empty()
    tough = state.tougher.get()
    if go:
        if tough is not None:
            tough.run.close()
        run = start(current.network, current.original, current.run.noun, recipe, current.run.origin)
        run.digest = current.run.digest  # the same picture, as the network sees it
        tough = state.tougher.set(Tough(current.key(), run))
    if tough is None or tough.key != current.key():
        st.info(
            _(
                "Nothing made yet. A photo takes about as long as a few hundred plain steps: some 20 seconds "
                "on two cores."
            ),
            icon=":material/fitness_center:",
        )
        return
    _play(current, tough, stop)
    keep.button(
        _("Keep it as the trick in hand"),
        key="keep-tougher",
        icon=":material/back_hand:",
        on_click=_keep,
        args=(tough.run,),
        help=_("All pages then look into this one, and the settings become those it was made with."),
    )
    _compare(current, tough)


def _recipe(current: CurrentTrick) -> Recipe:
    """The trick in hand with more epsilon, momentum, and random views."""
    kind = "digit" if current.digits else "photo"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        eps = st.select_slider(
            _("Epsilon (grey levels of 255)"),
            [eps for eps in EPSILONS if eps >= 1],
            value=76.5 if current.digits else 16.0,
            format_func=lambda eps: f"{eps:g}",
            key=f"tougher_eps_{kind}",
            width=210,
            help=_(
                "{limit}. What is to survive must be louder than noise.",
                limit=text.may_move(current.recipe.norm),
            ),
            **LINK,
        )
        steps = st.slider(
            _("Steps, at most"),
            5,
            200,
            60,
            5,
            key="tougher_steps",
            width=170,
            help=_("How many steps are made, each over all its views."),
            **LINK,
        )
        views = st.slider(
            _("Random views a step"),
            1,
            16,
            8,
            key="tougher_views",
            width=170,
            help=_("More views make each step surer, and take so many times as long."),
            **LINK,
        )
        until = st.toggle(
            _("Until it survives"),
            value=True,
            key="tougher_until",
            help=_("Ends as soon as the goal has 95\u00a0% on average over the views of a step."),
            **LINK,
        )
    return replace(
        followed_here(current),
        eps=eps,
        steps=steps,
        views=views,
        alpha=None,
        raw=False,
        momentum=1.0,  # what the views of one step have by chance averages out over the steps
        stop_at=ENOUGH if until else None,
    )


def _play(current: CurrentTrick, tough: Tough, stop: DeltaGenerator) -> None:
    """The run, drawn as it grows."""
    recipe = tough.run.recipe
    title = _("Over {n} random views a step, epsilon {eps:g}", n=recipe.views, eps=recipe.eps)
    strip = RunRow(title, current.dark, current.narrow)
    tip = _("Ends it; what it has reached is kept and counted.")
    strip.present(tough.run, stop, "stop-tougher", tip)
    st.caption(
        _(
            "The chart and the first caption show the mean over the views of a step; the last caption and "
            "the box, the saved picture itself."
        )
    )


def _compare(current: CurrentTrick, tough: Tough) -> None:
    """The plain and the tougher trick, under the same random views."""
    st.subheader(_("Both tricks under the same random views"), help=_(random_views.HELP))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n = random_views.how_many("tougher")
        again = st.button(
            _("Count again"),
            key="count-tougher",
            icon=":material/replay:",
            help=_("Counts so many random views of both tricks and of the original."),
        )
        stop = st.empty()
    runs = {PLAIN: current.run, TOUGHER: tough.run}
    grid, captions = st.grid(2, min_column_width=4, wrap=False, gap=8, width=560), {}
    for name, run in runs.items():
        with grid.cell().container(gap="xxsmall"):
            alt = _("{name}: the tricked picture", name=_(name))
            st.image(encode(enlarged(pixels_of(run.frames[-1]))), width="stretch", alt=alt)
            captions[name] = st.empty()
    board = Board(current, (PLAIN, TOUGHER))
    if again or tough.counted is None:
        tough.counted = Counting(current.key(), TURNED, n, {PLAIN: "tricked", TOUGHER: "tricked"})
        stop_button(stop, "stop-counting-tougher")
        random_views.count(current, tough.counted, {name: run.png for name, run in runs.items()}, board)
        stop.empty()
    counted = tough.counted
    board.draw(counted, growing=False)
    for name, found in counted.found.items():
        eps, share = runs[name].recipe.eps, percent(found.wanted.share)
        captions[name].markdown(
            _("**{name}** (epsilon {eps:g}): survives **{share}**", name=_(name), eps=eps, share=share)
        )
    if counted.found:
        board.said.markdown(_said(current, counted), help=_(random_views.HELP_INTERVAL))


def _said(current: CurrentTrick, counted: Counting) -> str:
    before, after = counted.found[PLAIN], counted.found[TOUGHER]
    low, high = after.wanted.interval
    return row(
        _(
            "**Of {asked} random views, {before} of the plain trick's and {after} of the tougher one's are "
            "read as {goal}.**",
            asked=after.wanted.asked,
            before=percent(before.wanted.share),
            after=percent(after.wanted.share),
            goal=text.escape(goal(current)),
        ),
        _(
            "The true share of the tougher one lies between {low} and {high} (95\u00a0% interval).",
            low=percent(low),
            high=percent(high),
        ),
        "" if after.wanted.share >= SURVIVES else _(MORE),
        unsure(current, after),
    )


def _keep(run: Run) -> None:
    """The tougher run becomes the visit's, with its settings on the panel."""
    run.finish()
    apply_recipe.apply(run.recipe)
    state.run.set(run)
