"""A finished run in plain words: what came of it, what was measured, what it was made with."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

from trickcore.diagnose.remedies import ROUNDED
from trickcore.measure.verdict import Change, Reading, Verdict, convincing, own_epsilon, related
from trickcore.pictures.files import Pixels
from trickcore.runs.frames import Frame
from trickcore.runs.recipe import Recipe
from trickcore.text import a, named, percent

Rows = list[tuple[str, str]]

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


def asked_and_saved(change: Change, recipe: Recipe, original: Pixels) -> str:
    """The epsilon asked for beside the file's own; empty where they are the same."""
    own = saved_epsilon(change, recipe, original)
    if own == f"{recipe.eps:g}":
        return ""
    how = "root mean square: " if recipe.norm == "l2" else ""
    return f"{how}epsilon {recipe.eps:g} asked, as saved: {own}"


def at_most(moved: int, recipe: Recipe) -> str:
    """How far the values of a saved picture moved; epsilon beside it where rounding made it more."""
    if recipe.norm == "linf" and moved > recipe.eps:
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
    return [("Epsilon, as saved", f"{own} of 255{how} ({recipe.eps:g} asked)")]


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
    limits = "of every value (L-infinity)" if recipe.norm == "linf" else "root mean square (L2)"
    if recipe.norm == "l2" and recipe.mask != "everywhere":
        limits += " of those that may move"
    direction = "sign" if recipe.norm == "linf" else "gradient, of unit length"
    rows = [
        ("Network", network or title_of(recipe.network)),
        ("Picture", _PICTURES.get(kind, "one's own file").format(name)),
        ("Goal", goal),
        ("Epsilon", f"{recipe.eps:g} of 255 ({recipe.eps / 255:.4f}), {limits}"),
        ("Steps", str(recipe.steps)),
        ("Step size", f"{recipe.step_size:.3g} ({'automatic' if recipe.alpha is None else 'set by hand'})"),
        ("Direction", "raw gradient" if recipe.raw else direction),
        ("Seed", str(recipe.seed)),
    ]
    unusual = {
        "Momentum": f"{recipe.momentum:g}" if recipe.momentum else "",
        "Random start": "yes" if recipe.random_start else "",
        "Stops when sure": percent(recipe.stop_at) if recipe.stop_at is not None else "",
        "Only here (mask)": recipe.mask if recipe.mask != "everywhere" else "",
        "Views a step": f"{recipe.views}, random (EOT)" if recipe.views else "",
    }
    return rows + [(name, value) for name, value in unusual.items() if value]


def read(reading: Reading, labels: Sequence[str]) -> str:
    return f"{named(labels, reading.label)}, {percent(reading.probability)}"


def title_of(network: str) -> str:
    """A network as its makers write it. Looked up in the catalogue, which needs torch."""
    from trickcore.networks.catalogue import catalogue

    return next((card.title for card in catalogue() if card.name == network), network)
