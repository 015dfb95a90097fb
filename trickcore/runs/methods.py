"""Methods: the ways to trick a network, what each may see of it, and which settings it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trickcore.language import _, later, row

Sees = Literal["everything", "probabilities", "label"]

SEES = {
    "everything": later("sees everything in the network, its gradients too"),
    "probabilities": later("sees only the network's answers, with their probabilities"),
    "label": later("sees only which answer wins"),
}


@dataclass(frozen=True, slots=True)
class Method:
    """A way to trick a network, as the page, the terminal and the report call it."""

    name: str  # in the link and the terminal
    title: str
    sees: Sees
    words: str  # what it does, in a sentence
    fields: tuple[str, ...]  # of a Recipe, besides network, target, seed and the mask
    norms: tuple[str, ...]
    source: str

    @property
    def asks(self) -> bool:
        """Whether it only asks the network, so that questions are what counts, not steps."""
        return self.sees != "everything"

    @property
    def unit(self) -> str:
        """What a run is counted in: "step" or "question"."""
        return later("question") if self.asks else later("step")

    def reads(self, field: str) -> bool:
        """Whether the method reads a field of a Recipe; what no method names is for all."""
        return field in self.fields or not any(field in other.fields for other in METHODS.values())


GRADIENT = "gradient"

METHODS = {
    method.name: method
    for method in (
        Method(
            GRADIENT,
            later("Follow the gradient"),
            "everything",
            later(
                "Asks the network which way every pixel should go, and goes a small step that way, "
                "again and again."
            ),
            ("eps", "steps", "alpha", "norm", "raw", "momentum", "random_start", "stop_at", "views"),
            ("linf", "l2"),
            "FGSM, Goodfellow et al. 2015; PGD, Madry et al. 2018",
        ),
        Method(
            "apgd",
            later("Strongest"),
            "everything",
            later(
                "Follows the gradient too, but sets the size of its steps itself, goes back to the best "
                "picture it had, and tries other classes when it gets stuck."
            ),
            ("eps", "steps", "norm", "stop_at"),
            ("linf", "l2"),
            "APGD, Croce and Hein 2020",
        ),
        Method(
            "fmn",
            later("Least change"),
            "everything",
            later(
                "Has no epsilon: it looks for the smallest change that still works, walking to and fro over "
                "the border between two answers."
            ),
            ("steps", "norm"),
            ("linf", "l2", "l1", "l0"),
            "FMN, Pintor et al. 2021",
        ),
        Method(
            "pixels",
            later("Few pixels"),
            "probabilities",
            later(
                "May change only a few pixels, but those to any colour: it tries places and colours, "
                "and keeps what helps."
            ),
            ("pixels", "questions", "stop_at"),
            (),
            "Sparse-RS, Croce et al. 2022",
        ),
        Method(
            "square",
            later("Only its answers"),
            "probabilities",
            later(
                "Cannot look inside. It lays squares of colour over the picture, asks what the network says "
                "now, and keeps those that help."
            ),
            ("eps", "questions", "norm", "stop_at"),
            ("linf", "l2"),
            "Square, Andriushchenko et al. 2020",
        ),
        Method(
            "hopskipjump",
            later("Only its label"),
            "label",
            later(
                "Is told nothing but the winning answer. It starts from another picture that is the wanted "
                "class already, and walks home to yours, as near as it can while the answer stays."
            ),
            ("questions", "norm", "start"),
            ("linf", "l2"),
            "HopSkipJump, Chen et al. 2020",
        ),
    )
}


def why_not(method: str) -> str:
    """Why a method lacks controls that "Follow the gradient" has, in a sentence or two."""
    eps = {
        "fmn": _("There is no epsilon, since it looks for the smallest change itself."),
        "pixels": _("There is no epsilon, since a pixel it chooses may take any colour."),
        "hopskipjump": _("There is no epsilon, since it comes as near to your picture as it can."),
    }.get(method, "")
    if METHODS[method].asks:
        own = _(
            "Step size, direction, momentum, random start and random views are not there: it cannot follow a "
            "gradient."
        )
    else:
        own = _(
            "Step size, direction, momentum, random start and random views are not there: it sets the size "
            "of its steps itself."
        )
    return row(eps, own)
