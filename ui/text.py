"""What the page says: titles, captions and the verdict, in plain words."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping

from trickcore import Recipe, engine
from trickcore.diagnose.causes import advise
from trickcore.jobs import networks, runs
from trickcore.jobs.networks import Network
from trickcore.language import again
from trickcore.measure.accuracy import Report
from trickcore.pictures import samples
from trickcore.report import sentences
from trickcore.runs.outcome import Change, Outcome, Verdict, convincing
from trickcore.text import a as a
from trickcore.text import counted, percent, seconds, unbroken
from ui.session_run import Run, pixels_of

BEGUN_AGAIN = (
    "The process that computes ended on the way, so this run was begun again. It is the same run: the same "
    "settings give the same pictures."
)
FELL_BACK = (
    "The graphics card's memory was full, so this run was begun again on the processor (CPU), which takes "
    "longer. The pictures of both agree but for the last digits of some probabilities."
)


def title(noun: str, target: str | None, already: bool) -> str:
    noun = escape(noun)
    if target is None:
        return f"Make the network see something else in this {noun}"
    if already:
        return f"Make this {noun} even more of {escape(a(target))}"
    return f"Turn this {noun} into {escape(a(target))}"


def survives(run: Run) -> str:
    """The title of the page that asks whether a trick holds."""
    judgement = run.verdict
    if judgement is None or came(run) != "tricked":
        return f"This {escape(run.noun)} is not tricked yet: what would change that?"
    return f"This {escape(run.noun)} is read as {escape(a(judgement.after.name))}. For how long?"


def begun_again(run: Run) -> str:
    """Why a run was begun again, if it was."""
    return FELL_BACK if run.fell_back else BEGUN_AGAIN if run.begun_again else ""


def caption(name: str, probability: float) -> str:
    return f"**{escape(name)}** {percent(probability)}"


def guess(network: Network, data: bytes) -> str:
    """What the network takes a picture for, in a few words."""
    reading = engine.call(runs.reading, network, data)
    return f"It looks like a **{escape(reading.name)}** to the network, {percent(reading.probability)}."


def perturbation(gain: float, change: int, recipe: Recipe, *, brief: bool = False) -> str:
    if not change:
        return "**nothing yet** that a file could hold"
    if brief:  # on one line
        return f"**×\u00a0{gain:g}**, {change} of 255"
    moved = sentences.at_most(change, recipe)
    return f"{'' if 'asked' in moved else 'perturbation '}**×\u00a0{gain:g}**, {moved}"


def may_move(norm: str) -> str:
    """What an epsilon is a limit of, as the beginning of a help text."""
    if norm == "l2":
        return "How far colour values may move on average (root mean square)"
    return "How far any colour value may move"


def device() -> str:
    """Where the networks run, for a person."""
    try:
        name = engine.call(networks.device)
    except ValueError as error:
        return str(error)
    if name != "cpu":
        pool = engine.pool()
        full = pool.fell_back if pool is not None else 0
        words = f" Its memory was full {counted(full, 'time')}: that ran on the processor." if full else ""
        return f"Runs on the graphics card ({name}).{words}"
    return f"Runs on the processor (CPU, {os.cpu_count()} cores)."


def cost(cards: Mapping[str, Report]) -> str:
    """What robustness costs, from the card."""
    plain, robust = cards["standard"], cards["robust"]
    return (
        f"What it costs: the robust network reads {percent(robust.clean, 2)} of the untouched test digits, "
        f"the standard one {percent(plain.clean, 2)}; and its training took "
        f"{robust.seconds / plain.seconds:.0f} times as long "
        f"({seconds(robust.seconds)} and {seconds(plain.seconds)} on one core)."
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


HELP_MEASURED = (
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
    return "More of the same" if judgement.target == judgement.before.label == judgement.after.label else None


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
        sentences.readings(judgement, _marked) + sentences.relation(judgement, truth),
        escape(sentences.apart(run.frames, judgement, run.labels, run.recipe, todo)),
        _measured(judgement.change, epsilon),
        sentences.pixels_changed(pixels_of(run.frames[0]), pixels_of(run.frames[-1]), run.recipe),
        sentences.least(run.frames, run.recipe),
        f"Cost: {sentences.cost(run.frames, run.recipe)}.",
        todo,
    ]
    if run.stopped:
        words.insert(0, f"Stopped at {run.recipe.how.unit} {run.frames[-1].index:,}.")
    return unbroken(" ".join(word for word in words if word))


def held(judgement: Verdict) -> str:
    """Whether the network held out, in a sentence; the first word stands in the box."""
    if judgement.outcome == "tricked":
        return sentences.readings(judgement, _marked)
    now = f"**{escape(judgement.after.name)}, {percent(judgement.after.probability)}**"
    wish = "" if judgement.target is None else f" The class it was pushed to has {percent(judgement.wanted)}."
    if judgement.after.label == judgement.before.label:
        return f"The saved PNG is still read as {now}.{wish}"
    return f"Not as wanted: the saved PNG is read as {now}; it was {escape(judgement.before.name)}.{wish}"


def _marked(words: str, *, strong: bool = False) -> str:
    """A class with its probability, in Markdown."""
    return f"**{escape(words)}**" if strong else escape(words)


def _measured(change: Change, epsilon: str) -> str:
    """`epsilon`: the one asked for and the file's own, where they differ."""
    if not change.linf:
        return f"No value moved: the file is the same as before{f' ({epsilon})' if epsilon else ''}."
    psnr = "∞" if math.isinf(change.psnr) else f"{change.psnr:.1f}"
    return (
        f"No value moved by more than {round(change.linf * 255)} of 255 "
        f"({f'{epsilon}; ' if epsilon else ''}{percent(change.changed)} moved); "
        f"PSNR {psnr} dB, SSIM {change.ssim:.3f}."
    )
