"""The attack that knows of a defence: through it, with a larger epsilon where that is what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore import Recipe, engine
from trickcore.jobs import networks, survival
from trickcore.language import _, later, row
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

ABOUT = later(
    "The trick was made without knowing of any defence. An attacker who knows makes it **through** the "
    "defence: most defences then fall, some at the price of a larger epsilon (Athalye, Carlini and Wagner "
    "2018). Try it."
)
HELP = later(
    "At every step the network is shown the picture as the defence leaves it. Where the defence has no "
    "gradient, as JPEG and rounding, the gradient is passed straight through as if it did nothing (BPDA). "
    "A random turn is drawn {draws} times a step (EOT). If epsilon is too small, it is doubled, "
    "up to three times."
)
IN_A_SENTENCE = (  # titles of DEFENCES; JPEG is JPEG
    later("no defence"), later("blur"), later("median"), later("fewer grey levels"), later("random turn"),
)  # fmt: skip
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
    st.subheader(_("Adapt to it"), help=_(HELP, draws=defended.DRAWS))
    st.markdown(_(ABOUT))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name: str = st.segmented_control(
            _("Attack through"),
            [defence.name for defence in DEFENCES[1:]],
            default="jpeg",
            required=True,
            wrap=True,
            format_func=lambda name: _(chosen[name].title),
            key="adapt",
            help=_("The defence the attack is made through, at the strength set above."),
            **LINK,
        )
        steps: int = st.slider(
            _("Steps"),
            10,
            200,
            60,
            10,
            key="adapt_steps",
            width=260,
            help=_("How many small changes each try makes."),
            **LINK,
        )
    defence = chosen[name]
    recipe = replace(followed_here(current), steps=steps, alpha=None, stop_at=None)
    with st.container(horizontal=True, gap="small"):
        go = main_button.button(
            _("Attack through it"),
            key="go-adapt",
            icon=":material/play_arrow:",
            help=_("Makes the trick again, this time knowing of the defence."),
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
                answer = _answer(current, attempt.seen[earlier.number])
                st.markdown(
                    _(
                        "Epsilon {eps:g} is not enough: the network says {answer}.",
                        eps=earlier.recipe.eps,
                        answer=answer,
                    )
                )
        with shown.container():
            what = _named(attempt.defence)
            title = _("Through {defence}, epsilon {eps:g}", defence=what, eps=run.recipe.eps)
            strip = RunRow(title, current.dark, current.narrow)
        strip.present(
            run,
            stop,
            f"stop-adapt-{run.number}",
            _("Ends the attack; what it has reached stays."),
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
    name = defence.title if defence.title.isupper() else _(defence.title.lower())
    return f"{name} ({defence.told()})" if defence.told() else name


def _answer(current: CurrentTrick, seen: Seen) -> str:
    answer = words.caption(current.labels[seen.label], float(seen.probs[seen.label]))
    hits, n = seen.labels.count(seen.label), len(seen.labels)
    return _("{answer}, in {hits} of {n} draws", answer=answer, hits=hits, n=n) if n > 1 else answer


def _conclude(current: CurrentTrick, attempt: Attempt, run: Run) -> None:
    """What was measured, through the defence, on the saved picture."""
    defence, answer = _named(attempt.defence), _answer(current, attempt.seen[run.number])
    steps, eps = run.recipe.steps, run.recipe.eps
    said = _(
        "Through {defence}, of the saved PNG, the network says {answer}.", defence=defence, answer=answer
    )
    verdict, place = current.run.verdict, st.empty()
    if _won(attempt, run):
        took = _("It took {steps} steps at epsilon {eps:g} of 255.", steps=steps, eps=eps)
        word = _("Fooled")
        if verdict is not None and verdict.outcome == "tricked":
            word = _("Fooled again")
            took = _(
                "It took {steps} steps at epsilon {eps:g} of 255; without the defence {fewer} at {less:g} "
                "were enough.",
                steps=steps,
                eps=eps,
                fewer=current.recipe.steps,
                less=current.recipe.eps,
            )
        outcome_box.network(place, True, row(said, took), word=word)
    elif attempt.stopped:
        text = row(_("Stopped at step {step}.", step=run.frames[-1].index), said)
        outcome_box.network(place, False, text, word=_("Held so far"))
    else:
        text = _(
            "Through {defence}, of the saved PNG, the network says {answer}, after {steps} steps at epsilon "
            "{eps:g} of 255. Try more steps.",
            defence=defence,
            answer=answer,
            steps=steps,
            eps=eps,
        )
        outcome_box.network(place, False, text, word=_("Held so far"))
