"""The door: page set-up and navigation. Every screen is a file in pages/."""

from pathlib import Path

import streamlit as st

from parts import door

st.set_page_config(
    page_title="Trick a neural network",
    page_icon=str(Path(__file__).parent / "assets" / "icon.png"),
    layout="wide",
    initial_sidebar_state=366,  # pixels: the widest control then needs no second line
    menu_items={"About": "Trick a neural network, live, and see why it works."},
)
door.navigation().run()
