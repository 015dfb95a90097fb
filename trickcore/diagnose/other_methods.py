"""Why a run fell short that did not follow the gradient: read from what it reached, asked or stopped at."""

from __future__ import annotations

from collections.abc import Sequence

from trickcore.diagnose.remedies import ROUNDED, Finding, Remedy, epsilon, larger
from trickcore.measure.verdict import Verdict
from trickcore.runs.fields import control
from trickcore.runs.frames import Frame
from trickcore.runs.method_fields import QUESTIONS
from trickcore.runs.recipe import Recipe
from trickcore.text import percent

RISES = 0.02  # of probability that the last quarter of a run still won: with more it would go on
MOST_PIXELS, MOST_STEPS = int(control("pixels").most), int(control("steps").most)


def shortcomings(verdict: Verdict, run: Sequence[Frame], recipe: Recipe) -> list[Finding]:
    """The one cause to mend first."""
    end = run[-1]
    if recipe.how.reads("eps") and not recipe.eps:
        return [
            Finding("nothing may move", "Epsilon is 0, so nothing may move. Try epsilon 2.", epsilon(2.0))
        ]
    if reached(verdict, end):
        return [_rounding(verdict, end, recipe)]
    if end.index < recipe.length and recipe.stop_at is None and _cut(end, recipe):
        words = f"It was stopped after {end.index:,} of its {recipe.length:,} {recipe.how.unit}s."
        return [Finding("stopped", f"{words} Let it run to the end.", Remedy("Run all of them"))]
    more = _more(recipe)
    if more is not None and (_rising(verdict, run) or _wider(recipe) is None):
        still = "It was still getting better" if _rising(verdict, run) else "It did not get there"
        words = f"{still} when the {recipe.length:,} {recipe.how.unit}s ran out."
        return [Finding("too few steps", f"{words} Give it more.", more)]
    wider = _wider(recipe)
    what = "these pixels" if recipe.method == "pixels" else "this epsilon"
    if wider is None:
        return [Finding("hard", f"More {recipe.how.unit}s hardly make it better. Try another class.")]
    return [Finding("hard", f"Within {what} more {recipe.how.unit}s hardly make it better.", wider)]


def _cut(end: Frame, recipe: Recipe) -> bool:
    """Whether somebody stopped it: a method that only asks may end a little short of all it may ask."""
    return end.index < (0.9 * recipe.length if recipe.how.asks else recipe.length)


def _rounding(verdict: Verdict, end: Frame, recipe: Recipe) -> Finding:
    words = (
        f"Before it was saved the picture did fool the network ({percent(wanted(verdict, end))}): {ROUNDED}."
    )
    if not recipe.how.asks:
        more = " A few more steps, in whole levels, can repair that."
        return Finding("rounding", words + more, Remedy("Repair the file", repair=True))
    more = " Ask for surer: it then goes on for longer."
    return Finding("rounding", words + more, Remedy("Go on until 90\u00a0% sure", {"stop_at": 0.9}))


def _more(recipe: Recipe) -> Remedy | None:
    """More steps, or questions; None where the control ends."""
    if recipe.how.asks:
        stops = [many for many in QUESTIONS if many >= 2 * recipe.questions]
        return Remedy(f"Ask {stops[0]:,} questions", {"questions": stops[0]}) if stops else None
    steps = min(MOST_STEPS, max(30, 2 * recipe.steps))
    return Remedy(f"Run {steps} steps", {"steps": steps}) if steps > recipe.steps else None


def _wider(recipe: Recipe) -> Remedy | None:
    """More room to change in; None where there is none, or the method knows no such limit."""
    if recipe.how.reads("eps"):
        return larger(recipe)
    if recipe.how.reads("pixels") and recipe.pixels < MOST_PIXELS:
        pixels = min(MOST_PIXELS, max(recipe.pixels + 1, 2 * recipe.pixels))
        return Remedy(f"Change {pixels} pixels", {"pixels": pixels})
    return None


def _rising(verdict: Verdict, run: Sequence[Frame]) -> bool:
    """Whether what is wanted still grew likelier in the last quarter."""
    last = run[-1].index
    late = next(frame for frame in run if frame.index >= 0.75 * last)
    return wanted(verdict, run[-1]) - wanted(verdict, late) >= RISES


def wanted(verdict: Verdict, frame: Frame) -> float:
    """Probability of what is wanted at a step."""
    if verdict.target is None:
        return 1 - float(frame.probs[verdict.before.label])
    return float(frame.probs[verdict.target])


def reached(verdict: Verdict, frame: Frame) -> bool:
    """Whether a step's picture, before it is saved, is read as what is wanted."""
    answer = int(frame.probs.argmax())
    return answer != verdict.before.label if verdict.target is None else answer == verdict.target
