"""Straight lines: what the gradient at the original foretells, and what the network really says."""

from __future__ import annotations

import streamlit as st

from trickcore import engine
from trickcore.explain.records import Lines
from trickcore.jobs import explanations
from trickcore.plots import lines as profiles
from trickcore.text import percent
from ui import text
from ui.current_trick import CurrentTrick
from ui.session_run import pixels_of
from ui.widgets import chart_slot, progress

HELP = (
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
        "Every value of the picture is moved a little, each in the direction that makes it more of "
        f"**{name}**. The solid lines are the scores the network really gives. The dotted ones are what the "
        "gradient at the original foretells, as if the network were nothing but straight lines: a simple "
        "model of a complicated model (Goodfellow and others, 2015).",
        help=HELP,
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
    chart_slot.finished(st.empty(), figure, f"Scores along a straight line: {summary.replace('**', '')}")
    st.markdown(summary)


def _measured(current: CurrentTrick) -> Lines:
    original = pixels_of(current.run.frames[0])
    found = engine.stream(explanations.lines, current.network, original, current.target, current.eps)
    with progress.shown("Asking the network about the pictures along the line", "picture") as bar:
        for one in found:
            if isinstance(one, Lines):
                return one
            bar.tell(one.done, one.of)
    raise AssertionError("the lines come at the end")


def _told(current: CurrentTrick, lines: Lines) -> str:
    """How far the simple model holds, and what it gets wrong at epsilon."""
    name, (real, foretold) = text.escape(current.labels[current.target]), lines.gain(current.eps)
    if lines.reach:
        holds = (
            f"The simple model holds up to **{lines.reach * 255:.2g} of 255** (shaded): there the change it "
            f"foretells for {name} is less than a quarter off the real one."
        )
    else:
        first = lines.moves[lines.moves > 0].min() * 255
        holds = f"The simple model does not hold even up to **{first:.2g} of 255**, for {name}'s score."
    return (
        f"{holds} At epsilon, {current.followed.eps:g} of 255 ({current.eps:.4f}), it promises "
        f"**{foretold:+.1f}** points; the network gives **{real:+.1f}**."
    ).replace("-", "−") + _one_step(current, lines)


def _one_step(current: CurrentTrick, lines: Lines) -> str:
    """What the end of the line is to the trick, which does not walk along it."""
    there = text.escape(current.labels[lines.answer(current.eps)])
    line = f" This line is **one step**; at epsilon the highest score on it is **{there}**'s."
    steps, verdict = current.run.frames[-1].index, current.run.verdict
    if steps < 2 or verdict is None:
        return line
    now = f"**{text.escape(verdict.after.name)}**, {percent(verdict.after.probability)}"
    return (
        f"{line} The trick took **{steps} steps**, asking for the gradient anew at each; it ended at {now}."
    )
