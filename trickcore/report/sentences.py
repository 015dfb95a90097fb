"""A finished run in plain words: what came of it, what was measured, what it was made with."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from trickcore.diagnose.remedies import ROUNDED
from trickcore.language import _, later, many, row
from trickcore.measure.verdict import Change, Reading, Verdict, convincing, own_epsilon, related
from trickcore.pictures.files import Pixels
from trickcore.pictures.rings import differing
from trickcore.runs.frames import Frame
from trickcore.runs.methods import GRADIENT
from trickcore.runs.recipe import Recipe
from trickcore.text import a, counted, named, percent

Rows = list[tuple[str, str]]

NORMS = {"linf": later("L-infinity"), "l2": "L2", "l1": "L1", "l0": later("L0, the number of values")}
_PICTURES = {
    "sample": later("the sample {name}"),
    "digit": later("the drawn digit {name}"),
    "blank": later("a blank canvas, {name}"),
}
_MASKS = {
    "glasses": later("glasses"),
    "sticker": later("sticker"),
    "frame": later("frame"),
    "painted": later("painted"),
}


def headline(verdict: Verdict, noun: str, truth: Collection[int] | None = None) -> str:
    """What came of the run, in a few words. `truth` are the classes that are right, where that is known."""
    names = {"noun": _(noun), "name": a(verdict.after.name)}
    if verdict.target == verdict.before.label == verdict.after.label:
        return _("More of the same: the {noun} is even more of {name}", **names)
    outcome = convincing(verdict, truth)
    if outcome == "tricked":
        return _("Tricked: the {noun} is taken for {name}", **names)
    if verdict.after.label == verdict.before.label:
        if outcome == "nearly":
            return _("Nearly: the {noun} is still taken for {name}", **names)
        return _("Not yet: the {noun} is still taken for {name}", **names)
    if outcome == "nearly":
        return _("Nearly: the {noun} is taken for {name}", **names)
    return _("Not yet: the {noun} is taken for {name}", **names)


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
    if after.label != before.label or verdict.outcome == "tricked":
        said = _("The saved PNG is read as {now}; it was {earlier}.", now=now, earlier=earlier)
    elif verdict.change.linf:
        chance = percent(before.probability)
        said = _("The saved PNG is still read as {now}; it was {earlier}.", now=now, earlier=chance)
    else:
        said = _("The saved PNG is still read as {now}.", now=now)
    if verdict.outcome == "tricked" or verdict.target is None:
        return said
    return row(said, _("The class you chose has {chance}.", chance=percent(verdict.wanted)))


def relation(verdict: Verdict, truth: Collection[int] | None) -> str:
    """A remark where the new answer is right for the picture, too; else nothing."""
    if not related(verdict, truth):
        return ""
    if truth is not None and verdict.before.label in truth:
        both = _("Both are right for this picture: it has got another name, but nobody was fooled.")
        return f" {both}"
    return f" {_('That is right for this picture, so nobody was fooled.')}"


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
        return _("Least change found: {values} (L0).", values=counted(round(size), "value"))
    if recipe.norm == "linf":
        return _("Least change found: {size:.3g} of 255 (L-infinity).", size=255 * size)
    norm = recipe.norm.upper()
    return _("Least change found: {size:.3g} on the 0 to 1 scale ({norm}).", size=size, norm=norm)


def pixels_changed(before: Pixels, after: Pixels, recipe: Recipe) -> str:
    """How many pixels differ, for a method that counts them; else nothing."""
    if recipe.method != "pixels":
        return ""
    return many("{n:,} pixel changed.", "{n:,} pixels changed.", int(differing(before, after).sum()))


def asked_and_saved(change: Change, recipe: Recipe, original: Pixels) -> str:
    """The epsilon asked for beside the file's own; empty where they are the same, or none was asked for."""
    if not recipe.how.reads("eps"):
        return ""
    own = saved_epsilon(change, recipe, original)
    if own == f"{recipe.eps:g}":
        return ""
    if recipe.norm == "l2":
        return _("root mean square: epsilon {eps:g} asked, as saved: {own}", eps=recipe.eps, own=own)
    return _("epsilon {eps:g} asked, as saved: {own}", eps=recipe.eps, own=own)


def at_most(moved: int, recipe: Recipe) -> str:
    """How far the values of a saved picture moved; epsilon beside it where rounding made it more."""
    if recipe.how.reads("eps") and recipe.norm == "linf" and moved > recipe.eps:
        return _("{eps:g} of 255 asked, {moved} as saved", eps=recipe.eps, moved=moved)
    return _("at most {moved} of 255", moved=moved)


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
    if k == verdict.after.label or ROUNDED in advice or _(ROUNDED) in advice:
        return ""
    last = {"name": named(labels, k), "chance": percent(float(end[k]))}
    if recipe.views:
        return _(
            "The chart ends at {name}, {chance}, and the file does not: the chart shows the mean over a "
            "step's random views, the file is read as it is.",
            **last,
        )
    return _(
        "The chart ends at {name}, {chance}, and the file does not: the chart is drawn before the picture is "
        "rounded to whole grey levels.",
        **last,
    )


