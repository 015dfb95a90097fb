"""What the page says: titles, captions and the verdict, in plain words."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from datetime import datetime

from trickcore import Recipe, engine
from trickcore.diagnose.causes import advise
from trickcore.jobs import networks, runs
from trickcore.jobs.networks import Network
from trickcore.language import _, again, later, row
from trickcore.measure.accuracy import Report
from trickcore.pictures import samples
from trickcore.report import sentences
from trickcore.runs.methods import Method
from trickcore.runs.outcome import Change, Outcome, Verdict, convincing
from trickcore.text import a as a
from trickcore.text import counted, percent, seconds, unbroken
from ui.session_run import Run, pixels_of

BEGUN_AGAIN = later(
    "The process that computes ended on the way, so this run was begun again. It is the same run: the same "
    "settings give the same pictures."
)
FELL_BACK = later(
    "The graphics card's memory was full, so this run was begun again on the processor (CPU), which takes "
    "longer. The pictures of both agree but for the last digits of some probabilities."
)
NOUNS = frozenset(  # what our own pictures are called in a sentence; a teacher's may be called otherwise
    {
        later("cat"), later("espresso"), later("photographer"), later("rocket"), later("motorcycle"),
        later("astronaut"), later("photo"), later("digit"), later("noise"), later("white canvas"),
        later("black canvas"), later("grey canvas"),
    }
)  # fmt: skip


def noun_of(noun: str) -> str:
    """What a picture is called in a sentence, in the visitor's language."""
    return _(noun) if noun in NOUNS else noun


def title(noun: str, target: str | None, already: bool) -> str:
    noun = escape(noun_of(noun))
    if target is None:
        return _("Make the network see something else in this {noun}", noun=noun)
    if already:
        return _("Make this {noun} even more of {target}", noun=noun, target=escape(a(target)))
    return _("Turn this {noun} into {target}", noun=noun, target=escape(a(target)))


def survives(run: Run) -> str:
    """The title of the page that asks whether a trick holds."""
    judgement, noun = run.verdict, escape(noun_of(run.noun))
    if judgement is None or came(run) != "tricked":
        return _("This {noun} is not tricked yet: what would change that?", noun=noun)
    now = escape(a(judgement.after.name))
    return _("This {noun} is read as {now}. For how long?", noun=noun, now=now)


def begun_again(run: Run) -> str:
    """Why a run was begun again, if it was."""
    if run.fell_back:
        return _(FELL_BACK)
    return _(BEGUN_AGAIN) if run.begun_again else ""


def unit(how: Method) -> str:
    """What a run is counted in."""
    return _("question") if how.asks else _("step")


def over_the_run(how: Method) -> str:
    """What the chart of a run shows."""
    return _("Probability at each question") if how.asks else _("Probability at each step")


def caption(name: str, probability: float) -> str:
    return f"**{escape(name)}** {percent(probability)}"


def guess(network: Network, data: bytes) -> str:
    """What the network takes a picture for, in a few words."""
    reading = engine.call(runs.reading, network, data)
    name, probability = escape(reading.name), percent(reading.probability)
    return _("It looks like a **{name}** to the network, {probability}.", name=name, probability=probability)


def perturbation(gain: float, change: int, recipe: Recipe, *, brief: bool = False) -> str:
    if not change:
        return _("**nothing yet** that a file could hold")
    if brief:  # on one line
        return _("**×\u00a0{gain:g}**, {change} of 255", gain=gain, change=change)
    moved = sentences.at_most(change, recipe)
    if recipe.how.reads("eps") and recipe.norm == "linf" and change > recipe.eps:  # which is said at length
        return f"**×\u00a0{gain:g}**, {moved}"
    return _("perturbation **×\u00a0{gain:g}**, {moved}", gain=gain, moved=moved)


def may_move(norm: str) -> str:
    """What an epsilon is a limit of, as the beginning of a help text."""
    if norm == "l2":
        return _("How far colour values may move on average (root mean square)")
    return _("How far any colour value may move")


MONTHS = (
    later("January"), later("February"), later("March"), later("April"), later("May"), later("June"),
    later("July"), later("August"), later("September"), later("October"), later("November"),
    later("December"),
)  # fmt: skip


def moment(now: datetime) -> str:
    """A day and its time."""
    return _("{now:%d} {month} {now:%Y, %H:%M}", now=now, month=_(MONTHS[now.month - 1]))


def device() -> str:
    """Where the networks run, for a person."""
    try:
        name = engine.call(networks.device)
    except ValueError as error:
        return again(str(error))
    if name != "cpu":
        pool = engine.pool()
        full = pool.fell_back if pool is not None else 0
        words = _("Runs on the graphics card ({name}).", name=name)
        if not full:
            return words
        times = counted(full, "time")
        return row(words, _("Its memory was full {times}: that ran on the processor.", times=times))
    return _("Runs on the processor (CPU, {cores} cores).", cores=os.cpu_count())


