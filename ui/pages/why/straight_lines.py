"""Straight lines: what the gradient at the original foretells, and what the network really says."""

from __future__ import annotations

import streamlit as st

from trickcore import engine
from trickcore.explain.records import Lines
from trickcore.jobs import explanations
from trickcore.language import _, later, row
from trickcore.plots import lines as profiles
from trickcore.text import percent
from ui import text
from ui.current_trick import CurrentTrick
from ui.session_run import pixels_of
from ui.widgets import chart_slot, progress

HELP = later(
    "The sign of the gradient says for every value of the picture whether raising or lowering it raises the "
    "class's log-probability; along the line all values move by the same amount, clipped to black and white. "
    "These pictures are not rounded to whole grey levels, so that the smallest moves can be seen. A score "
    "(logit) is what the network gives each class before scores become probabilities: 2.3 points more is ten "
    "times as likely."
)


def section(current: CurrentTrick) -> None:
    lines = current.kept("lines", make=lambda: _measured(current))
    name = text.escape(current.labels[current.target])
    st.markdown(
        _(
            "Every value of the picture is moved a little, each in the direction that makes it more of "
            "**{name}**. The solid lines are the scores the network really gives. The dotted ones are what "
            "the gradient at the original foretells, as if the network were nothing but straight lines: a "
            "simple model of a complicated model (Goodfellow and others, 2015).",
            name=name,
        ),
        help=_(HELP),
    )
    summary = _told(current, lines)
    figure = profiles.straight_line_chart(
        lines,
        current.labels,
        current.eps,
        dark=current.dark,
        narrow=current.narrow,
        height=340 if current.narrow else 420,
    )
    alt = _("Scores along a straight line: {summary}", summary=summary.replace("**", ""))
    chart_slot.finished(st.empty(), figure, alt)
    st.markdown(summary)


def _measured(current: CurrentTrick) -> Lines:
    original = pixels_of(current.run.frames[0])
    found = engine.stream(explanations.lines, current.network, original, current.target, current.eps)
    with progress.shown(_("Asking the network about the pictures along the line"), _("picture")) as bar:
        for one in found:
            if isinstance(one, Lines):
                return one
            bar.tell(one.done, one.of)
    raise AssertionError("the lines come at the end")


def _told(current: CurrentTrick, lines: Lines) -> str:
    """How far the simple model holds, and what it gets wrong at epsilon."""
    name = text.escape(current.labels[current.target]).replace("-", "−")
    real, foretold = lines.gain(current.eps)
    if lines.reach:
        holds = _(
            "The simple model holds up to **{far:.2g} of 255** (shaded): there the change it foretells for "
            "{name} is less than a quarter off the real one.",
            far=lines.reach * 255,
            name=name,
        )
    else:
        first = lines.moves[lines.moves > 0].min() * 255
        holds = _(
            "The simple model does not hold even up to **{far:.2g} of 255**, for {name}'s score.",
            far=first,
            name=name,
        )
    promise = _(
        "At epsilon, {levels:g} of 255 ({eps:.4f}), it promises **{foretold}** points; the network gives "
        "**{real}**.",
        levels=current.followed.eps,
        eps=current.eps,
        foretold=f"{foretold:+.1f}".replace("-", "−"),
        real=f"{real:+.1f}".replace("-", "−"),
    )
    return row(holds, promise, _one_step(current, lines))


def _one_step(current: CurrentTrick, lines: Lines) -> str:
    """What the end of the line is to the trick, which does not walk along it."""
    there = text.escape(current.labels[lines.answer(current.eps)])
    line = _("This line is **one step**; at epsilon the highest score on it is **{there}**'s.", there=there)
    steps, verdict = current.run.frames[-1].index, current.run.verdict
    if steps < 2 or verdict is None:
        return line
    now = f"**{text.escape(verdict.after.name)}**, {percent(verdict.after.probability)}"
    took = _(
        "The trick took **{steps} steps**, asking for the gradient anew at each; it ended at {now}.",
        steps=steps,
        now=now,
    )
    return row(line, took)
