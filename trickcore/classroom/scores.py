"""Scores: what a measured hand-in is worth in each kind of challenge, and what is no trick at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trickcore.classroom.challenges import KINDS, VOTERS
from trickcore.classroom.records import Challenge, Refused, Score
from trickcore.jobs.classroom import QUALITY, Measured, Said
from trickcore.text import levels, percent


def score(challenge: Challenge, measured: Measured) -> Score:
    """What a hand-in is worth, votes aside. Raises Refused for one that is not this picture, changed as the
    challenge has it."""
    if measured.eps == 0:
        raise Refused("This is the picture as it was: nothing in it has moved. Trick it, then hand it in.")
    if challenge.kind == "glasses" and measured.outside:
        raise Refused(
            f"Only what lies under the mask may change; {_pixels(measured.outside)} changed outside of it. "
            f'Set "Where" to {challenge.recipe.mask} and run it again.'
        )
    if challenge.limit is not None and measured.eps > challenge.limit:
        raise Refused(
            f"In this picture a value moved by {levels(measured.eps)} of 255; at most {challenge.limit} are "
            "allowed here. Hand in the picture of the challenge itself, changed a little."
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
        words = f"{score.words}, {total} of {VOTERS} votes"
        return Score(None, words, False)
    agreed = 2 * right > total
    words = f"{score.words}, {right} of {total} people read {wanted}"
    return Score(score.value if agreed else None, words, agreed)


def _smallest(measured: Measured) -> Score:
    return _by_levels(measured, measured.said[0])


def _as_jpeg(measured: Measured) -> Score:
    now, later = measured.said[0], measured.jpeg
    if now.fooled and not later.fooled:
        return Score(None, f"lost as a JPEG {QUALITY}: {_reading(later)}", False)
    return _by_levels(measured, later)


def _all_networks(measured: Measured) -> Score:
    held = [said for said in measured.said if not said.fooled]
    if held:
        fooled = len(measured.said) - len(held)
        return Score(
            None, f"{fooled} of {len(measured.said)} networks; {held[0].network}: {_reading(held[0])}", False
        )
    return Score(measured.eps, f"all {len(measured.said)} networks with {levels(measured.eps)}", True)


def _probability(measured: Measured) -> Score:
    said = measured.said[0]
    if not said.fooled:
        return Score(None, f"not yet: {_reading(said)}", False)
    return Score(said.wanted, _reading(said), True)


def _by_levels(measured: Measured, said: Said) -> Score:
    if not said.fooled:
        return Score(None, f"not yet: {_reading(said)} with {levels(measured.eps)}", False)
    return Score(measured.eps, f"{_reading(said)} with {levels(measured.eps)}", True)


def _reading(said: Said) -> str:
    return f"{said.name} {percent(said.probability)}"


def _pixels(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count:,} pixels"


RULES: dict[str, Callable[[Measured], Score]] = {
    "smallest-epsilon": _smallest,
    "glasses": _probability,
    "jpeg75": _as_jpeg,
    "three-networks": _all_networks,
    "two-readers": _smallest,
}
