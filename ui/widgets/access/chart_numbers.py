"""The charts of a page in numbers: behind each a table, all in one quiet place at the page's end."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.language import _, later
from trickcore.report import figure_table
from ui import state, text

LABEL = later("The charts in numbers")
NARROWEST = 4  # columns for which a phone has room: a wider table would have to be pushed sideways


def noted(place: DeltaGenerator, figure: go.Figure, alt: str) -> None:
    """A chart was drawn; what is drawn at the same place later in the run stands for it."""
    state.charts.get()[id(place)] = (place, figure, alt)


def show(*, narrow: bool) -> None:
    """Called when the page is drawn. Tables are made once somebody wants them."""
    charts = state.charts.get()
    state.charts.forget()
    if not charts:
        return
    numbers = st.expander(
        _(LABEL), key="numbers", type="compact", icon=":material/table_rows:", bind="query-params"
    )
    if not numbers.open:
        return
    with numbers:
        for _place, figure, alt in charts.values():
            st.markdown(f"**{text.escape(alt)}**")
            for rows in figure_table.tables(figure, columns=NARROWEST if narrow else None):
                st.table(rows, hide_index=True)
