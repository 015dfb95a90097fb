"""Scores: what a measured hand-in is worth in each kind of challenge, and what is no trick at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trickcore.classroom.challenges import KINDS, VOTERS
from trickcore.classroom.records import Challenge, Refused, Score
from trickcore.jobs.classroom import QUALITY, Measured, Said
from trickcore.language import _, many
from trickcore.text import levels, percent


def score(challenge: Challenge, measured: Measured) -> Score:
    """What a hand-in is worth, votes aside. Raises Refused for one that is not this picture, changed as the
    challenge has it."""
    if measured.eps == 0:
        raise Refused(_("This is the picture as it was: nothing in it has moved. Trick it, then hand it in."))
    if challenge.kind == "glasses" and measured.outside:
        raise Refused(
            _(
                "Only what lies under the mask may change; {pixels} changed outside of it. "
                'Set "Only here" to {mask} and run it again.',
                pixels=many("1 pixel", "{n:,} pixels", measured.outside),
                mask=_(challenge.recipe.mask),
            )
        )
    if challenge.limit is not None and measured.eps > challenge.limit:
        raise Refused(
            _(
                "In this picture a value moved by {levels} of 255; at most {most} are allowed here. "
                "Hand in the picture of the challenge itself, changed a little.",
                levels=levels(measured.eps),
                most=challenge.limit,
            )
        )
    return RULES[challenge.kind](measured)


def shown(kind: str, value: float) -> str:
    """A score's value with its unit: "2 levels", "98.9 %"."""
    return percent(value) if KINDS[kind].unit == "probability" else levels(value)


def voted(score: Score, votes: Mapping[int, int], wanted: int) -> Score:
    """The score of a picture that people are asked about, now that they have voted so, by digit."""
    if not score.reached:
        return score
    total, right = sum(votes.values()), votes.get(wanted, 0)
    if total < VOTERS:
        words = _("{words}, {total} of {needed} votes", words=score.words, total=total, needed=VOTERS)
        return Score(None, words, False)
    agreed = 2 * right > total
    words = _(
        "{words}, {right} of {total} people read {wanted}",
        words=score.words,
        right=right,
        total=total,
        wanted=wanted,
    )
    return Score(score.value if agreed else None, words, agreed)


def _smallest(measured: Measured) -> Score:
    return _by_levels(measured, measured.said[0])


def _as_jpeg(measured: Measured) -> Score:
    now, saved = measured.said[0], measured.jpeg
    if now.fooled and not saved.fooled:
        return Score(
            None, _("lost as a JPEG {quality}: {reading}", quality=QUALITY, reading=_reading(saved)), False
        )
    return _by_levels(measured, saved)


def _all_networks(measured: Measured) -> Score:
    held = [said for said in measured.said if not said.fooled]
    if held:
        words = _(
            "{fooled} of {of} networks; {network}: {reading}",
            fooled=len(measured.said) - len(held),
            of=len(measured.said),
            network=held[0].network,
            reading=_reading(held[0]),
        )
        return Score(None, words, False)
    words = _("all {of} networks with {levels}", of=len(measured.said), levels=levels(measured.eps))
    return Score(measured.eps, words, True)


def _probability(measured: Measured) -> Score:
    said = measured.said[0]
    if not said.fooled:
        return Score(None, _("not yet: {reading}", reading=_reading(said)), False)
    return Score(said.wanted, _reading(said), True)


def _by_levels(measured: Measured, said: Said) -> Score:
    reading, moved = _reading(said), levels(measured.eps)
    if not said.fooled:
        return Score(None, _("not yet: {reading} with {levels}", reading=reading, levels=moved), False)
    return Score(measured.eps, _("{reading} with {levels}", reading=reading, levels=moved), True)


def _reading(said: Said) -> str:
    return f"{said.name} {percent(said.probability)}"


RULES: dict[str, Callable[[Measured], Score]] = {
    "smallest-epsilon": _smallest,
    "glasses": _probability,
    "jpeg75": _as_jpeg,
    "three-networks": _all_networks,
    "two-readers": _smallest,
}
