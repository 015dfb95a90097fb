"""A page with nothing on it but the canvas, for test_canvas.py: what it knows of the drawing, in words."""

import time

import streamlit as st

from trickcore.pictures.drawing import Stroke, rendered
from ui.widgets.canvas import canvas, replace

LINE = (Stroke(((0.2, 0.5), (0.8, 0.5))),)


def draw() -> None:
    st.title("Draw")
    place = st.sidebar if st.query_params.get("where") == "sidebar" else st.container(width=420)
    if st.button("Take the sample"):
        replace("digit", LINE)
    if st.button("Begin again"):
        replace("digit", ())
        st.session_state.begun = st.session_state.get("begun", 0) + 1
    if st.button("Run again, slowly"):
        time.sleep(0.5)
        st.session_state.slow = st.session_state.get("slow", 0) + 1
    with place:
        strokes = canvas("digit", ())
    ink = rendered(strokes)
    erasers = sum(stroke.erases for stroke in strokes)
    st.write(f"{len(strokes)} strokes, {erasers} erasers, {'some' if ink.any() else 'no'} ink")
    st.image(ink, width=112)
    st.write(f"{st.session_state.get('slow', 0)} slow runs, begun {st.session_state.get('begun', 0)} times")
    for _ in range(30):
        st.write("Something to scroll past.")


def elsewhere() -> None:
    st.title("Elsewhere")


st.navigation(
    [st.Page(draw, title="Draw", default=True), st.Page(elsewhere, title="Elsewhere")], position="top"
).run()
