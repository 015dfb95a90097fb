"""Rows of the table of a Recipe's fields: the method, and what only some methods read."""

from __future__ import annotations

from trickcore.language import _, later
from trickcore.runs.field_kinds import MOST_STEPS, Control, Field, Option
from trickcore.runs.methods import METHODS

QUESTIONS = (100, 200, 500, 1000, 2000, 3000, 5000, 10_000, 20_000)

METHOD_FIELDS = (
    Field(
        "method",
        "choice",
        f"one of {', '.join(METHODS)}",
        choices=tuple(METHODS),
        option=Option("how to trick it (gradient)"),
        control=Control(
            "method",
            later("Method"),
            later(
                "How the picture is changed. *Follow the gradient*, *Strongest* and *Least change* look "
                "inside the network (white box). *Few pixels* and *Only its answers* may just ask it, *Only "
                "its label* is told nothing but the winner (black box)."
            ),
            "selectbox",
            group="method",
            choices=tuple(METHODS),
            words=lambda name: _(METHODS[name].title),
        ),
    ),
    Field(
        "pixels",
        "whole",
        "a whole number from 1 to 500",
        least=1,
        most=500,
        option=Option("that may change, with --method pixels (20)", "N"),
        control=Control(
            "pixels",
            later("Pixels"),
            later(
                "How many pixels may change. Each may take any colour, so a changed pixel can be seen: it is "
                "ringed in the picture."
            ),
            "slider",
            group="epsilon",
            least=1,
            most=500,
        ),
    ),
    Field(
        "questions",
        "whole",
        f"a whole number from 10 to {MOST_STEPS:,}",
        least=10,
        most=MOST_STEPS,
        option=Option("that a method may ask which only asks (2000)", "N"),
        control=Control(
            "questions",
            later("Questions"),
            later(
                "How often the network may be asked what it sees. A method that cannot look inside needs "
                "many questions; it stops when it has what it wants."
            ),
            "select_slider",
            group="steps",
            choices=QUESTIONS,
        ),
    ),
    Field(
        "start",
        "text",
        'a picture such as "sample:espresso" or "digit:8", "file", or empty for one that is looked for',
        option=Option("a picture to begin at, with --method hopskipjump", "PICTURE"),
    ),
)
