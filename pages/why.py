"""Why: what the network's answer looks like round the picture, and why so small a step is enough."""

from __future__ import annotations

import streamlit as st

from parts import door, exports, hand, hillside, looking, noise, parting, straight, viewport, words
from parts.hand import Hand

PARTS = {
    "The hill": hillside.section,
    "Straight lines": straight.section,
    "Random noise": noise.section,
    "Where it looks": looking.section,
}
HELP = (
    "*The hill*: what the network says of the pictures all round. *Straight lines*: how far a simple model "
    "foretells it. *Random noise*: whether any change of that size would do. *Where it looks*: which parts "
    "of the picture count."
)


def question(trick: Hand) -> str:
    """The page's title: what happened, as a question."""
    said, noun = trick.run.verdict, words.escape(trick.run.noun)
    name = words.escape(trick.labels[trick.target])
    assert said is not None
    if trick.target == said.before.label:
        return f"Why does this {noun} become even more of {words.a(name)}?"
    return f"Why does this {noun} {'' if said.after.label == trick.target else 'not '}become {words.a(name)}?"


door.check()
dark, narrow = viewport.dark(), viewport.narrow()
title, notice = st.empty(), st.empty()
title.header(st.session_state.get("title.why", "Why does it work?"))  # until it is known anew
part = parting.part("why", "Ways to look at it", list(PARTS), HELP)
body, change = st.container(), st.container()
trick = hand.in_hand(dark, narrow, notice, change if narrow else None)
if trick is not None:
    st.session_state["title.why"] = question(trick)
    title.header(question(trick))
    with body:
        parting.guarded(PARTS[part], trick)
        st.caption("Take the trick in hand along:")
        exports.exports(trick.run, narrow=narrow)
st.sidebar.caption(words.device())
