"""Charts on a page: while they still change and once they do not. Every chart of every page is drawn here."""

from __future__ import annotations

from itertools import count
from typing import Any

import plotly.graph_objects as go
from streamlit.delta_generator import DeltaGenerator

from trickcore.plots import run
from ui.widgets.access import chart_numbers

_numbers = count(1)


def growing(place: DeltaGenerator, figure: go.Figure, alt: str) -> None:
    """Draw what will be drawn again in the same run.

    Streamlit names a chart by what is in it and takes no two of one name, so each gets a number.
    """
    figure.layout.meta = next(_numbers)
    put(place, figure, alt, config=run.STATIC)


def finished(place: DeltaGenerator, figure: go.Figure, alt: str, **options: Any) -> None:
    """Draw what stays, once a run. `options` are Streamlit's, such as `key` and `on_select`."""
    put(place, figure, alt, config=run.INTERACTIVE, **options)


def put(place: DeltaGenerator, figure: go.Figure, alt: str, **options: Any) -> None:
    """Draw a chart with `alt` for who cannot see it, and a table behind it."""
    place.plotly_chart(figure, theme=None, alt=alt, **options)
    chart_numbers.noted(place, figure, alt)