def measured(verdict: Verdict, labels: Sequence[str]) -> Rows:
    """The numbers of a verdict, each with its name."""
    if verdict.target is None:
        goal, before = _("Anything else"), 1 - verdict.before.probability
    else:
        goal, before = _("Target"), float(verdict.before.probs[verdict.target])
    return [
        (_("Original"), read(verdict.before, labels)),
        (_("Tricked, as saved"), read(verdict.after, labels)),
        (goal, _("{before}, then {after}", before=percent(before), after=percent(verdict.wanted))),
        *distances(verdict.change),
    ]


def epsilons(change: Change, recipe: Recipe, original: Pixels) -> Rows:
    """The file's own epsilon, beside the one asked for."""
    own, l2 = saved_epsilon(change, recipe, original), recipe.norm == "l2"
    said = _("{own} of 255, root mean square", own=own) if l2 else _("{own} of 255", own=own)
    if recipe.how.reads("eps"):
        said = _("{said} ({eps:g} asked)", said=said, eps=recipe.eps)
    return [(_("Epsilon, as saved"), said)]


def distances(change: Change) -> Rows:
    """How far two saved pictures are apart."""
    return [
        (
            _("Largest move"),
            _("{moved} of 255 (L-infinity {linf:.4f})", moved=round(change.linf * 255), linf=change.linf),
        ),
        (_("Values moved"), percent(change.changed)),
        (_("L2 distance"), f"{change.l2:.3f}"),
        ("PSNR", _("infinite") if math.isinf(change.psnr) else f"{change.psnr:.1f} dB"),
        ("SSIM", f"{change.ssim:.4f}"),
    ]


def made_with(recipe: Recipe, labels: Sequence[str], picture: str = "file", network: str = "") -> Rows:
    """The settings of a run; of those that most leave alone only what was changed.

    `network` is the network's title, looked up by its name where it is empty.
    """
    kind, name = picture.partition(":")[::2]
    how, views = recipe.how, recipe.views
    if recipe.target is None:
        goal = _("stop being what it is")
    else:
        goal = _("become {name}", name=named(labels, recipe.target))
    rows = (
        (_("Network"), network or title_of(recipe.network)),
        (_("Picture"), _(_PICTURES[kind], name=name) if kind in _PICTURES else _("one's own file")),
        (_("Goal"), goal),
        (_("Method"), _(how.title) if recipe.method != GRADIENT else ""),
        *_limits(recipe),
        (_("Questions"), f"{recipe.length:,}") if how.asks else (_("Steps"), str(recipe.steps)),
        *_steps(recipe),
        (_("Seed"), str(recipe.seed)),
        # Of these only what is unusual.
        (_("Momentum"), f"{recipe.momentum:g}" if recipe.momentum and how.reads("momentum") else ""),
        (_("Random start"), _("yes") if recipe.random_start and how.reads("random_start") else ""),
        (_("Stops when sure"), percent(recipe.stop_at) if recipe.stop_at and how.reads("stop_at") else ""),
        (_("Only here (mask)"), _(_MASKS.get(recipe.mask, ""))),
        (_("Views a step"), _("{n}, random (EOT)", n=views) if views and how.reads("views") else ""),
        (_("Starts from"), recipe.start if how.reads("start") else ""),
    )
    return [(name, value) for name, value in rows if value]


def _limits(recipe: Recipe) -> Rows:
    """What limits the change, or what is made least where nothing does."""
    if recipe.how.reads("pixels"):
        return [(_("Pixels"), _("{n} of any colour", n=recipe.pixels))]
    if not recipe.how.reads("eps"):
        return [(_("Norm"), _("{norm}, made least", norm=_(NORMS[recipe.norm])))]
    eps = {"eps": recipe.eps, "part": recipe.eps / 255}
    if recipe.norm == "linf":
        limits = _("{eps:g} of 255 ({part:.4f}), of every value (L-infinity)", **eps)
    elif recipe.mask == "everywhere":
        limits = _("{eps:g} of 255 ({part:.4f}), root mean square (L2)", **eps)
    else:
        limits = _("{eps:g} of 255 ({part:.4f}), root mean square (L2) of those that may move", **eps)
    return [(_("Epsilon"), limits)]


def _steps(recipe: Recipe) -> Rows:
    """How a step goes, where that can be chosen."""
    if recipe.method != GRADIENT:
        return []
    if recipe.alpha is None:
        size = _("{size:.3g} (automatic)", size=recipe.step_size)
    else:
        size = _("{size:.3g} (set by hand)", size=recipe.step_size)
    direction = _("sign") if recipe.norm == "linf" else _("gradient, of unit length")
    return [(_("Step size"), size), (_("Direction"), _("raw gradient") if recipe.raw else direction)]


def read(reading: Reading, labels: Sequence[str]) -> str:
    return f"{named(labels, reading.label)}, {percent(reading.probability)}"


def title_of(network: str) -> str:
    """A network as its makers write it. Looked up in the catalogue, which needs torch."""
    from trickcore.networks.catalogue import catalogue

    return next((card.title for card in catalogue(own=False) if card.name == network), network)
