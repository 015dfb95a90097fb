"""What networks say of a trick: a tile for each, how many fell, and a cell of the table of attempts."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, later
from trickcore.measure.transfer import NetworkReading
from ui import text
from ui.current_trick import CurrentTrick
from ui.widgets import outcome_box

FATES = {
    "wanted": later("**Fooled as wanted**: {answer}"),
    "fooled": later("**Fooled**: {answer}"),
    "held": later("Held: {answer}"),
}


def fate(reading: NetworkReading, current: CurrentTrick) -> str:
    """The outcome: another name that is right for the picture, too, fools nobody."""
    return "held" if reading.outcome == "fooled" and reading.after.label in current.truth else reading.outcome


def tile(place: DeltaGenerator, reading: NetworkReading, told: str, size: tuple[int, int]) -> None:
    """One network's tile; `told` is the outcome, as `fate` has it."""
    height, width = size
    place.caption(_("sees {height} by {width} pixels", height=height, width=width))
    before = text.caption(reading.before.name, reading.before.probability)
    place.markdown(_("Original: {answer}", answer=before))
    now = text.caption(reading.after.name, reading.after.probability)
    tricked = _("Tricked: {answer}", answer=now)
    if told != reading.outcome:
        said = _("Another right name. Tricked: {answer}", answer=now)
        outcome_box.network(place, False, said, framed=False)
    elif told == "held":
        outcome_box.network(place, False, tricked, framed=False)
    elif told == "wanted":
        outcome_box.network(place, True, tricked, word=_("Fooled as wanted"), framed=False)
    elif reading.target is None:
        outcome_box.network(place, True, tricked, framed=False)
    else:
        said = _("Not as wanted. Tricked: {answer}", answer=now)
        outcome_box.network(place, True, said, framed=False)


def fools(fooled: int, asked: int, *, strangers: bool) -> str:
    """How many fell, as the rest of a sentence that begins with what fools them."""
    if asked == 1 and strangers:
        return (
            _("fools even the one it was not made for")
            if fooled
            else _("does not fool the one it was not made for")
        )
    if asked == 1:
        return _("fools even the one") if fooled else _("does not fool the one")
    if fooled == asked:
        return (
            _("fools all {n} networks it was not made for", n=asked)
            if strangers
            else _("fools all {n} networks", n=asked)
        )
    return (
        _("fools {fooled} of the {n} networks it was not made for", fooled=fooled, n=asked)
        if strangers
        else _("fools {fooled} of the {n} networks", fooled=fooled, n=asked)
    )


def cell(reading: NetworkReading, current: CurrentTrick) -> str:
    return _(FATES[fate(reading, current)], answer=text.escape(reading.after.name))
