"""Why a trick fell short, and what to try: each cause is measured, in the order one would fix them."""

from __future__ import annotations

from collections.abc import Sequence

from trickcore.attack import Attack
from trickcore.film import Frame
from trickcore.measure import Verdict
from trickcore.recipes import EPSILONS


def advise(verdict: Verdict, run: Sequence[Frame], attack: Attack, levels: float) -> str:
    """A sentence or two for a person; empty when the trick worked.

    `levels` is epsilon as the person set it, in grey levels of 255.
    """
    if verdict.outcome == "tricked" or not run:
        return ""
    end, eps = run[-1], attack.ball.eps
    if not eps:
        return "Epsilon is 0, so nothing may move. Try epsilon 2."
    if _reached(verdict, end):
        return (
            "Before it was saved the picture did fool the network: rounding to whole grey levels of 255 "
            f"undid it. Try {'more steps' if levels >= EPSILONS[-1] else f'epsilon {_larger(levels)}'}."
        )
    if not verdict.change.linf and end.distance >= 0.5 * eps:
        return (
            "A file holds whole grey levels of 255, so changes of less than half a level vanish when the "
            f"picture is saved. Try epsilon {_larger(levels)}."
        )
    if end.distance < 0.5 * eps:
        return (
            f"The steps are too small: together they went {end.distance / eps:.0%} of the way to epsilon. "
            "Raise the step size, or leave it automatic."
        )
    if end.at_limit >= 0.5:
        held = f"{end.at_limit:.0%} of the values are at it" if end.at_limit < 1 else "the change is at it"
        if levels >= EPSILONS[-1]:
            return f"Epsilon is the limit here: {held}, and it is as large as it goes. Try another class."
        return f"Epsilon is the limit here: {held}. Try epsilon {_larger(levels)}."
    if _rising(verdict, run):
        return "The probability was still rising when the steps ran out. Try twice as many steps."
    if levels >= EPSILONS[-1]:
        return "Try more steps or another class: epsilon is as large as it goes."
    return f"Try epsilon {_larger(levels)}, more steps, or another class."


def _wanted(verdict: Verdict, frame: Frame) -> float:
    if verdict.target is None:
        return 1 - float(frame.probs[verdict.before.label])
    return float(frame.probs[verdict.target])


def _reached(verdict: Verdict, frame: Frame) -> bool:
    answer = int(frame.probs.argmax())
    return answer != verdict.before.label if verdict.target is None else answer == verdict.target


def _rising(verdict: Verdict, run: Sequence[Frame]) -> bool:
    late = run[-max(2, len(run) // 4)]
    return _wanted(verdict, run[-1]) > 1.1 * _wanted(verdict, late)


def _larger(levels: float) -> str:
    """Twice as much, no less than a file can hold and no more than there is."""
    return f"{min(max(1.0, 2 * levels), EPSILONS[-1]):.3g}"