def cost(cards: Mapping[str, Report]) -> str:
    """What robustness costs, from the card."""
    plain, robust = cards["standard"], cards["robust"]
    return _(
        "What it costs: the robust network reads {robust} of the untouched test digits, the standard one "
        "{standard}; and its training took {times:.0f} times as long ({long} and {short} on one core).",
        robust=percent(robust.clean, 2),
        standard=percent(plain.clean, 2),
        times=robust.seconds / plain.seconds,
        long=seconds(robust.seconds),
        short=seconds(plain.seconds),
    )


def escape(text: str) -> str:
    """Text that Markdown shall leave alone.

    Addresses and icons are looked for once more in what was parsed, where a backslash is gone: a word
    joiner, which nobody sees, stands in their midst.
    """
    marked = _MARKS.sub(r"\\\g<0>", again(text))
    lines = (_OPENING.sub(r"\1\\\2", line.strip()) for line in marked.splitlines())
    return _FOUND_LATER.sub(f"\\g<0>{JOINER}", "\n".join(lines))


JOINER = "\u2060"
_MARKS = re.compile(r"[\\`*_\[\]$~:<>|&]")
_OPENING = re.compile(r"^(\d*)([-+=#.)])")  # what makes a line a list, a heading or a rule
_FOUND_LATER = re.compile(r"\\:(?=\S)|www(?=\.)|[-.\w+](?=@)", re.IGNORECASE)


HELP_MEASURED = later(
    "The file is opened as anyone would open it, in whole grey levels, and the network is asked again. "
    "*PSNR*, the peak signal-to-noise ratio in decibels, says how weak the change is beside the picture: "
    "above 40 it is hard to see. *SSIM*, structural similarity, compares light, contrast and shape bit by "
    "bit: 1 is the same picture (Wang et al. 2004)."
)


def came(run: Run) -> Outcome:
    """How far the visitor's wish came true."""
    assert run.verdict is not None
    return convincing(run.verdict, samples.truth(run.origin, run.labels))


def first(judgement: Verdict) -> str | None:
    """The first word, where it is not the one of its outcome."""
    same = judgement.target == judgement.before.label == judgement.after.label
    return _("More of the same") if same else None


def verdict(run: Run, *, advice: bool = True) -> str:
    """One sentence of what happened, one of what was measured, and what to try if it failed.

    The first word, as Tricked, stands before it in the box: see `came` and `first`.
    """
    judgement = run.verdict
    assert judgement is not None
    todo = escape(advise(run.findings)) if advice else ""
    epsilon = sentences.asked_and_saved(judgement.change, run.recipe, pixels_of(run.frames[0]))
    truth = samples.truth(run.origin, run.labels)
    words = [
        sentences.readings(judgement, _marked),
        sentences.relation(judgement, truth).strip(),
        escape(sentences.apart(run.frames, judgement, run.labels, run.recipe, todo)),
        _measured(judgement.change, epsilon),
        sentences.pixels_changed(pixels_of(run.frames[0]), pixels_of(run.frames[-1]), run.recipe),
        sentences.least(run.frames, run.recipe),
        _("Cost: {cost}.", cost=sentences.cost(run.frames, run.recipe)),
        todo,
    ]
    if run.stopped:
        at = run.frames[-1].index
        words.insert(0, _("Stopped at {unit} {at:,}.", unit=unit(run.recipe.how), at=at))
    return unbroken(" ".join(word for word in words if word))


def held(judgement: Verdict) -> str:
    """Whether the network held out, in a sentence; the first word stands in the box."""
    if judgement.outcome == "tricked":
        return sentences.readings(judgement, _marked)
    now = f"**{escape(judgement.after.name)}, {percent(judgement.after.probability)}**"
    if judgement.after.label == judgement.before.label:
        words = _("The saved PNG is still read as {now}.", now=now)
    else:
        before = escape(judgement.before.name)
        words = _("Not as wanted: the saved PNG is read as {now}; it was {before}.", now=now, before=before)
    if judgement.target is None:
        return words
    wanted = _("The class it was pushed to has {wanted}.", wanted=percent(judgement.wanted))
    return f"{words} {wanted}"


def _marked(words: str, *, strong: bool = False) -> str:
    """A class with its probability, in Markdown."""
    return f"**{escape(words)}**" if strong else escape(words)


def _measured(change: Change, epsilon: str) -> str:
    """`epsilon`: the one asked for and the file's own, where they differ."""
    if not change.linf:
        if epsilon:
            return _("No value moved: the file is the same as before ({epsilon}).", epsilon=epsilon)
        return _("No value moved: the file is the same as before.")
    psnr = "∞" if math.isinf(change.psnr) else f"{change.psnr:.1f}"
    moved: str = _("{share} moved", share=percent(change.changed))
    if epsilon:
        moved = f"{epsilon}; {moved}"
    return _(
        "No value moved by more than {most} of 255 ({moved}); PSNR {psnr} dB, SSIM {ssim:.3f}.",
        most=round(change.linf * 255),
        moved=moved,
        psnr=psnr,
        ssim=change.ssim,
    )
