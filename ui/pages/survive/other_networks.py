"""The trick shown to other networks: the one in hand, one made again to travel, one made for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from trickcore import Recipe, engine
from trickcore.jobs import networks, transfer
from trickcore.jobs.networks import Network
from trickcore.language import _, again, later
from trickcore.measure.transfer import NetworkReading
from trickcore.runs.recipe import EPSILONS
from trickcore.text import named
from ui import state, text
from ui.current_trick import CurrentTrick, followed_here
from ui.pages.survive import network_answers, transfer_table
from ui.session_run import Run, catalogue, digest, labels_of, load_once, start
from ui.sidebar.controls import BECOME, STOP_BEING
from ui.sidebar.url_state import LINK
from ui.widgets import main_button
from ui.widgets.run_row import RunRow

FEW = 4  # networks that stay awake at once
MINE = "mine"
HELP = later(
    "A network is shown every picture at the size it was trained on, so the same file looks a little "
    "different to each. A trick that fools networks it was not made for is said to transfer (Szegedy et al. "
    "2014, arXiv:1312.6199)."
)


@dataclass
class Attempt:
    """One picture that was made, and what each network says of it."""

    title: str
    made_for: tuple[str, ...]  # names of networks
    run: Run
    told: dict[str, NetworkReading] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # the identity of the network that told it

    @property
    def how(self) -> str:
        recipe = self.run.recipe
        goal = _("any other class") if recipe.target is None else self.run.labels[recipe.target]
        if recipe.momentum:
            return _("to become {goal}, with momentum, epsilon {eps:g}", goal=goal, eps=recipe.eps)
        return _("to become {goal}, no momentum, epsilon {eps:g}", goal=goal, eps=recipe.eps)


@dataclass
class Attempts:
    """What was made of one trick in hand on this visit; the last one is shown."""

    key: object
    made: list[Attempt]


def section(current: CurrentTrick) -> None:
    """What other networks say, and what makes them fall."""
    st.subheader(_("Shown to other networks"), help=_(HELP))
    titles = ready(current.labels)
    names = _chosen(current, titles)
    attempts = _attempts(current)
    recipe, together = _wish(current, names, attempts)
    if together is not None:
        attempts.made.append(
            _attempt(current, recipe, names if together else (current.recipe.network,), titles)
        )
    attempt = attempts.made[-1]
    if attempt.run is not current.run:
        title = f"{again(attempt.title)}: {text.escape(attempt.how)}"
        strip = RunRow(title, current.dark, current.narrow, network=True)
        tip = _("Ends it; what it has reached is shown to the networks.")
        strip.present(attempt.run, st.empty(), "stop-others", tip)
    _read(current, attempt, names, titles)
    _history(current, attempts, names, titles)
    who = {name: _network(current, name) for name in names}
    transfer_table.section(current, who, titles, recipe.eps)


def ready(labels: tuple[str, ...]) -> dict[str, str]:
    """Titles of the networks with these labels that need no download, by name: what others call a class of
    theirs would be compared with another thing."""
    found: dict[str, str] = {
        card.name: _(card.title)
        for card in catalogue()
        if card.ready and (card.labels or labels_of(card.name)) == labels
    }
    mine = state.mine.get()
    return {**found, MINE: _("Yours")} if mine is not None and mine.labels == labels else found


def _network(current: CurrentTrick, name: str) -> Network:
    if name == current.recipe.network:
        return current.network
    if name == MINE:
        mine = state.mine.get()
        assert mine is not None  # `ready` offers it only where it is
        return mine
    return load_once(name)


def _chosen(current: CurrentTrick, titles: dict[str, str]) -> tuple[str, ...]:
    """The networks asked, the one the trick was made for first."""
    own = current.recipe.network
    names = [own, *(name for name in titles if name != own)]
    if len(names) <= FEW:
        return tuple(names)
    asked = st.multiselect(
        _("Networks"),
        names[1:],
        default=names[1:FEW],
        format_func=lambda name: titles[name],
        key="others_networks",
        help=_("Which networks are shown the picture, beside the one it was made for."),
        **LINK,
    )
    return (own, *asked)


def _attempts(current: CurrentTrick) -> Attempts:
    kept = state.other_networks.get()
    if kept is None or kept.key != current.key():
        first = Attempt(_("The trick in hand"), (current.recipe.network,), current.run)
        kept = state.other_networks.set(Attempts(current.key(), [first]))
    return kept


def _wish(current: CurrentTrick, names: Sequence[str], attempts: Attempts) -> tuple[Recipe, bool | None]:
    """The recipe the controls stand for, and what was pressed: one network, all (True), or nothing."""
    aim = named(current.labels, current.target)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        goal = st.segmented_control(
            _("Goal"),
            [STOP_BEING, BECOME],
            default=STOP_BEING,
            required=True,
            format_func=_,
            key="others_goal",
            help=_(
                "*{become}*: {aim}. *{stop}* travels further: networks agree more on where a class ends than "
                "on what lies beyond.",
                become=_(BECOME),
                aim=text.escape(aim),
                stop=_(STOP_BEING),
            ),
            **LINK,
        )
        eps = st.select_slider(
            _("Epsilon (grey levels of 255)"),
            [eps for eps in EPSILONS if eps >= 1],
            value=76.5 if current.digits else 16.0,
            format_func=lambda eps: f"{eps:g}",
            key=f"others_eps_{'digit' if current.digits else 'photo'}",
            width=230,
            help=_("{limit}. A larger change travels further.", limit=text.may_move(current.recipe.norm)),
            **LINK,
        )
        momentum = st.toggle(
            _("Momentum"),
            value=True,
            key="others_momentum",
            help=_(
                "Each step keeps part of the last one's direction, so that it follows what stays the same "
                "instead of one network's details (Dong et al. 2018, arXiv:1710.06081)."
            ),
            **LINK,
        )
    with st.container(horizontal=True, gap="small"):
        anew = st.button(
            _("Craft again"),
            key="craft-again",
            icon=":material/replay:",
            help=_("Makes the trick anew, for the same network, with these settings, and shows it to all."),
        )
        everyone = main_button.button(
            _("Fool them all"),
            key="fool-all",
            icon=":material/groups:",
            disabled=len(names) < 2,
            help=_(
                "Makes one picture against all these networks at once: each step follows the mean of their "
                "answers (Liu et al. 2017, arXiv:1611.02770)."
            ),
        )
        if anew or everyone or len(attempts.made) > 1:
            st.button(
                _("Back to the trick in hand"),
                key="others-back",
                icon=":material/undo:",
                type="tertiary",
                help=_("Forgets what was made here."),
                on_click=_forget,
                args=(attempts,),
            )
    recipe = replace(
        followed_here(current),
        target=current.target if goal == BECOME else None,
        eps=eps,
        momentum=1.0 if momentum else 0.0,
        alpha=None,
        stop_at=None,
    )
    return recipe, True if everyone else False if anew else None


def _forget(attempts: Attempts) -> None:
    del attempts.made[1:]


def _attempt(
    current: CurrentTrick, recipe: Recipe, made_for: tuple[str, ...], titles: dict[str, str]
) -> Attempt:
    noun = current.run.noun
    if len(made_for) == 1:
        run = start(current.network, current.original, noun, recipe)
        return Attempt(_("Made for {network}", network=titles[made_for[0]]), made_for, run)
    with st.spinner(_("Waking the networks…")):
        members = [_network(current, name) for name in made_for]
    together = networks.together(members)
    source = engine.stream(transfer.against, members, current.original, recipe)
    run = Run(recipe, digest(current.original), noun, together, source)
    whom = _("Made for both") if len(made_for) == 2 else _("Made for all {n}", n=len(made_for))
    return Attempt(whom, made_for, run)


def _read(current: CurrentTrick, attempt: Attempt, names: Sequence[str], titles: dict[str, str]) -> None:
    """Every network asked in turn, a tile each."""
    sentence = st.empty()
    across = 1 if current.narrow else min(3, len(names))
    for first in range(0, len(names), across):
        row = names[first : first + across]
        for name, column in zip(row, st.columns(across), strict=False):
            with column.container(border=True, gap="xsmall"):
                own = name in attempt.made_for
                title = text.escape(titles[name])
                st.markdown(_("**{network}** · made for it", network=title) if own else f"**{title}**")
                place = st.container(gap="xsmall")
                with place, st.spinner(_("Asking…")):
                    reading = _asked(current, attempt, name)
                told = network_answers.fate(reading, current)
                network_answers.tile(place, reading, told, _network(current, name).size)
    sentence.markdown(_summary(current, attempt, {name: attempt.told[name] for name in names}))


def _asked(current: CurrentTrick, attempt: Attempt, name: str) -> NetworkReading:
    """What a network says, asked once for each attempt."""
    network = _network(current, name)
    if attempt.asked.get(name) != network.identity:
        target = attempt.run.recipe.target
        reading = engine.call(transfer.across, network, current.original, attempt.run.png, target)
        attempt.told[name], attempt.asked[name] = reading, network.identity
    return attempt.told[name]


def _summary(current: CurrentTrick, attempt: Attempt, readings: dict[str, NetworkReading]) -> str:
    """How many fell, and that a miss is normal."""
    strangers = [reading for name, reading in readings.items() if name not in attempt.made_for]
    asked = strangers or list(readings.values())
    fooled = [reading for reading in asked if network_answers.fate(reading, current) != "held"]
    fools = network_answers.fools(len(fooled), len(asked), strangers=bool(strangers))
    wanted = sum(reading.outcome == "wanted" for reading in fooled)
    title = text.escape(attempt.title)
    if not fooled or attempt.run.recipe.target is None:
        sentence = _("**{title}:** {fools}.", title=title, fools=fools)
    elif wanted:
        sentence = _("**{title}:** {fools}, {n} of them as wanted.", title=title, fools=fools, n=wanted)
    else:
        sentence = _("**{title}:** {fools}, none of them as wanted.", title=title, fools=fools)
    if len(fooled) == len(asked):
        return sentence
    if not strangers:
        return f"{sentence} {_('A larger epsilon or more steps may bring the others down, too.')}"
    normal = _(
        "Misses are normal: what changes most for one network is often harmless to another. What helps: a "
        "larger epsilon, any wrong answer instead of one class, momentum, more networks to craft on."
    )
    return f"{sentence} {normal}"


def _history(current: CurrentTrick, attempts: Attempts, names: Sequence[str], titles: dict[str, str]) -> None:
    """All that was made here, a row each."""
    rows = [attempt for attempt in attempts.made if attempt.told.keys() >= set(names)]
    if len(rows) < 2:
        return
    st.markdown(_("**What you tried so far**"))
    head = [_("made"), *(text.escape(titles[name]) for name in names)]
    cells = [
        [
            f"{text.escape(attempt.title)}: {text.escape(attempt.how)}",
            *(network_answers.cell(attempt.told[name], current) for name in names),
        ]
        for attempt in rows
    ]
    st.markdown(transfer_table.rows_of(head, cells, current.narrow))
