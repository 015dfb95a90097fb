"""Why a run fell short that did not follow the gradient: read from what it reached, asked or stopped at."""

from __future__ import annotations

from collections.abc import Sequence

from trickcore.diagnose.remedies import ROUNDED, Finding, Remedy, larger, nothing
from trickcore.language import _, row
from trickcore.measure.verdict import Verdict
from trickcore.runs.fields import control
from trickcore.runs.frames import Frame
from trickcore.runs.method_fields import QUESTIONS
from trickcore.runs.recipe import Recipe
from trickcore.text import counted, percent

RISES = 0.02  # of probability that the last quarter of a run still won: with more it would go on
MOST_PIXELS, MOST_STEPS = int(control("pixels").most), int(control("steps").most)


def shortcomings(verdict: Verdict, run: Sequence[Frame], recipe: Recipe) -> list[Finding]:
    """The one cause to mend first."""
    end = run[-1]
    if recipe.how.reads("eps") and not recipe.eps:
        return [nothing(2.0)]
    if reached(verdict, end):
        return [_rounding(verdict, end, recipe)]
    length = counted(recipe.length, recipe.how.unit)
    if end.index < recipe.length and recipe.stop_at is None and _cut(end, recipe):
        words = _(
            "It was stopped after {end:,} of its {length}. Let it run to the end.",
            end=end.index,
            length=length,
        )
        return [Finding("stopped", words, Remedy(_("Run all of them")))]
    more = _more(recipe)
    if more is not None and (_rising(verdict, run) or _wider(recipe) is None):
        if _rising(verdict, run):
            words = _("It was still getting better when the {length} ran out. Give it more.", length=length)
        else:
            words = _("It did not get there when the {length} ran out. Give it more.", length=length)
        return [Finding("too few steps", words, more)]
    wider = _wider(recipe)
    if wider is None:
        words = (
            _("More questions hardly make it better. Try another class.")
            if recipe.how.asks
            else _("More steps hardly make it better. Try another class.")
        )
    elif recipe.method == "pixels":
        words = _("Within these pixels more questions hardly make it better.")
    elif recipe.how.asks:
        words = _("Within this epsilon more questions hardly make it better.")
    else:
        words = _("Within this epsilon more steps hardly make it better.")
    return [Finding("hard", words, wider)]


def _cut(end: Frame, recipe: Recipe) -> bool:
    """Whether somebody stopped it: a method that only asks may end a little short of all it may ask."""
    return end.index < (0.9 * recipe.length if recipe.how.asks else recipe.length)


def _rounding(verdict: Verdict, end: Frame, recipe: Recipe) -> Finding:
    words = undone(wanted(verdict, end))
    if not recipe.how.asks:
        more = _("A few more steps, in whole levels, can repair that.")
        return Finding("rounding", row(words, more), Remedy(_("Repair the file"), repair=True))
    more = _("Ask for surer: it then goes on for longer.")
    return Finding("rounding", row(words, more), Remedy(_("Go on until 90\u00a0% sure"), {"stop_at": 0.9}))


def undone(chance: float) -> str:
    """That a file lost what the picture had."""
    return _(
        "Before it was saved the picture did fool the network ({chance}): {rounded}.",
        chance=percent(chance),
        rounded=_(ROUNDED),
    )


def _more(recipe: Recipe) -> Remedy | None:
    """More steps, or questions; None where the control ends."""
    if recipe.how.asks:
        stop = next((stop for stop in QUESTIONS if stop >= 2 * recipe.questions), None)
        return Remedy(_("Ask {n:,} questions", n=stop), {"questions": stop}) if stop else None
    steps = min(MOST_STEPS, max(30, 2 * recipe.steps))
    return Remedy(_("Run {steps} steps", steps=steps), {"steps": steps}) if steps > recipe.steps else None


def _wider(recipe: Recipe) -> Remedy | None:
    """More room to change in; None where there is none, or the method knows no such limit."""
    if recipe.how.reads("eps"):
        return larger(recipe)
    if recipe.how.reads("pixels") and recipe.pixels < MOST_PIXELS:
        pixels = min(MOST_PIXELS, max(recipe.pixels + 1, 2 * recipe.pixels))
        return Remedy(_("Change {pixels} pixels", pixels=pixels), {"pixels": pixels})
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
