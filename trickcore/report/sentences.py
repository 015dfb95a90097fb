"""A finished run in plain words: what came of it, what was measured, what it was made with."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from trickcore.diagnose.remedies import ROUNDED
from trickcore.measure.verdict import Change, Reading, Verdict, convincing, own_epsilon, related
from trickcore.pictures.files import Pixels
from trickcore.pictures.rings import differing
from trickcore.runs.frames import Frame
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe
from trickcore.text import a, counted, named, percent

Rows = list[tuple[str, str]]

NORMS = {"linf": "L-infinity", "l2": "L2", "l1": "L1", "l0": "L0, the number of values"}
_PICTURES = {"sample": "the sample {}", "digit": "the drawn digit {}", "blank": "a blank canvas, {}"}


def headline(verdict: Verdict, noun: str, truth: Collection[int] | None = None) -> str:
    """What came of the run, in a few words. `truth` are the classes that are right, where that is known."""
    name = a(verdict.after.name)
    if verdict.target == verdict.before.label == verdict.after.label:
        return f"More of the same: the {noun} is even more of {name}"
    outcome = convincing(verdict, truth)
    if outcome == "tricked":
        return f"Tricked: the {noun} is taken for {name}"
    first = "Nearly" if outcome == "nearly" else "Not yet"
    still = "still " if verdict.after.label == verdict.before.label else ""
    return f"{first}: the {noun} is {still}taken for {name}"


def plain(words: str, *, strong: bool = False) -> str:
    """Words as they are, for where there is no markup."""
    return words


def readings(verdict: Verdict, marked: Callable[..., str] = plain) -> str:
    """What was read before and after, in a sentence or two: the one of the page, the report and the terminal.

    `marked(words, strong=...)` writes a class with its probability in the markup of the place.
    """
    before, after = verdict.before, verdict.after
    now = marked(f"{after.name}, {percent(after.probability)}", strong=True)
    earlier = marked(f"{before.name}, {percent(before.probability)}")
    if verdict.outcome == "tricked":
        return f"The saved PNG is read as {now}; it was {earlier}."
    wanted = "" if verdict.target is None else f" The class you chose has {percent(verdict.wanted)}."
    if after.label == before.label:
        moved = f"; it was {percent(before.probability)}" if verdict.change.linf else ""
        return f"The saved PNG is still read as {now}{moved}.{wanted}"
    return f"The saved PNG is read as {now}; it was {earlier}.{wanted}"


def relation(verdict: Verdict, truth: Collection[int] | None) -> str:
    """A remark where the new answer is right for the picture, too; else nothing."""
    if not related(verdict, truth):
        return ""
    if truth is not None and verdict.before.label in truth:
        return " Both are right for this picture: it has got another name, but nobody was fooled."
    return " That is right for this picture, so nobody was fooled."


def saved_epsilon(change: Change, recipe: Recipe, original: Pixels) -> str:
    """The file's own epsilon as one reads it: "1", under L2 "1.98"."""
    values = recipe.values(original.shape) if recipe.norm == "l2" else original.size
    own = own_epsilon(change, recipe.norm, values)
    return f"{own:.3g}" if recipe.norm == "l2" else f"{own:g}"


def cost(run: Sequence[Frame], recipe: Recipe) -> str:
    """What a run cost: questions asked, or passes through the network, those of repairs too."""
    ends = [now for now, later in pairwise(run) if later.passes < now.passes]
    passes = sum(frame.passes for frame in (*ends, *run[-1:]))
    return counted(run[-1].questions, "question") if recipe.how.asks else counted(passes, "pass")


def least(run: Sequence[Frame], recipe: Recipe) -> str:
    """How large the least change is that was found, for a method that looks for it; else nothing."""
    if recipe.how.reads("eps") or recipe.method == "pixels":
        return ""
    size = run[-1].distance
    if recipe.norm == "l0":
        return f"Least change found: {counted(round(size), 'value')} (L0)."
    if recipe.norm == "linf":
        return f"Least change found: {255 * size:.3g} of 255 (L-infinity)."
    return f"Least change found: {size:.3g} on the 0 to 1 scale ({recipe.norm.upper()})."


def pixels_changed(before: Pixels, after: Pixels, recipe: Recipe) -> str:
    """How many pixels differ, for a method that counts them; else nothing."""
    if recipe.method != "pixels":
        return ""
    return f"{counted(int(differing(before, after).sum()), 'pixel')} changed."


def asked_and_saved(change: Change, recipe: Recipe, original: Pixels) -> str:
    """The epsilon asked for beside the file's own; empty where they are the same, or none was asked for."""
    if not recipe.how.reads("eps"):
        return ""
    own = saved_epsilon(change, recipe, original)
    if own == f"{recipe.eps:g}":
        return ""
    how = "root mean square: " if recipe.norm == "l2" else ""
    return f"{how}epsilon {recipe.eps:g} asked, as saved: {own}"


def at_most(moved: int, recipe: Recipe) -> str:
    """How far the values of a saved picture moved; epsilon beside it where rounding made it more."""
    if recipe.how.reads("eps") and recipe.norm == "linf" and moved > recipe.eps:
        return f"{recipe.eps:g} of 255 asked, {moved} as saved"
    return f"at most {moved} of 255"


