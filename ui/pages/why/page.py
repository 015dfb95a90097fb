"""Why: what the network's answer looks like round the picture, and why so small a step is enough."""

from __future__ import annotations

import streamlit as st

from ui import current_trick, state, text
from ui.current_trick import CurrentTrick
from ui.guard import guarded
from ui.pages.why import grad_cam, hill, random_noise, straight_lines, two_pixels
from ui.widgets import downloads, section_picker, viewport

PARTS = {
    "The hill": hill.section,
    "Straight lines": straight_lines.section,
    "Random noise": random_noise.section,
    "Where it looks": grad_cam.section,
}
TWO = "Two pixels"  # this one has a network of its own, and needs no trick in hand
HELP = (
    "*The hill*: what the network says of the pictures all round. *Straight lines*: how far a simple model "
    "foretells it. *Random noise*: whether any change of that size would do. *Where it looks*: which parts "
    "of the picture count. *Two pixels*: all of it in a network so small that it can be drawn."
)


def question(trick: CurrentTrick) -> str:
    """The page's title: what happened, as a question."""
    verdict, noun = trick.run.verdict, text.escape(trick.run.noun)
    name = text.escape(trick.labels[trick.target])
    assert verdict is not None
    if trick.target == verdict.before.label:
        return f"Why does this {noun} become even more of {text.a(name)}?"
    return (
        f"Why does this {noun} {'' if verdict.after.label == trick.target else 'not '}become {text.a(name)}?"
    )


dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
title.header(state.title("why").get() or "Why does it work?")  # until it is known anew
part = section_picker.part("why", "Ways to look at it", [*PARTS, TWO], HELP)
body, change = st.container(), st.container()
if part == TWO:
    title.header(two_pixels.TITLE)
    with guarded(notice, "The small network could not go on: {}. Try another seed."), body:
        two_pixels.section(dark, narrow, notice, change if narrow else st.sidebar)
else:
    trick = current_trick.current_trick(dark, narrow, notice, body, change if narrow else None)
    if trick is not None:
        state.title("why").set(question(trick))
        title.header(question(trick))
        with body:
            section_picker.draw(PARTS[part], trick)
            st.caption("Take the trick in hand along:")
            downloads.exports(trick.run, narrow=narrow)
st.sidebar.caption(text.device())
