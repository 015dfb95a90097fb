"""The attack that knows of a defence: through it, with a larger epsilon where that is what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe, engine
from trickcore.jobs import networks, survival
from trickcore.measure import defended
from trickcore.measure.defended import Seen
from trickcore.networks.defences import DEFENCES, Defence
from ui import state
from ui import text as words
from ui.current_trick import CurrentTrick, followed_here
from ui.session_run import Run, digest
from ui.sidebar.url_state import LINK
from ui.widgets import main_button, outcome_box
from ui.widgets.run_row import RunRow

ABOUT = (
    "The trick was made without knowing of any defence. An attacker who knows makes it **through** the "
    "defence: most defences then fall, some at the price of a larger epsilon (Athalye, Carlini and Wagner "
    "2018). Try it."
)
HELP = (
    "At every step the network is shown the picture as the defence leaves it. Where the defence has no "
    "gradient, as JPEG and rounding, the gradient is passed straight through as if it did nothing (BPDA). "
    f"A random turn is drawn {defended.DRAWS} times a step (EOT). If epsilon is too small, it is doubled, "
    "up to three times."
)
DOUBLINGS = 3
FEW = 8  # attempts kept of a visit


@dataclass
class Attempt:
    """An attack through a defence: a run for each epsilon it took."""

    defence: Defence
    clean: Seen
    runs: list[Run]
    seen: dict[int, Seen] = field(default_factory=dict)  # what each run made, through the defence
    stopped: bool = False


def read_through(current: CurrentTrick, defence: Defence, data: bytes) -> Seen:
    """A picture through a defence, asked about once for each trick in hand."""

    def make() -> Seen:
        return engine.call(
            survival.read_through, current.network, defence.name, defence.strength, data, current.seed
        )

    return current.kept("through", defence.name, defence.strength, digest(data), make=make)


def section(current: CurrentTrick, chosen: dict[str, Defence]) -> None:
    """Which defence to attack, how long, and the attack as it comes."""
    st.subheader("Adapt to it", help=HELP)
    st.markdown(ABOUT)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name: str = st.segmented_control(
            "Attack through",
            [defence.name for defence in DEFENCES[1:]],
            default="jpeg",
            required=True,
            wrap=True,
            format_func=lambda name: chosen[name].title,
            key="adapt",
            help="The defence the attack is made through, at the strength set above.",
            **LINK,
        )
        steps: int = st.slider(
            "Steps",
            10,
            200,
            60,
            10,
            key="adapt_steps",
            width=260,
            help="How many small changes each try makes.",
            **LINK,
        )
    defence = chosen[name]
    recipe = replace(followed_here(current), steps=steps, alpha=None, stop_at=None)
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            "Attack through it",
            key="go-adapt",
            icon=":material/play_arrow:",
            help="Makes the trick again, this time knowing of the defence.",
        )
        stop = st.empty()
    made = state.adaptive_attacks.get()
    key = current.key(name, defence.strength, recipe)
    if go:
        while len(made) >= FEW:
            for run in made.pop(next(iter(made))).runs:
                run.close()
        clean = read_through(current, defence, current.original)
        made[key] = Attempt(defence, clean, [_start(current, defence, recipe)])
    if key in made:
        _play(current, made[key], stop)


def _start(current: CurrentTrick, defence: Defence, recipe: Recipe) -> Run:
    """A run whose verdict, too, is given through the defence."""
    name, strength = defence.name, defence.strength
    behind = networks.behind(current.network, name, strength, current.seed)
    source = engine.stream(survival.attack_through, current.network, current.original, recipe, name, strength)
    return Run(recipe, digest(current.original), current.run.noun, behind, source)


def _play(current: CurrentTrick, attempt: Attempt, stop: DeltaGenerator) -> None:
    """Go on until it wins, may not grow any more, or was stopped; the last run is what is shown."""
    log, shown = st.empty(), st.empty()
    while True:
        run = attempt.runs[-1]
        with log.container(gap="xsmall"):
            for earlier in attempt.runs[:-1]:
                reading = _reading(current, attempt.seen[earlier.number])
                st.markdown(f"Epsilon {earlier.recipe.eps:g} is not enough: {reading}.")
        with shown.container():
            strip = RunRow(
                f"Through {_named(attempt.defence)}, epsilon {run.recipe.eps:g}", current.dark, current.narrow
            )
        strip.present(
            run,
            stop,
            f"stop-adapt-{run.number}",
            "Ends the attack; what it has reached stays.",
            partial(_halt, attempt),
        )
        strip.verdict.empty()
        if not run.frames:  # stopped before its first step
            break
        attempt.seen[run.number] = read_through(current, attempt.defence, run.png)
        if _won(attempt, run) or attempt.stopped or not _may_double(attempt):
            break
        attempt.runs.append(
            _start(current, attempt.defence, replace(run.recipe, eps=min(255.0, 2 * run.recipe.eps)))
        )
    stop.empty()
    if run.frames:
        _conclude(current, attempt, run)


def _halt(attempt: Attempt) -> None:
    attempt.stopped = True
    attempt.runs[-1].close(stopped=True)


def _won(attempt: Attempt, run: Run) -> bool:
    return defended.beaten(attempt.clean, attempt.seen[run.number], run.recipe.target)


def _may_double(attempt: Attempt) -> bool:
    return len(attempt.runs) <= DOUBLINGS and 0 < attempt.runs[-1].recipe.eps < 255


def _named(defence: Defence) -> str:
    name = defence.title if defence.title.isupper() else defence.title.lower()
    return f"{name} ({defence.told()})" if defence.told() else name


def _reading(current: CurrentTrick, seen: Seen) -> str:
    often = (
        f", in {seen.labels.count(seen.label)} of {len(seen.labels)} draws" if len(seen.labels) > 1 else ""
    )
    return (
        f"the network says {words.caption(current.labels[seen.label], float(seen.probs[seen.label]))}{often}"
    )


def _conclude(current: CurrentTrick, attempt: Attempt, run: Run) -> None:
    """What was measured, through the defence, on the saved picture."""
    sentence = (
        f"Through {_named(attempt.defence)}, of the saved PNG, {_reading(current, attempt.seen[run.number])}"
    )
    at = f"{run.recipe.steps} steps at epsilon {run.recipe.eps:g} of 255"
    verdict, place = current.run.verdict, st.empty()
    if _won(attempt, run):
        plain, again = "", ""
        if verdict is not None and verdict.outcome == "tricked":
            again = " again"
            plain = f"; without the defence {current.recipe.steps} at {current.recipe.eps:g} were enough"
        outcome_box.network(place, True, f"{sentence}. It took {at}{plain}.", word=f"Fooled{again}")
    elif attempt.stopped:
        text = f"Stopped at step {run.frames[-1].index}. {sentence}."
        outcome_box.network(place, False, text, word="Held so far")
    else:
        outcome_box.network(place, False, f"{sentence}, after {at}. Try more steps.", word="Held so far")
