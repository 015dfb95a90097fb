"""Why: what the network's answer looks like round the picture, and why so small a step is enough."""

from __future__ import annotations

import streamlit as st

from trickcore.language import _, again, later
from ui import current_trick, state, text
from ui.current_trick import CurrentTrick
from ui.guard import guarded
from ui.pages.why import grad_cam, hill, random_noise, straight_lines, two_pixels
from ui.widgets import downloads, section_picker, viewport

PARTS = {
    later("The hill"): hill.section,
    later("Straight lines"): straight_lines.section,
    later("Random noise"): random_noise.section,
    later("Where it looks"): grad_cam.section,
}
TWO = later("Two pixels")  # this one has a network of its own, and needs no trick in hand
HELP = later(
    "*The hill*: what the network says of the pictures all round. *Straight lines*: how far a simple model "
    "foretells it. *Random noise*: whether any change of that size would do. *Where it looks*: which parts "
    "of the picture count. *Two pixels*: all of it in a network so small that it can be drawn."
)


def question(trick: CurrentTrick) -> str:
    """The page's title: what happened, as a question."""
    verdict, noun = trick.run.verdict, text.escape(text.noun_of(trick.run.noun))
    name = text.escape(trick.labels[trick.target])
    assert verdict is not None
    if trick.target == verdict.before.label:
        return _("Why does this {noun} become even more of {wish}?", noun=noun, wish=text.a(name))
    if verdict.after.label == trick.target:
        return _("Why does this {noun} become {wish}?", noun=noun, wish=text.a(name))
    return _("Why does this {noun} not become {wish}?", noun=noun, wish=text.a(name))


dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
title.header(again(state.title("why").get() or "") or _("Why does it work?"))  # until it is known anew
part = section_picker.part("why", _("Ways to look at it"), [*PARTS, TWO], _(HELP))
body, change = st.container(), st.container()
if part == TWO:
    title.header(_(two_pixels.TITLE))
    with guarded(notice, _("The small network could not go on: {}. Try another seed.")), body:
        two_pixels.section(dark, narrow, notice, change if narrow else st.sidebar)
else:
    trick = current_trick.current_trick(dark, narrow, notice, body, change if narrow else None)
    if trick is not None:
        state.title("why").set(question(trick))
        title.header(question(trick))
        with body:
            section_picker.draw(PARTS[part], trick)
            st.caption(_("Take the trick in hand along:"))
            downloads.exports(trick.run, narrow=narrow)
st.sidebar.caption(text.device())