def apart(
    run: Sequence[Frame], verdict: Verdict, labels: Sequence[str], recipe: Recipe, advice: str = ""
) -> str:
    """A sentence where the chart's end and the saved file are read differently; empty where they agree,
    and where the advice given beside it says so already.

    The chart is drawn from the picture before it is rounded to whole levels, over random views from their
    mean; the verdict is read off the file.
    """
    end = run[-1].probs
    k = int(end.argmax())
    if k == verdict.after.label or ROUNDED in advice:
        return ""
    chart = f"The chart ends at {named(labels, k)}, {percent(float(end[k]))}, and the file does not"
    if recipe.views:
        return f"{chart}: the chart shows the mean over a step's random views, the file is read as it is."
    return f"{chart}: the chart is drawn before the picture is rounded to whole grey levels."


def measured(verdict: Verdict, labels: Sequence[str]) -> Rows:
    """The numbers of a verdict, each with its name."""
    if verdict.target is None:
        goal, before = "Anything else", 1 - verdict.before.probability
    else:
        goal, before = "Target", float(verdict.before.probs[verdict.target])
    return [
        ("Original", read(verdict.before, labels)),
        ("Tricked, as saved", read(verdict.after, labels)),
        (goal, f"{percent(before)}, then {percent(verdict.wanted)}"),
        *distances(verdict.change),
    ]


def epsilons(change: Change, recipe: Recipe, original: Pixels) -> Rows:
    """The file's own epsilon, beside the one asked for."""
    how = ", root mean square" if recipe.norm == "l2" else ""
    own = saved_epsilon(change, recipe, original)
    asked = f" ({recipe.eps:g} asked)" if recipe.how.reads("eps") else ""
    return [("Epsilon, as saved", f"{own} of 255{how}{asked}")]


def distances(change: Change) -> Rows:
    """How far two saved pictures are apart."""
    return [
        ("Largest move", f"{round(change.linf * 255)} of 255 (L-infinity {change.linf:.4f})"),
        ("Values moved", percent(change.changed)),
        ("L2 distance", f"{change.l2:.3f}"),
        ("PSNR", "infinite" if math.isinf(change.psnr) else f"{change.psnr:.1f} dB"),
        ("SSIM", f"{change.ssim:.4f}"),
    ]


def made_with(recipe: Recipe, labels: Sequence[str], picture: str = "file", network: str = "") -> Rows:
    """The settings of a run; of those that most leave alone only what was changed.

    `network` is the network's title, looked up by its name where it is empty.
    """
    kind, _, name = picture.partition(":")
    goal = "stop being what it is" if recipe.target is None else f"become {named(labels, recipe.target)}"
    how = recipe.how
    rows = [
        ("Network", network or title_of(recipe.network)),
        ("Picture", _PICTURES.get(kind, "one's own file").format(name)),
        ("Goal", goal),
        ("Method", how.title if recipe.method != GRADIENT else ""),
        *_limits(recipe),
        (f"{how.unit.capitalize()}s", f"{recipe.length:,}" if how.asks else str(recipe.steps)),
        *_steps(recipe),
        ("Seed", str(recipe.seed)),
    ]
    unusual = {
        "Momentum": f"{recipe.momentum:g}" if recipe.momentum and how.reads("momentum") else "",
        "Random start": "yes" if recipe.random_start and how.reads("random_start") else "",
        "Stops when sure": percent(recipe.stop_at) if recipe.stop_at and how.reads("stop_at") else "",
        "Only here (mask)": recipe.mask if recipe.mask != "everywhere" else "",
        "Views a step": f"{recipe.views}, random (EOT)" if recipe.views and how.reads("views") else "",
        "Starts from": recipe.start if how.reads("start") else "",
    }
    return [(name, value) for name, value in (*rows, *unusual.items()) if value]


def _limits(recipe: Recipe) -> Rows:
    """What limits the change, or what is made least where nothing does."""
    if recipe.how.reads("pixels"):
        return [("Pixels", f"{recipe.pixels} of any colour")]
    if not recipe.how.reads("eps"):
        return [("Norm", f"{NORMS[recipe.norm]}, made least")]
    limits = "of every value (L-infinity)" if recipe.norm == "linf" else "root mean square (L2)"
    if recipe.norm == "l2" and recipe.mask != "everywhere":
        limits += " of those that may move"
    return [("Epsilon", f"{recipe.eps:g} of 255 ({recipe.eps / 255:.4f}), {limits}")]


def _steps(recipe: Recipe) -> Rows:
    """How a step goes, where that can be chosen."""
    if recipe.method != GRADIENT:
        return []
    size = f"{recipe.step_size:.3g} ({'automatic' if recipe.alpha is None else 'set by hand'})"
    direction = "sign" if recipe.norm == "linf" else "gradient, of unit length"
    return [("Step size", size), ("Direction", "raw gradient" if recipe.raw else direction)]


def read(reading: Reading, labels: Sequence[str]) -> str:
    return f"{named(labels, reading.label)}, {percent(reading.probability)}"


def title_of(network: str) -> str:
    """A network as its makers write it. Looked up in the catalogue, which needs torch."""
    from trickcore.networks.catalogue import catalogue

    return next((card.title for card in catalogue(own=False) if card.name == network), network)
