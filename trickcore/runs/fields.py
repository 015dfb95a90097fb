"""The table of a Recipe's fields: what each may be, and how link, panel, terminal and settings call it.

A new field is a line in `Recipe`, with its type and default, and a row here. The check of a Recipe, its
settings as JSON, the script, the options of the terminal, the controls of the panel and the names in the
link are all read from these two.
"""

from __future__ import annotations

from trickcore.attacks.masks import MASKS
from trickcore.language import _, later
from trickcore.runs.field_kinds import MOST_STEPS, Control, Field, Option, share
from trickcore.runs.method_fields import METHOD_FIELDS

EPSILONS = (
    0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0, 1.5, 2.0, 3.0,
    4.0, 6.0, 8.0, 12.0, 16.0, 25.5, 32.0, 48.0, 64.0, 76.5, 128.0, 255.0,
)  # fmt: skip
MASKED = {
    "everywhere": later("Everywhere"),
    "glasses": later("Glasses"),
    "sticker": later("Sticker"),
    "frame": later("Frame"),
    "painted": later("Painted"),
}


def _table(*rows: Field) -> dict[str, Field]:
    return {row.name: row for row in rows}


FIELDS = _table(
    Field(
        "network",
        "text",
        "the name of a network",
        option=Option("who is to be tricked (efficientnet-lite0)", "NAME"),
        control=Control(
            "network",
            later("Network"),
            later(
                "The neural network that looks at the picture. Most were trained on a million photos to name "
                "one of 1,000 classes; the two for digits read one handwritten digit. Those marked *ready* "
                "are on this machine; the others are downloaded once."
            ),
            "selectbox",
            group="network",
        ),
    ),
    Field(
        "target",
        "whole",
        "the number of a class, or null to stop being what the picture is",
        least=0,
        optional=True,
        control=Control(
            "target",
            later("Target class"),
            later(
                "What the network shall see. Type to search; the number is the class's index, since a few "
                "names occur twice."
            ),
            "selectbox",
            group="goal",
        ),
    ),
    Field(
        "eps",
        "number",
        "a number of grey levels from 0 to 255",
        least=0,
        most=255,
        option=Option("how far any value may move, with l2 on average (2; digits 76.5)", "LEVELS"),
        control=Control(
            "eps",
            later("Epsilon (grey levels of 255)"),
            later(
                "How far any colour value may move. A screen shows 256 levels of red, green and blue; 2 of "
                "them are hard to see, 16 are plain."
            ),
            "select_slider",
            group="epsilon",
            choices=EPSILONS,
        ),
    ),
    Field(
        "steps",
        "whole",
        f"a whole number from 1 to {MOST_STEPS:,}",
        least=1,
        most=MOST_STEPS,
        option=Option("how many small changes (30)", "N"),
        control=Control(
            "steps",
            later("Steps"),
            later(
                "How many small changes are made, one after the other. One step is the fast gradient sign "
                "method of 2015; more steps find better changes."
            ),
            "slider",
            group="steps",
            least=1,
            most=200,
        ),
    ),
    Field(
        "alpha",
        "number",
        "a number of grey levels of at least 0, or null for automatic",
        least=0,
        optional=True,
        option=Option("how far one goes (2.5 eps / steps)", "LEVELS"),
        control=Control(
            "alpha",
            later("Step size (grey levels)"),
            later(
                "How far one step goes. Empty: automatic, 2.5 times epsilon divided by the steps. With the "
                "raw gradient it is a learning rate, and automatic is 40 times that."
            ),
            "number_input",
            least=0.001,
            most=10_000.0,
        ),
    ),
    Field(
        "norm",
        "choice",
        "linf or l2 (with the method fmn l1 and l0 too)",
        choices=("linf", "l2", "l1", "l0"),
        option=Option("what eps limits: each value, or all together; what fmn makes least"),
        control=Control(
            "norm",
            later("Norm"),
            later(
                "How a change is measured. *L-infinity*: every single value. *L2*: the root mean square of "
                "all that may move, so that some values may move far if others stay. *L1*: the sum of all "
                "moves, *L0*: how many values move at all; these two are for the method Least change."
            ),
            "selectbox",
            choices=(later("L-infinity"), "L2", "L1", "L0"),
            held={"linf": "L-infinity", "l2": "L2", "l1": "L1", "l0": "L0"},
        ),
    ),
    Field(
        "raw",
        "flag",
        "true or false",
        option=Option("along the gradient itself, not its sign"),
        control=Control(
            "direction",
            later("Direction"),
            later(
                "Which way a step goes. *Sign*: every value moves by the same amount, up or down (under L2: "
                "one unit along the gradient). *Raw gradient*: each moves as much as it matters."
            ),
            "selectbox",
            choices=(later("Sign"), later("Raw gradient")),
            held={False: "Sign", True: "Raw gradient"},
        ),
    ),
    Field(
        "momentum",
        "number",
        "a number of at least 0",
        least=0,
        option=Option("of the last direction, kept (0)", "SHARE"),
        control=Control(
            "momentum",
            later("Momentum"),
            later("How much of the last direction is kept. It helps a trick to fool other networks too."),
            "slider",
            least=0.0,
            most=1.0,
            step=0.1,
        ),
    ),
    Field(
        "random_start",
        "flag",
        "true or false",
        option=Option("start from noise within eps"),
        control=Control(
            "random_start",
            later("Random start"),
            later("Begin with random noise inside epsilon instead of the picture itself."),
            "toggle",
        ),
    ),
    Field(
        "seed",
        "whole",
        "a whole number of at least 0",
        least=0,
        most=2**63 - 1,
        option=Option("what everything random is drawn from (0)", "N"),
        control=Control(
            "seed",
            later("Seed"),
            later("Everything random is drawn from this number, so that the same link gives the same run."),
            "number_input",
            least=0,
            most=999_999,
        ),
    ),
    Field(
        "stop_at",
        "number",
        "a probability above 0 and at most 1, or null for never",
        least=0,
        above=True,
        most=1,
        optional=True,
        option=Option("end early at this probability, 0 to 1", "P"),
        control=Control(
            "stop_at",
            later("Stop when this sure"),
            later("End the run as soon as the goal has this probability."),
            "select_slider",
            choices=(later("never"), 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999),
            held={None: "never"},
            words=share,
        ),
    ),
    Field(
        "mask",
        "choice",
        f"one of {', '.join(MASKS)}",
        choices=MASKS,
        option=Option("change only there (everywhere)"),
        control=Control(
            "mask",
            later("Only here"),
            later(
                "Which pixels may change: everywhere, a pair of glasses, a sticker, a frame, or what you "
                "painted on the page Survive. With few pixels, epsilon has to be large."
            ),
            "selectbox",
            choices=MASKS,
            words=lambda mask: _(MASKED[mask]),
        ),
    ),
    Field("painted", "strokes", "a list of strokes"),
    Field(
        "views",
        "whole",
        "a whole number from 0 to 1,000",
        least=0,
        most=1000,
        option=Option("random views a step, for a tougher trick (0)", "N"),
        control=Control(
            "views",
            later("Random views a step"),
            later(
                "0: the network sees the picture as it is. More: at each step it is shown so many copies, "
                "turned, scaled, moved, lighter or darker, noisy, and the trick has to work on all of them "
                "(expectation over transformation, EOT). Takes so many times as long."
            ),
            "slider",
            least=0,
            most=16,
        ),
    ),
    *METHOD_FIELDS,
)


def control(name: str) -> Control:
    """The control of a field that has one. Raises KeyError for any other."""
    found = FIELDS[name].control
    if found is None:
        raise KeyError(name)
    return found


def controls(group: str | None = None) -> dict[str, Control]:
    """The controls by their fields' names: all, or those of one part of the panel."""
    found = {name: field.control for name, field in FIELDS.items() if field.control is not None}
    return {name: each for name, each in found.items() if group in (None, each.group)}


def link_names() -> set[str]:
    """The names of the controls in the link."""
    return {control.key for control in controls().values()}
